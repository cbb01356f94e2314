"""The court's calendar: days off, worked weekends, a file of them, and how days are read.

Forms (POST, all with `csrf_token`):

    /court/<court>/calendar           on, works (yes | no), name
    /court/<court>/calendar/<day>/remove
    /court/<court>/calendar/preview   file (an .ics file)
    /court/<court>/calendar/take      content (the text of the file), take (several days)
    /court/<court>/calendar/reading   reading (default | strict), reason    (president)

A file is read twice: for the preview, and again when it is taken. What was ticked is all that is
entered, and a day that stands in the calendar stays as it is.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, g, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_wtf.file import FileField, FileRequired
from govuk_frontend_wtf.wtforms_widgets import GovFileInput
from wtforms import HiddenField, SelectMultipleField
from wtforms.validators import DataRequired

from app.extensions import db
from app.gateways.icalendar_files import CalendarFileUnfit, FileDay, read_calendar
from app.models.calendar_rows import calendar_days
from app.services import calendar as service
from app.services.calendar import DayOff, Taken
from app.web.court import day_words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, DayField, choice, line
from app.web.court.frame import done, form_errors, here, me, now
from app.web.gates import needs
from auction_engine.sale.deadlines import Reading


class DayForm(CourtForm):
    on = DayField(lazy_gettext("Day"), validators=[DataRequired(lazy_gettext("Enter a day"))])
    works = choice(
        lazy_gettext("On this day the court"),
        [("no", lazy_gettext("does not work")), ("yes", lazy_gettext("works"))],
    )
    name = line(
        lazy_gettext("Name of the day"),
        80,
        hint=lazy_gettext("For example: National Day"),
        needed=lazy_gettext("Enter a name"),
    )


class FileForm(CourtForm):
    file = FileField(
        lazy_gettext("Calendar file (.ics)"),
        description=lazy_gettext("Whole days only. You see what it says before it is taken."),
        widget=GovFileInput(),
        validators=[FileRequired(lazy_gettext("Choose a file"))],
    )


class TakeForm(CourtForm):
    content = HiddenField()
    take = SelectMultipleField(validate_choice=False)


class ReadingForm(CourtForm):
    reading = choice(
        lazy_gettext("So many days before means"),
        [(reading.value, text) for reading, text in day_words.READINGS.items()],
    )
    reason = line(
        lazy_gettext("Why it is read so"), 300, needed=lazy_gettext("Say why it is read so")
    )


@bp.route("/<court>/calendar", methods=["GET", "POST"])
@needs("president", "judge", "clerk")
def calendar(court: str) -> ResponseReturnValue:
    form = DayForm()
    if form.validate_on_submit():
        service.set_day(
            g.court.id,
            form.on.data,
            works=form.works.data == "yes",
            name=form.name.data,
            by=me(),
        )
        return done(_("The day is in the calendar."), "calendar")
    return _page(day=form)


@bp.post("/<court>/calendar/<day>/remove")
@needs("president", "judge", "clerk")
def calendar_remove(court: str, day: str) -> ResponseReturnValue:
    try:
        on = date.fromisoformat(day)
    except ValueError:
        abort(404)
    refusal = service.remove_day(g.court.id, on, by=me())
    if refusal is not None:
        return _page(errors=[{"text": day_words.refusal(refusal), "href": "#days"}])
    return done(_("The day is again what its weekday says."), "calendar")


@bp.post("/<court>/calendar/preview")
@needs("president", "judge", "clerk")
def calendar_preview(court: str) -> ResponseReturnValue:
    form = FileForm()
    if not form.validate():
        return _page(file=form)
    raw = form.file.data.read()
    try:
        days = read_calendar(raw)
    except CalendarFileUnfit as unfit:
        return _refused(form, unfit)
    taking = TakeForm(formdata=None)
    taking.content.data = raw.decode("utf-8-sig")
    known = {day.on: day for day in calendar_days(db.session(), g.court.id)}
    return render_template("court/calendar_preview.html", days=days, known=known, form=taking)


@bp.post("/<court>/calendar/take")
@needs("president", "judge", "clerk")
def calendar_take(court: str) -> ResponseReturnValue:
    form = TakeForm()
    try:
        days = read_calendar((form.content.data or "").encode())
    except CalendarFileUnfit as unfit:
        return _refused(FileForm(formdata=None), unfit)
    taken = service.take_days(g.court.id, _ticked(days, form.take.data or []), by=me())
    flash(_said(taken), "success")
    return redirect(here("calendar"))


@bp.post("/<court>/calendar/reading")
@needs("president")
def calendar_reading(court: str) -> ResponseReturnValue:
    form = ReadingForm()
    if not form.validate():
        return _page(reading=form)
    refusal = service.read_days_before(
        g.court.id, Reading(form.reading.data), reason=form.reason.data, by=me()
    )
    if refusal is not None:
        errors = [{"text": day_words.refusal(refusal), "href": "#reading"}]
        return _page(reading=form, errors=errors)
    return done(_("Days are read this way from now on."), "calendar")


def _ticked(days: tuple[FileDay, ...], wanted: list[str]) -> list[DayOff]:
    return [DayOff(day.on, day.works, day.name) for day in days if day.on.isoformat() in wanted]


def _said(taken: Taken) -> str:
    text = ngettext("%(num)s day is new.", "%(num)s days are new.", taken.new)
    if taken.there:
        stayed = ngettext(
            "%(num)s stood in the calendar and stays as it is.",
            "%(num)s stood in the calendar and stay as they are.",
            taken.there,
        )
        text = f"{text} {stayed}"
    return text


def _refused(form: FileForm, unfit: CalendarFileUnfit) -> ResponseReturnValue:
    errors = [{"text": day_words.unfit(unfit), "href": "#file"}]
    return _page(file=form, errors=errors)


def _page(
    day: DayForm | None = None,
    file: FileForm | None = None,
    reading: ReadingForm | None = None,
    errors: list[dict[str, str]] | None = None,
) -> ResponseReturnValue:
    given = [form for form in (day, file, reading) if form is not None]
    shown: list[dict[str, Any]] = errors or form_errors(*given)
    page = render_template(
        "court/calendar.html",
        form=day or DayForm(formdata=None),
        today=now().astimezone(ZoneInfo(g.court.timezone)).date(),
        file_form=file or FileForm(formdata=None),
        reading_form=reading or ReadingForm(formdata=None, reading=g.court.days_before),
        readings=day_words.READINGS,
        days=calendar_days(db.session(), g.court.id),
        errors=shown,
    )
    return page, 400 if shown else 200
