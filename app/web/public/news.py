"""Which sales changed lately, as this web process hears it: what is kept of them is thrown away."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from flask import Flask, current_app

from app.gateways.announcer import heard_by_notify, heard_by_redis

log = logging.getLogger(__name__)

_MOST_REMEMBERED = 10_000


class News:
    """An announcement comes after its commit, so what is read from then on knows of it."""

    def __init__(self) -> None:
        self._changed_at: dict[str, float] = {}
        self._all_changed_at = 0.0

    def hear(self, message: Mapping[str, Any]) -> None:
        if len(self._changed_at) >= _MOST_REMEMBERED:
            self._all_changed_at = time.monotonic()
            self._changed_at.clear()
        self._changed_at[message["sale"]] = time.monotonic()

    def changed_since(self, sale: str, moment: float) -> bool:
        return self._changed_at.get(sale, self._all_changed_at) >= moment

    def listen(self, app: Flask) -> None:
        """For as long as the process lives. While nothing can be heard, short bounds do alone."""
        while True:
            try:
                redis_url = app.config["REDIS_URL"]
                urls = app.config["DATABASE_URLS"]
                source = heard_by_redis(redis_url) if redis_url else heard_by_notify(urls["public"])
                for message in source:
                    if message is not None:
                        self.hear(message)
            except Exception:
                log.warning("news of sales broke off; listening again", exc_info=True)
                time.sleep(0.5)


def news() -> News:
    """Of this process; it begins to listen when somebody first asks."""
    found: News | None = current_app.extensions.get("luochui_news")
    if found is None:
        found = current_app.extensions["luochui_news"] = News()
        if not current_app.testing:
            app = current_app._get_current_object()  # type: ignore[attr-defined]
            threading.Thread(target=found.listen, args=(app,), daemon=True, name="news").start()
    return found
