"""What parties are told of a reference price: reports, objections, the price (RULE-B8 to B11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask_babel import gettext as _

if TYPE_CHECKING:
    from app.services.letter_words import Facts, Words


def _reports_delivered(facts: Facts) -> Words:
    is_appraisal = facts["method"] == "appraisal"
    technical = _(
        "To an appraisal you may also object because of its standard, its method or its result."
    )
    return _("What the property was found to be worth"), [
        _("The court has the results for %(title)s.", title=facts.title()),
        *([_("They come to %(price)s.", price=facts.money("price"))] if facts.has("price") else []),
        _(
            "You may object in writing to the court until the end of %(day)s.",
            day=facts.day("until"),
        ),
        _(
            "You may object because facts or the scope are wrong, somebody was not qualified,"
            " or the procedure was seriously breached."
        ),
        *([technical] if is_appraisal else []),
        _("Without an objection in that time the results count."),
    ]


_OUTCOMES: dict[str, Callable[[], str]] = {
    "dismissed": lambda: _("It is dismissed: the result stands."),
    "upheld": lambda: _("It is upheld: the result does not count."),
    "corrected": lambda: _("It led to a correction."),
    "refused": lambda: _("It is not heard."),
}

_NOT_HEARD: dict[str, Callable[[], str]] = {
    "late": lambda: _("It came after the five days."),
    "none_lies": lambda: _(
        "No objection lies against a price that was agreed or that an authority answered."
    ),
    "appraisal_only": lambda: _("Only an appraisal can be objected to on this ground."),
    "announced_already": lambda: _("The sale was announced before you objected."),
    "not_delivered": lambda: _("The report has not been delivered to you yet."),
}


def _objection_taken_in(facts: Facts) -> Words:
    return _("The court has taken in your objection to the price"), [
        _("It is about this property: %(title)s.", title=facts.title()),
        _("The court tells you the result."),
    ]


def _objection_answered(facts: Facts) -> Words:
    why = _NOT_HEARD.get(str(facts.params.get("refusal")))
    corrected = facts.has("corrected")
    return _("The result of your objection to the price"), [
        _("It is about this property: %(title)s.", title=facts.title()),
        _OUTCOMES[facts["outcome"]](),
        *([why()] if why else []),
        *(
            [_("The corrected result is %(price)s.", price=facts.money("corrected"))]
            if corrected
            else []
        ),
    ]


_HOW_FOUND: dict[str, Callable[[], str]] = {
    "agreement": lambda: _("The parties agreed on it."),
    "directed_inquiry": lambda: _("An authority was asked for it."),
    "online_inquiry": lambda: _("It is the mean of what the inquiry platforms found."),
    "appraisal": lambda: _("An appraiser found it."),
}


def _price_fixed(facts: Facts) -> Words:
    """Afterwards only supervision can find against it, before the sale is announced (RULE-B10)."""
    return _("The reference price is fixed"), [
        _(
            "The court fixed %(price)s for %(title)s.",
            price=facts.money("price"),
            title=facts.title(),
        ),
        _HOW_FOUND[facts["method"]](),
        _("It is valid until %(day)s.", day=facts.day("valid_until")),
        _(
            "If it rests on fraud, duress, collusion, a false result or wrong handling,"
            " tell the court in writing."
        ),
        _("The court hears that until the sale is first announced."),
    ]


PRICE_NOTICES: dict[str, Callable[[Facts], Words]] = {
    "price_reports_delivered": _reports_delivered,
    "price_objection_taken_in": _objection_taken_in,
    "price_objection_answered": _objection_answered,
    "reference_price_fixed": _price_fixed,
}
