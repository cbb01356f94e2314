"""Who may not bid: the court's list, entered before bidding opens (RULE-E9, A8).

Forms (POST, all with `csrf_token`):

    /court/<court>/sales/<sale>/excluded               name, id_number, ground, reach, note
    /court/<court>/sales/<sale>/excluded/<entry>/lift  (nothing)

Nobody here learns whether somebody on the list tried to register: whoever is turned away is told,
and nobody else. The number is read once, for what it comes to under the platform's key.
"""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import ValidationError

from app.extensions import db
from app.models.sales import SaleRecord
from app.queries.court_bidders import entries_for, find_entry
from app.queries.court_sale import sale_file
from app.services import exclusions as service
from app.web.court import bidder_words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, choice, line
from app.web.court.frame import done, form_errors, found, me, now
from app.web.gates import needs
from auction_engine.sale.exclusion import LISTED, Ground
from auction_engine.sale.id_numbers import normalised

_SHORTEST_NUMBER = 5


class EntryForm(CourtForm):
    name = line(lazy_gettext("Name"), 200, needed=lazy_gettext("Enter the name"))
    id_number = line(
        lazy_gettext("ID number"),
        64,
        hint=lazy_gettext(
            "Resident identity card, social credit code or passport. It is not kept."
        ),
        needed=lazy_gettext("Enter the ID number"),
    )
    ground = choice(
        lazy_gettext("Why this person may not bid"),
        [(ground.value, bidder_words.GROUNDS[ground]) for ground in LISTED],
    )
    reach = choice(
        lazy_gettext("For which lots"),
        [
            ("lot", lazy_gettext("This lot, in this and later rounds")),
            ("case", lazy_gettext("All lots of the case")),
        ],
    )
    note = line(lazy_gettext("Note for the court's file"), 500)

    def validate_id_number(self, field: Any) -> None:
        if len(normalised(field.data or "")) < _SHORTEST_NUMBER:
            raise ValidationError(_("Enter the whole number"))


@bp.get("/<court>/sales/<sale>/excluded")
def exclusions(court: str, sale: str) -> ResponseReturnValue:
    return _page(found(SaleRecord, sale), EntryForm(formdata=None))


@bp.post("/<court>/sales/<sale>/excluded", endpoint="exclude")
@needs("judge", "clerk")
def enter(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = EntryForm()
    if not form.validate():
        return _page(record, form)
    entry = service.Entry(
        name=form.name.data,
        id_number=form.id_number.data,
        ground=Ground(form.ground.data),
        note=form.note.data or "",
        whole_case=form.reach.data == "case",
    )
    refused = service.enter(current_app.config["BLIND_INDEX_KEY"], record, entry, by=me())
    if refused is not None:
        return _page(record, form, refused)
    return done(_("The person stands on the list."), "exclusions", sale=sale)


@bp.post("/<court>/sales/<sale>/excluded/<entry>/lift", endpoint="lift_exclusion")
@needs("judge")
def lift(court: str, sale: str, entry: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    exclusion = find_entry(db.session(), g.court.id, entry)
    if exclusion is None:
        abort(404)
    refused = service.lift(record, exclusion, by=me())
    if refused is not None:
        return _page(record, EntryForm(formdata=None), refused)
    return done(_("The entry is lifted."), "exclusions", sale=sale)


def _page(
    sale: SaleRecord, form: EntryForm, refused: service.ExclusionRefusal | None = None
) -> ResponseReturnValue:
    errors = form_errors(form)
    if refused is not None:
        errors = [{"text": bidder_words.refusal(refused), "href": "#list"}]
    page = render_template(
        "court/exclusions.html",
        file=sale_file(db.session(), sale),
        sale=sale,
        entries=entries_for(db.session(), sale),
        form=form,
        grounds=bidder_words.GROUNDS,
        may_enter=sale.state == "draft" or (sale.state == "published" and now() < sale.opens_at),
        errors=errors,
    )
    return page, 409 if refused is not None else 400 if errors else 200
