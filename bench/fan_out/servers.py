"""The processes that are measured: live servers as they run in life, and the bare one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.platform import ROOT, Platform
from deploy.local.places import VENV
from deploy.local.processes import PROCESSES

ORIGIN = "http://127.0.0.1:8000"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Server:
    process: subprocess.Popen[str]
    port: int

    def cpu_s(self) -> float:
        """Of the process and all below it, user and system, since they began."""
        return sum(_cpu_s(pid) for pid in _family(self.process.pid))

    def rss_mb(self) -> float:
        pages = (Path(f"/proc/{pid}/statm").read_text() for pid in _family(self.process.pid))
        return sum(int(line.split()[1]) for line in pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def kill_worker(self) -> None:
        """What serves, not the master that would start another at once."""
        for pid in _family(self.process.pid):
            os.kill(pid, 9)


@contextmanager
def live_servers(platform: Platform, count: int, redis_url: str = "") -> Iterator[list[Server]]:
    """`count` live workers on ports of their own, started as `make run` starts one."""
    environment = platform.environment("public") | {
        "PUBLIC_URL": ORIGIN,
        "REDIS_URL": redis_url,
        "VIEWERS_PER_PROCESS": "100000",
    }
    servers = [_start(environment) for _ in range(count)]
    try:
        for server in servers:
            _wait_for(server)
        yield servers
    finally:
        for server in servers:
            _end(server)


def _start(environment: dict[str, str]) -> Server:
    live = next(process for process in PROCESSES if process.name == "live")
    port = free_port()
    program, *words = live.command.format(bind=f"127.0.0.1:{port}", port=port).split()
    command = [str(VENV / "bin" / program), *words, "--log-level", "warning"]
    return Server(subprocess.Popen(command, cwd=ROOT, env=environment, text=True), port)


@contextmanager
def bare_server() -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.fan_out.bare"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    server = Server(process, int(process.stdout.readline()))
    try:
        yield server
    finally:
        _end(server)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _wait_for(server: Server) -> None:
    deadline = time.monotonic() + 120
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the live server did not start")


def _end(server: Server) -> None:
    server.process.terminate()
    try:
        server.process.wait(15)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _family(pid: int) -> Sequence[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return ()
    return [pid, *(one for child in children for one in _family(int(child)))]
