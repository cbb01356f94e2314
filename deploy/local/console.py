"""What the person at the terminal is told."""

import json
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from deploy.local.processes import OUTSIDE, PLATFORM, Addresses

COLUMNS = ("who", "email", "password", "note")


def say(sentence: str) -> None:
    # The terminal may be gone; that is no reason to leave the processes unattended.
    with suppress(OSError):
        print(sentence, flush=True)


def welcome(addresses: Addresses, *, seconds: float) -> None:
    say(f"""
Luochui 落槌 is running, after {seconds:.1f} s.

  Platform  {addresses.url(PLATFORM)}
  Mailbox   {addresses.url(OUTSIDE)}/mail   (every letter the platform sends lands here)

  Ctrl-C stops it; `make stop` does so from elsewhere. Logs are in var/log.
""")


def teller_of_accounts(file: Path) -> Callable[[], None]:
    """Tells the demonstration accounts once the demonstration has written them down."""
    told = False

    def tell() -> None:
        nonlocal told
        if told or not file.exists():
            return
        told = True
        say("Demonstration accounts\n\n" + _table(json.loads(file.read_text())) + "\n")

    return tell


def end_of(log: Path, lines: int = 20) -> str:
    last = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join([*(f"  | {line}" for line in last), f"All of it: {log}"])


def _table(accounts: list[Mapping[str, str]]) -> str:
    rows = [[str(account.get(column, "")) for column in COLUMNS] for account in accounts]
    widths = [max(map(_width, column), default=0) for column in zip(*rows, strict=True)]
    return "\n".join(_row(row, widths) for row in rows)


def _row(cells: list[str], widths: list[int]) -> str:
    padded = [
        cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)
    ]
    return ("  " + "  ".join(padded)).rstrip()


def _width(text: str) -> int:
    """Chinese characters take two columns of a terminal."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
