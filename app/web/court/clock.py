"""`court.clock`: the legal clock of a rehearsal court, held, stepped and sped up.

POST takes `legal_from` (an ISO moment, in the court's zone where it names none; empty: go on from
now) and `rate` (0 holds the clock, 1 is real time, at most 10000).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import FloatField, StringField
from wtforms.validators import InputRequired, ValidationError

from app.extensions import db
from app.gateways.clock import legal_clock
from app.services.courts import ClockRefused, set_clock
from app.web.court.blueprint import bp
from app.web.gates import needs, signed_in_person

REFUSED: dict[ClockRefused, Any] = {
    ClockRefused.NO_REHEARSAL: _l("Only a rehearsal court has a clock of its own"),
    ClockRefused.GOES_BACK: _l("Legal time never goes back. Choose a later moment"),
    ClockRefused.RATE_OUT_OF_RANGE: _l("Enter a speed between 0 and 10000"),
}


class _Speed(FloatField):
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as unread:
            raise ValueError(REFUSED[ClockRefused.RATE_OUT_OF_RANGE]) from unread


class ClockForm(FlaskForm):
    legal_from = StringField(
        _l("New legal time (optional)"),
        description=_l("For example 2026-05-26T10:00. Left empty, time goes on from where it is."),
        widget=GovTextInput(),
        render_kw={"params": {"classes": "govuk-input--width-20", "autocomplete": "off"}},
    )
    rate = _Speed(
        _l("Speed"),
        validators=[InputRequired(message=REFUSED[ClockRefused.RATE_OUT_OF_RANGE])],
        description=_l("0 holds the clock, 1 is real time, 60 makes an hour a minute."),
        widget=GovTextInput(),
        render_kw={"params": {"classes": "govuk-input--width-5", "inputmode": "decimal"}},
    )

    def validate_legal_from(self, field: StringField) -> None:
        if field.data and self.moment() is None:
            raise ValidationError(_l("Enter a moment in the form 2026-05-26T10:00"))

    def moment(self) -> datetime | None:
        try:
            read = datetime.fromisoformat((self.legal_from.data or "").strip())
        except ValueError:
            return None
        return read if read.tzinfo else read.replace(tzinfo=ZoneInfo(g.court.timezone))


@bp.route("/<court>/clock", methods=["GET", "POST"])
@needs("president")
def clock(court: str) -> ResponseReturnValue:
    if not g.court.is_rehearsal:
        abort(404)
    form = ClockForm()
    if form.validate_on_submit():
        refused = set_clock(g.court.id, signed_in_person().id, form.moment(), form.rate.data)
        if refused is None:
            flash(_("The legal clock is set."), "success")
            return redirect(url_for("court.clock", court=court))
        is_rate = refused is ClockRefused.RATE_OUT_OF_RANGE
        (form.rate if is_rate else form.legal_from).errors = [REFUSED[refused]]
    now, rate = legal_clock(db.session(), g.court.id)
    zone = ZoneInfo(g.court.timezone)
    page = render_template(
        "court/clock.html", form=form, now=now.astimezone(zone), rate=rate, zone=g.court.timezone
    )
    return page, 400 if form.errors else 200
