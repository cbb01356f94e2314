"""Why a creditor's step was refused, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.services.claims import Refusal as ClaimRefusal
from app.services.distribution import Refusal as PlanRefusal
from app.services.in_kind import InKindRefusal

REFUSALS: dict[str, Any] = {
    ClaimRefusal.NO_SUCH_SALE: _("There is no published sale to which this claim could belong."),
    ClaimRefusal.TOO_LATE: _("The court has decided on this claim; it cannot be taken back."),
    InKindRefusal.NOT_ASKED: _("Nothing is being asked any more."),
    InKindRefusal.ANSWER_TOO_LATE: _("The time for answers is over."),
    PlanRefusal.NOT_SERVED_ON_YOU: _("This plan was not served on you."),
    PlanRefusal.TOO_LATE: _("Your period for objecting has ended. The plan stands."),
    PlanRefusal.OBJECTED_ALREADY: _("You have objected to this plan already."),
    PlanRefusal.WRONG_STATE: _("The plan has moved on meanwhile. Look at its present state."),
}
