"""The parts of the rest of a price on the terms of a sale: days and percents (RULE-I1).

Fields: part_days_1, part_percent_1, … up to 3; what is left is due on the last day.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import NumberRange, Optional

from app.models.sales import SaleRecord
from app.web.court.fields import WholeNumber
from auction_engine.money.instalments import EarlierPart, PartsWrong, why_wrong

MOST_PARTS = 3


def _days() -> WholeNumber:
    between = NumberRange(1, 364, message=lazy_gettext("Enter a number of days from 1 to 364"))
    return WholeNumber(lazy_gettext("Days after the end"), validators=[Optional(), between])


def _percent() -> WholeNumber:
    between = NumberRange(1, 99, message=lazy_gettext("Enter percents from 1 to 99"))
    return WholeNumber(lazy_gettext("Percent of the rest"), validators=[Optional(), between])


class PartFields:
    """Mixed into the terms of a sale."""

    part_days_1, part_percent_1 = _days(), _percent()
    part_days_2, part_percent_2 = _days(), _percent()
    part_days_3, part_percent_3 = _days(), _percent()

    def pairs(self) -> list[tuple[Any, Any]]:
        return [
            (getattr(self, f"part_days_{number}"), getattr(self, f"part_percent_{number}"))
            for number in range(1, MOST_PARTS + 1)
        ]

    def show_parts(self, sale: SaleRecord) -> None:
        """Before anything was typed: the parts as the draft has them."""
        for (days, percent), part in zip(self.pairs(), sale.balance_parts, strict=False):
            days.data, percent.data = part["days"], part["percent"]

    def parts(self) -> list[dict[str, int]]:
        return [
            {"days": days.data, "percent": percent.data}
            for days, percent in self.pairs()
            if days.data and percent.data
        ]

    def are_parts_right(self, whole_within_days: int | None) -> bool:
        """Whether the parts can be announced; what is wrong is said at the first of them."""
        for days, percent in self.pairs():
            if bool(days.data) is not bool(percent.data):
                days.errors = [_("Enter both the days and the percents of a part, or neither")]
                return False
        if whole_within_days is None:
            return True
        earlier = [EarlierPart(part["days"], part["percent"]) for part in self.parts()]
        wrong = why_wrong(earlier, whole_within_days=whole_within_days)
        if wrong is not None:
            self.pairs()[0][0].errors = [parts_wrong(wrong)]
        return wrong is None


def parts_wrong(wrong: PartsWrong) -> str:
    if wrong is PartsWrong.NOTHING_LEFT:
        return _("The parts before the last must leave something of the rest")
    return _("The days of the parts must rise and lie before the day for the whole balance")
