"""Pages that ask again by themselves, without JavaScript too."""

from __future__ import annotations

from flask import request

_MOST = 60


def tries() -> int:
    """How often the page has asked already; after a while it asks no more by itself."""
    asked = request.args.get("tries", "0")
    readable = asked.isascii() and asked.isdigit() and len(asked) < 4
    return min(int(asked), _MOST) if readable else 0
