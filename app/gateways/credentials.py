"""Passwords, one-time codes and signed links: Flask-Security's own, kept off the event loop.

Argon2id takes a good part of a second and 64 MiB by design. Under gevent it runs in two real
threads, so that nobody else's request stands still meanwhile (stack.md, section 4).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sys
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Any

from flask import current_app
from flask_security.totp import Totp
from flask_security.utils import get_hmac
from itsdangerous import BadData, URLSafeTimedSerializer

# A code is good for its half minute and the one before or after: telephones' clocks differ.
_SECONDS_BESIDE = 30
_CODE_DIGITS = 6


def hash_password(password: str) -> str:
    hashed: str = _apart(_context().hash, _peppered(password))
    return hashed


def is_password(password: str, hashed: str | None) -> bool:
    """Whether this is the password; as slow for somebody who has none as for anybody else."""
    fits: bool = _apart(_context().verify, _peppered(password), hashed or _nobodys_hash())
    return fits and hashed is not None


def needs_new_hash(hashed: str) -> bool:
    """Whether the cost was raised since this password was last hashed."""
    outdated: bool = _context().needs_update(hashed)
    return outdated


def _context() -> Any:
    return current_app.extensions["security"].pwd_context


def _peppered(password: str) -> bytes:
    """NFKC first: the same characters, typed on another keyboard, are the same password."""
    written: bytes = get_hmac(unicodedata.normalize("NFKC", password))
    return written


def _nobodys_hash() -> str:
    cost = str(current_app.config.get("SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"))
    return _hash_for_nobody(_context(), cost)


@lru_cache(maxsize=4)
def _hash_for_nobody(context: Any, _cost: str) -> str:
    hashed: str = context.hash(secrets.token_bytes(32))
    return hashed


def _apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """Run in a real thread where the others are green ones; in place everywhere else."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        return work(*arguments)
    return _threads().apply(work, arguments)


@lru_cache(maxsize=1)
def _threads() -> Any:
    from gevent.threadpool import ThreadPool

    return ThreadPool(2)


class AppCodes(Totp):
    """Codes of an authenticator app, each taken once (SEC-T7): the row remembers the last."""

    def get_last_counter(self, user: Any) -> int | None:
        counter: int | None = user.tf_totp_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        user.tf_totp_counter = tmatch.counter

    def takes(self, code: str, user: Any, secret: str | None = None) -> bool:
        """Whether `code` is right now for `user`, and later than any that was taken before.

        The caller holds the lock on the person's row: two browsers cannot use one code.
        """
        kept = secret or user.tf_totp_secret
        return kept is not None and self.verify_totp(code, kept, user, _SECONDS_BESIDE)


def app_codes() -> AppCodes:
    """Secrets are encrypted in the table, under a key derived from the platform's."""
    key = derived_key("totp").hex()
    return AppCodes({"1": key}, issuer="Luochui")


def new_mail_code() -> str:
    """Six digits: short enough to copy by hand, and tried a few times at most."""
    return f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}}"


def new_recovery_codes(count: int = 8) -> list[str]:
    codes: list[str] = app_codes().generate_recovery_codes(count)
    return codes


def recovery_digest(owner: str, code: str) -> str:
    """What is kept of a recovery code; blanks, hyphens and capitals are forgiven."""
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    return digest("recovery code", owner, plain)


def digest(purpose: str, *parts: str) -> str:
    """What we keep instead of a code: of no use without the platform's key."""
    written = "\0".join(parts)
    return hmac.new(derived_key(purpose), written.encode(), hashlib.sha256).hexdigest()


def is_digest(found: str, purpose: str, *parts: str) -> bool:
    return hmac.compare_digest(found, digest(purpose, *parts))


def derived_key(purpose: str) -> bytes:
    secret = current_app.config["SECRET_KEY"].encode()
    return hmac.new(secret, f"luochui {purpose}".encode(), hashlib.sha256).digest()


def signed(purpose: str, content: list[str]) -> str:
    """A token for a link in a letter: readable, but nobody else can make one."""
    token: str = _signer(purpose).dumps(content)
    return token


def read_signed(purpose: str, token: str, within: timedelta) -> list[str] | None:
    """The content; None when it is not ours, or too old."""
    try:
        content: list[str] = _signer(purpose).loads(token, max_age=int(within.total_seconds()))
    except BadData:
        return None
    return content


def _signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(derived_key(f"link {purpose}"), salt=purpose)
