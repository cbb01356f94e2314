"""The desk: what is due today, late, waiting for others; running lots; alarms (pages.md, 22).

Forms (POST, with `csrf_token`):

    /court/<court>/calendar   on, works (yes | no), name
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import DataRequired

from app.extensions import db
from app.queries.court_desk import Desk, Task, calendar_days
from app.services import calendar as service
from app.web.court import words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, DayField, choice, line
from app.web.court.frame import done, here, me, now
from app.web.gates import needs


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


@bp.get("/<court>")
def desk(court: str) -> str:
    shown = Desk(db.session(), g.court, now(), me(), g.court_roles)
    tasks = shown.tasks()
    return render_template(
        "court/desk.html",
        due=[_line(task) for task in tasks if task.state != "waiting"],
        waiting=[_line(task) for task in tasks if task.state == "waiting"],
        running=shown.running(),
        drafts=shown.drafts(),
        alarms=shown.alarms(),
        now=shown.now,
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
    page = render_template(
        "court/calendar.html", form=form, days=calendar_days(db.session(), g.court.id)
    )
    return page, 400 if form.errors else 200


def _line(task: Task) -> dict[str, Any]:
    """A line of the deadline list (templates/components/deadline_list.html)."""
    name = "claim" if task.endpoint == "court.claim" else "sale"
    about = words.in_language(task.title, task.title_zh)
    act = str(words.TASKS[task.act])
    return {
        **{key: value for key, value in asdict(task).items() if key in ("due_at", "due_on")},
        "title": f"{act}: {about}" if about else act,
        "url": here(task.endpoint.removeprefix("court."), **{name: task.public_id}),
        "case": task.case,
        "state": task.state,
        "reason": words.how_counted(task),
        "who": words.WHO.get(task.who, task.who),
    }
