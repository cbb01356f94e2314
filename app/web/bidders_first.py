"""When more come than a web process can answer, strangers wait and bidders do not (FAULT-F19).

Requests share one process in turn, so each more that is under way makes every bid slower. Of those
who bring no session only so many are let in at once; whoever comes too many is told so at the cost
of a line of text, before anything else is spent on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

from app.web.sessions import COOKIE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# A kept page costs a millisecond, so a bid waits a twentieth of a second behind a full house; half
# as many helped no bid and turned people away (docs/performance.md).
MOST_STRANGERS_AT_ONCE = 48
SECONDS_TO_STAY_AWAY = 3
# Whatever stands before the cookie's name (sessions.py).
_SESSION = f"{COOKIE}="
# Whoever signs in may be a bidder, a page that was let in needs its style, and a watchman asks
# whether this process serves at all.
_ALWAYS = ("/account/", "/static/", "/healthz")

_FULL = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Please try again</title></head><body>
<h1>More people look at this moment than we can answer</h1>
<p>Bidding goes on. Please load the page again in {SECONDS_TO_STAY_AWAY} seconds.</p>
<p lang="zh">当前查看人数过多，竞价照常进行。请在 {SECONDS_TO_STAY_AWAY} 秒后重新加载。</p>
</body></html>
""".encode()


class BiddersFirst:
    """Stands before the whole application of a web process, its deadline included."""

    def __init__(self, whole: WSGIApplication, most: int = MOST_STRANGERS_AT_ONCE) -> None:
        self._whole, self._most = whole, most
        self._inside = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not _is_strangers(environ):
            return self._whole(environ, start_response)
        if self._inside >= self._most:
            return _turn_away(start_response)
        self._inside += 1
        try:
            return ClosingIterator(self._whole(environ, start_response), [self._leave])
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        self._inside -= 1


def _is_strangers(environ: WSGIEnvironment) -> bool:
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and _SESSION not in environ.get("HTTP_COOKIE", "")
        and not environ["PATH_INFO"].startswith(_ALWAYS)
    )


def _turn_away(start_response: StartResponse) -> Iterable[bytes]:
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(_FULL))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'"),
        ("Retry-After", str(SECONDS_TO_STAY_AWAY)),
    ]
    start_response("503 Service Unavailable", headers)
    return [_FULL]
