"""How often a password, a code or a letter may be tried (SEC-T7).

Counted per account and per address. A browser that is known has tries of its own, and a new
password by mail clears the account's: guessing locks nobody out. Without Redis each web process
counts for itself, so the limits are set for two of them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import ceil

from flask import current_app, request
from limits import RateLimitItem, parse

from app.extensions import limiter

PASSWORDS_PER_ACCOUNT = parse("10/hour")
PASSWORDS_PER_ADDRESS = parse("100/hour")
CODES_PER_ACCOUNT = parse("10/10minutes")
LETTERS_PER_ACCOUNT = parse("5/hour")
LETTERS_PER_ADDRESS = parse("50/hour")


@dataclass(frozen=True, slots=True)
class Wait:
    """Too many tries; `minutes` until there are new ones."""

    minutes: int


def try_password(account: str, known_mark: str | None) -> Wait | None:
    """Count a try at an account's password, before the password is looked at."""
    return _use_address(PASSWORDS_PER_ADDRESS, "passwords") or _use(
        PASSWORDS_PER_ACCOUNT, "password", *_bucket(account, known_mark)
    )


def forgive_passwords(account: str, known_mark: str | None) -> None:
    """The right password was given, or a new one set by mail."""
    _clear(PASSWORDS_PER_ACCOUNT, "password", *_bucket(account, known_mark))


def try_code(account: str) -> Wait | None:
    return _use(CODES_PER_ACCOUNT, "code", account)


def forgive_codes(account: str) -> None:
    _clear(CODES_PER_ACCOUNT, "code", account)


def ask_for_letter(purpose: str, account: str, known_mark: str | None = None) -> Wait | None:
    return _use_address(LETTERS_PER_ADDRESS, "letters") or _use(
        LETTERS_PER_ACCOUNT, purpose, *_bucket(account, known_mark)
    )


def _bucket(account: str, known_mark: str | None) -> tuple[str, ...]:
    return (account, known_mark) if known_mark else (account,)


def _use_address(limit: RateLimitItem, purpose: str) -> Wait | None:
    if not current_app.config["LIMITS_PER_ADDRESS"]:
        return None
    return _use(limit, purpose, request.remote_addr or "unknown")


def _use(limit: RateLimitItem, *key: str) -> Wait | None:
    if not _is_on() or limiter.limiter.hit(limit, *key):
        return None
    left = limiter.limiter.get_window_stats(limit, *key).reset_time - time.time()
    return Wait(minutes=max(1, ceil(left / 60)))


def _clear(limit: RateLimitItem, *key: str) -> None:
    if _is_on():
        limiter.limiter.clear(limit, *key)


def _is_on() -> bool:
    return bool(current_app.config.get("RATELIMIT_ENABLED", True))
