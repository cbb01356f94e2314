"""No request waits for ever for a database that stands still (faults.md, P15; FAULT-F04).

The database ends a statement that takes too long; a database that is frozen, or a line that
swallows its answer, ends nothing. Then a bidder is told that nobody knows yet and that asking again
with the same key is safe, and everybody else that the platform does not answer just now. Nothing is
asked of the database for that.

A bid that fails on the way, by whatever failure of ours, is answered in the same words: what became
of it is not known, and its key makes the second asking harmless. Each such answer has a reference,
which stands in the log.
"""

from __future__ import annotations

import io
import json
import logging
import re
import secrets
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import gevent
from gevent import GreenletExit
from markupsafe import Markup
from werkzeug.wrappers import Request

from app.web.bidder.posted import MOST_BYTES, is_json, key_of, wants_json
from app.web.errors import REFERENCE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

# Longer than the desk waits for either of its two answers. Where the journal was late and the
# decision is late as well, this answer comes before the desk's, and says the same. The front
# (`deploy/nginx/places.conf`) reads longer, so that it is seen.
SECONDS_FOR_A_BID = 7.0
# Longer than any statement of a page may take.
SECONDS_FOR_A_PAGE = 25.0

_BID = re.compile(r"/bid/[^/]+/bid")
_FIELDS = ("csrf_token", "key", "terms_hash", "amount", "reserve")

_UNKNOWN = Markup("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>We do not know yet</title></head>
<body>
<h1>We do not know yet whether your bid arrived</h1>
<p>Do not bid again. Ask once more: the same number can count only once.</p>
<h2 lang="zh">我们还不知道您的出价是否已到达</h2>
<p lang="zh">请不要重新出价。请再问一次：同一编号只会计算一次。</p>
<form method="post" action="{action}">{fields}
<button type="submit">Ask again <span lang="zh">再问一次</span></button></form>
<p>Reference for our support <span lang="zh">客服参考号</span>: {reference}</p>
</body></html>
""")
_FIELD = Markup('<input type="hidden" name="{}" value="{}">')
_LATER = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Please try again</title></head>
<body>
<h1>The platform does not answer just now</h1>
<p>What was confirmed to you stands. Please try again in a moment.</p>
<p lang="zh">平台暂时没有响应。已向您确认的内容仍然有效，请稍后再试。</p>
</body></html>
"""
_LATER_FOR_A_PROGRAM = {
    "error": 503,
    "message": "The platform does not answer just now",
    "what_now": ["What was confirmed to you stands. Please try again in a moment."],
    "reference": None,
}


class Deadline:
    """Stands before the whole application of a web process."""

    def __init__(self, whole: WSGIApplication) -> None:
        self._whole = whole

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_bid = environ["REQUEST_METHOD"] == "POST" and _BID.fullmatch(environ["PATH_INFO"])
        body = _body_of(environ) if is_bid else b""
        heard, said = True, list[tuple[str, list[tuple[str, str]], Any]]()

        def start(
            status: str, headers: list[tuple[str, str]], error: Any = None
        ) -> Callable[[bytes], object]:
            if is_bid:
                # Handed on once nothing can fail any more.
                said.append((status, headers, error))
                return _unheard
            # What is left behind still tells of its own end, when somebody else has answered.
            return start_response(status, headers, error) if heard else _unheard

        # A line of its own: what is stuck is left behind, and cleans up when it can.
        asking = gevent.spawn(self._whole, environ, start)
        asking.join(SECONDS_FOR_A_BID if is_bid else SECONDS_FOR_A_PAGE)
        if not asking.ready():
            heard = False
            asking.kill(block=False)
            return (
                _in_doubt(environ, body, start_response)
                if is_bid
                else _later(environ, start_response)
            )
        if is_bid:
            if _has_died(asking) or not said or said[-1][0].startswith("5"):
                return _failed(asking, environ, body, start_response)
            start_response(*said[-1])
        answer: Iterable[bytes] = asking.get()
        return answer


def _has_died(asking: gevent.Greenlet) -> bool:
    return not asking.successful() or isinstance(asking.value, GreenletExit)


def _in_doubt(
    environ: WSGIEnvironment, body: bytes, start_response: StartResponse
) -> Iterable[bytes]:
    reference = secrets.token_hex(4)
    log.warning("reference %s: a bid was not answered in time", reference)
    return _answer(environ, body, start_response, "202 Accepted", reference)


def _failed(
    asking: gevent.Greenlet, environ: WSGIEnvironment, body: bytes, start_response: StartResponse
) -> Iterable[bytes]:
    """What was to be said is not; where the application could not even say it, we write down
    that it failed (its trace stands in the log already)."""
    if _has_died(asking):
        reference = secrets.token_hex(4)
        log.error("reference %s: a bid failed: %s", reference, type(asking.exception).__name__)
    else:
        reference = environ.get(REFERENCE, "")
        if hasattr(asking.value, "close"):
            asking.value.close()
    return _answer(environ, body, start_response, "503 Service Unavailable", reference)


def _unheard(_written: bytes) -> None:
    pass


def _body_of(environ: WSGIEnvironment) -> bytes:
    """Read once and put back; what is longer than a bid is nobody's bid and is not kept."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not 0 < length <= MOST_BYTES:
        return b""
    body: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _answer(
    environ: WSGIEnvironment,
    body: bytes,
    start_response: StartResponse,
    status: str,
    reference: str,
) -> Iterable[bytes]:
    """Ask again with the same key."""
    asked = Request(environ)
    sent = _sent(asked, body)
    written = sent.get("key")
    key = key_of(environ.get("HTTP_IDEMPOTENCY_KEY") if written is None else written)
    if wants_json(asked):
        told = {"status": "unknown", "ask_again": True, "key": str(key) if key else None}
        content = json.dumps(told | {"reference": reference})
        return _write(start_response, status, "application/json", content)
    page = _UNKNOWN.format(
        action=environ["PATH_INFO"],
        fields=Markup("").join(_FIELD.format(*field) for field in _again(sent, key).items()),
        reference=reference,
    )
    return _write(start_response, status, "text/html; charset=utf-8", page)


def _sent(asked: Request, body: bytes) -> dict[str, Any]:
    """The fields of the bid; none where it cannot be read."""
    if not is_json(asked):
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _again(sent: dict[str, Any], key: uuid.UUID | None) -> dict[str, Any]:
    """What the form sends once more; it asks nobody to type the amount again."""
    fields = {"amount": ""} | {name: sent[name] for name in _FIELDS if name in sent}
    named = {"key": str(key)} if key else {}
    return fields | named | {"amount_again": fields["amount"]}


def _later(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    status, kind, content = "503 Service Unavailable", "text/html; charset=utf-8", _LATER
    if wants_json(Request(environ)):
        kind, content = "application/json", json.dumps(_LATER_FOR_A_PROGRAM)
    return _write(start_response, status, kind, content)


def _write(start_response: StartResponse, status: str, kind: str, content: str) -> Iterable[bytes]:
    written = content.encode()
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(written))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; form-action 'self'"),
        ("Retry-After", "1"),
    ]
    start_response(status, headers)
    return [written]
