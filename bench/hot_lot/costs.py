"""Processor time of each part while a crowd bids: where the two cores went."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text

from bench.hot_lot.server import processor_seconds
from bench.platform import Platform


class Costs:
    """`mark` twice: when counting begins and when it ends."""

    def __init__(self, web_pids: Sequence[int], platform: Platform) -> None:
        self._web = web_pids
        with platform.admin.connect() as connection:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        self._database = _parent(backend)
        self._marks: list[tuple[float, float, float]] = []

    def mark(self) -> None:
        own = os.times()
        self._marks.append(
            (
                sum(processor_seconds(pid) for pid in self._web),
                processor_seconds(self._database),
                own.user + own.system,
            )
        )

    def per_decision(self, decided: int) -> dict[str, int]:
        """Microseconds of processor time for each decision; the server's own children included."""
        first, last = self._marks
        spent = [1e6 * (after - before) for before, after in zip(first, last, strict=True)]
        names = ("web_cpu_us", "database_cpu_us", "bench_cpu_us")
        return {
            name: round(micros / max(1, decided)) for name, micros in zip(names, spent, strict=True)
        }


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
