"""One process that is kept alive."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import console
from deploy.local.places import ROOT
from deploy.local.processes import Process
from deploy.local.running import Identity

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
SECONDS_OF_GOOD_HEALTH = 30.0


@dataclass
class Kept:
    """Started again when it ends, after a pause that doubles while it keeps ending at once."""

    process: Process
    words: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    pause: float = FIRST_PAUSE
    _child: "subprocess.Popen[bytes] | None" = field(default=None, init=False, repr=False)
    _started: float = field(default=0.0, init=False)
    _start_again: float | None = field(default=None, init=False)

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            # Its own session: Ctrl-C in the terminal reaches the supervisor, which asks in order.
            self._child = subprocess.Popen(
                self.words,
                env=dict(self.environment),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._started = time.monotonic()
        self._start_again = None

    def look(self) -> bool:
        """Start it again if it is time to; True when it runs under another number now."""
        if self._start_again is not None:
            if time.monotonic() < self._start_again:
                return False
            self.start()
            return True
        if self._child is not None and self._child.poll() is not None:
            self._has_just_ended(self._child.returncode)
        return False

    def is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def identity(self) -> Identity | None:
        return None if self._child is None else Identity.of(self._child.pid)

    def ask_to_end(self) -> None:
        self._start_again = None
        if self.is_alive():
            assert self._child is not None
            self._child.terminate()

    def end_now(self) -> None:
        """Whatever is left of it and of its own children."""
        if self._child is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self._child = None

    def _has_just_ended(self, status: int) -> None:
        name, self._child = self.process.name, None
        if status == 0 and self.process.ends_well:
            return
        if time.monotonic() - self._started > SECONDS_OF_GOOD_HEALTH:
            self.pause = FIRST_PAUSE
        self._start_again = time.monotonic() + self.pause
        told = f"{name} ended with {status} and starts again in {self.pause:g} s"
        console.say(f"{told}; var/log/{self.log.name} tells why")
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
