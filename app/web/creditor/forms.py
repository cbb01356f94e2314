"""What a creditor fills in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxInput,
    GovSelect,
    GovSubmitInput,
    GovTextArea,
    GovTextInput,
)
from wtforms import BooleanField, DateField, SelectField, StringField, SubmitField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.web.amounts import AmountField
from app.web.bank_account import BankAccountFields
from app.web.claim_words import CLAIM_CLASSES

ENOUGH = 500


class ClaimFields(FlaskForm):
    """`claim_class, amount, ground, seized_on, true_and_complete`."""

    claim_class = SelectField(
        _("Kind of claim"),
        choices=[SelectChoice(value, label) for value, label in CLAIM_CLASSES.items()],
        widget=GovSelect(),
        description=_("The court decides in the end which kind it is."),
    )
    amount = AmountField(
        _("Amount that you claim"), validators=[InputRequired(message=_("Enter the amount"))]
    )
    ground = StringField(
        _("What the claim rests on"),
        widget=GovTextInput(),
        description=_("The judgment, contract or register entry, with its number and date."),
        validators=[
            InputRequired(message=_("Say what the claim rests on")),
            Length(max=ENOUGH, message=_("Use 500 characters or fewer")),
        ],
    )
    seized_on = DateField(
        _("Day of seizure, if you had this property seized"),
        widget=GovTextInput(),
        description=_("For example 2026-03-31"),
        validators=[Optional()],
    )
    true_and_complete = BooleanField(
        _("What I state is true and complete"),
        widget=GovCheckboxInput(),
        validators=[InputRequired(message=_("Confirm that what you state is true"))],
    )
    submit = SubmitField(_("File this claim"), widget=GovSubmitInput())


class AccountFields(BankAccountFields):
    """Where a party's money goes."""

    submit = SubmitField(_("Save the account"), widget=GovSubmitInput())


class ObjectionFields(FlaskForm):
    """`grounds`."""

    grounds = TextAreaField(
        _("What is wrong with the plan, and how should it be"),
        widget=GovTextArea(),
        validators=[
            InputRequired(message=_("Say what is wrong with the plan")),
            Length(max=2000, message=_("Use 2,000 characters or fewer")),
        ],
    )
    submit = SubmitField(_("Object to this plan"), widget=GovSubmitInput())
