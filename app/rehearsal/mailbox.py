"""The mailbox of this machine, where letters of the platform land in development."""

from __future__ import annotations

import re
import time

import requests

SECONDS_TO_WAIT = 30


class NoLetter(Exception):
    """The letter that somebody waited for did not come."""


class Mailbox:
    """Reads letters as their addressee would."""

    def __init__(self, outside_url: str) -> None:
        self._url = outside_url.rstrip("/") + "/mail.json"

    def link(self, to: str, part: str, after: int = 0) -> str:
        """The path of the newest link in a letter to `to` that begins with `part`."""
        return self._find(to, rf"https?://[^\s/]+({re.escape(part)}[^\s]*)", after)

    def code(self, to: str, after: int = 0) -> str:
        """The newest six-digit code; `after` letters that were there already do not count."""
        return self._find(to, r"(?<![0-9])([0-9]{6})(?![0-9])", after)

    def count(self, to: str) -> int:
        return len(self._letters(to))

    def _find(self, to: str, pattern: str, after: int = 0) -> str:
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while time.monotonic() < deadline:
            letters = self._letters(to)
            for letter in letters[: len(letters) - after]:
                match = re.search(pattern, letter["body"])
                if match:
                    return match.group(1)
            time.sleep(0.2)
        raise NoLetter(f"no letter to {to} with {pattern} within {SECONDS_TO_WAIT} s")

    def _letters(self, to: str) -> list[dict[str, str]]:
        answer = requests.get(self._url, params={"to": to}, timeout=10)
        answer.raise_for_status()
        letters: list[dict[str, str]] = answer.json()
        return letters
