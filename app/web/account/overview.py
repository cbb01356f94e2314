"""`account.overview`: what we know about somebody, and where they change it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import Length

from app.services import accounts
from app.services.accounts import Details
from app.web.account.blueprint import bp
from app.web.account.fields import text_field
from app.web.account.registration import language_field, name_field, phone_field
from app.web.gates import let_in, signed_in, signed_in_person
from app.web.page import LANGUAGES


class DetailsForm(FlaskForm):
    name = name_field()
    phone = phone_field(_l("Telephone"))
    id_number = text_field(
        _l("Number of your identity document"),
        Length(max=64, message=_l("Use at most 64 characters")),
        hint=_l("Identity card, passport or permit. A court needs it before you can bid."),
        spellcheck=False,
        autocomplete="off",
    )
    address = text_field(
        _l("Postal address"),
        Length(max=300, message=_l("Use at most 300 characters")),
        hint=_l("Where a court can reach you by post."),
        autocomplete="street-address",
    )
    locale = language_field()


@bp.get("/")
@let_in(signed_in)
def overview() -> str:
    person = signed_in_person()
    language = LANGUAGES.get(person.locale, person.locale)
    return render_template(
        "account/overview.html", person=person, language=language, form=FlaskForm()
    )


@bp.route("/details", methods=["GET", "POST"])
@let_in(signed_in)
def details() -> ResponseReturnValue:
    person = signed_in_person()
    form = DetailsForm(obj=person)
    if not form.validate_on_submit():
        return render_template("account/details.html", form=form), 400 if form.errors else 200
    accounts.change_details(
        person.id,
        Details(
            name=form.name.data,
            phone=form.phone.data or None,
            id_number=form.id_number.data or None,
            address=form.address.data or None,
            locale=form.locale.data,
        ),
    )
    flash(_("Your details are saved."), "success")
    return redirect(url_for("account.overview"))
