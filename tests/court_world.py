"""A court with its people, and drafts that lack nothing: built through the services themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from app.db import Tenant, act_for
from app.models.cases import AssetRecord, CaseRecord, Party
from app.models.courts import CourtMembership, CourtRecord
from app.models.sales import SaleRecord
from app.services.cases import Description, NewCase, NewParty, add_asset, add_party, open_case
from app.services.listing import Terms, draft_sale
from app.services.panel import vote
from app.services.party_notices import Notice, record_notice
from app.services.publication import (
    Proposed,
    Published,
    approve_publication,
    propose_publication,
)
from auction_engine.rulepacks import RULE_PACKS
from tests.world import NOON, World

DAY = timedelta(days=1)
RULES = RULE_PACKS["cn-2016-18"]

DESCRIPTION = Description(
    property_kind="real_property",
    category="home",
    title="Home in Harbour Street",
    title_zh="港湾街住宅",
    description="Three rooms on the second floor, 88 square metres.",
    address="8 Harbour Street",
    region="Shenzhen",
    ownership="Sole owner by the land register.",
    possession="Empty; the court has the keys.",
    burdens="One mortgage, which ends with the sale.",
    defects="Damp in the north wall.",
    seized_on=date(2026, 2, 1),
    picture="home-1",
    is_living_home=False,
    living_home_ground="",
)

TERMS = Terms(
    currency="CNY",
    reference_price=100_000_000,
    reference_price_method="appraisal",
    reference_price_valid_until=date(2026, 12, 31),
    starting_price=70_000_000,
    increment=350_000,
    multiples_only=True,
    deposit=7_000_000,
    opens_at=NOON + 31 * DAY,
    closes_at=NOON + 32 * DAY,
    balance_due_days=10,
    viewing="On 1 June from 14:00, by appointment.",
    conditions="Anybody of full age who may own a home in this city.",
    taxes="Each side bears the taxes that the law puts on it.",
    publication_items=sorted(RULES.staged.publication_items),
    warnings=sorted(RULES.staged.warnings),
)


@dataclass
class Bench:
    """A court, a clerk, three judges. `as_clerk` and `as_judge` set on whose behalf rows are."""

    world: World
    court_id: int
    court: str
    clerk: int
    judges: list[int]

    def acting_as(self, person_id: int) -> int:
        act_for(Tenant(court_id=self.court_id, person_id=person_id))
        return person_id


def a_bench(world: World, **court: Any) -> Bench:
    """A rehearsal court whose clock stands still at NOON unless told otherwise."""
    court_id = world.court(**court)
    people = [world.person(name=name) for name in ("Clerk Chen", "Judge Fang", "Judge Gao")]
    people.append(world.person(name="Judge Hu"))
    clerk, *judges = people
    presidents = [world.person(name="President Tan"), world.person(name="President Wu")]
    with world.session() as session:
        for person_id, role in [(clerk, "clerk"), *((judge, "judge") for judge in judges)]:
            session.add(
                CourtMembership(
                    court_id=court_id,
                    person_id=person_id,
                    role=role,
                    granted_by=presidents[0],
                    approved_by=presidents[1],
                )
            )
        session.commit()
        public_id = session.get_one(CourtRecord, court_id).public_id
    bench = Bench(world, court_id, public_id, clerk, judges)
    bench.acting_as(clerk)
    return bench


def a_case(bench: Bench, number: str = "(2026) Reh. Exec. 1") -> CaseRecord:
    case = open_case(
        bench.court_id,
        NewCase(number, "Civil judgment (2025) 12", "natural_person", date(2026, 1, 5)),
        by=bench.clerk,
    )
    assert isinstance(case, CaseRecord)
    return case


def a_party(bench: Bench, case: CaseRecord, role: str, email: str = "") -> Party:
    party = add_party(case, NewParty(role, f"The {role}", email), by=bench.clerk)
    assert isinstance(party, Party)
    return party


def an_asset(bench: Bench, case: CaseRecord, **changed: Any) -> AssetRecord:
    return add_asset(case, replace(DESCRIPTION, **changed), by=bench.clerk)


def a_draft(bench: Bench, *, told: bool = True, asset: Any = None, **changed: Any) -> SaleRecord:
    """A draft of which only the panel's decision is missing."""
    case = a_case(bench)
    parties = [a_party(bench, case, role) for role in ("applicant", "debtor")]
    described = an_asset(bench, case, **(asset or {}))
    sale = draft_sale(described, replace(TERMS, **changed), by=bench.clerk)
    assert isinstance(sale, SaleRecord)
    if told:
        for party in parties:
            record_notice(sale, party, Notice("post", NOON - 4 * DAY), by=bench.clerk)
    return sale


def decided(bench: Bench, sale: SaleRecord) -> SaleRecord:
    """All three judges vote for the draft as it stands."""
    from app.extensions import db
    from app.models.panel_rows import terms_hash

    for judge in bench.judges:
        bench.acting_as(judge)
        vote(sale, terms=terms_hash(db.session(), sale), in_favour=True, dissent="", by=judge)
    bench.acting_as(bench.clerk)
    return sale


def published(bench: Bench, sale: SaleRecord) -> SaleRecord:
    """The clerk proposes, the first judge approves."""
    proposed = propose_publication(sale, by=bench.clerk)
    assert isinstance(proposed, Proposed), proposed
    judge = bench.acting_as(bench.judges[0])
    answer = approve_publication(sale, announcement_hash=proposed.hash, by=judge)
    assert isinstance(answer, Published), answer
    bench.acting_as(bench.clerk)
    return sale


def a_published_sale(bench: Bench, **changed: Any) -> SaleRecord:
    return published(bench, decided(bench, a_draft(bench, **changed)))
