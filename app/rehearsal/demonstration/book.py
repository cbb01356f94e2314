"""What the demonstration remembers from one start to the next: its people and its courts.

Written after every step, whole or not at all, so that being killed anywhere costs a step. The
accounts for a newcomer stand in a file of their own, which `make run` reads out.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Account:
    """Somebody who can come again; `key` is their authenticator app's, where they have one.

    The cookies spare everybody a new sign-in at a second start soon after the first.
    """

    name: str
    email: str
    password: str
    key: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    # Whether a code by mail was given in the session of these cookies.
    has_given_code: bool = False


@dataclass(slots=True)
class CourtMade:
    """A court that was begun, as number such and such of its story.

    `is_staffed` once its people are in, `is_done` once everything in it stands.
    """

    name: str
    public_id: str
    story: str
    number: int
    is_staffed: bool = False
    is_done: bool = False
    has_begun: bool = False
    sales: list[str] = field(default_factory=list)

    @property
    def is_spare(self) -> bool:
        return self.is_staffed and not self.has_begun


@dataclass(slots=True)
class Book:
    file: Path
    accounts: dict[str, Account] = field(default_factory=dict)
    courts: list[CourtMade] = field(default_factory=list)
    # How often a court of this name was tried; a name can be given only once.
    tries: dict[str, int] = field(default_factory=dict)
    # Bidders come in while a court's staff does.
    _writing: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def opened(cls, file: Path) -> Book:
        """What was written down, or an empty book where nothing readable is there."""
        try:
            written = json.loads(file.read_text(encoding="utf-8"))
            return cls(
                file,
                {place: Account(**each) for place, each in written["accounts"].items()},
                [CourtMade(**each) for each in written["courts"]],
                {str(name): int(count) for name, count in written["tries"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(file)

    def remember(self, place: str, account: Account) -> None:
        self.accounts[place] = account
        self.save()

    def forget(self, place: str) -> None:
        self.accounts.pop(place, None)

    def forget_everything(self) -> None:
        """The database is another one than when this was written."""
        self.accounts, self.courts, self.tries = {}, [], {}
        self.save()

    def next_try(self, name: str) -> int:
        """The number of this attempt at a court of this name, counted before it is made."""
        self.tries[name] = self.tries.get(name, 0) + 1
        self.save()
        return self.tries[name]

    def add_court(self, name: str, public_id: str, story: str, number: int) -> CourtMade:
        court = CourtMade(name, public_id, story, number)
        self.courts.append(court)
        self.save()
        return court

    def spare(self, story: str) -> CourtMade | None:
        """A court with its people, in which nothing has happened yet."""
        waiting = (court for court in self.courts if court.story == story and court.is_spare)
        return next(waiting, None)

    def begun(self) -> list[CourtMade]:
        """Courts in which something has happened; the one made ready is not among them."""
        return [court for court in self.courts if court.has_begun]

    def is_told(self, story: str) -> bool:
        return any(court.story == story and court.is_done for court in self.courts)

    def save(self) -> None:
        with self._writing:
            kept = {
                "accounts": {place: asdict(each) for place, each in dict(self.accounts).items()},
                "courts": [asdict(each) for each in self.courts],
                "tries": self.tries,
            }
            write_private(self.file, kept)


def write_private(file: Path, content: Any) -> None:
    """Readable by nobody else from its first byte, and never half-written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False, indent=1)
    unfinished.replace(file)
