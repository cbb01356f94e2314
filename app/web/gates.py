"""Who may come in. Every blueprint has a gate, or the application does not start (SEC, rule 10).

A gate runs before each request of its blueprint: it answers who is asking, sets on whose behalf
rows are read, and turns everybody else away. What does not belong to the one who asks does not
exist for them: 404, never 403 (INV-P4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from app.db import Tenant, act_for, acting_for
from app.extensions import db
from app.models.courts import CourtMembership, CourtRecord
from app.models.people import Person

Gate = Callable[[], ResponseReturnValue | None]
View = TypeVar("View", bound=Callable[..., Any])


class RouteWithoutGate(Exception):
    """A route would be reachable by nobody's decision; the application does not start."""


def gated(blueprint: Blueprint, gate: Gate) -> Blueprint:
    """Put `gate` before every request of `blueprint`."""
    blueprint.before_request(gate)
    blueprint.gate = gate  # type: ignore[attr-defined]
    return blueprint


def ensure_every_route_has_a_gate(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if gate_of(app, rule.endpoint) is None:
            raise RouteWithoutGate(f"{rule.endpoint} ({rule.rule}) has no gate")


def gate_of(app: Flask, endpoint: str) -> Gate | None:
    """Who decides on this endpoint: its blueprint's gate, or the view's own where that says so."""
    gate: Gate | None = getattr(app.blueprints.get(endpoint.rpartition(".")[0]), "gate", None)
    if gate is as_marked:
        gate = getattr(app.view_functions[endpoint], "own_gate", None)
    return gate


def as_marked() -> ResponseReturnValue | None:
    """Each view of this blueprint says for itself who may come in: `@let_in(gate)`."""
    gate: Gate = current_app.view_functions[request.endpoint or ""].own_gate  # type: ignore[attr-defined]
    return gate()


def let_in(gate: Gate) -> Callable[[View], View]:
    """Whom one view of a blueprint that is `as_marked` is for."""

    def mark(view: View) -> View:
        view.own_gate = gate  # type: ignore[attr-defined]
        return view

    return mark


def viewer() -> Person | None:
    """Whoever is signed in, fully: with the second factor where one was asked for."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def signed_in_person() -> Person:
    person = viewer()
    assert person is not None, "the gate lets nobody else in"
    return person


def open_to_all() -> None:
    """Public pages: everybody, signed in or not."""


def signed_in() -> ResponseReturnValue | None:
    """Anybody with an account; rows are theirs."""
    person = viewer()
    if person is None:
        return ask_to_sign_in()
    act_for(Tenant(person_id=person.id))
    return None


def staff() -> ResponseReturnValue | None:
    """Members of the court named in the address, with a fresh second factor.

    `g.court` and `g.court_roles` tell the views; a view may ask for roles with `needs`.
    """
    person = viewer()
    if person is None:
        return ask_to_sign_in()
    view_args = request.view_args or {}
    if "court" not in view_args:
        act_for(Tenant(person_id=person.id))
        return (
            ask_for_second_factor() if works_for_a_court(person) and not has_app_factor() else None
        )
    court = db.session.scalars(
        select(CourtRecord).where(CourtRecord.public_id == view_args["court"])
    ).one_or_none()
    act_for(Tenant(person_id=person.id))
    roles = roles_in(court, person) if court is not None else frozenset()
    if court is None or not roles:
        abort(404)
    if not has_app_factor():
        return ask_for_second_factor()
    g.court, g.court_roles = court, roles
    act_for(Tenant(court_id=court.id, person_id=person.id))
    wanted = getattr(current_app.view_functions[request.endpoint or ""], "needed_roles", None)
    if wanted is not None and not roles & wanted:
        abort(404)
    return None


def operator() -> ResponseReturnValue | None:
    """Operators of the platform: queues, clocks, balances; no identities, no bids to touch,
    and no page of a court, whose acts are the court's alone (RULE-A5, A8)."""
    person = viewer()
    if person is None:
        return ask_to_sign_in()
    if not person.is_operator:
        abort(404)
    if not has_app_factor():
        return ask_for_second_factor()
    act_for(Tenant(person_id=person.id, is_operator=True))
    return None


def needs(*roles: str) -> Callable[[View], View]:
    """A view of the court's desk that only these roles may use."""

    def mark(view: View) -> View:
        view.needed_roles = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def roles_in(court: CourtRecord, person: Person) -> frozenset[str]:
    """The roles that this person holds in this court now."""
    return frozenset(
        db.session.scalars(
            select(CourtMembership.role).where(
                CourtMembership.court_id == court.id,
                CourtMembership.person_id == person.id,
                CourtMembership.ended_at.is_(None),
            )
        )
    )


def works_for_a_court(person: Person) -> bool:
    """Whether this person has a role in any court now."""
    if acting_for().person_id is None:
        act_for(Tenant(person_id=person.id))
    return (
        db.session.scalars(
            select(CourtMembership.id)
            .where(CourtMembership.person_id == person.id, CourtMembership.ended_at.is_(None))
            .limit(1)
        ).first()
        is not None
    )


def has_second_factor() -> bool:
    """Whether this session was opened, or stepped up, with a second factor."""
    return bool(session.get("second_factor_at"))


def has_app_factor() -> bool:
    """Whether that factor was an authenticator app: staff and operators need one (SEC-T7)."""
    return has_second_factor() and session.get("second_factor_by") == "app"


def ask_to_sign_in() -> ResponseReturnValue:
    if request.method != "GET" or request.accept_mimetypes.best == "application/json":
        abort(401)
    return redirect(url_for("account.sign_in", next=request.full_path))


def ask_for_second_factor() -> ResponseReturnValue:
    if request.method != "GET":
        abort(401)
    return redirect(url_for("account.second_factor", next=request.full_path))
