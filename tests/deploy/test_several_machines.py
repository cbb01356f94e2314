"""What `deploy/` says for several machines stays true to the platform's own table of processes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.local.processes import PROCESSES
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = (DEPLOY / "compose/compose.yaml").read_text()
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def command_of(name: str) -> str:
    """What the process is, without where it listens and how long it may take."""
    command = next(process.command for process in PROCESSES if process.name == name)
    return command.split()[-1]


@pytest.mark.parametrize("name", ["web", "live", "scheduler", "worker", "notifier"])
def test_every_process_has_its_unit_and_its_service(name: str) -> None:
    unit = next(file for file in UNITS if file.stem.rstrip("@") == f"luochui-{name}")

    assert command_of(name) in unit.read_text()
    assert re.search(rf"command: .*{re.escape(command_of(name))}$", COMPOSE, re.MULTILINE)


@pytest.mark.parametrize(
    ("secret", "anchor"),
    [
        ("ENVELOPE_PRIVATE_KEY", "scheduler"),
        ("CONTACT_PRIVATE_KEY", "notifier"),
        ("STRIPE_SECRET_KEY", "worker"),
        ("DATABASE_URL_MIGRATOR", "migration"),
    ],
)
def test_a_secret_stands_in_the_lines_of_one_process_alone(secret: str, anchor: str) -> None:
    blocks = re.split(r"\n(?=  [a-z0-9-]+:|x-[a-z]+:)", COMPOSE)

    holders = [block.split(":")[0].strip() for block in blocks if f"{secret}:" in block]

    assert holders == [anchor]


def test_a_live_process_holds_no_password_but_the_publics() -> None:
    live = COMPOSE.split("x-live:")[1].split("\nservices:")[0]

    assert set(re.findall(r"DATABASE_URL_[A-Z_]+", live)) == {"DATABASE_URL_PUBLIC"}
    assert "SECRET_KEY" not in live


def test_the_front_passes_on_no_forwarding_header_of_the_client() -> None:
    places = (DEPLOY / "nginx/places.conf").read_text()

    assert "proxy_add_x_forwarded_for" not in places
    assert "X-Forwarded-For $remote_addr" in places


def test_only_what_carries_a_key_is_asked_twice() -> None:
    places = (DEPLOY / "nginx/places.conf").read_text()

    [block] = [one for one in places.split("location ") if "non_idempotent" in one]
    assert block.startswith("~ ^/bid/[^/]+/bid$")


@pytest.mark.parametrize("script", ["primary.sh", "replica.sh"])
def test_the_scripts_stop_at_the_first_failure(script: str) -> None:
    assert "set -eu" in Path(DEPLOY / "compose" / script).read_text()
