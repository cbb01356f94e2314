"""`account.invitation`: a role at a court, offered by the link in a letter."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app.gateways.account_rules import password_problem
from app.services.letters_account import role_name
from app.services.staff import joining
from app.services.staff.terms import Invited, Joined
from app.web.account import entering, words
from app.web.account.blueprint import bp
from app.web.account.registration import language_field, name_field, new_password_field
from app.web.gates import let_in, open_to_all, viewer
from app.web.page import chosen_language
from app.web.staff_words import REFUSED


class JoinForm(FlaskForm):
    name = name_field()
    password = new_password_field(_l("Password"))
    locale = language_field()

    def __init__(self, invited: Invited, **values: Any) -> None:
        super().__init__(**values)
        self.invited = invited

    def validate(self, extra_validators: Any = None) -> bool:
        is_whole = super().validate(extra_validators)
        problem = password_problem(
            self.password.data or "", self.invited.email, self.name.data or ""
        )
        if problem is not None and not self.password.errors:
            self.password.errors = [words.PASSWORD[problem]]
            return False
        return bool(is_whole)


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@let_in(open_to_all)
def invitation(token: str) -> ResponseReturnValue:
    """Whoever is signed in accepts; whoever has an account signs in; others make one here."""
    person = viewer()
    person_id, email = (person.id, person.email) if person is not None else (None, None)
    invited = joining.look_at_invitation(token)
    if invited is None:
        return render_template("account/worn_out.html"), 410
    if person_id is None and not invited.has_account:
        return _join_as_new(token, invited)
    form, errors = FlaskForm(), []
    if person_id is not None and form.validate_on_submit():
        answer = joining.accept(token, person_id)
        if isinstance(answer, Joined):
            return _joined(answer)
        errors = [{"text": REFUSED[answer]}]
    return _page(invited, form, errors, mine=email == invited.email, signed_in=bool(email))


def _join_as_new(token: str, invited: Invited) -> ResponseReturnValue:
    form = JoinForm(invited, locale=chosen_language())
    errors = []
    if form.validate_on_submit():
        answer = joining.accept_as_new(token, form.name.data, form.password.data, form.locale.data)
        if isinstance(answer, Joined):
            entering.enter(answer.person_id)
            entering.note_mailbox()
            return _joined(answer)
        errors = [{"text": REFUSED[answer]}]
    return _page(invited, form, errors, mine=False, signed_in=False)


def _joined(answer: Joined) -> ResponseReturnValue:
    role = role_name(answer.role)
    flash(_("You have accepted the role: %(role)s.", role=role), "success")
    return redirect(url_for("court.courts"))


def _page(
    invited: Invited, form: FlaskForm, errors: list[Any], *, mine: bool, signed_in: bool
) -> ResponseReturnValue:
    court = invited.court_zh if str(get_locale()) == "zh" else invited.court_en
    has_errors = bool(errors or form.errors)
    return render_template(
        "account/invitation.html",
        invited=invited,
        court=court,
        role=role_name(invited.role),
        form=form,
        errors=errors,
        mine=mine,
        signed_in=signed_in,
        here=request.path,
    ), 400 if has_errors else 200
