"""The award of a sale whose best bid does not buy by itself.

Form (POST, with `csrf_token`): /court/<court>/sales/<sale>/award  decision (approve | refuse),
reason
"""

from __future__ import annotations

from datetime import datetime

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.extensions import db
from app.models.bidding import SaleStateRecord
from app.models.sales import SaleRecord
from app.queries.court_sale import deposits_by_code, person_name, sale_file
from app.services.awards import AwardRefusal, decide_award, find_award, pending_award
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, area, choice
from app.web.court.frame import done, error, found, may, me, status
from auction_engine.sale.award import Award

AWARDS = {
    Award.AFTER_THE_DEBTORS_CHANCE: lazy_gettext(
        "If the debtor brings nobody better in time, the best bid buys."
    ),
    Award.BY_DECISION: lazy_gettext(
        "If the debtor brings nobody better in time, the court weighs the bid and decides."
    ),
    Award.TO_THE_CREDITOR: lazy_gettext(
        "The creditor who bid takes the home at the price of the law."
    ),
}


class AwardForm(CourtForm):
    decision = choice(
        lazy_gettext("The court's decision"),
        [
            ("approve", lazy_gettext("The best bid buys")),
            ("refuse", lazy_gettext("The best bid does not buy")),
        ],
    )
    reason = area(
        lazy_gettext("Reason"),
        1000,
        hint=lazy_gettext("Needed where the court weighs, and for a refusal."),
    )


@bp.route("/<court>/sales/<sale>/award", methods=["GET", "POST"])
def award(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form, errors = AwardForm(), []
    if may("judge") and form.validate_on_submit():
        answer = decide_award(
            record,
            approved=form.decision.data == "approve",
            reason=form.reason.data or "",
            by=me(),
        )
        if not isinstance(answer, AwardRefusal):
            return done(_("The award is decided. It is carried out at once."), "award", sale=sale)
        errors = error(answer, "reason" if answer is AwardRefusal.NO_REASON else "decision")
    session = db.session()
    decided = find_award(session, record.id)
    state = session.get(SaleStateRecord, record.id)
    page = render_template(
        "court/award.html",
        sale=record,
        file=sale_file(session, record),
        state=state,
        taken_back_at=_taken_back_at(record, state.leader_code if state else None),
        pending=pending_award(session, record),
        decided=decided,
        decided_by=person_name(session, decided.decided_by) if decided else None,
        awards=AWARDS,
        form=form,
        errors=errors,
    )
    return page, 409 if errors else status(form)


def _taken_back_at(record: SaleRecord, leader: str | None) -> datetime | None:
    """When the bank of the best bidder's card took their deposit back, if it is gone now."""
    deposit = dict(deposits_by_code(db.session(), record)).get(leader or "")
    if deposit is None or deposit.state != "held":
        return None
    return deposit.taken_back_at
