"""The platform as on several machines, on loopback: nginx with the files of `deploy/nginx`, two
web workers, two live processes, and Redis between them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.platform import Platform
from deploy.local.places import BUILD, VENV
from tests.conftest import ROOT

GUNICORN = "gunicorn --worker-class gevent --no-control-socket --graceful-timeout 1"
WRITTEN_BY_US = ("limits.conf", "places.conf")


@dataclass(slots=True)
class Running:
    name: str
    port: int
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """As if its machine had lost its power: master and worker, without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass(slots=True)
class Front:
    port: int
    processes: dict[str, Running] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def nginx() -> str | None:
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def platform_behind_nginx(platform: Platform, folder: Path) -> Iterator[Front]:
    front = Front(free_port())
    ports = {name: free_port() for name in ("web-1", "web-2", "live-1", "live-2", "redis")}
    environment = _environment(platform, front.url, ports["redis"], folder)
    with ExitStack() as stack:

        def start(name: str, command: list[str]) -> None:
            front.processes[name] = stack.enter_context(
                _running(name, ports.get(name, front.port), command, environment, folder)
            )

        start("redis", ["redis-server", "--port", str(ports["redis"]), "--save", ""])
        for name in ("web-1", "web-2", "live-1", "live-2"):
            bind = ["--bind", f"127.0.0.1:{ports[name]}", f"app.wsgi:{name.partition('-')[0]}"]
            start(name, [str(VENV / "bin" / GUNICORN.split()[0]), *GUNICORN.split()[1:], *bind])
        _write_configuration(folder, front.port, ports)
        program = nginx()
        assert program is not None
        start("nginx", [program, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"])
        for name in ("web-1", "web-2", "live-1", "live-2"):
            wait_for(f"http://127.0.0.1:{ports[name]}/healthz")
        wait_for(f"{front.url}/healthz")
        yield front


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


@contextmanager
def _running(
    name: str, port: int, command: list[str], environment: Mapping[str, str], folder: Path
) -> Iterator[Running]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    running = Running(name, port, process)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.kill()


def _environment(platform: Platform, url: str, redis: int, folder: Path) -> dict[str, str]:
    return {
        **platform.environment("web", "drain", "public"),
        "PUBLIC_URL": url,
        "LIVE_URL": url,
        "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
        "TRUSTED_PROXY_HOPS": "1",
        "BIDS_PER_SECOND": "0",
        "LIMITS_PER_ADDRESS": "off",
        "LIVE_PASS_KEY": "of-this-test-alone",
        "BUILD_DIR": str(BUILD),
        "FILES_DIR": str(folder),
        "MAIL_DIR": str(folder),
    }


def _write_configuration(folder: Path, port: int, ports: Mapping[str, int]) -> None:
    """Our own limits and places; only where the processes are is of this test."""
    for name in WRITTEN_BY_US:
        shutil.copy(ROOT / "deploy/nginx" / name, folder / name)
    upstreams = {
        "bids": ("web-1", "web-2"),
        "viewers": ("web-1", "web-2"),
        "live_bidders": ("live-1", "live-2"),
        "live_viewers": ("live-1", "live-2"),
    }
    written = "\n".join(
        f"upstream {name} {{ "
        + " ".join(f"server 127.0.0.1:{ports[one]} max_fails=1 fail_timeout=2s;" for one in of)
        + " }"
        for name, of in upstreams.items()
    )
    (folder / "upstreams.conf").write_text(written)
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/nginx.pid; error_log stderr warn; worker_processes 1;\n"
        "events { worker_connections 2000; }\n"
        f"http {{ access_log off; {temporary} include limits.conf; include upstreams.conf;\n"
        f"server {{ listen 127.0.0.1:{port}; include places.conf; }} }}\n"
    )
