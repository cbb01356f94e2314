"""A court's people: asked in, given roles and let go by two persons (SEC-T9)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.db import Tenant, act_for
from app.services.staff import deciding, joining, leaving, proposing
from app.services.staff.terms import Actor, Capacity, Decided, Joined, Proposed, StaffRefused
from tests.staff import StaffedCourt, appoint, email, public_id, roles, staffed_court


@dataclass
class Desk:
    """Whoever acts on the people of one court, with the tenant their gate would have set."""

    world: Any
    court: StaffedCourt

    def president(self, person: int) -> Actor:
        act_for(Tenant(court_id=self.court.id, person_id=person))
        return Actor(person, Capacity.PRESIDENT)

    def operator(self, person: int) -> Actor:
        act_for(Tenant(person_id=person, is_operator=True))
        return Actor(person, Capacity.OPERATOR)

    def invite(self, actor: Actor, address: str, role: str = "judge") -> Any:
        return proposing.propose_invitation(self.court.id, actor, address, role)

    def give(self, actor: Actor, person: int, role: str) -> Any:
        return proposing.propose_role(self.court.id, actor, public_id(self.world, person), role)

    def end(self, actor: Actor, person: int, role: str | None, reason: str = "moves away") -> Any:
        whom = public_id(self.world, person)
        return proposing.propose_end(self.court.id, actor, whom, role, reason)

    def decide(self, actor: Actor, proposed: Any, approve: bool = True, **shown: str) -> Any:
        assert isinstance(proposed, Proposed), proposed
        [(found,)] = self.world.rows(
            "SELECT payload_hash FROM proposals WHERE public_id = %s", proposed.public_id
        )
        payload_hash = shown.get("payload_hash", found)
        return deciding.decide(
            self.court.id, actor, proposed.public_id, payload_hash, approve, "", str
        )

    def token(self) -> str:
        """What stands in the last invitation's letter."""
        rows = self.world.rows(
            "SELECT payload FROM outbox WHERE payload->>'message' = 'account_invitation'"
            " ORDER BY id DESC LIMIT 1"
        )
        return str(rows[0][0]["params"]["link"])

    def accept(self, person: int) -> Any:
        act_for(Tenant(person_id=person))
        return joining.accept(self.token(), person)

    def roles(self, person: int) -> set[str]:
        return roles(self.world, self.court.id, person)

    def sql(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self.world.url, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement, values)


@pytest.fixture
def desk(app: Flask, world: Any) -> Iterator[Desk]:
    yield Desk(world, staffed_court(world))


def test_a_role_is_given_when_two_presidents_agreed_and_the_owner_of_the_address_accepts(
    desk: Desk,
) -> None:
    court, wang = desk.court, desk.world.person("Wang", email="wang@court.example")

    proposed = desk.invite(desk.president(court.chen), "Wang@court.example ")
    before = desk.world.rows("SELECT count(*) FROM outbox")[0][0]
    decided = desk.decide(desk.president(court.liu), proposed)
    joined = desk.accept(wang)

    assert before == 0
    assert decided == Decided(approved=True)
    assert joined == Joined(wang, court.public_id, "judge")
    assert desk.roles(wang) == {"judge"}
    assert desk.world.rows(
        "SELECT granted_by, approved_by FROM court_memberships WHERE person_id = %s", wang
    ) == [(court.chen, court.liu)]


def test_an_invitation_makes_an_account_whose_address_is_confirmed(
    desk: Desk,
) -> None:
    court = desk.court
    proposed = desk.invite(desk.president(court.chen), "new@court.example", "clerk")
    desk.decide(desk.president(court.liu), proposed)

    act_for(Tenant())
    joined = joining.accept_as_new(desk.token(), "New", "three blue kettles", "zh")

    assert isinstance(joined, Joined)
    assert desk.roles(joined.person_id) == {"clerk"}
    assert desk.world.rows(
        "SELECT confirmed_at IS NOT NULL FROM identity.people WHERE id = %s", joined.person_id
    ) == [(True,)]


def test_an_invitation_works_once_and_for_its_address_alone(desk: Desk) -> None:
    court = desk.court
    wang = desk.world.person("Wang", email="wang@court.example")
    proposed = desk.invite(desk.president(court.chen), "wang@court.example")
    desk.decide(desk.president(court.liu), proposed)

    other = desk.accept(desk.world.person("Other"))
    first, second = desk.accept(wang), desk.accept(wang)

    assert other is StaffRefused.OTHER_ADDRESS
    assert isinstance(first, Joined)
    assert second is StaffRefused.INVITATION_WORN_OUT


