"""The form by which a second person agrees to what a first one asked for, or does not."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput
from wtforms import HiddenField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired


class SecondWordForm(FlaskForm):
    """`payload_hash` is of what was on the page: nobody agrees to something they did not see."""

    word = RadioField(
        _l("Your word"),
        choices=[
            SelectChoice("approve", _l("I agree")),
            SelectChoice("refuse", _l("I do not agree")),
        ],
        validators=[InputRequired(message=_l("Choose whether you agree"))],
        widget=GovRadioInput(),
    )
    payload_hash = HiddenField()
