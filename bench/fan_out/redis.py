"""A Redis of the bench's own, where the machine has the program."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from bench.fan_out.servers import free_port


@contextmanager
def own_redis() -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        raise RuntimeError("there is no redis-server on this machine")
    port = free_port()
    nothing_kept = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
    process = subprocess.Popen(
        [program, "--port", str(port), *nothing_kept], stdout=subprocess.DEVNULL
    )
    url = f"redis://127.0.0.1:{port}/0"
    try:
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 10
    with redis.Redis.from_url(url) as client:
        while time.monotonic() < deadline:
            try:
                client.ping()
                return
            except redis.ConnectionError:
                time.sleep(0.05)
    raise RuntimeError("redis did not start")
