"""Fields of the court's forms: days, moments, several choices; kept stable, because programs fill
them in as well as people.

A moment is `YYYY-MM-DDTHH:MM` in the court's time zone, with seconds if wanted, or with an offset
(`+08:00`, `Z`); a day is `YYYY-MM-DD`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import g
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovRadioInput,
    GovSelect,
    GovTextArea,
    GovTextInput,
)
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    DataRequired,
    Length,
    NumberRange,
    Optional,
    StopValidation,
    ValidationError,
)

_NATIVE_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NATIVE_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)


class CourtForm(FlaskForm):
    """A form of the court. What was typed is kept, blanks around it are not."""

    class Meta:
        def bind_field(self, form: Any, unbound: Any, options: dict[str, Any]) -> Any:
            filters = list(unbound.kwargs.get("filters", []))
            if issubclass(unbound.field_class, StringField):
                filters.append(lambda value: value.strip() if isinstance(value, str) else value)
            return unbound.bind(form=form, filters=filters, **options)


class _DayInput(GovTextInput):
    """The browser's own calendar; plain text where what stands there is no day."""

    native, kind = _NATIVE_DAY, "date"

    def __call__(self, field: Any, **options: Any) -> Any:
        value = field._value()
        is_native = not value or self.native.fullmatch(value)
        options.setdefault("type", self.kind if is_native else "text")
        classes = {"classes": "govuk-input--width-20"}
        options["params"] = {**classes, **options.get("params", {})}
        return super().__call__(field, **options)


class _MomentInput(_DayInput):
    native, kind = _NATIVE_MOMENT, "datetime-local"


class _WithoutEmptyHint:
    """Choices as GOV.UK draws them, without a hint where there is nothing to hint at."""

    def map_gov_params(self, field: Any, **options: Any) -> dict[str, Any]:
        params: dict[str, Any] = super().map_gov_params(field, **options)  # type: ignore[misc]
        if not field.description:
            params["hint"] = None
        if "fieldset" in params:
            params["fieldset"]["legend"]["classes"] = "govuk-fieldset__legend--s"
        return params


class _Radios(_WithoutEmptyHint, GovRadioInput):
    pass


class _Ticks(_WithoutEmptyHint, GovCheckboxesInput):
    pass


class _Tick(_WithoutEmptyHint, GovCheckboxInput):
    pass


class DayField(StringField):
    widget = _DayInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.isoformat() if isinstance(self.data, date) else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        typed = str(valuelist[0]).strip() if valuelist else ""
        if typed:
            self.data = read_day(typed)


class MomentField(StringField):
    widget = _MomentInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if not isinstance(self.data, datetime):
            return ""
        local = self.data.astimezone(court_zone())
        return local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        typed = str(valuelist[0]).strip() if valuelist else ""
        if typed:
            self.data = read_moment(typed, court_zone())


class OnlyIf:
    """The validators that follow count only where another field has a certain value."""

    def __init__(self, field: str, *values: str) -> None:
        self.field = field
        self.values = values

    def __call__(self, form: Any, field: Any) -> None:
        if str(form[self.field].data) not in self.values:
            field.errors = []
            raise StopValidation


def read_day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as wrong:
        raise ValidationError(_("Enter a day as year-month-day, like 2026-05-26")) from wrong


def read_moment(typed: str, zone: ZoneInfo) -> datetime:
    """The moment as typed; without an offset it is the court's own clock that is meant."""
    try:
        read = datetime.fromisoformat(typed)
    except ValueError as wrong:
        raise ValidationError(_("Enter a day and a time, like 2026-05-26T10:00")) from wrong
    return read if read.tzinfo is not None else _on_the_clock_of(zone, read)


def _on_the_clock_of(zone: ZoneInfo, read: datetime) -> datetime:
    """Where clocks are changed, an hour of the night is there twice and another not at all: the
    end of a sale must not be guessed (FAULT-F24)."""
    first, second = (read.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != read:
        raise ValidationError(_("Clocks go forward that night: this time does not exist"))
    raise ValidationError(
        _("Clocks go back that night: this time comes twice. Choose another, or add the offset")
    )


def court_zone() -> ZoneInfo:
    return ZoneInfo(g.court.timezone)


class WholeNumber(IntegerField):
    widget = GovTextInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        typed = str(valuelist[0]).strip() if valuelist else ""
        if not typed:
            return
        if re.fullmatch(r"\d{1,9}", typed, re.ASCII) is None:
            raise ValidationError(_("Enter a whole number in digits"))
        self.data = int(typed)


def rank_field(label: Any, *only_if: Any) -> WholeNumber:
    """A rank, 1 the best; asked for only where `only_if` says so, optional without."""
    between = NumberRange(1, 1000, message=_("Enter a rank from 1 to 1000"))
    return WholeNumber(label, validators=[*(only_if or [Optional()]), between])


def line(label: Any, longest: int, *, hint: Any = "", needed: Any = None) -> StringField:
    """A single line of text; `needed` is what is said when it is empty."""
    return StringField(
        label,
        description=hint,
        widget=GovTextInput(),
        validators=_text_rules(longest, needed),
    )


def area(label: Any, longest: int = 20_000, *, hint: Any = "", needed: Any = None) -> StringField:
    """Several lines of text."""
    return StringField(
        label,
        description=hint,
        widget=GovTextArea(),
        validators=_text_rules(longest, needed),
    )


def choice(
    label: Any, choices: Sequence[tuple[str, Any]], *, hint: Any = "", needed: Any = None
) -> RadioField:
    return RadioField(
        label,
        choices=options(choices),
        description=hint,
        widget=_Radios(),
        validators=[DataRequired(needed or _("Choose one"))],
        validate_choice=True,
    )


def long_choice(label: Any, choices: Sequence[tuple[str, Any]], *, hint: Any = "") -> SelectField:
    return SelectField(label, choices=options(choices), description=hint, widget=GovSelect())


def several(
    label: Any, choices: Sequence[tuple[str, Any]], *, hint: Any = ""
) -> SelectMultipleField:
    return SelectMultipleField(label, choices=options(choices), description=hint, widget=_Ticks())


def options(choices: Sequence[tuple[str, Any]]) -> list[SelectChoice]:
    """What a form offers: values, which programs send, with their words."""
    return [SelectChoice(value, label) for value, label in choices]


def tick(label: Any, *, hint: Any = "") -> BooleanField:
    return BooleanField(label, description=hint, widget=_Tick())


def _text_rules(longest: int, needed: Any) -> list[Any]:
    first = DataRequired(needed) if needed else Optional()
    return [first, Length(max=longest, message=_("Shorten this to %(max)d characters"))]
