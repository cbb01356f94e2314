"""Two persons publish exactly one text, and only while no rule stands against it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from app.db import transaction
from app.extensions import db
from app.models.bidding import SaleStateRecord
from app.models.cases import AssetRecord
from app.models.draft_rows import lock_sale_record
from app.models.sales import LotRecord, SaleRecord
from app.services.cases import describe_asset
from app.services.listing import change_draft
from app.services.publication import (
    NotPublishable,
    Proposed,
    PublicationRefusal,
    Published,
    SentBack,
    approve_publication,
    propose_publication,
    send_back,
)
from app.services.statements import state_reason
from auction_engine.evidence.canonical import canonical, digest
from auction_engine.evidence.verify import verify
from tests.court_world import (
    DESCRIPTION,
    TERMS,
    Bench,
    a_bench,
    a_draft,
    a_party,
    a_published_sale,
    decided,
)
from tests.world import NOON, World


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    return a_bench(world)


@pytest.fixture
def sale(bench: Bench) -> SaleRecord:
    """A draft that lacks nothing."""
    return decided(bench, a_draft(bench))


def _propose(bench: Bench, sale: SaleRecord) -> str:
    proposed = propose_publication(sale, by=bench.clerk)
    assert isinstance(proposed, Proposed)
    return proposed.hash


def _approve(bench: Bench, sale: SaleRecord, announcement_hash: str, judge: int = 0) -> object:
    by = bench.acting_as(bench.judges[judge])
    return approve_publication(sale, announcement_hash=announcement_hash, by=by)


def test_what_is_published_is_what_was_proposed(
    bench: Bench, sale: SaleRecord, world: World
) -> None:
    proposed = _propose(bench, sale)

    published = _approve(bench, sale, proposed)

    assert published == Published(proposed, NOON)
    ((text, shown, at),) = world.rows(
        "SELECT announcement, announcement_hash, published_at FROM sales"
    )
    assert (shown, at) == (proposed, NOON)
    assert digest(json.loads(text)) == shown
    assert canonical(json.loads(text)) == text
    public = world.rows("SELECT announcement, announcement_hash, phase FROM public_lots")
    assert public == [(json.loads(text), proposed, "announced")]


def test_publication_begins_the_evidence_of_the_sale(
    bench: Bench, sale: SaleRecord, world: World
) -> None:
    _approve(bench, sale, _propose(bench, sale))

    ((line,),) = world.rows("SELECT line FROM transcript_lines")
    assert verify(f"{line}\n".encode(), partial=True).chain == "ok"
    assert db.session.get(SaleStateRecord, sale.id).status == "announced"


def test_the_announcement_holds_what_the_public_page_shows(
    bench: Bench, sale: SaleRecord, world: World
) -> None:
    """RULE-D3, C1"""
    _approve(bench, sale, _propose(bench, sale))

    ((about,),) = world.rows("SELECT announcement FROM public_lots")
    assert about["property"]["title_zh"] == "港湾街住宅"
    assert about["price"]["starting_price"] == 70_000_000
    assert about["deposit"] == {"amount": 7_000_000, "ways": ["card", "bank"]}
    assert about["bidding"]["closes_at"] == "2026-06-27T02:00:00Z"
    assert about["panel"]["members"] == about["panel"]["in_favour"] == 3
    assert [each["role"] for each in about["notifications"]] == ["applicant", "debtor"]
    assert about["case"]["id"] == world.rows("SELECT public_id FROM cases")[0][0]
    assert "The debtor" not in json.dumps(about), "roles, no names"


def test_the_announcement_gives_the_reasons_of_the_court(
    app: Flask, bench: Bench, world: World
) -> None:
    """RULE-C8, C9: those that bear on this round, in the court's own words."""
    draft = a_draft(bench, increment=800_000)
    asset = db.session.scalars(select(AssetRecord)).one()
    for kind, reason in (
        ("sold_together", "The garage is reached through the flat."),
        ("increment", "Few bidders, and little time."),
        ("equity_without_documents", "Left over from another draft."),
    ):
        state_reason(asset, kind, reason=reason, by=bench.clerk)
    sale = decided(bench, draft)

    _approve(bench, sale, _propose(bench, sale))

    ((about,),) = world.rows("SELECT announcement FROM public_lots")
    assert about["reasons"] == [
        {"for": "sold_together", "reason": "The garage is reached through the flat."},
        {"for": "increment", "reason": "Few bidders, and little time."},
    ]
    page = app.test_client().get(f"/sales/{sale.public_id}").text
    assert "Why the increment is larger than usual" in page
    assert "Few bidders, and little time." in page


