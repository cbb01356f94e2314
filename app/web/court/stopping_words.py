"""The words of what stops and undoes sales; the pages of a court find them with all others."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.web.court import words

words.REFUSALS.update(
    {
        "case_ended": _("This case has ended."),
        "nothing_admitted": _("No claim is admitted yet. Nobody can say what is owed."),
        "other_currency": _("The claims of this case are in another currency."),
        "no_such_money": _("No such money waits in suspense. Look at the finance desk."),
        "other_amount": _("The money in suspense is another amount. Record it as it came."),
        "not_full": _("Debts and costs are not paid in full. Nothing is stopped for this (L7)."),
        "must_be_granted": _(
            "It was paid and asked for before the auction day. The law leaves no choice (L7)."
        ),
        "nothing_chosen": _("Choose at least one sale to stop, or refuse."),
        "recorded_already": _("A bankruptcy stands on this file already."),
        "must_be_stayed": _("A third party's objection stays the sale. There is no choice (L8)."),
        "not_dismissed": _("This step is open only after a decision was served."),
        "wrong_state": _("This cannot happen in its present state. Look at it again."),
        "comes_too_late": _("Enforcement has ended. An objection comes too late (M1, M2)."),
        "no_right": _("Name the right that the third party claims."),
        "not_over": _("This sale is not over. It can be withdrawn, not revoked."),
        "revoked_already": _("This sale is revoked already."),
        "stay_failed": _("The sale could not be stayed. Look at it, then press the button again."),
    }
)

words.SETTLEMENT_STATES["revoked"] = _("Sale revoked")

words.DOCUMENT_KINDS.update(
    {
        "objection_ruling": _("Ruling on an objection"),
        "revocation_ruling": _("Ruling on the revocation of a sale"),
    }
)

words.ACTIONS.update(
    {
        "sale.not_needed": _("Sale stopped: other lots bring enough"),
        "debt_payment.recorded": _("Payment by the debtor recorded"),
        "debt_payment.granted": _("Sales stopped: the debtor has paid"),
        "debt_payment.refused": _("Debtor's request to stop refused"),
        "case.coverage_set": _("Costs and the debtor's consent recorded"),
        "bankruptcy.accepted": _("Bankruptcy recorded"),
        "bankruptcy.declared": _("Debtor declared bankrupt"),
        "bankruptcy.lifted": _("Bankruptcy ended"),
        "objection.filed": _("Objection filed"),
        "objection.received": _("Objection taken in"),
        "objection.withdrawn": _("Objection withdrawn"),
        "objection.upheld": _("Objection upheld"),
        "objection.dismissed": _("Objection dismissed"),
        "objection.served": _("Ruling on the objection served"),
        "objection.in_review": _("Review of the ruling sought"),
        "objection.confirmed": _("Ruling on the objection confirmed"),
        "objection.overturned": _("Ruling on the objection overturned"),
        "revocation.requested": _("Revocation of the sale asked for"),
        "revocation.withdrawn": _("Request to revoke withdrawn"),
        "revocation.granted": _("Sale revoked"),
        "revocation.dismissed": _("Request to revoke dismissed"),
        "revocation.money_returned": _("Money of the revoked sale went back"),
    }
)

words.TASKS.update(
    {
        "receive_objection": _("Take an objection in"),
        "decide_objection": _("Rule on an objection"),
        "decide_revocation": _("Decide whether a sale is revoked"),
        "decide_debtor_payment": _("Decide whether to stop: the debtor has paid"),
    }
)

words.REASONS.update(
    {
        "L7": _("L7: paid in full and asked for before the auction day, it must be granted"),
        "L8": _("L8: a third party's objection stays the sale at once"),
        "M3": _("M3: on a ground that is proved the sale must be revoked"),
    }
)

PAYMENT_STATES: dict[str, Any] = {
    "recorded": _("To be decided"),
    "granted": _("Sales stopped"),
    "refused": _("Refused"),
}

BANKRUPTCY_STATES: dict[str, Any] = {
    "accepted": _("Accepted: everything stands still"),
    "declared": _("Declared: enforcement has ended"),
    "lifted": _("Ended without bankruptcy"),
}
