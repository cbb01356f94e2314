"""The bank account that somebody wants money sent to, as every audience fills it in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import InputRequired, Length


class BankAccountFields(FlaskForm):
    """`account_name, account_number, account_bank`."""

    account_name = StringField(
        _("Account holder"),
        widget=GovTextInput(),
        validators=[InputRequired(message=_("Enter the account holder")), Length(max=200)],
    )
    account_number = StringField(
        _("Account number"),
        widget=GovTextInput(),
        validators=[InputRequired(message=_("Enter the account number")), Length(max=64)],
    )
    account_bank = StringField(
        _("Bank"),
        widget=GovTextInput(),
        validators=[InputRequired(message=_("Enter the bank")), Length(max=200)],
    )

    @property
    def written(self) -> tuple[str, str, str]:
        """Holder, number and bank as they were typed, without blanks around them."""
        typed = (self.account_name.data, self.account_number.data, self.account_bank.data)
        name, number, bank = ((each or "").strip() for each in typed)
        return name, number, bank
