"""Defences taken out between processes and those who are connected to them (F38, F39, F41)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from tests.faults.inside import Patches


def _each_request(patches: Patches, keep: Callable[[], Any]) -> None:
    """Whatever `keep` makes is kept for every request, and never let go."""
    from app.web.deadline import Deadline

    kept: list[Any] = []
    whole = Deadline.__call__

    def hoarding(self: Any, environ: Any, start_response: Any) -> Any:
        kept.append(keep())
        return whole(self, environ, start_response)

    patches.set(Deadline, "__call__", hoarding)


def _every_request_is_remembered(patches: Patches) -> None:
    _each_request(patches, lambda: b"\1" * 200_000)


def _every_request_leaves_a_file_open(patches: Patches) -> None:
    _each_request(patches, lambda: os.open(os.devnull, os.O_RDONLY))


def _a_stranger_says_where_they_are(patches: Patches) -> None:
    """The first address of the list is believed: the one that anybody can write."""
    from werkzeug.middleware.proxy_fix import ProxyFix

    def first(_self: Any, trusted: int, value: str | None) -> str | None:
        return value.split(",")[0].strip() if trusted and value else None

    patches.set(ProxyFix, "_get_real_value", first)


def _nobody_calls_the_roll(patches: Patches) -> None:
    from app.web.live.hall import Hall

    patches.set(Hall, "call_the_roll", lambda _self: None)


def _the_platform_stays_what_others_lost(patches: Patches) -> None:
    import app.scheduler as scheduler
    from app.services.bidding import platform_stays

    whole = scheduler.notice_lost_bidders

    def notice_and_stay(engine: Any) -> int:
        from sqlalchemy import text

        found = int(whole(engine))
        if found:
            with engine.begin() as connection:
                lost = connection.execute(
                    text("SELECT sale_id, at FROM lost_bidders WHERE back_at IS NULL")
                )
                platform_stays.stay(connection, {row.sale_id: row.at for row in lost}, "Gone")
        return found

    patches.set(scheduler, "notice_lost_bidders", notice_and_stay)


OF_LINES: dict[str, Callable[[Patches], None]] = {
    "every request is remembered": _every_request_is_remembered,
    "every request leaves a file open": _every_request_leaves_a_file_open,
    "a stranger says where they are": _a_stranger_says_where_they_are,
    "nobody calls the roll": _nobody_calls_the_roll,
    "the platform stays what others lost": _the_platform_stays_what_others_lost,
}
