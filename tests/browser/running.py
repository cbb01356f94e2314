"""The platform's own processes, started for a test as the supervisor starts them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.build import ROOT

_SECONDS_TO_START = 30


@contextmanager
def web_and_live(settings: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """The web and the live process on free ports; gives the address of the web."""
    web, live = f"http://127.0.0.1:{_free_port()}", f"http://127.0.0.1:{_free_port()}"
    env = _environment(settings, web, live, folder)
    started = [
        _start("app.wsgi:web", web, env, folder / "web.log"),
        _start("app.wsgi:live", live, env, folder / "live.log"),
    ]
    try:
        for address, process in zip((web, live), started, strict=True):
            _wait_for(f"{address}/healthz", process)
        yield web
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(10)


def _environment(settings: Mapping[str, Any], web: str, live: str, folder: Path) -> dict[str, str]:
    named = (
        "SECRET_KEY", "BLIND_INDEX_KEY", "ENVELOPE_PUBLIC_KEY", "CONTACT_PUBLIC_KEY",
        "STRIPE_WEBHOOK_SECRET", "MAIL_DIR", "FILES_DIR",
    )  # fmt: skip
    urls = {
        f"DATABASE_URL_{role.upper()}": settings["DATABASE_URLS"][role]
        for role in ("web", "drain", "public")
    }
    return {
        "PATH": os.environ["PATH"],
        "APP_ENV": "development",
        "PUBLIC_URL": web,
        "LIVE_URL": live,
        "BUILD_DIR": str(folder),
        **{name: str(settings[name]) for name in named},
        **urls,
    }


def _start(what: str, address: str, env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    bind = address.removeprefix("http://")
    words = [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "gevent", "--no-control-socket"),
        *("--graceful-timeout", "1", "--bind", bind, what),
    ]
    with log.open("wb") as out:
        return subprocess.Popen(words, env=env, cwd=ROOT, stdout=out, stderr=out)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer; see the log beside the style sheet")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
