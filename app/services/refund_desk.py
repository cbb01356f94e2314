"""Refunds side by side: most of a refund is waiting for the provider, and waiting costs nothing.

One thread claims and books, several ask. An answer that is slow holds up nobody: the others are
booked, and others are asked for in their place, until it is there or its time is over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from app.services.checkouts import Provider
from app.services.refunds import Answered, Asking, ask, book_answers, claim_refunds

# So long the first answers of a batch wait for the last ones, to be booked with them.
_GATHERING_SECONDS = 0.25


class RefundDesk:
    """Keeps so many refunds under way. What it leaves behind when it breaks comes up again."""

    def __init__(self, connect: Callable[[], Provider], at_once: int) -> None:
        self._connect = connect
        self._at_once = at_once
        # A connection of its own for each thread.
        self._own = threading.local()
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="refund")
        self._under_way: set[Future[Answered]] = set()

    def __enter__(self) -> RefundDesk:
        return self

    def __exit__(self, broken: type[BaseException] | None, *_more: object) -> None:
        if broken is None:
            self.close()
        else:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """Wait for what is under way, and book it."""
        try:
            while self._under_way:
                self._book_what_is_answered()
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def serve(self) -> bool:
        """Ask for as many more as may be under way, and book what was answered; false where
        there was nothing to do."""
        claimed = self._claim()
        self._under_way |= {self._pool.submit(self._ask, asking) for asking in claimed or ()}
        if self._under_way:
            self._book_what_is_answered()
        return bool(self._under_way) or claimed is not None

    def _claim(self) -> list[Asking] | None:
        free = self._at_once - len(self._under_way)
        return claim_refunds(free) if free else None

    def _ask(self, asking: Asking) -> Answered:
        if not hasattr(self._own, "provider"):
            self._own.provider = self._connect()
        return ask(self._own.provider, asking)

    def _book_what_is_answered(self) -> None:
        answered, self._under_way = wait(self._under_way, timeout=_GATHERING_SECONDS)
        if answered:
            book_answers([one.result() for one in answered])
