"""The blueprint of parties to a case, gathered in `routes.py`, and the words on all its pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from app.extensions import db
from app.gateways.clock import legal_now
from app.models.cases import Party
from app.models.courts import CourtRecord
from app.services.claims import AccountDetails, set_account
from app.web.claim_words import CLAIM_CLASSES, CLAIM_STATES, PAYOUT_STATES, PLAN_STATES, STEPS
from app.web.creditor.forms import AccountFields
from app.web.gates import gated, signed_in, signed_in_person
from app.web.page import follow_court_clock

bp = gated(Blueprint("creditor", __name__, url_prefix="/claims"), signed_in)


@bp.context_processor
def _words() -> dict[str, Any]:
    return {
        "claim_classes": CLAIM_CLASSES,
        "claim_states": CLAIM_STATES,
        "plan_states": PLAN_STATES,
        "payout_states": PAYOUT_STATES,
        "step_names": STEPS,
    }


def keep_time_of(court: CourtRecord) -> None:
    legal = legal_now(db.session(), court.id) if court.is_rehearsal else None
    follow_court_clock(court.timezone, legal)


def account_form(party: Party) -> AccountFields:
    """The account that money of this party goes to, as far as it is known."""
    return AccountFields(
        formdata=None,
        account_name=party.account_name or party.name,
        account_number=party.account_number,
        account_bank=party.account_bank,
    )


def save_account(form: AccountFields, party: Party) -> None:
    set_account(party.id, AccountDetails(*form.written), by=signed_in_person().id)
