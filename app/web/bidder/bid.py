"""Place a bid: by POST, into the journal, with the decision as the answer (SEC, rules for bids).

201 accepted; 200 entered and refused, with the reason and the amounts that would count; 202 nobody
knows yet, ask again with the same key; 4xx nothing was entered, now or before, under this key.
"""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.queries.bidder import FrozenTerms, find_attempt
from app.services.bidding.place import (
    Accepted,
    Answer,
    DepositGone,
    KeyReused,
    Unknown,
    place_bid,
)
from app.web.amounts import write_amount
from app.web.bidder import answers
from app.web.bidder.attempts import answer_to, as_json
from app.web.bidder.blueprint import bp
from app.web.bidder.counter import earn_pass, offer_of
from app.web.bidder.own import (
    my_place,
    my_registration_id,
    registration_id_to_bid,
    sale_or_404,
    terms_or_404,
)
from app.web.bidder.pace import seconds_to_wait
from app.web.bidder.posted import Posted, key_of, read_posted, wants_json
from app.web.bidder.room import may_be_a_slip, page_of, review_page
from app.web.bidder.words import not_entered, refused_bid, retype_error
from app.web.desk import desk
from app.web.gates import has_second_factor

# A bid without a deposit is no bid; the page leads to paying it again.
_GONE = "deposit_taken_back"
_STATUS = {
    "unreadable": 400,
    "second_factor": 403,
    "not_registered": 403,
    "terms_changed": 409,
    "key_reused": 409,
    _GONE: 409,
    "too_fast": 429,
}


@bp.post("/<sale>/bid")
def bid(sale: str) -> ResponseReturnValue:
    terms = terms_or_404(sale)
    posted = read_posted()
    if posted is None:
        return _not_entered(terms, "unreadable")
    if not has_second_factor():
        return _turned_away(terms, posted, "second_factor")
    registration_id = registration_id_to_bid(terms.sale_id)
    if registration_id is None:
        return _not_entered(terms, "not_registered")
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    wait = seconds_to_wait(app, registration_id)
    if wait:
        return _turned_away(terms, posted, "too_fast", wait=wait)
    if posted.terms_hash != terms.terms_hash:
        return _turned_away(terms, posted, "terms_changed")
    if not wants_json() and (page := _ask_to_retype(sale, posted)) is not None:
        return page

    earn_pass(terms, registration_id)
    # A bid may wait for its decision; its page's connection must not wait with it.
    db.session.close()
    offer = offer_of(terms, registration_id, posted)
    return _answer(terms, posted, place_bid(desk(), offer))


@bp.get("/<sale>/outcome.json")
def outcome(sale: str) -> Response:
    """What became of the bid under `?key=`; `unknown` where none of one's own has it."""
    terms = terms_or_404(sale)
    key = key_of(request.args.get("key"))
    registration_id = my_registration_id(terms.sale_id)
    found = (
        find_attempt(db.session(), registration_id, key)
        if key is not None and registration_id is not None
        else None
    )
    return jsonify(as_json(found, terms) if found is not None else {"status": "unknown"})


def _turned_away(
    terms: FrozenTerms, posted: Posted, reason: str, wait: float = 0.0
) -> ResponseReturnValue:
    """A known key has its answer, whatever stands in the way of a new bid (INV-A13): who asks what
    became of a bid is not told that it was not entered."""
    registration_id = my_registration_id(terms.sale_id)
    if registration_id is not None:
        found = find_attempt(db.session(), registration_id, posted.key)
        if found is not None:
            offer = offer_of(terms, registration_id, posted)
            return _answer(terms, posted, answer_to(offer, found))
    return _not_entered(terms, reason, wait)


def _ask_to_retype(sale: str, posted: Posted) -> str | None:
    """A form's amount far above the minimum comes twice, or the review comes again."""
    view = sale_or_404(sale)
    place = my_place(view.terms.id)
    amount = posted.read.amount
    if place is None or amount is None or not may_be_a_slip(amount, view, place):
        return None
    if posted.again is not None and posted.again.amount == amount:
        return None
    return review_page(
        view,
        place,
        amount,
        key=posted.key,
        reserve=posted.reserve,
        retype_error=retype_error(posted.again),
    )


def _answer(terms: FrozenTerms, posted: Posted, answer: Answer) -> ResponseReturnValue:
    if isinstance(answer, KeyReused):
        return _not_entered(terms, "key_reused")
    if isinstance(answer, DepositGone):
        return _not_entered(terms, _GONE)
    if isinstance(answer, Unknown):
        return _unknown(terms, posted)
    if not wants_json():
        where = url_for("bidder.receipt", sale=terms.public_id, bid=posted.key)
        return redirect(where, 303)
    receipt_url = url_for("bidder.receipt", sale=terms.public_id, bid=posted.key)
    if isinstance(answer, Accepted):
        return _told(answers.accepted(terms, posted, answer, receipt_url), 201)
    minimum = answers.minimum_after(terms, posted, answer)
    words = refused_bid(answer.reason, terms.currency, minimum)
    told = answers.refused(
        terms, posted, answer, words=words, minimum=minimum, receipt_url=receipt_url
    )
    return _told(told, 200)


def _told(told: dict[str, Any], status: int) -> Response:
    return Response(answers.written(told), status, mimetype="application/json")


def _unknown(terms: FrozenTerms, posted: Posted) -> ResponseReturnValue:
    if wants_json():
        return _told(answers.unknown(posted), 202)
    page = render_template(
        "bidder/unknown.html",
        **page_of(sale_or_404(terms.public_id)),
        posted=posted,
        written=_written(posted),
        receipt_url=url_for("bidder.receipt", sale=terms.public_id, bid=posted.key),
    )
    return page, 202


def _written(posted: Posted) -> str:
    """The amount as a form sends it again, so that the key stands for the same bid."""
    read = posted.read
    return write_amount(read.amount) if read.amount is not None else read.typed or ""


def _not_entered(terms: FrozenTerms, reason: str, wait: float = 0.0) -> ResponseReturnValue:
    words, status = not_entered(reason), _STATUS[reason]
    headers = {"Retry-After": str(max(1, round(wait)))} if wait else {}
    if wants_json():
        known = {"status": "refused", "accepted": False, "entered": False, "reason": reason}
        told = known | {"message": words.text, "what_now": words.what_now}
        return jsonify(told | {"terms_hash": terms.terms_hash}), status, headers
    view = sale_or_404(terms.public_id)
    mend_url = url_for("bidder.deposit", sale=terms.public_id) if reason == _GONE else None
    page = render_template(
        "bidder/not_entered.html", **page_of(view), words=words, mend_url=mend_url
    )
    return page, status, headers
