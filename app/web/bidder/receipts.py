"""One's own bids: every attempt, and a receipt for each that can be checked without us."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from flask import Response, abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.gateways.signing import Signer
from app.queries.bidder import Attempt, Place, SaleView, attempts, find_attempt
from app.web.bidder.blueprint import bp
from app.web.bidder.own import my_place_or_404, sale_or_404
from app.web.bidder.posted import key_of
from app.web.bidder.room import page_of
from app.web.bidder.standing import minimum_for, standing_of, status_of, why_not
from app.web.bidder.words import Words, refused_bid
from app.web.gates import has_second_factor
from auction_engine.documents.moments import write_moment
from auction_engine.evidence.canonical import canonical

FORMAT = "luochui-receipt/1"

# What the page (bid.js) enters under the key of a bid that never arrived.
GIVEN_UP = "given up"


@bp.get("/<sale>/bids")
def bids(sale: str) -> str:
    """Every attempt, accepted and refused, with the reason."""
    view = sale_or_404(sale)
    place = my_place_or_404(view.terms.id)
    found = attempts(db.session(), place.registration.id)
    return render_template(
        "bidder/bids.html",
        **page_of(view),
        place=place,
        attempts=[(attempt, _words(attempt, view)) for attempt in found],
    )


@bp.get("/<sale>/bids/<bid>")
def receipt(sale: str, bid: str) -> ResponseReturnValue:
    """What became of one bid; `bid` is its key. While nobody has decided, the page asks again."""
    view = sale_or_404(sale)
    place = my_place_or_404(view.terms.id)
    attempt = _attempt_or_404(place, bid)
    can_bid = not why_not(view, place, has_second_factor=has_second_factor())
    leads = attempt.decision is not None and _is_best(view, place, attempt)
    return render_template(
        "bidder/receipt.html",
        **page_of(view),
        place=place,
        attempt=attempt,
        words=_words(attempt, view),
        written=receipt_of(view, place, attempt),
        leads=leads and attempt.decision is not None and attempt.decision.accepted,
        standing=standing_of(view.state, place),
        is_running=status_of(view.state, view.now) == "open",
        next_valid=minimum_for(view, place) if can_bid else None,
        transcript_url=url_for("public.transcript", sale=sale),
    )


def _is_best(view: SaleView, place: Place, attempt: Attempt) -> bool:
    """Whether this bid leads, or won; of a sealed sale that runs nobody knows."""
    if view.state.leader_registration_id != place.registration.id:
        return False
    return attempt.amount == view.state.price


@bp.get("/<sale>/bids/<bid>/receipt.json")
def receipt_file(sale: str, bid: str) -> Response:
    """The receipt as a file: canonical JSON, signed where the platform has a key for it."""
    view = sale_or_404(sale)
    place = my_place_or_404(view.terms.id)
    attempt = _attempt_or_404(place, bid)
    if attempt.decision is None:
        abort(404)
    response = Response(
        canonical(receipt_of(view, place, attempt)) + "\n", mimetype="application/json"
    )
    name = f"receipt-{sale}-{str(attempt.key)[:8]}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def receipt_of(view: SaleView, place: Place, attempt: Attempt) -> dict[str, Any]:
    """The content of a receipt: what arrived, what was decided, and the line that holds it.

    The hash of the line is the head of the transcript at that moment: whoever has both can show
    that neither this bid nor anything before it was changed since.
    """
    content: dict[str, Any] = {
        "format": FORMAT,
        "key": str(attempt.key),
        "sale": view.terms.public_id,
        "lot": view.lot.title,
        "court": view.court.name_en,
        "terms_hash": view.terms.announcement_hash,
        "bidder": place.registration.code,
        "currency": view.terms.currency,
        "arrived_at": _utc(attempt.arrived_at),
    }
    if attempt.amount is not None:
        content["amount"] = attempt.amount
    else:
        content["typed"] = attempt.typed or ""
    if attempt.decision is not None:
        content["decided_as_of"] = _utc(attempt.decision.at)
        content["decision"] = _decision(attempt, is_sealed=view.is_sealed)
    if attempt.line is not None:
        content["line"] = {
            "n": attempt.line.n,
            "prev": attempt.line.prev,
            "hash": attempt.line.hash,
        }
    return _signed(content)


def _decision(attempt: Attempt, *, is_sealed: bool) -> dict[str, Any]:
    """As the transcript has it; the number of a sealed bid would tell how many there are."""
    decision = attempt.decision
    assert decision is not None
    if decision.accepted:
        assert decision.closes_at is not None
        accepted = {"accepted": True, "closes_at": _utc(decision.closes_at)}
        return accepted if is_sealed else accepted | {"seq": decision.seq}
    refused: dict[str, Any] = {"accepted": False, "reason": decision.reason}
    return refused | ({"minimum": decision.minimum} if decision.minimum is not None else {})


def _signed(content: dict[str, Any]) -> dict[str, Any]:
    seed = current_app.config["SIGNING_KEY"]
    if not seed:
        return content
    signer = Signer(seed)
    signature = signer.sign(canonical(content).encode())
    return content | {
        "signature": {
            "key": signer.public_key_base64,
            "ed25519": base64.b64encode(signature).decode(),
        }
    }


def _utc(at: datetime) -> str:
    return write_moment(at.astimezone(UTC))


def _words(attempt: Attempt, view: SaleView) -> Words | None:
    decision = attempt.decision
    if decision is None or decision.accepted:
        return None
    if attempt.amount is None and attempt.typed == GIVEN_UP:
        return Words(
            _("Your bid had not reached us, so this number was taken out of use."),
            what_now=_("It cannot count any more. You can bid again."),
        )
    return refused_bid(decision.reason or "", view.terms.currency, decision.minimum)


def _attempt_or_404(place: Place, bid: str) -> Attempt:
    key = key_of(bid)
    found = find_attempt(db.session(), place.registration.id, key) if key is not None else None
    if found is None:
        abort(404)
    return found
