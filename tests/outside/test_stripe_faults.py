"""The API's own faults, and a memory that outlives the process (FAULT-F26)."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from deploy.local.outside.server import NotOnThisMachine, OutsideWorld, Places
from tests.outside.world import World, running_world

ROOT = Path(__file__).resolve().parents[2]
WANTED = {"amount": 100, "currency": "cny"}


def create(sdk: Any, key: str, retries: int = 0) -> Any:
    options = {"idempotency_key": key, "max_network_retries": retries}
    return sdk.payment_intents.create(WANTED, options)


@pytest.mark.parametrize(("when", "effects"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ({"kind": "status", "status": 500}, stripe.APIError),
        ({"kind": "status", "status": 503}, stripe.APIError),
        ({"kind": "status", "status": 429}, stripe.RateLimitError),
        ({"kind": "cut"}, stripe.APIConnectionError),
        ({"kind": "timeout", "seconds": 0.1}, stripe.APIConnectionError),
    ],
)
def test_a_fault_strikes_before_or_after_the_work_and_a_retry_has_one_effect(
    world: World, sdk: Any, fault: dict[str, Any], failure: type, when: str, effects: int
) -> None:
    world.control("POST", "/faults", next=[{**fault, "when": when}])

    with pytest.raises(failure):
        create(sdk, "k1")
    assert len(world.effects("k1")) == effects

    create(sdk, "k1")
    assert len(world.effects("k1")) == 1


def test_the_sdk_gets_over_two_faults_by_itself(world: World, sdk: Any) -> None:
    world.control("POST", "/faults", next=[{"kind": "cut", "when": "after", "times": 2}])

    assert create(sdk, "k1", retries=2).amount == 100
    assert len(world.effects("k1")) == 1


def test_an_error_that_stripe_kept_is_given_again_to_every_retry(world: World, sdk: Any) -> None:
    world.control("POST", "/faults", next=[{"kind": "status", "when": "after", "kept": True}])

    for _ in range(3):
        with pytest.raises(stripe.APIError):
            create(sdk, "k1")

    assert len(world.effects("k1")) == 1


def test_a_fault_strikes_only_what_it_matches(world: World, sdk: Any) -> None:
    world.control("POST", "/faults", next=[{"kind": "status", "match": "^POST /v1/refunds$"}])

    intent = create(sdk, "k1")

    with pytest.raises(stripe.APIError):
        sdk.refunds.create({"payment_intent": intent.id})


def test_a_slow_answer_is_the_right_answer(world: World, sdk: Any) -> None:
    world.control("POST", "/faults", next=[{"kind": "slow", "seconds": 0.3}])
    before = time.monotonic()

    assert create(sdk, "k1").amount == 100
    assert time.monotonic() - before >= 0.3


def test_faults_can_be_called_off(world: World, sdk: Any) -> None:
    world.control("POST", "/faults", next=[{"kind": "cut", "times": 100}])

    world.control("DELETE", "/faults")

    assert create(sdk, "k1").amount == 100


def test_a_fault_nobody_knows_is_refused(world: World) -> None:
    for fault in ({"kind": "meteor"}, {"kind": "cut", "when": "never"}, {"sort": "cut"}):
        answer = world.session.post(f"{world.url}/_control/faults", json={"next": [fault]})
        assert answer.status_code == 400


def test_the_control_desk_takes_json_only(world: World) -> None:
    """A form, which any web page can send here unasked, is not heard."""
    answer = world.session.post(f"{world.url}/_control/clear", data={"a": "b"})
    faults = world.session.post(f"{world.url}/_control/faults", data='{"next": []}')

    assert (answer.status_code, faults.status_code) == (415, 415)


def test_nothing_is_forgotten_in_a_restart(tmp_path: Path) -> None:
    with running_world(tmp_path) as world:
        made = world.api("POST", "/v1/payment_intents", WANTED, Idempotency_Key="k1").json()

    with running_world(tmp_path) as world:
        again = world.api("POST", "/v1/payment_intents", WANTED, Idempotency_Key="k1")

    assert again.json() == made
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_killed_server_has_done_a_thing_entirely_or_not_at_all(tmp_path: Path) -> None:
    server, url = _started(tmp_path)
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = "Bearer sk_test_x"
        for number in range(20):
            session.post(
                f"{url}/v1/payment_intents",
                data={**WANTED, "confirm": "true", "payment_method": "pm_card_visa"}
                | {"return_url": "http://127.0.0.1:1/"},
                headers={"Idempotency-Key": f"k{number}"},
            )
        server.send_signal(signal.SIGKILL)
        server.wait()

    with running_world(tmp_path) as world:
        store = world.server.account.store
        paid = [i for i in store.all_of("payment_intent") if i["status"] == "succeeded"]
        assert len(paid) == len(store.all_of("charge")) == len(store.rows("SELECT * FROM answers"))
        assert len(paid) == 20


def test_the_outside_world_does_not_run_in_production(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local.outside", "--port", "0", "--state", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "APP_ENV": "production"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "does not run in production" in done.stderr


def test_the_outside_world_is_on_this_machine_only(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path, tmp_path)

    for host in ("192.0.2.7", "::", "example.org"):
        with pytest.raises(NotOnThisMachine):
            OutsideWorld(places, host=host)


def _started(folder: Path) -> tuple[subprocess.Popen[str], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "deploy.local.outside"),
            *("--port", str(port), "--state", str(folder / "state")),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    with server.stdout as said:
        assert "outside world at" in said.readline()
    return server, f"http://127.0.0.1:{port}"


def test_the_outside_world_shares_no_code_with_the_platform() -> None:
    """What reads and what writes a file are two minds, and the server starts at once."""
    asked = "import deploy.local.outside.__main__, sys; print('app' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"
