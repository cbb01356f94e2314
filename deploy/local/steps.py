"""A step of setting up: said aloud when it is done, skipped when nothing it reads has changed."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


class SetUpFailed(Exception):
    """Setting up cannot go on; the message says what the reader can do about it."""


@dataclass(frozen=True, slots=True)
class Step:
    """`work` turns `reads` into `makes`; `stamp` remembers what it was last done for.

    The stamp lies inside what the step makes, so that whoever deletes that deletes the stamp too.
    """

    says: str
    reads: Sequence[Path]
    makes: Sequence[Path]
    stamp: Path
    work: Callable[[], None]
    also: str = ""

    def is_done(self) -> bool:
        if not all(path.exists() for path in self.makes):
            return False
        return self.stamp.is_file() and self.stamp.read_text() == self.digest()

    def digest(self) -> str:
        """Of contents, not of dates: a fresh checkout of the same commit is the same."""
        total = hashlib.sha256(self.also.encode())
        for path in self.reads:
            total.update(hashlib.sha256(path.read_bytes()).digest())
        return total.hexdigest()


def carry_out(step: Step) -> None:
    if step.is_done():
        return
    say(step.says)
    started = time.monotonic()
    # A step that fails half-way must not look done.
    step.stamp.unlink(missing_ok=True)
    step.work()
    step.stamp.parent.mkdir(parents=True, exist_ok=True)
    step.stamp.write_text(step.digest())
    say(f"  {time.monotonic() - started:.1f} s")


def say(sentence: str) -> None:
    print(sentence, flush=True)


def run(command: Sequence[object], **options: object) -> None:
    """Run a program that must succeed; what it says goes to the console."""
    words = [str(word) for word in command]
    try:
        subprocess.run(words, check=True, **options)  # type: ignore[call-overload]
    except FileNotFoundError as missing:
        raise SetUpFailed(f"{words[0]} is not on this machine.") from missing
    except subprocess.CalledProcessError as failed:
        sys.stdout.flush()
        raise SetUpFailed(f"{' '.join(words[:4])} … ended with {failed.returncode}.") from failed