def test_an_invitation_is_good_for_seven_days(desk: Desk) -> None:
    court, wang = desk.court, desk.world.person("Wang", email="wang@court.example")
    desk.decide(
        desk.president(court.liu), desk.invite(desk.president(court.chen), "wang@court.example")
    )
    [(lasts,)] = desk.world.rows("SELECT expires_at - invited_at FROM staff_invitations")
    desk.sql("UPDATE staff_invitations SET expires_at = clock_timestamp()")

    late = desk.accept(wang)

    assert round(lasts.total_seconds() / 86_400, 3) == 7
    assert late is StaffRefused.INVITATION_WORN_OUT


def test_an_invitation_is_taken_back_by_one_president(desk: Desk) -> None:
    court, wang = desk.court, desk.world.person("Wang", email="wang@court.example")
    desk.decide(
        desk.president(court.liu), desk.invite(desk.president(court.chen), "wang@court.example")
    )
    [(invitation,)] = desk.world.rows("SELECT public_id FROM staff_invitations")

    by_clerk = leaving.withdraw_invitation(court.id, desk.president(court.clerk), invitation)
    by_president = leaving.withdraw_invitation(court.id, desk.president(court.liu), invitation)

    assert by_clerk is StaffRefused.NOT_ALLOWED
    assert by_president is None
    assert desk.accept(wang) is StaffRefused.INVITATION_WORN_OUT


def test_nobody_decides_what_they_proposed(desk: Desk) -> None:
    chen = desk.president(desk.court.chen)

    answer = desk.decide(chen, desk.give(chen, desk.court.clerk, "finance"))

    assert answer is StaffRefused.SECOND_PERSON_NEEDED
    assert desk.roles(desk.court.clerk) == {"clerk"}


def test_nobody_decides_about_themself(desk: Desk) -> None:
    court = desk.court

    for_oneself = desk.give(desk.president(court.chen), court.chen, "finance")
    proposed = desk.give(desk.president(court.chen), court.liu, "finance")
    by_oneself = desk.decide(desk.president(court.liu), proposed)
    against_oneself = desk.decide(desk.president(court.liu), proposed, approve=False)

    assert for_oneself is StaffRefused.ONESELF
    assert by_oneself is against_oneself is StaffRefused.ONESELF
    assert desk.roles(court.liu) == {"president"}


def test_only_presidents_propose_and_decide(desk: Desk) -> None:
    court = desk.court
    proposed = desk.give(desk.president(court.chen), court.clerk, "finance")

    by_clerk = desk.invite(desk.president(court.clerk), "friend@court.example")
    appoint(desk.world, court.id, judge := desk.world.person("Judge"), "judge", "finance")
    decided = desk.decide(desk.president(judge), proposed)

    assert by_clerk is StaffRefused.NOT_ALLOWED
    assert decided is StaffRefused.NOT_ALLOWED


def test_a_decision_counts_for_what_was_shown(desk: Desk) -> None:
    court = desk.court
    proposed = desk.give(desk.president(court.chen), court.clerk, "finance")
    desk.sql("UPDATE proposals SET payload_hash = repeat('0', 64)")

    [(shown,)] = desk.world.rows("SELECT encode(sha256(payload::bytea), 'hex') FROM proposals")
    answer = desk.decide(desk.president(court.liu), proposed, payload_hash=shown)

    assert answer is StaffRefused.SOMETHING_ELSE_SHOWN


def test_a_proposal_dies_with_the_office_of_whoever_made_it(desk: Desk) -> None:
    court = desk.court
    third = appoint(desk.world, court.id, desk.world.person("Sun"), "president")
    proposed = desk.give(desk.president(third), court.clerk, "finance")
    desk.sql("UPDATE court_memberships SET ended_at = now() WHERE person_id = %s", third)

    answer = desk.decide(desk.president(court.liu), proposed)

    assert answer is StaffRefused.NOT_ALLOWED


def test_a_proposal_grows_old_but_can_still_be_turned_down(desk: Desk) -> None:
    court = desk.court
    proposed = desk.give(desk.president(court.chen), court.clerk, "finance")
    desk.sql("UPDATE proposals SET proposed_at = now() - interval '30 days'")

    approved = desk.decide(desk.president(court.liu), proposed)
    refused = desk.decide(desk.president(court.liu), proposed, approve=False)

    assert approved is StaffRefused.TOO_OLD
    assert refused == Decided(approved=False)
    assert desk.roles(court.clerk) == {"clerk"}


def test_the_same_change_is_proposed_once_until_it_is_decided(desk: Desk) -> None:
    court = desk.court
    first = desk.give(desk.president(court.chen), court.clerk, "finance")

    again = desk.give(desk.president(court.liu), court.clerk, "finance")
    desk.decide(desk.president(court.liu), first, approve=False)
    later = desk.give(desk.president(court.liu), court.clerk, "finance")

    assert again is StaffRefused.ALREADY_PROPOSED
    assert isinstance(later, Proposed)


