"""Place a bid: by POST, into the journal, with the decision as the answer (SEC, rules for bids).

201 accepted; 200 entered and refused, with the reason and the amounts that would count; 202 nobody
knows yet, ask again with the same key; 4xx nothing was entered.
"""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.queries.bidder import FrozenTerms, find_attempt
from app.services.bidding.place import (
    Accepted,
    Answer,
    KeyReused,
    Offer,
    Refused,
    Unknown,
    place_bid,
)
from app.web.amounts import write_amount
from app.web.bidder.amounts import nearest
from app.web.bidder.attempts import as_json, lowest_that_counts
from app.web.bidder.blueprint import bp
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

_STATUS = {
    "unreadable": 400,
    "second_factor": 403,
    "not_registered": 403,
    "terms_changed": 409,
    "key_reused": 409,
    "too_fast": 429,
}


@bp.post("/<sale>/bid")
def bid(sale: str) -> ResponseReturnValue:
    terms = terms_or_404(sale)
    posted = read_posted()
    if posted is None:
        return _not_entered(terms, "unreadable")
    if not has_second_factor():
        return _not_entered(terms, "second_factor")
    registration_id = registration_id_to_bid(terms.sale_id)
    if registration_id is None:
        return _not_entered(terms, "not_registered")
    wait = seconds_to_wait(registration_id)
    if wait:
        return _not_entered(terms, "too_fast", wait=wait)
    if posted.terms_hash != terms.terms_hash:
        return _not_entered(terms, "terms_changed")
    if not wants_json() and (page := _ask_to_retype(sale, posted)) is not None:
        return page

    # A bid may wait for its decision; its page's connection must not wait with it.
    db.session.close()
    offer = Offer(
        terms.sale_id,
        registration_id,
        posted.read.amount,
        posted.read.typed,
        posted.key,
        reserve=posted.reserve and terms.course.second_bidder,
    )
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
    if isinstance(answer, Unknown):
        return _unknown(terms, posted)
    if not wants_json():
        where = url_for("bidder.receipt", sale=terms.public_id, bid=posted.key)
        return redirect(where, 303)
    if isinstance(answer, Accepted):
        return jsonify(_accepted(terms, posted, answer)), 201
    return jsonify(_refused(terms, posted, answer)), 200


def _accepted(terms: FrozenTerms, posted: Posted, answer: Accepted) -> dict[str, Any]:
    return {
        "status": "accepted",
        "accepted": True,
        "key": str(posted.key),
        "amount_minor": posted.read.amount,
        # The number of a sealed bid would tell how many there are.
        "seq": None if terms.are_sealed else answer.seq,
        "arrived_at": answer.arrived_at.isoformat(),
        "closes_at": answer.closes_at.isoformat(),
        "receipt_url": url_for("bidder.receipt", sale=terms.public_id, bid=posted.key),
    }


def _refused(terms: FrozenTerms, posted: Posted, answer: Refused) -> dict[str, Any]:
    minimum = lowest_that_counts(terms, answer.reason, posted.read.amount, answer.minimum)
    words = refused_bid(answer.reason, terms.currency, minimum)
    return {
        "status": "refused",
        "accepted": False,
        "key": str(posted.key),
        "amount_minor": posted.read.amount,
        "reason": answer.reason,
        "message": words.text,
        "rule": words.rule,
        "what_now": words.what_now,
        "minimum_minor": minimum,
        "nearest_minor": _nearest(terms, posted.read.amount, minimum),
        "arrived_at": answer.arrived_at.isoformat(),
        "receipt_url": url_for("bidder.receipt", sale=terms.public_id, bid=posted.key),
    }


def _nearest(terms: FrozenTerms, offered: int | None, minimum: int | None) -> list[int]:
    """The valid amounts around the one offered, where there are any."""
    if minimum is None:
        return []
    # The minimum itself stands on the grid of steps.
    return list(nearest(offered or 0, base=minimum, increment=terms.increment, minimum=minimum))


def _unknown(terms: FrozenTerms, posted: Posted) -> ResponseReturnValue:
    if wants_json():
        return jsonify(status="unknown", ask_again=True, key=str(posted.key)), 202
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
    return render_template("bidder/not_entered.html", **page_of(view), words=words), status, headers
