"""Amounts of money as people type them: read exactly or not at all."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import ValidationError

LARGEST_MINOR = 2**63 - 1
# Digits with or without groups of three, at most two decimals; ASCII alone, so that every reader
# of the log sees the same number.
_TYPED = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]{1,2}))?", re.ASCII)


def read_amount(typed: str) -> int | None:
    """Minor units of what was typed (`700,000.00`, `700000`); None where it is no amount."""
    squeezed = typed.strip()
    match = _TYPED.fullmatch(squeezed)
    if match is None or len(squeezed) > 40:
        return None
    whole, _point, decimals = squeezed.replace(",", "").partition(".")
    minor = int(whole) * 100 + int(decimals.ljust(2, "0") or "0")
    return minor if minor <= LARGEST_MINOR else None


def write_amount(minor: int) -> str:
    """An amount as it stands in a form: `700,000.00`."""
    return f"{minor // 100:,}.{minor % 100:02d}"


class AmountField(StringField):
    """A sum of money; `data` is whole minor units, or None."""

    widget = GovTextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return write_amount(self.data) if isinstance(self.data, int) else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = str(valuelist[0]) if valuelist else ""
        self.data = None
        if not typed.strip():
            return
        self.data = read_amount(typed)
        if self.data is None:
            raise ValidationError(_("Enter an amount in digits, like 700,000.00"))