def test_a_role_ends_by_two_persons_with_a_reason(desk: Desk) -> None:
    court = desk.court

    without = desk.end(desk.president(court.chen), court.clerk, "clerk", reason="  ")
    proposed = desk.end(desk.president(court.chen), court.clerk, "clerk", reason="retires")
    still = desk.roles(court.clerk)
    desk.decide(desk.president(court.liu), proposed)

    assert without is StaffRefused.REASON_MISSING
    assert still == {"clerk"}
    assert desk.world.rows(
        "SELECT ended_by, end_reason FROM court_memberships WHERE person_id = %s", court.clerk
    ) == [(court.liu, "retires")]


def test_whoever_leaves_loses_all_roles_and_sessions_at_once(
    desk: Desk, client_for_session: Callable[[int], None]
) -> None:
    court = desk.court
    appoint(desk.world, court.id, court.clerk, "finance", "judge")
    client_for_session(court.clerk)
    client_for_session(court.chen)

    proposed = desk.end(desk.president(court.chen), court.clerk, None)
    desk.decide(desk.president(court.liu), proposed)

    assert desk.roles(court.clerk) == set()
    assert desk.world.rows(
        "SELECT person_id, end_reason FROM identity.sessions ORDER BY person_id"
    ) == [(court.chen, None), (court.clerk, "left_court")]


