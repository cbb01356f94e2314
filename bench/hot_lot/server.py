"""Web processes under the server that `make run` starts, and what they cost in processor time."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryFile

from bench.platform import ROOT, Platform
from deploy.local.places import BUILD
from deploy.local.processes import LOOPBACK, PROCESSES, Addresses, words_of

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Running:
    port: int
    pid: int

    def kill(self) -> None:
        """The master as well, who would start another at once."""
        for pid in (self.pid, *_children(self.pid)):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def web_processes(
    platform: Platform, files: Path, count: int, redis_url: str = ""
) -> Iterator[list[Running]]:
    """The platform's web process as deployed, with the per-bidder budget lifted; several are one
    platform under the address of the first."""
    ports = [_free_port() for _number in range(count)]
    with ExitStack() as started:
        yield [
            started.enter_context(_web_process(platform, files, port, ports[0], redis_url))
            for port in ports
        ]


@contextmanager
def _web_process(
    platform: Platform, files: Path, port: int, public_port: int, redis_url: str
) -> Iterator[Running]:
    process = next(one for one in PROCESSES if one.name == "web")
    words = words_of(process, Addresses(LOOPBACK, port))
    environment = {
        **platform.environment(*process.databases),
        "PUBLIC_URL": f"http://{LOOPBACK}:{public_port}",
        "BUILD_DIR": str(BUILD),
        "FILES_DIR": str(files),
        "REDIS_URL": redis_url,
        "BIDS_PER_SECOND": "0",
        "LIMITS_PER_ADDRESS": "off",
    }
    with _served(words, environment, port) as running:
        yield running


@contextmanager
def baseline_process(url: str, workers: int) -> Iterator[Running]:
    """The same server in front of the baseline's one route."""
    port = _free_port()
    process = next(one for one in PROCESSES if one.name == "web")
    words = words_of(process, Addresses(LOOPBACK, port))[:-1]
    application = "bench.hot_lot.one_by_one_web:application"
    environment = {"PATH": os.environ["PATH"], "BENCH_DATABASE": url}
    with _served([*words, "--workers", str(workers), application], environment, port) as running:
        yield running


@contextmanager
def _served(words: Sequence[str], environment: Mapping[str, str], port: int) -> Iterator[Running]:
    # Into a file: a pipe that nobody reads would stop the server once it is full.
    with (
        TemporaryFile() as said,
        subprocess.Popen(words, cwd=ROOT, env=environment, stdout=said, stderr=said) as server,
    ):
        try:
            _wait_for(port, server)
            yield Running(port, server.pid)
        finally:
            server.terminate()
            server.wait()
            said.seek(0)
            log = said.read().decode(errors="replace")
            if "Traceback" in log:
                print(log[-4000:], file=sys.stderr)


def processor_seconds(pid: int) -> float:
    """What a process and its children, those that have ended too, have used until now."""
    seconds = 0.0
    for number in (pid, *_children(pid)):
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        seconds += sum(int(field) for field in fields[11:15]) / _TICK
    return seconds


def _children(pid: int) -> list[int]:
    direct = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in direct]


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until it answers something: the port is open long before the application is loaded."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and server.poll() is None:
        connection = HTTPConnection(LOOPBACK, port, timeout=30)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError("the web process did not answer")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        return port
