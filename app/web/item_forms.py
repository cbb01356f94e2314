"""The two forms by which an open item is closed: why, and a second person's word."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovTextInput
from wtforms import HiddenField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length


class ExplainForm(FlaskForm):
    reason = StringField(
        _l("Why the two sides differ"),
        description=_l("The second person reads it. Name nobody."),
        validators=[
            DataRequired(message=_l("Say why the two sides differ")),
            Length(max=300, message=_l("Use at most 300 characters")),
        ],
        filters=[lambda written: written.strip() if written else written],
        widget=GovTextInput(),
    )


class AgreeForm(FlaskForm):
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
