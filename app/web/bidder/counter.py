"""The counter for bids sent by a program: in the last minute, past everything that pages need.

A bid whose request was let through a moment ago (`passes.py`) is answered here, before Flask. It
meets the same desk, the same pace, the same terms and the same words. Whatever is not plain (no
pass, an odd document, other terms, a reused key, any failure) goes to the whole application with
nothing lost: the key makes the second asking harmless.
"""

from __future__ import annotations

import hashlib
import io
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, request, url_for

from app.extensions import db
from app.queries.bidder import FrozenTerms
from app.services.bidding.place import Accepted, DepositGone, KeyReused, Offer, Unknown, place_bid
from app.web.bidder import answers
from app.web.bidder.long_way import LongWay, Turn
from app.web.bidder.pace import seconds_to_wait
from app.web.bidder.passes import Pass, Passes
from app.web.bidder.posted import MOST_BYTES, Posted, from_json
from app.web.bidder.wording import Wording
from app.web.desk import desk_of
from app.web.page import chosen_language
from app.web.sessions import TOUCH_EVERY, current_session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

# Everything that the whole application looks at before it lets a bid through.
_LOOKED_AT = (
    "PATH_INFO", "SCRIPT_NAME", "wsgi.url_scheme", "HTTP_HOST", "HTTP_ORIGIN", "HTTP_REFERER",
    "HTTP_SEC_FETCH_SITE", "HTTP_COOKIE", "HTTP_X_CSRFTOKEN", "HTTP_X_CSRF_TOKEN",
    "HTTP_USER_AGENT", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE",
)  # fmt: skip
_ASKING = "luochui.asking"
_NO_KEY = uuid.UUID(int=0)


@dataclass(slots=True)
class Asking:
    """A request on its way through the whole application; `earned` is the pass it got there."""

    fingerprint: bytes
    began: float
    earned: Pass | None = None
    turn: Turn | None = None


def passes_of(app: Flask) -> Passes:
    found: Passes | None = app.extensions.get("luochui_passes")
    if found is None:
        with app.app_context():
            found = app.extensions["luochui_passes"] = Passes(db.engine, TOUCH_EVERY)
    return found


def earn_pass(terms: FrozenTerms, registration_id: int) -> None:
    """Said by the view once this request was found to be in order."""
    asking: Asking | None = request.environ.get(_ASKING)
    session = current_session()
    if asking is None:
        return
    if asking.turn is not None:
        # What is left is to wait for the decision, and nobody else waits for that.
        asking.turn.end()
    if session.kept is None or session.modified:
        return
    receipt = url_for("bidder.receipt", sale=terms.public_id, bid=_NO_KEY)
    asking.earned = Pass(
        session=session.kept.id_hash,
        version=session.kept.version,
        terms=terms,
        registration_id=registration_id,
        receipts=receipt.removesuffix(str(_NO_KEY)),
        wording=_wording(chosen_language()),
        confirmed_at=asking.began,
        used_at=asking.began,
    )


class Counter:
    """Stands before the whole application and takes the bids it knows."""

    def __init__(self, app: Flask, whole: WSGIApplication) -> None:
        self._app = app
        self._whole = whole
        self._long_way = LongWay()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not _is_a_program_s_bid(environ):
            return self._whole(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = io.BytesIO(body)
        asking = Asking(_fingerprint(environ), passes_of(self._app).now())
        try:
            answer = self._answer(asking, body, environ.get("HTTP_IDEMPOTENCY_KEY"))
        except Exception:
            # Whatever it was, the whole application meets it as well, and says so in words.
            log.warning("a bid goes the long way", exc_info=True)
            answer = None
        if answer is None:
            return self._ask_everything(asking, environ, start_response)
        status, told, headers = answer
        start_response(_LINES[status], [*headers, ("Content-Length", str(len(told)))])
        return [told]

    def _answer(
        self, asking: Asking, body: bytes, named: str | None
    ) -> tuple[int, bytes, list[tuple[str, str]]] | None:
        held = passes_of(self._app).find(asking.fingerprint, asking.began)
        posted = from_json(body, named) if held is not None else None
        if held is None or posted is None or posted.terms_hash != held.terms.terms_hash:
            return None
        if seconds_to_wait(self._app, held.registration_id):
            return None
        decided = self._place(held, posted)
        return (*decided, held.headers) if decided is not None else None

    def _place(self, held: Pass, posted: Posted) -> tuple[int, bytes] | None:
        terms = held.terms
        answer = place_bid(desk_of(self._app), offer_of(terms, held.registration_id, posted))
        receipt_url = f"{held.receipts}{posted.key}"
        if isinstance(answer, KeyReused | DepositGone):
            return None
        if isinstance(answer, Unknown):
            return 202, answers.written(answers.unknown(posted))
        if isinstance(answer, Accepted):
            return 201, answers.written(answers.accepted(terms, posted, answer, receipt_url))
        minimum = answers.minimum_after(terms, posted, answer)
        words = held.wording.refused(answer.reason, terms.currency, minimum)
        told = answers.refused(
            terms, posted, answer, words=words, minimum=minimum, receipt_url=receipt_url
        )
        return 200, answers.written(told)

    def _ask_everything(
        self, asking: Asking, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The long way; the headers of its answer are those of the short way from then on. A nonce
        among them lets nothing run: what it comes with is no page."""
        environ[_ASKING] = asking
        asking.turn = self._long_way.wait_for_turn()

        def start(status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
            names = {name.lower() for name, _value in headers}
            if asking.earned is not None and status[:3] in _DECIDED and "set-cookie" not in names:
                asking.earned.headers = [
                    (name, value) for name, value in headers if name.lower() != "content-length"
                ]
                passes_of(self._app).keep(asking.fingerprint, asking.earned)
            return start_response(status, headers, *failure)

        try:
            return self._whole(environ, start)
        finally:
            asking.turn.end()


_DECIDED = ("200", "201", "202")
_LINES = {code: f"{code} {HTTPStatus(code).phrase}" for code in (200, 201, 202)}


def offer_of(terms: FrozenTerms, registration_id: int, posted: Posted) -> Offer:
    return Offer(
        terms.sale_id,
        registration_id,
        posted.read.amount,
        posted.read.typed,
        posted.key,
        reserve=posted.reserve and terms.course.second_bidder,
    )


def _is_a_program_s_bid(environ: WSGIEnvironment) -> bool:
    """A guess that costs nothing: which requests may hold a pass at all."""
    path, length = environ["PATH_INFO"], environ.get("CONTENT_LENGTH") or ""
    return (
        environ["REQUEST_METHOD"] == "POST"
        and path.endswith("/bid")
        and environ.get("CONTENT_TYPE") == "application/json"
        and not environ.get("QUERY_STRING")
        and length.isascii()
        and length.isdigit()
        and int(length) <= MOST_BYTES
    )


def _fingerprint(environ: WSGIEnvironment) -> bytes:
    """Of the cookie and the token nothing else is kept; no header can hold the line feed."""
    said = "\n".join(str(environ.get(name, "\r")) for name in _LOOKED_AT)
    return hashlib.sha256(said.encode()).digest()


def _wording(language: str) -> Wording:
    known: dict[str, Wording] = current_app.extensions.setdefault("luochui_wording", {})
    if language not in known:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        known[language] = Wording(app, language)
    return known[language]
