"""How the court reads what the law leaves open.

Form (POST, with `csrf_token`): /court/<court>/readings  one field for each question, reason
"""

from __future__ import annotations

from typing import Any

from flask import g
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.services.readings import ReadingRefusal, choose_readings, open_questions
from app.web.court import words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, choice, line
from app.web.court.frame import done, form_page, here, me
from app.web.gates import needs

QUESTIONS: dict[str, Any] = {
    "bid_at_the_end": lazy_gettext("Does a bid at the very moment of the end still count?"),
    "time_after_stay": lazy_gettext("What time does a resumption give back?"),
    "floor_in_later_rounds": lazy_gettext("Does the floor of 70 % bind the later rounds, too?"),
    "shortfall": lazy_gettext("Is a shortfall beyond the lost deposit recorded or owed?"),
    "other_creditors_deposit": lazy_gettext(
        "Do other execution creditors pay the reduced deposit, too?"
    ),
    "unreachable_parties": lazy_gettext(
        "When must notice by publication have been given before the announcement?"
    ),
    "first_seizer": lazy_gettext(
        "Does the first to seize get a fifth more than the other ordinary claims?"
    ),
    "home_reserve": lazy_gettext("Does the reserve for another home come before the mortgage?"),
    "late_interest": lazy_gettext("When is doubled late interest paid?"),
    "livelihood": lazy_gettext("When are wages, maintenance and medical claims paid?"),
}
VALUES: dict[str, Any] = {
    "late": lazy_gettext("No, it is late"),
    "in": lazy_gettext("Yes"),
    "at_least_five_minutes": lazy_gettext("What was left, at least five minutes"),
    "time_left": lazy_gettext("Just what was left"),
    "first_only": lazy_gettext("No, the first round only"),
    "every": lazy_gettext("Yes, every round"),
    "recorded": lazy_gettext("Recorded; the court decides"),
    "recoverable": lazy_gettext("Owed by whoever did not pay"),
    "full": lazy_gettext("No, the full one"),
    "reduced": lazy_gettext("Yes, the reduced one"),
    "deemed_three_days_before": lazy_gettext("Eight days: five until it counts, then three"),
    "deemed_by_publication": lazy_gettext("Five days, until it counts"),
    "no_bonus": lazy_gettext("No, all share alike"),
    "bonus_of_a_fifth": lazy_gettext("Yes, a fifth more"),
    "before_security": lazy_gettext("Yes, before it"),
    "after_security": lazy_gettext("No, after it"),
    "after_ordinary": lazy_gettext("After all ordinary claims"),
    "among_ordinary": lazy_gettext("Among the ordinary claims"),
    "before_tax": lazy_gettext("Before tax and ordinary claims"),
}


@bp.route("/<court>/readings", methods=["GET", "POST"])
@needs("president")
def readings(court: str) -> ResponseReturnValue:
    questions = open_questions(g.court.rule_family)
    form = _form_for(questions)
    if form.validate_on_submit():
        chosen = {name: form[name].data for name in questions}
        answer = choose_readings(g.court.id, chosen, reason=form.reason.data, by=me())
        if not isinstance(answer, ReadingRefusal):
            return done(_("The readings hold for sales and plans drafted from now on."), "readings")
        form.reason.errors = [words.refusal(answer)]
    return form_page(form, _("How this court reads what the law leaves open"), here("desk"))


def _form_for(questions: dict[str, Any]) -> Any:
    """A form with a question for each switch; it shows what holds now."""

    class ReadingsForm(CourtForm):
        pass

    for name, switch in questions.items():
        label = lazy_gettext("%(question)s (%(rule)s)", question=QUESTIONS[name], rule=switch.rule)
        field = choice(label, [(value, VALUES[value]) for value in switch.values])
        setattr(ReadingsForm, name, field)
    ReadingsForm.reason = line(lazy_gettext("Reason"), 300, needed=lazy_gettext("Give a reason"))
    now = {name: g.court.readings.get(name, switch.default) for name, switch in questions.items()}
    return ReadingsForm(data=now)
