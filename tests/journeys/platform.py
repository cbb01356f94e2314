"""The whole platform for a test: the supervisor and all it starts, on ports and data of its own."""

from __future__ import annotations

import json
import os
import random
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.rehearsal.people import Human, Place
from deploy.local.build import catalogues, style_sheet
from deploy.local.places import PYTHON, ROOT, VENV
from deploy.local.processes import LIVE, OUTSIDE, PLATFORM, Addresses
from deploy.local.readiness import answers, first_busy
from deploy.local.running import Identity
from deploy.local.steps import carry_out

# Two slow cores make the database, migrate it and load eight programs meanwhile.
SECONDS_TO_START = 180
SECONDS_TO_END = 60

# Runs the supervisor until its own standard input closes, which also happens when the tests are
# killed outright; then it takes the platform down in order, and its data with it.
KEEPER = """
folder=$1; shift
"$@" </dev/null >"$folder/supervisor.log" 2>&1 &
echo $!
read -r _
kill -TERM $! 2>/dev/null; wait $!
[ -n "$KEEP_PLATFORM" ] || rm -rf "$folder"
"""


class DidNotStart(Exception):
    """The platform does not answer; the message quotes what its supervisor said."""


@dataclass(frozen=True)
class Platform:
    """A running platform, its addresses, and the two operators who may open courts."""

    folder: Path
    addresses: Addresses

    @property
    def url(self) -> str:
        return self.addresses.url(PLATFORM)

    @property
    def live_url(self) -> str:
        return self.addresses.url(LIVE)

    @property
    def outside_url(self) -> str:
        return self.addresses.url(OUTSIDE)

    @property
    def place(self) -> Place:
        return Place(self.url, self.live_url, self.outside_url)

    @cached_property
    def operators(self) -> tuple[Human, Human]:
        """Two of them, because one alone decides nothing; signed in."""
        gao, ma = self.new_operator("Gao Wei"), self.new_operator("Ma Lin")
        return gao.sign_in(), ma.sign_in()

    def flask(
        self,
        *arguments: str,
        application: str = "app.wsgi",
        seconds: float = 240,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run `flask …` as an administrator beside this platform does; output is captured."""
        written = json.loads((self.folder / "run/commands.json").read_text())
        done = subprocess.run(
            [VENV / "bin/flask", "--app", application, *arguments],
            env={"LUOCHUI_VAR": str(self.folder), **written},
            cwd=ROOT,
            text=True,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"flask {' '.join(arguments)}\n{done.stdout}\n{done.stderr}")
        return done

    def said(self, process: str = "") -> str:
        """The log of one process, or of the supervisor: what to read when a test fails."""
        log = self.folder / (f"log/{process}.log" if process else "supervisor.log")
        return log.read_text(errors="replace") if log.exists() else ""

    def last_words(self, process: str, characters: int = 4_000) -> str:
        return self.said(process)[-characters:]

    def new_operator(self, name: str) -> Human:
        """With an account and an app's key, not signed in."""
        mark = secrets.token_hex(3)
        email = f"{name.lower().replace(' ', '.')}.{mark}@platform.example"
        human = Human(self.place, name, email)
        said = self.flask("create-operator", email, name, "--password", human.password).stdout
        key = re.search(r"authenticator app: (.+)", said)
        assert key is not None, said
        human.key = re.sub("[ -]", "", key.group(1))
        return human


@contextmanager
def running_platform() -> Iterator[Platform]:
    """Start everything but the demonstration; gone afterwards, however the caller ends."""
    carry_out(style_sheet())
    carry_out(catalogues())
    folder = Path(tempfile.mkdtemp(prefix="luochui-platform-"))
    # PostgreSQL may run under another account, which only passes through.
    folder.chmod(0o711)
    addresses = Addresses("127.0.0.1", _free_ports())
    keeper = _start(folder, addresses)
    try:
        _wait_for(Platform(folder, addresses), keeper)
        yield Platform(folder, addresses)
    finally:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        keeper.stdin.close()
        keeper.wait(SECONDS_TO_END)
        keeper.stdout.close()
        if not os.environ.get("KEEP_PLATFORM"):
            shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, addresses: Addresses) -> subprocess.Popen[str]:
    supervisor = [PYTHON, "-m", "deploy.local.supervisor", "run", "--without", "demo"]
    return subprocess.Popen(
        ["sh", "-c", KEEPER, "sh", folder, *supervisor, "--port", str(addresses.port)],
        env={**_environment(), "LUOCHUI_VAR": str(folder)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Of whoever runs the tests, without what points at a platform of theirs."""
    pointing = re.compile(r"DATABASE_URL|STRIPE_|PUBLIC_URL|LIVE_URL|REDIS_URL|SMTP_URL|.*_KEY$")
    return {name: value for name, value in os.environ.items() if not pointing.match(name)}


def _wait_for(platform: Platform, keeper: subprocess.Popen[str]) -> None:
    assert keeper.stdout is not None
    supervisor = Identity.of(int(keeper.stdout.readline()))
    deadline = time.monotonic() + SECONDS_TO_START
    addresses = platform.addresses
    beside = [Addresses(addresses.host, addresses.port + after) for after in (LIVE, OUTSIDE)]
    asked = [(addresses, "/healthz"), (beside[0], "/healthz"), (beside[1], "/mail.json")]
    while not all(answers(*one) for one in asked):
        dead = supervisor is None or not supervisor.is_alive()
        if dead or time.monotonic() > deadline:
            raise DidNotStart(platform.said() + platform.said("web"))
        time.sleep(0.1)


def _free_ports() -> int:
    """The first of three in a row, below those that the kernel hands out for callers."""
    for _ in range(100):
        port = random.randrange(20_000, 30_000, 10)
        if first_busy(Addresses("127.0.0.1", port), (PLATFORM, LIVE, OUTSIDE)) is None:
            return port
    raise DidNotStart("no three free ports in a row")


if __name__ == "__main__":
    # By hand: a platform to look at, with two operators, until Enter is pressed.
    with running_platform() as started:
        for operator in started.operators:
            sys.stdout.write(f"{operator.email} {operator.password} {operator.key}\n")
        sys.stdout.write(f"{started.url} {started.outside_url} {started.folder}\n")
        sys.stdout.flush()
        sys.stdin.readline()
