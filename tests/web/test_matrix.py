"""Every route, everybody, own things and others': what is not yours is not there (SEC-T5, INV-P4).

Made from `url_map`: a new route is asked for at once, and one that names a thing nobody has built
makes this fail until `matrix_objects.py` knows how.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.web.gates import gate_of, open_to_all
from tests.web.addresses import address_of, methods_of
from tests.web.matrix_objects import (
    ALSO_SEEN_BY,
    NEEDS_MORE,
    NO_OBJECTS,
    PUBLIC_THINGS,
    Side,
    a_side,
)

SEEN, HIDDEN, ASKED = "seen", "hidden", "asked to sign in"


@dataclass(frozen=True)
class Question:
    """Somebody asks for something; what they should find."""

    who: str
    method: str
    address: str
    expected: str


@dataclass
class Matrix:
    app: Flask
    mine: Side
    theirs: Side
    browsers: dict[str, Any]

    def answer(self, question: Question) -> str | None:
        """How it went, where that is not as expected."""
        # Whoever is turned away is told so in a few bytes, not with a page: that is quicker.
        accepts = "text/html" if question.expected == SEEN else "application/json"
        answer = self.browsers[question.who].open(
            question.address, method=question.method, buffered=True, headers={"Accept": accepts}
        )
        found = _found(answer)
        if found == question.expected:
            return None
        return f"{question.who}: {question.method} {question.address} is {found} ({answer.status})"


def _found(answer: Any) -> str:
    if answer.status_code == 404:
        return HIDDEN
    if answer.status_code == 401 or "/account/sign-in" in answer.headers.get("Location", ""):
        return ASKED
    return SEEN if answer.status_code < 500 and answer.status_code != 403 else "broken"


@pytest.fixture
def matrix(app: Flask, world: Any, client_for: Any) -> Matrix:
    # A page that breaks is one line of the answer and not the end of the test.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    mine, theirs = a_side(world), a_side(world)
    browsers = {
        "nobody": app.test_client(),
        "stranger": client_for(world.person("Stranger")),
        "operator": client_for(world.person("Operator", is_operator=True)),
    }
    for name in ("staff", "bidder", "creditor", "debtor"):
        browsers[name] = client_for(getattr(mine, name))
        browsers[f"other {name}"] = client_for(getattr(theirs, name))
    for role, person in mine.by_role.items():
        browsers[role] = client_for(person)
    return Matrix(app, mine, theirs, browsers)


def guarded(app: Flask) -> list[Rule]:
    return [
        rule for rule in app.url_map.iter_rules() if gate_of(app, rule.endpoint) is not open_to_all
    ]


def test_every_thing_in_an_address_is_known_to_the_matrix(matrix: Matrix) -> None:
    unknown = {
        f"{rule.endpoint} names <{name}>: add a builder to tests/web/matrix_objects.py"
        for rule in guarded(matrix.app)
        for name in rule.arguments - NO_OBJECTS
        if matrix.mine.value(rule.endpoint, name) is None
    }

    assert unknown == set()


def test_what_is_not_yours_does_not_exist(matrix: Matrix) -> None:
    """RULE-A5: an operator among others, who finds no page of a court."""
    wrong = [
        said
        for rule in guarded(matrix.app)
        for question in questions(matrix, rule)
        if (said := matrix.answer(question)) is not None
    ]

    assert not wrong, "\n".join(wrong)


def questions(matrix: Matrix, rule: Rule) -> Iterator[Question]:
    audience = rule.endpoint.partition(".")[0]
    own = values_of(matrix.mine, rule)
    for method in sorted(methods_of(rule)):
        address = address_of(matrix.app, rule, method, own)
        yield Question("nobody", method, address, ASKED)
        yield from _OF_AUDIENCE[audience](matrix, rule, method, own)


def values_of(side: Side, rule: Rule) -> dict[str, str]:
    found = {name: side.value(rule.endpoint, name) for name in rule.arguments - NO_OBJECTS}
    return {name: value for name, value in found.items() if value is not None}


def of_court(matrix: Matrix, rule: Rule, method: str, own: Mapping[str, str]) -> Iterator[Question]:
    """Staff of the court, in the roles the page is for; nothing of another court in its address."""
    address = address_of(matrix.app, rule, method, own)
    if "court" not in rule.arguments:
        yield from (Question(who, method, address, SEEN) for who in ("staff", "stranger"))
        return
    if method == "GET" and rule.endpoint not in NEEDS_MORE:
        yield Question("staff", method, address, SEEN)
    for who in ("other staff", "bidder", "creditor", "debtor", "operator", "stranger"):
        yield Question(who, method, address, HIDDEN)
    needed = getattr(matrix.app.view_functions[rule.endpoint], "needed_roles", None)
    for role in set(matrix.mine.by_role) - (needed or set(matrix.mine.by_role)):
        yield Question(role, method, address, HIDDEN)
    others = values_of(matrix.theirs, rule)
    for name in others:
        mixed = {**own, name: others[name]}
        yield Question("staff", method, address_of(matrix.app, rule, method, mixed), HIDDEN)


def of_operator(
    matrix: Matrix, rule: Rule, method: str, own: Mapping[str, str]
) -> Iterator[Question]:
    address = address_of(matrix.app, rule, method, own)
    if method == "GET" and rule.endpoint not in NEEDS_MORE:
        yield Question("operator", method, address, SEEN)
    for who in ("staff", "bidder", "creditor", "debtor", "stranger"):
        yield Question(who, method, address, HIDDEN)


def of_person(
    matrix: Matrix, rule: Rule, method: str, own: Mapping[str, str]
) -> Iterator[Question]:
    """A bidder's or a creditor's own: whatever is not public is theirs alone."""
    audience = rule.endpoint.partition(".")[0]
    owner = {"bidder": "bidder", "creditor": "creditor", "account": "staff"}[audience]
    address = address_of(matrix.app, rule, method, own)
    if method == "GET" and rule.endpoint not in NEEDS_MORE:
        yield Question(owner, method, address, SEEN)
    if rule.arguments - NO_OBJECTS - PUBLIC_THINGS.get(audience, frozenset()):
        others = {"staff", "bidder", "creditor", "debtor", "operator", "stranger"}
        others |= {f"other {owner}"}
        for who in sorted(others - {owner} - ALSO_SEEN_BY.get(rule.endpoint, set())):
            yield Question(who, method, address, HIDDEN)


_OF_AUDIENCE = {
    "court": of_court,
    "operator": of_operator,
    "bidder": of_person,
    "creditor": of_person,
    "account": of_person,
}
