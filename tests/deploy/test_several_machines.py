"""What `deploy/` says for several machines stays true to the platform's own table of processes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.local.processes import PROCESSES
from deploy.production import INSTALLED
from tests.conftest import ROOT
from tests.deploy.composed import SERVICES
from tests.deploy.installed import UNITS, unit

DEPLOY = ROOT / "deploy"


def command_of(name: str) -> str:
    """What the process is, without where it listens and how long it may take."""
    command = next(process.command for process in PROCESSES if process.name == name)
    return command.split()[-1]


@pytest.mark.parametrize("name", ["web", "live", "scheduler", "worker", "notifier"])
def test_every_process_has_its_unit_and_its_service(name: str) -> None:
    services = [of for of in SERVICES if of.startswith(name)]

    assert unit(name)["ExecStart"].endswith(command_of(name))
    assert services
    assert all(SERVICES[of]["command"].endswith(command_of(name)) for of in services)


@pytest.mark.parametrize(("upstream", "loaded"), [("bids", "web"), ("viewers", "pages")])
def test_only_services_that_bids_reach_say_that_they_can_be_taken(
    upstream: str, loaded: str
) -> None:
    """RULE-L2"""
    places = (DEPLOY / "nginx/upstreams.conf").read_text()
    [listed] = re.findall(rf"upstream {upstream} \{{(.*?)\}}", places, re.DOTALL)
    services = re.findall(r"server ([\w-]+):", listed)

    assert services
    assert all(SERVICES[of]["command"].endswith(f"app.wsgi:{loaded}") for of in services)


def test_every_unit_is_told_what_is_written_for_it_and_is_hardened() -> None:
    told = {name: unit(name)["EnvironmentFile"] for name in UNITS}

    assert told == {
        process.name: f"/etc/luochui/{process.name}.env"
        for process in INSTALLED
        if process.name != "commands"
    }
    # A folder of this name counts for every unit that begins with it.
    assert (DEPLOY / "systemd/luochui-.service.d/hardening.conf").exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_systemd_itself_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    copied = shutil.copytree(DEPLOY / "systemd", tmp_path / "units")
    units = sorted(copied.glob("*.service"))
    for file in units:
        # Programs and account of an installation that this machine is not.
        lines = file.read_text().replace("=/srv/luochui/.venv/bin/", "=/bin/echo ")
        file.write_text(lines.replace("User=luochui", "User=daemon"))

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units, copied / "luochui.target"],
        env={"SYSTEMD_UNIT_PATH": f"{copied}:"},
        capture_output=True,
        text=True,
    )

    ours = [line for line in done.stderr.splitlines() if str(copied) in line or "luochui" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize(
    ("secret", "holders"),
    [
        ("ENVELOPE_PRIVATE_KEY", {"scheduler", "scheduler-2"}),
        ("CONTACT_PRIVATE_KEY", {"notifier"}),
        ("STRIPE_SECRET_KEY", {"worker"}),
        # Run by hand.
        ("DATABASE_URL_MIGRATOR", {"migration", "commands"}),
    ],
)
def test_a_secret_stands_in_the_lines_of_one_process_alone(secret: str, holders: set[str]) -> None:
    assert holders == {
        name for name, service in SERVICES.items() if secret in service.get("environment", {})
    }


def test_a_live_process_holds_no_password_but_the_publics() -> None:
    live = SERVICES["live-1"]["environment"]

    assert [name for name in live if "DATABASE" in name] == ["DATABASE_URL_PUBLIC"]
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