@pytest.fixture
def client_for_session(world: Any) -> Callable[[int], None]:
    def begin(person: int) -> None:
        with psycopg.connect(world.url, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO identity.sessions (id_hash, person_id, content, agent_class,"
                " seen_at, expires_at) VALUES (sha256(%s::text::bytea), %s, '{}', '', now(),"
                " now() + interval '1 hour')",
                (person, person),
            )

    return begin


def test_a_court_keeps_two_presidents(desk: Desk) -> None:
    court = desk.court

    resigned = leaving.resign(court.id, desk.president(court.chen).person_id, "president", "")
    third = appoint(desk.world, court.id, desk.world.person("Sun"), "president")
    proposed = desk.end(desk.president(court.chen), court.liu, None)
    decided = desk.decide(desk.president(third), proposed)
    again = desk.end(desk.president(third), court.chen, "president")

    assert resigned is StaffRefused.TOO_FEW_PRESIDENTS
    assert decided == Decided(approved=True)
    assert again is StaffRefused.TOO_FEW_PRESIDENTS


def test_two_ends_that_were_fine_alone_do_not_leave_one_president(desk: Desk) -> None:
    court = desk.court
    third = appoint(desk.world, court.id, desk.world.person("Sun"), "president")
    first = desk.end(desk.president(court.chen), court.liu, "president")
    second = desk.end(desk.president(court.chen), third, "president")

    one = desk.decide(desk.president(third), first)
    other = desk.decide(desk.president(court.chen), second)

    assert one == Decided(approved=True)
    assert other is StaffRefused.SECOND_PERSON_NEEDED
    assert desk.roles(third) == {"president"}


def test_everybody_gives_up_their_own_role_alone(desk: Desk) -> None:
    court = desk.court
    act_for(Tenant(court_id=court.id, person_id=court.clerk))

    foreign = leaving.resign(court.id, court.clerk, "president", "")
    answer = leaving.resign(court.id, court.clerk, "clerk", "")

    assert foreign is StaffRefused.NO_SUCH_ROLE
    assert answer is None
    assert desk.roles(court.clerk) == set()


def test_operators_ask_presidents_in_until_there_are_two(desk: Desk) -> None:
    world, empty = desk.world, world_court(desk)
    zhao, qian = (world.person(name, is_operator=True) for name in ("Zhao", "Qian"))
    addresses = ["a@court.example", "b@court.example"]
    people = [world.person(email=address) for address in addresses]

    clerk = empty.invite(empty.operator(zhao), "c@court.example", "clerk")
    for address, person in zip(addresses, people, strict=True):
        proposed = empty.invite(empty.operator(zhao), address, "president")
        alone = empty.decide(empty.operator(zhao), proposed)
        empty.decide(empty.operator(qian), proposed)
        assert alone is StaffRefused.SECOND_PERSON_NEEDED
        assert isinstance(empty.accept(person), Joined)
    third = empty.invite(empty.operator(zhao), "d@court.example", "president")

    assert clerk is StaffRefused.NOT_ALLOWED
    assert third is StaffRefused.COURT_HAS_PRESIDENTS


def world_court(desk: Desk) -> Desk:
    court_id = desk.world.court()
    [(name,)] = desk.world.rows("SELECT public_id FROM courts WHERE id = %s", court_id)
    return Desk(desk.world, StaffedCourt(court_id, name, 0, 0, 0))


def test_operators_end_the_roles_of_a_president_and_of_nobody_else(desk: Desk) -> None:
    court, world = desk.court, desk.world
    zhao, qian = (world.person(name, is_operator=True) for name in ("Zhao", "Qian"))

    of_clerk = desk.end(desk.operator(zhao), court.clerk, None)
    proposed = desk.end(desk.operator(zhao), court.chen, None)
    by_president = desk.decide(desk.president(court.liu), proposed)
    by_operator = desk.decide(desk.operator(qian), proposed)

    assert of_clerk is StaffRefused.NOT_ALLOWED
    assert by_president is StaffRefused.NOT_ALLOWED
    assert by_operator == Decided(approved=True)
    assert desk.roles(court.chen) == set()


def test_an_operator_works_for_no_court(desk: Desk) -> None:
    """RULE-A5"""
    court = desk.court
    operator = desk.world.person("Olga", is_operator=True, email="olga@luochui.example")

    answer = desk.invite(desk.president(court.chen), email(desk.world, operator))

    assert answer is StaffRefused.IS_OPERATOR


def test_every_act_is_on_the_record_without_names(desk: Desk) -> None:
    court, wang = desk.court, desk.world.person("Wang", email="wang@court.example")
    proposed = desk.invite(desk.president(court.chen), "wang@court.example")
    desk.decide(desk.president(court.liu), proposed)
    desk.accept(wang)
    desk.decide(
        desk.president(court.liu),
        desk.end(desk.president(court.chen), wang, None, reason="Wang is ill"),
    )

    rows = desk.world.rows("SELECT action, person_id, details FROM audit ORDER BY id")
    assert [(action, person) for action, person, _details in rows] == [
        ("invite_proposed", court.chen),
        ("invite_approved", court.liu),
        ("role_accepted", wang),
        ("end_all_roles_proposed", court.chen),
        ("roles_ended", court.liu),
        ("end_all_roles_approved", court.liu),
    ]
    written = json.dumps([details for _action, _person, details in rows])
    assert "wang" not in written.lower()
    assert "ill" not in written


def test_the_database_lets_no_role_become_another(desk: Desk) -> None:
    from app.extensions import db
    from app.models.courts import CourtMembership

    act_for(Tenant(court_id=desk.court.id))
    held = db.session.query(CourtMembership).filter_by(person_id=desk.court.clerk).one()
    held.role = "president"

    with pytest.raises(Exception, match="permission denied"):
        db.session.commit()
    db.session.rollback()


@pytest.mark.parametrize("office", ["president", "clerk", "nobody", "operator"])
def test_no_path_of_one_person_leads_to_a_role(desk: Desk, office: str) -> None:
    """Whatever one person does, with two accounts and four goes at everything (SEC-T9)."""
    court, world = desk.court, desk.world
    me = world.person("Me", email="me@court.example", is_operator=office == "operator")
    myself = world.person("Myself", email="myself@court.example")
    if office in ("president", "clerk"):
        appoint(world, court.id, me, office)
    capacity = desk.operator if office == "operator" else desk.president
    before = (desk.roles(me), desk.roles(myself))
    acts = list(everything(desk, capacity, me, myself))

    for go in range(4):
        random.Random(go).shuffle(acts)
        for act in acts:
            act()

    after = (desk.roles(me), desk.roles(myself))
    assert after[0] <= before[0]
    assert after[1] <= before[1]
    assert len(desk.roles(court.chen) & desk.roles(court.liu) & {"president"}) == 1


def everything(
    desk: Desk, capacity: Callable[[int], Actor], me: int, myself: int
) -> Iterator[Callable[[], object]]:
    court = desk.court
    for role in ("president", "judge", "finance"):
        for who in (me, myself):
            yield lambda role=role, who=who: desk.give(capacity(me), who, role)
            yield lambda role=role, who=who: desk.invite(capacity(me), email(desk.world, who), role)
    for other in (court.chen, court.liu):
        yield lambda other=other: desk.end(capacity(me), other, None)
        yield lambda other=other: leaving.resign(court.id, me, "clerk", "")

    def decide_all() -> None:
        for (found,) in desk.world.rows("SELECT public_id FROM proposals WHERE approved IS NULL"):
            for who in (me, myself):
                desk.decide(capacity(who), Proposed(found))

    def accept_all() -> None:
        for who in (me, myself):
            if desk.world.rows("SELECT 1 FROM staff_invitations"):
                desk.accept(who)

    yield decide_all
    yield accept_all
