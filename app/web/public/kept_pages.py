"""Pages of strangers, kept for a moment: a flood of visitors costs one rendering a second.

A page that was begun after somebody asked is as new as they can ask for, so one rendering answers
all who waited for it. Where a sale changes again and again, its page is made anew at most every
fifth part of the time: whoever only looks sees it a moment later, and bids have the rest.

Only for whoever brings no cookie but the language: nothing on such a page is theirs. The nonce of
the content policy is put in anew for each answer.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace

from flask import Response, current_app, g, request

from app.web.page import chosen_language, csp_nonce
from app.web.public.news import news

_MOST_PAGES = 500
_LONGEST = 400_000
# Whoever waited so long for another's rendering takes the page as it was, or makes it alone.
_PATIENCE = 2.0
_OLDEST = 10.0
# So many times as long as it took, a page counts after another that was made just before it.
_REST = 4

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    body: bytes
    nonce: bytes
    mimetype: str
    sale: str
    began: float
    # Until then it counts even if the sale has changed.
    rests_until: float = 0.0


class Pages:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: OrderedDict[Key, Page] = OrderedDict()
        self._locks = [threading.Lock() for _ in range(256)]

    def find(self, key: Key, asked_at: float) -> Page | None:
        page, now = self._kept.get(key), time.monotonic()
        if page is None or page.began >= asked_at or now < page.rests_until:
            return page
        if now - page.began >= self._seconds:
            return None
        return None if news().changed_since(page.sale, page.began) else page

    def find_old(self, key: Key) -> Page | None:
        page = self._kept.get(key)
        return page if page is not None and time.monotonic() - page.began < _OLDEST else None

    def keep(self, key: Key, page: Page) -> None:
        before, now = self._kept.get(key), time.monotonic()
        took = now - page.began
        if before is not None and page.began - before.began < took * (1 + _REST):
            page = replace(page, rests_until=now + took * _REST)
        self._kept[key] = page
        self._kept.move_to_end(key)
        if len(self._kept) > _MOST_PAGES:
            self._kept.popitem(last=False)

    def lock_of(self, key: Key) -> threading.Lock:
        return self._locks[hash(key) % len(self._locks)]


def answer_from_kept() -> Response | None:
    """Before the view: the page as another stranger just got it, or a place in line to make it."""
    if not _is_for_strangers():
        return None
    pages, key, asked_at = _pages(), _key(), time.monotonic()
    page = pages.find(key, asked_at)
    if page is None:
        lock = pages.lock_of(key)
        if lock.acquire(timeout=_PATIENCE):
            g.page_lock = lock
            page = pages.find(key, asked_at)
        else:
            page = pages.find_old(key)
    if page is None:
        g.page_began = asked_at if "page_lock" not in g else time.monotonic()
        return None
    let_the_next_one_in()
    body = page.body.replace(page.nonce, csp_nonce().encode())
    return Response(body, mimetype=page.mimetype)


def keep_page(response: Response) -> Response:
    """After the view: what it made is kept, where nothing in it belongs to anybody."""
    began = g.pop("page_began", None)
    if began is not None and _may_be_kept(response):
        sale = str((request.view_args or {}).get("sale", ""))
        nonce, body = csp_nonce().encode(), response.get_data()
        _pages().keep(_key(), Page(body, nonce, response.mimetype or "", sale, began))
    return response


def let_the_next_one_in(_failure: BaseException | None = None) -> None:
    lock = g.pop("page_lock", None)
    if lock is not None:
        lock.release()


def _is_for_strangers() -> bool:
    return (
        current_app.config["SNAPSHOT_SECONDS"] > 0
        and request.method == "GET"
        and request.endpoint not in _NEVER
        and not set(request.cookies) - {"lang"}
        and not request.headers.get("Authorization")
        and len(request.query_string) < 500
    )


# These keep themselves, or are asked for their moment.
_NEVER = {"public.snapshot", "public.transcript", "public.time", "public.healthz", "public.status"}


def _may_be_kept(response: Response) -> bool:
    return (
        response.status_code == 200
        and not response.is_streamed
        and response.mimetype in ("text/html", "text/plain")
        and "Set-Cookie" not in response.headers
        and "Content-Disposition" not in response.headers
        and (response.content_length or 0) < _LONGEST
    )


def _key() -> Key:
    # A chosen language is answered with a cookie, so it never meets a kept page.
    return (request.host_url, request.path, request.query_string.decode(), chosen_language())


def _pages() -> Pages:
    found: Pages | None = current_app.extensions.get("luochui_pages")
    if found is None:
        found = Pages(current_app.config["SNAPSHOT_SECONDS"])
        current_app.extensions["luochui_pages"] = found
    return found
