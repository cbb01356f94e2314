"""Whose request this is: the sale in the address, and the viewer's own place in it.

Row-level security shows a bidder's rows only to a tenant that names their registrations, so each
view that reads them begins with `my_place` or `act_with_all`.
"""

from __future__ import annotations

from flask import abort, current_app, redirect, url_for
from flask.typing import ResponseReturnValue

from app.db import Tenant, act_for
from app.extensions import db
from app.gateways.seal import Sealer, blind_index
from app.models.registration_rows import find_registration_id
from app.queries.bidder import (
    FrozenTerms,
    Place,
    SaleView,
    find_place,
    find_sale,
    find_terms,
)
from app.services.registration import Seals, my_registrations
from app.web.gates import ask_for_second_factor, has_second_factor, signed_in_person
from app.web.page import follow_court_clock

_MOST_REMEMBERED = 100_000
_MOST_SALES = 10_000


def seals() -> Seals:
    """The keys of this process by which a registration is made and found again."""
    config = current_app.config
    return Seals(
        config["BLIND_INDEX_KEY"],
        Sealer(config["ENVELOPE_PUBLIC_KEY"]),
        Sealer(config["CONTACT_PUBLIC_KEY"]),
    )


def sale_or_404(public_id: str) -> SaleView:
    found = find_sale(db.session(), public_id)
    if found is None:
        abort(404)
    follow_court_clock(found.court.timezone, found.now if found.court.is_rehearsal else None)
    return found


def terms_or_404(public_id: str) -> FrozenTerms:
    """What a bid is held against, read once per process: published terms never change."""
    known: dict[str, FrozenTerms] = current_app.extensions.setdefault("luochui_terms", {})
    if public_id not in known:
        found = find_terms(db.session(), public_id)
        if found is None:
            abort(404)
        if len(known) >= _MOST_SALES:
            known.clear()
        known[public_id] = found
    return known[public_id]


def registration_id_to_bid(sale_id: int) -> int | None:
    """The viewer's registration in this sale, asked of the database once per process: it never
    changes, and a bid in the last second does not wait for a question that was answered."""
    person = signed_in_person()
    known: dict[tuple[int, int], int] = current_app.extensions.setdefault("luochui_places", {})
    found = known.get((sale_id, person.id))
    if found is None:
        index = blind_index(current_app.config["BLIND_INDEX_KEY"], "sale", sale_id, person.id)
        found = find_registration_id(db.session(), sale_id, index)
        if found is not None:
            if len(known) >= _MOST_REMEMBERED:
                known.clear()
            known[sale_id, person.id] = found
    return found


def my_registration_id(sale_id: int) -> int | None:
    """The viewer's registration in this sale; from here on their rows in it can be read."""
    person, found = signed_in_person(), registration_id_to_bid(sale_id)
    if found is not None:
        act_for(Tenant(person_id=person.id, registration_ids=(found,)))
    return found


def my_place(sale_id: int) -> Place | None:
    found = my_registration_id(sale_id)
    return find_place(db.session(), found) if found is not None else None


def my_place_or_404(sale_id: int) -> Place:
    place = my_place(sale_id)
    if place is None:
        abort(404)
    return place


def act_with_all() -> tuple[int, ...]:
    """All of the viewer's registrations, in whatever sale; from here on their rows are read."""
    person = signed_in_person()
    mine = my_registrations(db.session(), seals(), person.id)
    act_for(Tenant(person_id=person.id, registration_ids=mine))
    return mine


def place_where_money_shows(view: SaleView) -> Place | ResponseReturnValue:
    """The viewer's place, or where they go first: to a place of their own, to a second factor."""
    place = my_place(view.terms.id)
    if place is None:
        return redirect(url_for("bidder.prepare", sale=view.terms.public_id))
    return place if has_second_factor() else ask_for_second_factor()
