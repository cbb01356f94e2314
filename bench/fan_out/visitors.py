"""Strangers who do not watch by a socket: how many pages and snapshots one web process answers.

`python -m bench.fan_out.visitors PORT PATH SECONDS` asks for one path over kept connections, as
fast as it is answered, and prints how often it was.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

from bench.fan_out.bids import Bidding, bidding
from bench.fan_out.servers import free_port
from bench.platform import ROOT, Platform
from deploy.local.places import BUILD, VENV
from deploy.local.processes import PROCESSES

AT_ONCE = 8


def flood(platform: Platform, *, seconds: float, bids_per_s: float) -> dict[str, Any]:
    """The same flood with what is kept and without; bids go on beside it."""
    figures: dict[str, Any] = {}
    with bidding(platform) as beside:
        for name, kept_for in (("", "1"), ("_uncached", "0")):
            with _web(platform, kept_for) as port:
                took = len(beside.took)
                for what, path in (("pages", "live"), ("snapshots", "snapshot.json")):
                    address = f"/sales/{beside.public_id}/{path}"
                    rate = _answered(port, address, seconds, beside, bids_per_s)
                    figures[f"{what}_per_s{name}"] = round(rate)
                figures[f"bid_p99_ms_in_flood{name}"] = _p99_ms(beside.took[took:])
    return figures


def _answered(port: int, path: str, seconds: float, beside: Bidding, bids_per_s: float) -> float:
    command = [sys.executable, "-m", "bench.fan_out.visitors", str(port), path, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as visitors:
        beside.bid(rate=bids_per_s, seconds=seconds)
        printed, _nothing = visitors.communicate()
    return float(printed)


@contextmanager
def _web(platform: Platform, kept_for: str) -> Iterator[int]:
    port = free_port()
    web = next(process for process in PROCESSES if process.name == "web")
    program, *words = web.command.format(bind=f"127.0.0.1:{port}", port=port).split()
    environment = platform.environment(*web.databases) | {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BUILD_DIR": str(BUILD),
        "SNAPSHOT_SECONDS": kept_for,
    }
    command = [str(VENV / "bin" / program), *words, "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(15)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if _ask(HTTPConnection("127.0.0.1", port, timeout=20), "/healthz") == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the web process did not start")


def _ask(connection: HTTPConnection, path: str) -> int:
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _p99_ms(took: list[float]) -> float:
    ordered = sorted(took)
    return round(1000 * ordered[int(0.99 * len(ordered))], 1) if ordered else 0.0


def main() -> None:
    port, path, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    until, counts = time.monotonic() + seconds, [0] * AT_ONCE

    def visit(number: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        while time.monotonic() < until:
            status = _ask(connection, path)
            if status != 200:
                print(f"{path} answered {status}", file=sys.stderr)
                os._exit(1)
            counts[number] += 1

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(counts) / seconds)


if __name__ == "__main__":
    main()
