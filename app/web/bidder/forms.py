"""What a bidder fills in before and after the bids themselves."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovRadioInput,
    GovSubmitInput,
    GovTextArea,
    GovTextInput,
)
from stdnum.cn import ric, uscc
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, ValidationError

from app.web.bank_account import BankAccountFields

_RESIDENT = re.compile(r"[0-9]{17}[0-9Xx]")
_COMPANY = re.compile(r"[0-9A-HJ-NP-RTUWXY]{18}")
_OTHER = re.compile(r"[0-9A-Za-z][0-9A-Za-z /().-]{4,62}[0-9A-Za-z)]")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,20}[0-9]")


def check_id_number(_form: FlaskForm, field: Field) -> None:
    """A resident's or a company's number by its check digit; passports and others by form."""
    number = (field.data or "").strip()
    if _RESIDENT.fullmatch(number):
        fits = ric.is_valid(number)
    elif _COMPANY.fullmatch(number.upper()):
        fits = uscc.is_valid(number.upper())
    else:
        fits = _OTHER.fullmatch(number) is not None
    if not fits:
        raise ValidationError(_("Check this number: a digit seems to be wrong"))


def check_phone(_form: FlaskForm, field: Field) -> None:
    if not _PHONE.fullmatch((field.data or "").strip()):
        raise ValidationError(_("Enter a phone number, like 138 0013 8000 or +49 30 123456"))


class DetailsFields(FlaskForm):
    """`name, id_number, address, phone`."""

    name = StringField(
        _("Full name, or full name of the company"),
        widget=GovTextInput(),
        description=_("As on the identity document. If you win, the court publishes this name."),
        validators=[
            InputRequired(message=_("Enter your full name")),
            Length(min=2, max=200, message=_("Enter your full name, at most 200 characters")),
        ],
    )
    id_number = StringField(
        _("ID number"),
        widget=GovTextInput(),
        description=_("Resident identity card, unified social credit code, or passport."),
        validators=[InputRequired(message=_("Enter the ID number")), check_id_number],
    )
    address = StringField(
        _("Your address"),
        widget=GovTextInput(),
        description=_("The court serves its ruling here."),
        validators=[
            InputRequired(message=_("Enter your address")),
            Length(min=5, max=300, message=_("Enter the whole address, at most 300 characters")),
        ],
    )
    phone = StringField(
        _("Phone number"),
        widget=GovTextInput(),
        validators=[InputRequired(message=_("Enter your phone number")), check_phone],
    )
    submit = SubmitField(_("Save and continue"), widget=GovSubmitInput())


class PriorityFields(FlaskForm):
    """`ground`."""

    ground = TextAreaField(
        _("What gives you a first right to buy?"),
        widget=GovTextArea(),
        description=_("For example: co-owner of one half, or tenant since 2019, with the proof."),
        validators=[
            InputRequired(message=_("Say what your right rests on")),
            Length(max=500, message=_("Use 500 characters or fewer")),
        ],
    )
    submit = SubmitField(_("Ask the court to confirm it"), widget=GovSubmitInput())


class ProxyFields(FlaskForm):
    """`principal_name, principal_id_number, authority`."""

    principal_name = StringField(
        _("Full name of the person or company you bid for"),
        widget=GovTextInput(),
        validators=[InputRequired(message=_("Enter the full name")), Length(min=2, max=200)],
    )
    principal_id_number = StringField(
        _("Their ID number"),
        widget=GovTextInput(),
        validators=[InputRequired(message=_("Enter the ID number")), check_id_number],
    )
    authority = TextAreaField(
        _("What gives you the authority?"),
        widget=GovTextArea(),
        description=_("For example: notarised power of attorney, with its number and date."),
        validators=[
            InputRequired(message=_("Say what your authority rests on")),
            Length(max=500, message=_("Use 500 characters or fewer")),
        ],
    )
    submit = SubmitField(_("Ask the court to confirm it"), widget=GovSubmitInput())


class RegisterFields(FlaskForm):
    """`terms_hash, terms_read, behalf, capacity, qualifications, not_excluded, binding,
    as_ordinary`."""

    terms_hash = HiddenField()
    behalf = RadioField(
        _("For whom do you bid?"),
        widget=GovRadioInput(),
        choices=[
            SelectChoice("self", _("For myself")),
            SelectChoice("together", _("For myself and those I named")),
            SelectChoice("other", _("For the person the court confirmed")),
        ],
        default="self",
    )
    capacity = RadioField(
        _("You bid as"),
        widget=GovRadioInput(),
        choices=[
            SelectChoice("adult", _("a person of 18 or older")),
            SelectChoice("own_labour", _("a person of 16 or 17 living on their own earnings")),
            SelectChoice("company", _("a company or another organisation")),
        ],
        description=_("You need full legal capacity. A minor buys through a guardian."),
    )
    qualifications = SelectMultipleField(
        _("I declare each of these"),
        widget=GovCheckboxesInput(),
        description=_(
            "The court checks it until it rules. What you declare is kept with your code."
        ),
        validate_choice=False,
    )
    terms_read = BooleanField(
        _("I have read the announcement and accept its terms"),
        widget=GovCheckboxInput(),
        validators=[InputRequired(message=_("Read the announcement and accept its terms"))],
    )
    not_excluded = BooleanField(
        _("I am not one of those who may not bid, and I bid for none of them"),
        widget=GovCheckboxInput(),
        description=_(
            "Staff of this court, of this platform and of the firms that helped may not bid,"
            " nor may their close relatives."
        ),
        validators=[InputRequired(message=_("Confirm that you are not one of them"))],
    )
    binding = BooleanField(
        _("I know that a bid is binding and that I lose the deposit if I win and do not pay"),
        widget=GovCheckboxInput(),
        validators=[InputRequired(message=_("Confirm that you know what a bid means"))],
    )
    as_ordinary = BooleanField(
        _("Register me as an ordinary bidder, without my priority right"),
        widget=GovCheckboxInput(),
    )
    submit = SubmitField(_("Accept and register"), widget=GovSubmitInput())


class NamedFields(FlaskForm):
    """One who buys with the bidder: `name, id_number, share`; an empty line is nobody."""

    class Meta:
        csrf = False

    name = StringField(_("Full name"), widget=GovTextInput(), validators=[Length(max=200)])
    id_number = StringField(_("ID number"), widget=GovTextInput())
    share = StringField(
        _("Share"), widget=GovTextInput(), description=_("For example 1/3, or 40%.")
    )

    @property
    def is_empty(self) -> bool:
        return not any(self.written(field) for field in (self.name, self.id_number, self.share))

    def written(self, field: Field) -> str:
        return str(field.data or "").strip()


class JointFields(FlaskForm):
    """`own_share`, and four times `others-N-name, others-N-id_number, others-N-share`; `agreed`."""

    own_share = StringField(
        _("Your own share"),
        widget=GovTextInput(),
        description=_("For example 1/3, or 40%. All shares together make a whole."),
        validators=[InputRequired(message=_("Enter your own share"))],
    )
    others = FieldList(FormField(NamedFields), min_entries=4, max_entries=4)
    agreed = BooleanField(
        _("They know of it, and I have their authority in writing"),
        widget=GovCheckboxInput(),
        description=_("The court may ask for it after the sale."),
        validators=[InputRequired(message=_("Confirm that they gave you their authority"))],
    )
    submit = SubmitField(_("Name them"), widget=GovSubmitInput())


class DepositFields(FlaskForm):
    """`way`: card or bank; `known`."""

    way = RadioField(
        _("How do you want to pay?"),
        widget=GovRadioInput(),
        choices=[
            SelectChoice("bank", _("By bank transfer")),
            SelectChoice("card", _("By card")),
        ],
        validators=[InputRequired(message=_("Choose how you want to pay"))],
    )
    submit = SubmitField(_("Continue"), widget=GovSubmitInput())


class AccountFields(BankAccountFields):
    """For a refund that a card did not take."""

    submit = SubmitField(_("Send the refund there"), widget=GovSubmitInput())


class ConfirmFields(FlaskForm):
    """Nothing but the press of a button that names its act."""

    submit = SubmitField(_("Continue"), widget=GovSubmitInput())
