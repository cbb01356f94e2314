"""The services of `deploy/compose/compose.yaml` as plain processes on this machine.

The same command, the same environment and nothing else; only machines' names become loopback.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.local.places import BUILD, VENV
from deploy.local.postgres import Cluster
from deploy.production import fill_in_for_compose
from tests.conftest import ROOT

FOLDER = ROOT / "deploy/compose"
SERVICES: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]

HOST = "auctions.example"

# In production the payment provider is the real one: nothing leaves this machine.
OF_THIS_MACHINE = {
    "PATH": os.environ["PATH"],
    "BUILD_DIR": str(BUILD),
    "HTTPS_PROXY": "http://127.0.0.1:1",
}


@dataclass(slots=True)
class Composed:
    """`filled` is what an operator writes into secrets.env."""

    primary: Cluster
    folder: Path
    filled: Mapping[str, str]
    redis_port: int
    replica_port: int

    def environment(self, service: str) -> dict[str, str]:
        named = SERVICES[service].get("environment", {})
        return {name: self._here(_filled(str(value), self.filled)) for name, value in named.items()}

    def command(self, service: str, port: int = 0) -> list[str]:
        program, *words = shlex.split(SERVICES[service]["command"])
        bound = [f"127.0.0.1:{port}" if word.startswith("0.0.0.0:") else word for word in words]
        return [str(VENV / "bin" / program), *bound]

    def _here(self, value: str) -> str:
        own = value.replace("redis://redis:6379", f"redis://127.0.0.1:{self.redis_port}")
        own = own.replace("/srv/luochui/var/files", str(self.folder / "files"))
        own = own.replace("@primary/luochui", f"@/luochui?host={self.primary.socket_dir}")
        return own.replace("@replica/", f"@127.0.0.1:{self.replica_port}/")


@dataclass(slots=True)
class Running:
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until_it_says(self, words: str) -> None:
        deadline = time.monotonic() + 60
        while words not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)


@contextmanager
def running(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[Running]:
    with log.open("wb") as written:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**environment, **OF_THIS_MACHINE},
            stdout=written,
            stderr=written,
        )
    try:
        yield Running(process, log)
    finally:
        process.terminate()
        process.wait(20)


def filled_in(folder: Path) -> dict[str, str]:
    """What an operator is given for secrets.env, after writing what only they know into it."""
    file = folder / "secrets.env"
    fill_in_for_compose(file)
    lines = file.read_text().splitlines()
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    return {name: value or f"of-this-test-{name.lower()}" for name, _, value in pairs} | {
        "PUBLIC_URL": f"https://{HOST}",
        "STRIPE_SECRET_KEY": "sk_live_nobodys",
        "SMTP_URL": "smtp://127.0.0.1:1",
        "MAIL_SENDER": "no-reply@auctions.court",
    }


def _filled(value: str, words: Mapping[str, str]) -> str:
    """`${NAME}` and `${NAME:?…}`, which refuses to be empty, as compose reads them."""
    before, found, rest = value.partition("${")
    if not found:
        return value
    inside, _, after = rest.partition("}")
    return before + words[inside.partition(":")[0]] + _filled(after, words)
