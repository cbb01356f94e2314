"""What the parties hear of a reference price, in their inbox and by letter (RULE-B8 to B11).

Whoever has an account that the court linked is told. The days that a letter names are those of
the procedure as it stands: what the court delivered counts, not when the letter arrives.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from app.gateways.clock import legal_now
from app.models.cases import AssetRecord, Party
from app.models.outbox_rows import tell
from app.models.pricing import PricingObjection
from app.models.pricing_rows import course_of
from app.services.pricing.work import Work
from auction_engine.pricing.inquiry import Mean
from auction_engine.pricing.objections import ObjectionState

# Whose debt or share hangs on the price: sides, other creditors and owners.
CONCERNED = ("applicant", "debtor", "creditor", "co_owner")

_ANSWERS = frozenset(
    {
        ObjectionState.DISMISSED,
        ObjectionState.CORRECTED,
        ObjectionState.UPHELD,
        ObjectionState.REFUSED,
    }
)


def tell_of_reports(work: Work, party: Party, step: str, until: date) -> None:
    """The results, and until when this party may object to them (RULE-B8, B9)."""
    now = legal_now(work.session, work.procedure.court_id)
    course = course_of(work.session, work.procedure, now)
    found = course.price_from_reports
    _tell(
        work,
        party,
        "price_reports_delivered",
        step,
        price=found.amount if isinstance(found, Mean) else None,
        method=work.procedure.method,
        until=until.isoformat(),
    )


def tell_of_objection(work: Work, objection: PricingObjection) -> None:
    """Whoever objected hears that it was taken in, and what came of it (RULE-B9, B10)."""
    state = ObjectionState(objection.state)
    party = work.session.get_one(Party, objection.party_id)
    if state is ObjectionState.FILED:
        _tell(work, party, "price_objection_taken_in", objection.public_id)
    elif state in _ANSWERS:
        _tell(
            work,
            party,
            "price_objection_answered",
            objection.public_id,
            outcome=state.value,
            refusal=objection.refusal,
            corrected=objection.corrected_amount,
        )


def tell_of_price(work: Work, step: str) -> None:
    """Everybody concerned hears the price and how long it is valid (RULE-B11)."""
    row = work.procedure
    assert row.price_valid_until is not None
    for party in work.course.parties:
        if party.role in CONCERNED:
            _tell(
                work,
                party,
                "reference_price_fixed",
                step,
                price=row.price,
                method=row.price_method,
                valid_until=row.price_valid_until.isoformat(),
            )


def _tell(work: Work, party: Party, kind: str, about: str, **params: Any) -> None:
    if party.person_id is None:
        return
    row = work.procedure
    asset = work.session.get_one(AssetRecord, row.asset_id)
    tell(
        work.session,
        kind=kind,
        key=f"{kind.replace('_', '-')}:{about}:{party.public_id}",
        at=legal_now(work.session, row.court_id),
        params={
            "title": asset.title,
            "title_zh": asset.title_zh,
            "currency": row.currency,
            **params,
        },
        person_id=party.person_id,
        court_id=row.court_id,
    )
