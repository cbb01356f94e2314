"""Passwords that everybody tries first. A local list: nothing is asked of anybody outside.

No rule says what a password must be made of (SEC, ASVS 6.2); these few are simply not secret.
"""

from __future__ import annotations

import string
import unicodedata
from functools import lru_cache
from pathlib import Path

_LIST = Path(__file__).with_name("known_passwords.txt")
_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
)
_TAIL = string.digits + string.punctuation


def is_widely_known(password: str, *about_owner: str) -> bool:
    """Whether a guesser would come to it early: on the list, a run of keys, or the owner's name."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    stems = {plain, plain.rstrip(_TAIL), plain.strip(_TAIL)} - {""}
    if stems & _known() or len(set(plain)) <= 2:
        return True
    if any(plain in run or plain in run[::-1] for run in _RUNS):
        return True
    own = {part for word in about_owner for part in _parts(word)}
    return bool(stems & own)


def _parts(word: str) -> set[str]:
    folded = word.casefold()
    return {folded, folded.partition("@")[0], folded.replace(" ", "")} - {""}


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(_LIST.read_text(encoding="utf-8").split())
