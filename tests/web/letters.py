"""The letters that were promised, as the notifier would find them."""

from __future__ import annotations

from typing import Any

import pyotp


def letters(world: Any, kind: str) -> list[dict[str, Any]]:
    rows = world.rows(
        "SELECT payload FROM outbox WHERE payload->>'message' = %s ORDER BY id", f"account_{kind}"
    )
    return [payload for (payload,) in rows]


def link_in(world: Any, kind: str) -> str:
    """The path of the link in the last letter of this kind."""
    link: str = letters(world, kind)[-1]["params"]["link"]
    return link.removeprefix("http://127.0.0.1:8000")


class Telephone:
    """An authenticator app that can look ahead, because a test does not wait half a minute."""

    def __init__(self, key: str) -> None:
        self._codes = pyotp.TOTP(key.replace("-", "").replace(" ", ""))
        self._step = -1

    def code(self) -> str:
        """The next code that was not shown yet; good within the tolerance for clocks."""
        import datetime

        self._step += 1
        return self._codes.at(datetime.datetime.now(datetime.UTC), counter_offset=self._step - 1)
