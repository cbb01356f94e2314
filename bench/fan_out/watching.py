"""The crowd that watches, as whoever starts it sees it: a process that is told when to count."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.fan_out.servers import ORIGIN, Server
from bench.platform import ROOT


@dataclass(slots=True)
class Crowd:
    process: subprocess.Popen[str]

    def say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def stop(self) -> dict[str, Any]:
        printed, _nothing = self.process.communicate("stop\n")
        report: dict[str, Any] = json.loads(printed)
        return report


@contextmanager
def crowd_of(servers: Sequence[Server], sockets: int, sale: str | None) -> Iterator[Crowd]:
    wanted = {
        "ports": [server.port for server in servers],
        "sockets": sockets,
        "sale": sale,
        "origin": ORIGIN,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.fan_out.crowd"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    crowd = Crowd(process)
    try:
        crowd.say(json.dumps(wanted))
        assert process.stdout is not None
        joined = json.loads(process.stdout.readline())
        if joined["joined"] != sockets:
            raise RuntimeError(f"not everybody came in: {joined}")
        yield crowd
    finally:
        process.kill()
        process.wait()
