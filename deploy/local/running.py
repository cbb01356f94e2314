"""What runs, written down so that another `make` finds it, and nothing else by mistake."""

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Identity:
    """A process by number and birth: numbers are given again, births are not."""

    pid: int
    born: int

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        # The program's name stands in brackets and may hold anything, brackets too.
        state, *fields = stat.rpartition(")")[2].split()
        return None if state in "ZX" else cls(pid, born=int(fields[18]))

    def is_alive(self) -> bool:
        return Identity.of(self.pid) == self


@dataclass(frozen=True, slots=True)
class Running:
    """The supervisor, where it answers, and the processes it started."""

    supervisor: Identity
    address: str
    processes: Mapping[str, Identity] = field(default_factory=dict)


class AlreadyRunning(Exception):
    """Another supervisor of this checkout holds the lock."""


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Held for as long as a supervisor lives; the kernel lets go when it dies, however it dies."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        yield


def write_running(file: Path, running: Running) -> None:
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(asdict(running)))
    unfinished.rename(file)


def read_running(file: Path) -> Running | None:
    try:
        written = json.loads(file.read_text())
    except FileNotFoundError:
        return None
    return Running(
        supervisor=Identity(**written["supervisor"]),
        address=written["address"],
        processes={name: Identity(**one) for name, one in written["processes"].items()},
    )


def end(process: Identity, *, patience: float) -> None:
    """Ask it to end; past `patience` seconds, end it and all it started."""
    _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while process.is_alive():
        if time.monotonic() > deadline:
            _signal(process, signal.SIGKILL)
        time.sleep(0.05)


def _signal(process: Identity, what: signal.Signals) -> None:
    if not process.is_alive():
        return
    if what == signal.SIGKILL and os.getpgid(process.pid) == process.pid:
        os.killpg(process.pid, what)
    else:
        os.kill(process.pid, what)
