"""The desk: what is due today, late, waiting for others; running lots; alarms (pages.md, 22)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import g, render_template

from app.extensions import db
from app.queries.court_desk import Desk, Task
from app.web.court import words
from app.web.court.blueprint import bp
from app.web.court.frame import here, me, now


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


# What stands in the address of a task's page, where it is not a sale.
_NAMES = {
    "court.claim": "claim",
    "court.pricing": "asset",
    "court.objection": "objection",
    "court.revocation": "revocation",
    "court.stopping": "case",
}


def _line(task: Task) -> dict[str, Any]:
    """A line of the deadline list (templates/components/deadline_list.html)."""
    name = _NAMES.get(task.endpoint, "sale")
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
