"""Forms of the acts that find a reference price."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.validators import DataRequired, NumberRange, Optional, ValidationError

from app.web.amounts import AmountField
from app.web.court import pricing_words as words
from app.web.court.fields import (
    CourtForm,
    DayField,
    WholeNumber,
    area,
    choice,
    line,
    long_choice,
    options,
    tick,
)
from app.web.court.frame import choices
from auction_engine.pricing.methods import Circumstances, Method


def _day(label: Any) -> DayField:
    return DayField(label, description=_("Empty means today."), validators=[Optional()])


def _amount(label: Any) -> AmountField:
    return AmountField(label, validators=[DataRequired(_("Enter an amount"))])


def _valid_until() -> DayField:
    return DayField(
        _("Valid until"),
        description=_("As whoever issued it set it; a year at most."),
        validators=[DataRequired(_("Enter the day on which it expires"))],
    )


class CircumstancesForm(CourtForm):
    """What decides which methods are open (RULE-B3)."""

    no_agreement_possible = tick(_("One side refuses to agree on a price, or cannot be found"))
    public_price = tick(_("There is a tax base price, or one that government fixes or guides"))
    fit_for_platforms = tick(
        _("Online inquiry is possible: nobody has to inspect the thing on the spot")
    )
    law_requires_appraisal = tick(_("The law requires an appraisal"))
    both_ask_for = long_choice(
        _("Both sides together ask for"),
        [
            ("", _("No method in particular")),
            *((name, text) for name, text in words.METHODS.items() if name != "agreement"),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.both_ask_for.data = self.both_ask_for.data or ""

    @property
    def known(self) -> Circumstances:
        wanted = self.both_ask_for.data
        return Circumstances(
            public_price=self.public_price.data,
            fit_for_platforms=self.fit_for_platforms.data,
            law_requires_appraisal=self.law_requires_appraisal.data,
            no_agreement_possible=self.no_agreement_possible.data,
            both_ask_for=Method(wanted) if wanted else None,
        )


class StartForm(CircumstancesForm):
    on = _day(_("Begun on (optional)"))
    currency = line(_("Currency"), 3, needed=_("Enter a currency"))


class NextMethodForm(CircumstancesForm):
    reason = line(_("Why the method failed"), 300, needed=_("Say why the method failed"))


class ActForm(CourtForm):
    """An act of one button; what it needs more stands in the forms below."""


class DayOnlyForm(ActForm):
    on = _day(_("On which day (optional)"))


class SourceForm(ActForm):
    """Chosen among those who were asked."""

    source = long_choice(_("Who"), [])
    on = _day(_("On which day (optional)"))

    def offer(self, names: tuple[str, ...]) -> None:
        self.source.choices = options([(name, name) for name in names])


class AuthorityForm(ActForm):
    source = line(_("Which authority"), 200, needed=_("Enter the authority"))
    on = _day(_("Asked on (optional)"))


class ResultForm(SourceForm):
    amount = _amount(_("Result"))
    valid_until = _valid_until()
    on = _day(_("Received on (optional)"))


class PartyForm(ActForm):
    party = long_choice(_("Party"), [])

    def offer(self, parties: list[tuple[str, str]]) -> None:
        self.party.choices = options(parties)


class PriceForm(PartyForm):
    amount = _amount(_("Price named"))
    on = _day(_("Named on (optional)"))


class InquiryForm(ActForm):
    platforms = area(
        _("Platforms"),
        4000,
        hint=_("One a line: every platform on the list of the Supreme People's Court."),
        needed=_("Name the platforms"),
    )
    all_listed = tick(_("These are all platforms on the list, asked on the same day"))
    on = _day(_("Sent on (optional)"))

    def validate_all_listed(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_("An inquiry goes to all listed platforms (B5)"))

    @property
    def names(self) -> list[str]:
        return lines(self.platforms.data)


class AppraisersForm(ActForm):
    way = choice(
        _("How they are found"),
        [(name, words.WAYS[name]) for name in ("agreed", "drawn")],
    )
    names = area(
        _("Appraisers"),
        4000,
        hint=_("One a line. The three agreed on in their order, or the list to draw from."),
        needed=_("Name the appraisers"),
    )


class LongerForm(ActForm):
    days = WholeNumber(
        _("Days granted"),
        validators=[NumberRange(1, 365, message=_("Enter a number of days from 1 to 15"))],
    )
    on = _day(_("Asked for on (optional)"))


class DeliveryForm(PartyForm):
    way = choice(_("How"), choices(words.DELIVERIES))
    on = _day(_("Received or published on (optional)"))


class ObjectionForm(PartyForm):
    report = long_choice(_("Report"), [])
    ground = long_choice(_("What is said to be wrong"), choices(words.GROUNDS))
    text = area(_("The objection in short"), 2000)
    on = _day(_("Raised on (optional)"))
    record_refusal = tick(
        _("If it is not heard, put it on the record as refused"),
        hint=_("Leave this empty first. You then see whether the rules let it be heard."),
    )

    def offer_reports(self, reports: list[tuple[str, str]]) -> None:
        self.report.choices = options([("", _("None in particular")), *reports])
        self.report.data = self.report.data or ""


class StayForm(ActForm):
    ground = choice(_("Why"), choices(words.STAY_GROUNDS))


class WithdrawForm(ActForm):
    ground = choice(_("Why"), choices(words.WITHDRAWAL_GROUNDS))


class AgreedFixForm(ActForm):
    valid_until = DayField(
        _("Valid until (optional)"),
        description=_("As the parties set it. Empty means a year from today."),
        validators=[Optional()],
    )
    harms_others = tick(_("The agreed price harms somebody else"))


class MoveForm(ActForm):
    state = choice(_("What became of it"), [])
    amount = AmountField(
        _("Corrected result"),
        description=_("Only if the report was corrected."),
        validators=[Optional()],
    )
    on = _day(_("On which day (optional)"))

    def offer(self, states: list[str]) -> None:
        self.state.choices = options([(each, words.OBJECTION_STATES[each]) for each in states])


def lines(typed: str | None) -> list[str]:
    return [each.strip() for each in (typed or "").splitlines() if each.strip()]
