"""The pass by which a live worker knows a bidder from a viewer, without knowing who it is.

The web process gives one to a bidder's page; the live process, which has no sessions, reads that
it speaks of this sale and of one depositor in it. The handle is the same for all of that person's
tabs and leads nobody back to a registration.
"""

from __future__ import annotations

import hmac

_SECONDS_IT_LASTS = 12 * 3600


def new_pass(key: str, sale: str, registration_id: int, now: float) -> str:
    handle = _seal(key, "handle", sale, str(registration_id))[:16]
    expires = str(int(now) + _SECONDS_IT_LASTS)
    return f"{handle}.{expires}.{_seal(key, 'pass', sale, handle, expires)}"


def holder_of(key: str, sale: str, written: object, now: float) -> str | None:
    """The handle of the depositor, or None for everybody else."""
    if not key or not isinstance(written, str) or len(written) > 200:
        return None
    handle, _dot, rest = written.partition(".")
    expires, _dot, seal = rest.partition(".")
    expected = _seal(key, "pass", sale, handle, expires)
    if not hmac.compare_digest(expected.encode(), seal.encode()):
        return None
    return handle if int(expires) > now else None


def _seal(key: str, *said: str) -> str:
    return hmac.new(key.encode(), "|".join(said).encode(), "sha256").hexdigest()
