"""The mail server is down for six hours (FAULT-F42): nothing is lost, the urgent goes first."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.gateways.notifier import FolderNotifier, LetterUndelivered
from app.gateways.seal import Opener
from app.models.outbox_rows import LETTER_WITHIN, letter_due, tell
from app.services.letters import LetterDesk
from app.services.promises import keep_one
from tests.world import NOON, World

# Told in this order; each has another end of the period that it tells of.
TOLD = ((30, "month"), (3, "three days"), (None, "no period"), (0.5, "half a day"))


class Down:
    """No connection, for as long as it takes."""

    def send(self, letter: Any) -> None:
        raise LetterUndelivered("connection refused", trying_again_helps=True)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def notifier(clean_database: dict[str, str], test_settings: dict[str, Any]) -> Iterator[Flask]:
    from tests.conftest import _application

    yield from _application("notifier", test_settings)


def test_after_six_hours_the_letters_go_in_the_order_of_their_legal_deadlines(
    world: World, notifier: Flask, tmp_path: Path
) -> None:
    people = _told(world)
    opener = Opener(notifier.config["CONTACT_PRIVATE_KEY"])
    down = LetterDesk(Down(), opener.open, "http://here")
    for _hour in range(6):
        _due_again(world)
        for _ in TOLD:
            assert keep_one(("letter",), down.deliver)
    assert world.rows("SELECT DISTINCT state, tries FROM outbox") == [("due", 6)]
    assert list(tmp_path.glob("*.eml")) == []

    up = LetterDesk(FolderNotifier(tmp_path, "court@luochui.example"), opener.open, "http://here")
    _due_again(world)
    order = []
    while keep_one(("letter",), up.deliver):
        ((key,),) = world.rows(
            "SELECT key FROM outbox WHERE state = 'done' ORDER BY done_at DESC LIMIT 1"
        )
        order.append(key.removeprefix("letter:"))

    assert order == ["half a day", "no period", "three days", "month"]
    assert _addressees(tmp_path) == set(people)


def test_a_period_runs_from_the_inbox_and_the_letter_leaves_its_proof(
    world: World, notifier: Flask, tmp_path: Path
) -> None:
    """FAULT-F42: the notice was there all the time; when it was sent is on record as well."""
    _told(world)
    opener = Opener(notifier.config["CONTACT_PRIVATE_KEY"])
    desk = LetterDesk(FolderNotifier(tmp_path, "court@luochui.example"), opener.open, "http://here")

    before = world.rows("SELECT key, at, params->>'due_at' FROM messages ORDER BY key")
    while keep_one(("letter",), desk.deliver):
        pass

    assert world.rows("SELECT key, at, params->>'due_at' FROM messages ORDER BY key") == before
    assert {at for _key, at, _due in before} == {NOON}
    proofs = world.rows("SELECT done_at IS NOT NULL, last_answer FROM outbox")
    assert proofs == [(True, "sent")] * len(TOLD)


@pytest.mark.parametrize(
    ("params", "due"),
    [
        ({}, NOON + LETTER_WITHIN),
        ({"due_at": (NOON + timedelta(days=9)).isoformat()}, NOON + timedelta(days=9)),
        ({"answer_by": "2026-12-24"}, datetime.fromisoformat("2026-12-24T00:00:00+00:00")),
        ({"due_at": (NOON - timedelta(days=9)).isoformat()}, NOON + LETTER_WITHIN),
        ({"due_at": 5, "until": "soon"}, NOON + LETTER_WITHIN),
    ],
)
def test_a_letter_is_due_before_the_period_that_it_tells_of_ends(
    params: dict[str, Any], due: datetime
) -> None:
    assert letter_due(NOON, params) == due


def _told(world: World) -> list[str]:
    addresses = []
    with world.session() as session:
        for days, name in TOLD:
            address = f"{name.replace(' ', '-')}@example.org"
            ends = (NOON + timedelta(days=days)).isoformat() if days is not None else None
            tell(
                session,
                kind="balance_due",
                key=name,
                at=NOON,
                params={"amount": 1, "currency": "CNY", **({"due_at": ends} if ends else {})},
                person_id=world.person(email=address),
            )
            addresses.append(address)
        session.commit()
    return addresses


def _due_again(world: World) -> None:
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET next_try_at = clock_timestamp()")


def _addressees(folder: Path) -> set[str]:
    return {
        str(email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["To"])
        for path in folder.glob("*.eml")
    }
