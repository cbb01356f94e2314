"""Every process of the platform, started as `make run` starts it, and a payment provider."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from nacl.public import PrivateKey

from bench.fan_out.servers import Server, live_servers
from bench.hot_lot.server import web_processes
from bench.ledger.releases import local_stripe
from bench.platform import ROOT, Platform
from deploy.local.processes import LOOPBACK, PROCESSES, Addresses, words_of

STRIPE_KEY = "sk_test_of_the_bench"
_ANSWER_MS = 20


@dataclass(frozen=True, slots=True)
class Running:
    """`pids` are the platform's; the provider is somebody else's."""

    pids: Mapping[str, int]
    web_port: int
    live: Server
    stripe_url: str
    contact_public_key: str


@contextmanager
def everything(platform: Platform, folder: Path) -> Iterator[Running]:
    contact = PrivateKey.generate()
    with ExitStack() as started:
        start = started.enter_context
        stripe = start(local_stripe(folder / "provider", answer_ms=_ANSWER_MS))
        web = start(web_processes(platform, folder / "files", 1))[0]
        live = start(live_servers(platform, 1))[0]
        told = {
            "scheduler": {},
            "worker": {"STRIPE_SECRET_KEY": STRIPE_KEY, "STRIPE_API_BASE": stripe},
            "notifier": {
                "CONTACT_PRIVATE_KEY": _text(bytes(contact)),
                "MAIL_DIR": str(folder / "mail"),
            },
        }
        others = {name: start(_process(platform, name, more)) for name, more in told.items()}
        pids = {"web": web.pid, "live": live.process.pid, **others}
        yield Running(pids, web.port, live, stripe, _text(bytes(contact.public_key)))


@contextmanager
def _process(platform: Platform, name: str, more: Mapping[str, str]) -> Iterator[int]:
    described = next(process for process in PROCESSES if process.name == name)
    said = None if os.environ.get("BENCH_TALKS") else subprocess.DEVNULL
    process = subprocess.Popen(
        words_of(described, Addresses(LOOPBACK, 0)),
        cwd=ROOT,
        env=platform.environment(*described.databases) | dict(more),
        stdout=said,
        stderr=said,
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
