"""How an open item is closed: somebody says why, and a second person agrees."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import DataRequired, Length


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
