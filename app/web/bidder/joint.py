"""Buying together: name all buyers and their shares before bidding opens (RULE-E8, H2)."""

from __future__ import annotations

from fractions import Fraction

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import Field
from wtforms.validators import ValidationError

from app.extensions import db
from app.models.people import Person
from app.services.joint import TooLate, buy_alone, name_joint_buyers
from app.services.registration import named_with
from app.web.bidder.blueprint import bp
from app.web.bidder.forms import ConfirmFields, JointFields, NamedFields, check_id_number
from app.web.bidder.own import my_place, sale_or_404, seals
from app.web.bidder.room import page_of
from app.web.bidder.standing import status_of
from app.web.bidder.words import wrong_in_list
from app.web.gates import signed_in_person
from auction_engine.sale.joint import Fault, JointBuyer, Violation, read_share, violations

Error = dict[str, str]


@bp.route("/<sale>/together", methods=["GET", "POST"])
def joint(sale: str) -> ResponseReturnValue:
    view, person = sale_or_404(sale), signed_in_person()
    place = my_place(view.terms.id)
    named = named_with(db.session(), seals().key, view.terms.id, person)
    form = JointFields(data=_written(named))
    errors: list[Error] = []
    if form.is_submitted():
        errors = _errors_of(form, person)
        if not errors:
            answer = _name(form, person, view.terms.id)
            if isinstance(answer, TooLate):
                return _too_late(sale)
            if not answer:
                flash(_("They are named. Their names stay sealed until the end."), "success")
                return redirect(url_for("bidder.prepare", sale=sale), 303)
            errors = _violations(form, answer)
    page = render_template(
        "bidder/joint.html",
        **page_of(view),
        form=form,
        alone=ConfirmFields(formdata=None),
        named=named,
        place=place,
        may_name=place is None and status_of(view.state, view.now) == "announced",
        errors=errors,
    )
    return page, 422 if errors else 200


@bp.post("/<sale>/together/alone")
def alone(sale: str) -> ResponseReturnValue:
    """Forget whom one named."""
    view, person = sale_or_404(sale), signed_in_person()
    if ConfirmFields().validate_on_submit():
        buy_alone(seals().key, person.id, view.terms.id)
        flash(_("You bid for yourself alone."), "success")
    return redirect(url_for("bidder.prepare", sale=sale), 303)


def _name(form: JointFields, person: Person, sale_id: int) -> tuple[Violation, ...] | TooLate:
    own, *others = _listed(form, person)
    return name_joint_buyers(seals().key, person.id, sale_id, own, others)


def _listed(form: JointFields, person: Person) -> list[JointBuyer]:
    """All who would buy, the bidder first."""
    own = JointBuyer(person.name, person.id_number or "", _share(form.own_share.data))
    others = [
        JointBuyer(line.written(line.name), line.written(line.id_number), _share(line.share.data))
        for line in _lines(form)
    ]
    return [own, *others]


def _share(written: object) -> Fraction:
    """A share that cannot be read is none, and is said to be wrong by the rule itself."""
    return read_share(str(written or "")) or Fraction(0)


def _lines(form: JointFields) -> list[NamedFields]:
    return [entry.form for entry in form.others if not entry.form.is_empty]


def _errors_of(form: JointFields, person: Person) -> list[Error]:
    """Everything that is wrong at once, from the top of the page down; empty lines are nobody."""
    form.validate()
    errors = _missing(form.own_share)
    for line in _lines(form):
        if len(line.written(line.name)) < 2:
            errors.append(_wrong(line.name, _("Enter the full name")))
        try:
            check_id_number(line, line.id_number)
        except ValidationError as wrong:
            errors.append(_wrong(line.id_number, str(wrong)))
    if not form.own_share.errors:
        errors += _violations(form, violations(_listed(form, person)))
    return errors + _missing(form.agreed)


def _missing(field: Field) -> list[Error]:
    return [_error(field.id, field.errors[0])] if field.errors else []


def _violations(form: JointFields, found: tuple[Violation, ...]) -> list[Error]:
    """The rule's own words on the list, at the field each is about; 0 is the bidder."""
    lines = _lines(form)
    errors = []
    for each in found:
        field = form.own_share
        if each.position:
            line = lines[each.position - 1]
            field = line.id_number if each.fault is Fault.SAME_PERSON else line.share
        errors.append(_wrong(field, wrong_in_list(each.fault)))
    return errors


def _wrong(field: Field, text: str) -> Error:
    field.errors = [text]
    return _error(field.id, text)


def _error(field: str, text: object) -> Error:
    return {"text": str(text), "href": f"#{field}"}


def _too_late(sale: str) -> ResponseReturnValue:
    flash(_("It is too late to name others in this sale."), "note")
    return redirect(url_for("bidder.prepare", sale=sale))


def _written(named: tuple[JointBuyer, ...]) -> dict[str, object]:
    """The list as it was written, so that it can be mended."""
    if not named:
        return {}
    return {
        "own_share": str(named[0].share),
        "others": [
            {"name": buyer.name, "id_number": buyer.id_number, "share": str(buyer.share)}
            for buyer in named[1:]
        ],
    }
