"""A bid as it was posted: the same four things whether by a form or as JSON (SEC-T11)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.wrappers import Request

from app.web.bidder.amounts import Read, load_json, read_field, read_json, read_written

# A bid is a hundred bytes; whoever sends more means something else.
MOST_BYTES = 8_192


@dataclass(frozen=True, slots=True)
class Posted:
    """`again` is the amount typed a second time; only a form asks for it."""

    read: Read
    key: uuid.UUID
    terms_hash: str
    again: Read | None = None
    # Under laws that know it: the bid stands in if the best bidder does not pay.
    reserve: bool = False


def is_json(asked: Request = request) -> bool:
    return asked.mimetype == "application/json"


def wants_json(asked: Request = request) -> bool:
    """Whether a program asks: then every answer is JSON."""
    best = asked.accept_mimetypes.best_match(["text/html", "application/json"])
    return is_json(asked) or best == "application/json"


def read_posted() -> Posted | None:
    """The bid in this request; None where it cannot be one: no key, two keys, no document."""
    request.max_content_length = MOST_BYTES
    named = request.headers.get("Idempotency-Key")
    return from_json(request.get_data(), named) if is_json() else _from_form(named)


def from_json(body: bytes, named: str | None) -> Posted | None:
    """`named` is the key in the header, where there is one."""
    document = load_json(body)
    if document is None:
        return None
    key = _one_key(document.get("key"), named)
    if key is None:
        return None
    return Posted(
        read=read_json(document.get("amount")),
        key=key,
        terms_hash=_text(document.get("terms_hash")),
        reserve=document.get("reserve") is True,
    )


def _from_form(named: str | None) -> Posted | None:
    keys = request.form.getlist("key")
    key = _one_key(*keys, named)
    if key is None:
        return None
    again = request.form.get("amount_again")
    return Posted(
        read=read_field(request.form.getlist("amount")),
        key=key,
        terms_hash=request.form.get("terms_hash", ""),
        again=read_written(again) if again is not None else None,
        reserve=request.form.get("reserve") == "y",
    )


def _one_key(*written: Any) -> uuid.UUID | None:
    """The key, if all who name one name the same."""
    keys = {key_of(text) for text in written if text is not None}
    return keys.pop() if len(keys) == 1 else None


def key_of(written: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(written) if isinstance(written, str) else None
    except ValueError:
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
