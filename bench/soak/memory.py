"""How much memory processes hold over time, and whether that grows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Memory:
    """Resident megabytes by process, each with the hour at which it was looked at."""

    pids: Mapping[str, int]
    seen: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def look(self) -> None:
        hour = (time.monotonic() - self.began) / 3600
        for name, pid in _with_children(self.pids):
            self.seen.setdefault(name, []).append((hour, _resident_mb(pid)))

    def slopes(self) -> dict[str, float]:
        """Megabytes an hour over the last three quarters; what came or went meanwhile is left
        out, and so is what a process takes until it is warm."""
        until = max(hour for looks in self.seen.values() for hour, _mb in looks)
        whole = {
            name: [look for look in looks if look[0] >= until / 4]
            for name, looks in self.seen.items()
        }
        most = max(len(looks) for looks in whole.values())
        return {
            name: round(slope(looks), 2)
            for name, looks in whole.items()
            if len(looks) >= 0.9 * most
        }

    def last(self) -> dict[str, float]:
        return {name: round(looks[-1][1], 1) for name, looks in self.seen.items()}


def slope(points: Sequence[tuple[float, float]]) -> float:
    """By least squares."""
    count = len(points)
    if count < 2:
        return 0.0
    middle_x = sum(x for x, _y in points) / count
    middle_y = sum(y for _x, y in points) / count
    spread = sum((x - middle_x) ** 2 for x, _y in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread if spread else 0.0


def _with_children(pids: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    for name, pid in pids.items():
        yield name, pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            continue
        for child in children:
            yield f"{name}-{child}", int(child)


def _resident_mb(pid: int) -> float:
    try:
        written = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    line = next((line for line in written.splitlines() if line.startswith("VmRSS")), "VmRSS: 0 kB")
    return int(line.split()[1]) / 1024