def test_who_proposed_cannot_approve(bench: Bench, sale: SaleRecord) -> None:
    """RULE-A5"""
    judge = bench.acting_as(bench.judges[0])
    proposed = propose_publication(sale, by=judge)

    answer = approve_publication(sale, announcement_hash=proposed.hash, by=judge)

    assert answer is PublicationRefusal.SAME_PERSON


def test_the_database_knows_two_persons_too(bench: Bench, sale: SaleRecord) -> None:
    from app.models.pending_rows import pending_publication

    _propose(bench, sale)

    with pytest.raises(DatabaseError, match="two_persons"), transaction() as session:
        proposal = pending_publication(session, lock_sale_record(session, sale.id))
        proposal.approved, proposal.decided_by = True, proposal.proposed_by


def test_another_text_than_the_one_shown_is_not_approved(bench: Bench, sale: SaleRecord) -> None:
    _propose(bench, sale)

    assert _approve(bench, sale, "0" * 64) is PublicationRefusal.CHANGED_MEANWHILE


def test_a_thing_described_anew_meanwhile_is_not_published(
    bench: Bench, sale: SaleRecord, world: World
) -> None:
    proposed = _propose(bench, sale)
    asset = db.session.get_one(AssetRecord, db.session.get_one(LotRecord, sale.lot_id).asset_id)
    describe_asset(asset, replace(DESCRIPTION, defects="The roof leaks."), by=bench.clerk)

    assert _approve(bench, sale, proposed) is PublicationRefusal.CHANGED_MEANWHILE
    assert world.rows("SELECT count(*) FROM public_lots") == [(0,)]


def test_time_that_passed_since_the_proposal_counts(
    bench: Bench, sale: SaleRecord, world: World
) -> None:
    proposed = _propose(bench, sale)
    world.hold_clock(bench.court_id, TERMS.opens_at.replace(month=6, day=10))

    answer = _approve(bench, sale, proposed)

    assert isinstance(answer, NotPublishable)
    assert [line.rule for line in answer.checklist.open_lines] == ["D1"]


def test_a_proposal_waits_alone(bench: Bench, sale: SaleRecord) -> None:
    _propose(bench, sale)

    assert propose_publication(sale, by=bench.clerk) is PublicationRefusal.PROPOSED_ALREADY


def test_a_draft_that_is_sent_back_can_be_changed_and_proposed_again(
    bench: Bench, sale: SaleRecord
) -> None:
    _propose(bench, sale)
    judge = bench.acting_as(bench.judges[0])

    answer = send_back(sale, reason="Name the viewing hours.", by=judge)
    bench.acting_as(bench.clerk)
    change_draft(sale, replace(TERMS, viewing="From 9 to 17."), by=bench.clerk)

    assert answer == SentBack("Name the viewing hours.")
    assert isinstance(propose_publication(sale, by=bench.clerk), Proposed)


def test_whoever_proposed_cannot_send_it_back_either(bench: Bench, sale: SaleRecord) -> None:
    _propose(bench, sale)

    assert send_back(sale, reason="Wrong.", by=bench.clerk) is PublicationRefusal.SAME_PERSON


def test_parties_with_an_account_learn_of_the_publication(bench: Bench, world: World) -> None:
    from app.models.cases import CaseRecord
    from app.services.party_notices import Notice, record_notice

    sale = a_draft(bench)
    person = world.person(email="tenant@example.org")
    case = db.session.query(CaseRecord).one()
    tenant = a_party(bench, case, "tenant", email="tenant@example.org")
    record_notice(sale, tenant, Notice("waived", NOON), by=bench.clerk)
    decided(bench, sale)

    _approve(bench, sale, _propose(bench, sale))

    told = world.rows("SELECT person_id FROM messages WHERE kind = 'sale_announced'")
    assert told == [(person,)]


def test_a_published_sale_is_not_proposed_again(bench: Bench) -> None:
    sale = a_published_sale(bench)

    assert propose_publication(sale, by=bench.clerk) is PublicationRefusal.NOT_A_DRAFT


def test_the_announcement_is_a_public_document_that_the_judge_signed(
    bench: Bench, sale: SaleRecord, world: World
) -> None:
    """RULE-A5"""
    proposed = _propose(bench, sale)

    _approve(bench, sale, proposed, judge=1)

    documents = world.rows("SELECT kind, audience, sha256, signed_by FROM documents")
    assert documents == [("announcement", "public", proposed, bench.judges[1])]


def test_a_document_stands_as_it_was_made(bench: Bench, world: World) -> None:
    from app.models.records import DocumentRecord

    a_published_sale(bench)

    with pytest.raises(DatabaseError, match="stands as it was made"), transaction() as session:
        session.query(DocumentRecord).one().content = "{}"
