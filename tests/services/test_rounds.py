"""What follows a failure or a default: rounds, taking in kind, the sell-off, the return."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from app.db import Tenant, act_for
from app.extensions import db
from app.gateways.seal import index_of_id_number
from app.models.cases import AssetRecord, Party
from app.models.checklist_rows import hold_against_rules
from app.models.exclusion_rows import exclude, is_excluded
from app.models.records import DocumentRecord
from app.models.round_rows import decided_directly, end_of, possible_rounds
from app.models.rounds import INQUIRY_NEXT, TAKING_NEXT, InKindInquiry, RoundAct, Taking
from app.models.sales import LotRecord, SaleRecord
from app.services import in_kind
from app.services import settlement as settlements
from app.services.after_sale import AfterRefusal, draft_ruling, serve, sign
from app.services.approvals import WhyNotApproved, end_without_approval, record_approval
from app.services.deposits import DepositRefusal, choose_bank_deposit
from app.services.direct_sell_off import draft_direct_sell_off
from app.services.in_kind import InKindRefusal
from app.services.listing import ListingRefusal, Terms, change_draft, draft_next_round
from app.services.party_notices import Notice, record_notice
from app.services.registration import owed_by_applicant
from app.services.rounds import (
    RoundRefusal,
    decide_direct_sell_off,
    decide_taking_by_agreement,
    return_to_debtor,
)
from app.services.settlement import SettlementRefusal
from auction_engine.sale.exclusion import Ground
from auction_engine.sale.in_kind import DirectGround, DirectSellOff, Unlawful
from auction_engine.sale.rounds import FOLLOWING, End, Reason
from tests.court_world import (
    DAY,
    TERMS,
    Bench,
    a_bench,
    a_case,
    a_party,
    a_published_sale,
    an_asset,
    decided,
    published,
)
from tests.round_world import Failed, a_failed_round, ended
from tests.services.money import Money
from tests.services.takings import bank_tells
from tests.world import NOON, World

MIGRATION = Path(__file__).resolve().parents[2] / "migrations" / "versions" / "0010_rounds.py"


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    return a_bench(world)


@pytest.fixture
def failed(world: World, bench: Bench) -> Failed:
    """A second auction without a bid, and two creditors of equal rank."""
    found = a_failed_round(world, bench)
    found.creditor("Anna", 100_000_000)
    found.creditor("Boris", 100_000_000)
    return found


# --- the table, twice ---------------------------------------------------------------------------


def test_the_database_keeps_the_same_tables_as_the_code() -> None:
    migration = _migration()

    engine = {
        (f"{before}:{end}>{each.round}", tuple(sorted(each.reasons)))
        for (before, end), found in FOLLOWING.items()
        for each in found
    }
    database = set()
    for step in migration.FOLLOWING:
        before, end_and_next, *reasons = step.split(":")
        listed = tuple(sorted(reasons[0].split(","))) if reasons else ()
        database.add((f"{before}:{end_and_next}", listed))

    assert database == engine
    for table, states in (("in_kind_inquiries", INQUIRY_NEXT), ("takings", TAKING_NEXT)):
        pairs = {f"{before}>{after}" for before, each in states.items() for after in each}
        assert set(migration.TRANSITIONS[table]) == pairs


@pytest.mark.parametrize("wanted", ["first", "second"])
def test_the_database_itself_refuses_a_third_auction(
    world: World, bench: Bench, wanted: str
) -> None:
    """RULE-K4."""
    failed = a_failed_round(world, bench)
    ((lot_id,),) = world.rows("SELECT lot_id FROM sales WHERE id = %s", failed.sale_id)

    with pytest.raises(Exception, match="no round follows so"):
        world.sale(
            bench.court_id,
            lot_id=lot_id,
            number=2,
            previous_sale_id=failed.sale_id,
            round=wanted,
        )


def test_after_a_failed_sell_off_a_first_round_begins_only_with_a_reason_on_the_record(
    world: World, bench: Bench
) -> None:
    """RULE-K13."""
    failed = a_failed_round(world, bench, "sell_off", reference_price=100_000_000)

    bare = draft_next_round(failed.sale, by=bench.clerk)
    empty = draft_next_round(failed.sale, by=bench.clerk, reason=Reason.NEW_PRICE, note=" ")
    other = draft_next_round(failed.sale, by=bench.clerk, reason=Reason.GROUND_GONE, note="x")
    drafted = draft_next_round(
        failed.sale, by=bench.clerk, reason=Reason.NEW_PRICE, note="Appraised anew."
    )

    assert (bare, empty, other) == (
        ListingRefusal.NO_REASON_FOR_ROUND,
        ListingRefusal.NO_REASON_FOR_ROUND,
        ListingRefusal.OTHER_REASON,
    )
    assert isinstance(drafted, SaleRecord)
    assert (drafted.round, drafted.starting_price) == ("first", 70_000_000)
    assert world.rows("SELECT kind, reason, note, round FROM round_acts") == [
        ("new_round", "new_price", "Appraised anew.", "first")
    ]


# --- taking in kind -----------------------------------------------------------------------------


def test_creditors_are_asked_with_a_seed_that_everybody_can_read_at_once(
    failed: Failed, clean_database: dict[str, str]
) -> None:
    """RULE-K5, RULE-K6: 26 May and ten days end on 5 June."""
    inquiry = in_kind.ask_creditors(failed.sale, by=failed.bench.clerk)

    assert isinstance(inquiry, InKindInquiry)
    assert (inquiry.price, inquiry.answer_by) == (70_000_000, date(2026, 6, 5))
    with psycopg.connect(clean_database["public"]) as connection:
        ((seed,),) = connection.execute(
            "SELECT params->>'seed' FROM public_notices WHERE kind = 'in_kind_asked'"
        ).fetchall()
    assert seed == inquiry.seed
    told = failed.world.rows("SELECT person_id FROM messages WHERE kind = 'in_kind_asked'")
    assert {person for (person,) in told} == set(failed.persons.values())


def test_creditors_are_asked_once_and_only_after_a_failure(world: World, bench: Bench) -> None:
    withdrawn = world.sale(bench.court_id)
    ended(world, withdrawn, "withdrawn")
    failed = a_failed_round(world, bench)

    def ask(sale_id: int) -> Any:
        return in_kind.ask_creditors(db.session.get_one(SaleRecord, sale_id), by=bench.clerk)

    assert ask(withdrawn) is InKindRefusal.NOT_FAILED
    assert ask(failed.sale_id) is InKindRefusal.NO_CREDITOR
    failed.creditor("Anna")
    assert isinstance(ask(failed.sale_id), InKindInquiry)
    assert ask(failed.sale_id) is InKindRefusal.ASKED_ALREADY


def test_while_creditors_are_asked_no_round_begins(failed: Failed) -> None:
    in_kind.ask_creditors(failed.sale, by=failed.bench.clerk)

    answer = draft_next_round(failed.sale, by=failed.bench.clerk)

    assert answer is ListingRefusal.NO_ROUND_FOLLOWS


def test_the_seed_cannot_be_changed_afterwards(failed: Failed) -> None:
    in_kind.ask_creditors(failed.sale, by=failed.bench.clerk)

    with (
        psycopg.connect(failed.world.url) as connection,
        pytest.raises(psycopg.DatabaseError, match="what creditors were asked stands"),
    ):
        connection.execute("UPDATE in_kind_inquiries SET seed = repeat('0', 64)")


def test_nobody_draws_while_somebody_may_still_answer(failed: Failed) -> None:
    inquiry = _asked(failed)
    _answers(failed, inquiry, Anna=True)

    early = in_kind.draw(inquiry, by=failed.bench.clerk)
    failed.hold(NOON + 11 * DAY)
    drawn = in_kind.draw(inquiry, by=failed.bench.clerk)

    assert early is InKindRefusal.ANSWERS_MAY_COME
    assert isinstance(drawn, InKindInquiry)
    assert [place["claim"] for place in drawn.places] == [failed.claims["Anna"]]


def test_the_last_answer_in_time_counts_and_a_late_one_does_not(failed: Failed) -> None:
    inquiry = _asked(failed)
    _answers(failed, inquiry, Anna=True)
    _answers(failed, inquiry, Anna=False)
    failed.hold(NOON + 11 * DAY)

    late = _answer(failed, inquiry, "Anna", wants=True)
    drawn = in_kind.draw(inquiry, by=failed.bench.acting_as(failed.bench.clerk))

    assert late is InKindRefusal.ANSWER_TOO_LATE
    assert isinstance(drawn, InKindInquiry)
    assert drawn.state == "declined"


def test_a_creditor_answers_for_nobody_else(failed: Failed) -> None:
    """INV-P4: the database refuses another's claim."""
    inquiry = _asked(failed)
    boris = failed.claim("Boris")
    db.session.expunge(boris)
    act_for(Tenant(person_id=failed.persons["Anna"]))

    with pytest.raises(Exception, match="row-level security"):
        in_kind.answer(inquiry.id, boris, wants=True, by=failed.persons["Anna"])


def test_equal_ranks_are_drawn_as_the_page_says_and_published(failed: Failed) -> None:
    """RULE-K5: whoever has the seed draws the same order."""
    inquiry = _ordered(failed, Anna=True, Boris=True)

    ids = ",".join(sorted(failed.claims.values()))
    tickets = {
        claim: hashlib.sha256(f"{inquiry.seed}\n{ids}\n{claim}".encode()).hexdigest()
        for claim in failed.claims.values()
    }
    ((places,),) = failed.world.rows(
        "SELECT params->'places' FROM public_notices WHERE kind = 'in_kind_drawn'"
    )
    assert [place["claim"] for place in places] == sorted(tickets, key=tickets.__getitem__)
    assert {place["claim"]: place["ticket"] for place in places} == tickets


def test_the_secured_creditor_comes_before_all_others(world: World, bench: Bench) -> None:
    failed = a_failed_round(world, bench)
    failed.creditor("Anna")
    failed.creditor("Mortgagee", claim_class="secured", rank=1)

    inquiry = _ordered(failed, Anna=True, Mortgagee=True)

    assert [place["claim"] for place in inquiry.places] == [
        failed.claims["Mortgagee"],
        failed.claims["Anna"],
    ]
    assert all(place["ticket"] is None for place in inquiry.places)


def test_the_first_takes_it_and_owes_what_the_price_exceeds_their_share(
    world: World, bench: Bench
) -> None:
    """RULE-K5: of 700,000.00 the mortgagee's claim of 500,000.00 is due to them."""
    failed = a_failed_round(world, bench)
    failed.creditor("Mortgagee", 50_000_000, claim_class="secured", rank=1)
    failed.creditor("Anna")
    inquiry = _ordered(failed, Anna=True, Mortgagee=True)

    unfit = _take(failed, inquiry, "Mortgagee", fit_to_own=False)
    second = _take(failed, inquiry, "Anna")
    taking = _take(failed, inquiry, "Mortgagee")

    assert unfit is InKindRefusal.NOT_FIT_TO_OWN
    assert second is InKindRefusal.NOT_FIRST
    assert isinstance(taking, Taking)
    assert (taking.price, taking.due_to_taker, taking.difference) == (
        70_000_000,
        50_000_000,
        20_000_000,
    )
    assert taking.state == "awaiting_difference"


@pytest.mark.parametrize(
    ("less", "state", "reason"), [(0, "paid", None), (1, "awaiting_difference", "too_little")]
)
def test_the_difference_is_booked_when_the_bank_tells_of_it(
    failed: Failed, less: int, state: str, reason: str | None
) -> None:
    """RULE-K5, I2: through the court's account, and held with what the sale brought."""
    taking = _taken(failed)

    bank_tells(failed, taking, taking.difference - less)

    assert failed.world.rows("SELECT state FROM takings") == [(state,)]
    kind = "price_held" if reason is None else "suspense"
    assert failed.world.rows("SELECT kind, balance FROM ledger_accounts ORDER BY balance DESC") == [
        ("bank", taking.difference - less),
        (kind, less - taking.difference),
    ]
    reasons = [] if reason is None else [(reason,)]
    assert failed.world.rows("SELECT reason FROM suspense_items") == reasons


def test_a_difference_paid_twice_waits_for_a_person(failed: Failed) -> None:
    taking = _taken(failed)

    bank_tells(failed, taking, taking.difference)
    bank_tells(failed, taking, taking.difference)

    assert failed.world.rows("SELECT reason FROM suspense_items") == [("paid_twice",)]


def test_title_passes_with_the_service_of_the_ruling_once_the_difference_is_paid(
    failed: Failed,
) -> None:
    """RULE-K15 (CI 491), RULE-I3."""
    taking = _taken(failed)
    bench = failed.bench

    unpaid = in_kind.draft_in_kind_ruling(taking, by=bench.clerk)
    bank_tells(failed, taking, taking.difference)
    ruling = in_kind.draft_in_kind_ruling(taking, by=bench.clerk)
    assert isinstance(ruling, DocumentRecord)
    sign(ruling, by=bench.acting_as(bench.judges[0]))
    serve(ruling, served_at=None, by=bench.acting_as(bench.clerk))

    assert unpaid is InKindRefusal.DIFFERENCE_MISSING
    assert "抵偿相应债务" in ruling.content
    assert failed.world.rows("SELECT state FROM takings") == [("served",)]
    kinds = {kind for (kind,) in failed.world.rows("SELECT kind FROM public_notices")}
    assert "title_passed" in kinds
    assert draft_next_round(failed.sale, by=bench.clerk) is ListingRefusal.NO_ROUND_FOLLOWS


def test_a_taker_who_does_not_pay_is_barred_and_the_round_is_held_again(failed: Failed) -> None:
    """RULE-K16."""
    taking = _taken(failed)
    bench, key = failed.bench, failed.world.settings["BLIND_INDEX_KEY"]

    early = in_kind.decide_taker_default(taking, reference="Exec. 9", key=key, by=bench.judges[0])
    failed.hold(NOON + 90 * DAY)
    in_kind.decide_taker_default(taking, reference="Exec. 9", key=key, by=bench.judges[0])
    again = draft_next_round(failed.sale, by=bench.clerk)

    assert early is InKindRefusal.NOT_DUE_YET
    assert isinstance(again, SaleRecord)
    assert (again.round, again.starting_price) == ("second", 70_000_000)
    taker = next(name for name, claim in failed.claims.items() if claim == _first(failed))
    index = index_of_id_number(key, f"id {taker}")
    assert failed.world.rows("SELECT ground FROM exclusions WHERE person_index = %s", index) == [
        ("defaulted",)
    ]


# --- the return ---------------------------------------------------------------------------------


def test_property_goes_back_only_after_a_failed_sell_off_that_no_creditor_takes(
    world: World, bench: Bench, clean_database: dict[str, str]
) -> None:
    """RULE-K13."""
    failed = a_failed_round(world, bench, "sell_off")
    failed.creditor("Anna")

    unasked = return_to_debtor(failed.sale, note="Rent is seized already.", by=bench.judges[0])
    _ordered(failed, Anna=False)
    silent = return_to_debtor(failed.sale, note=" ", by=bench.judges[0])
    act = return_to_debtor(failed.sale, note="Rent is seized already.", by=bench.judges[0])
    twice = return_to_debtor(failed.sale, note="Again.", by=bench.judges[0])

    assert unasked is RoundRefusal.CREDITORS_NOT_ASKED
    assert silent is RoundRefusal.NO_NOTE
    assert isinstance(act, RoundAct)
    assert twice is RoundRefusal.RETURNED_ALREADY
    with psycopg.connect(clean_database["public"]) as connection:
        kinds = connection.execute("SELECT kind FROM documents").fetchall()
        told = connection.execute(
            "SELECT count(*) FROM public_notices WHERE kind = 'returned_to_debtor'"
        ).fetchone()
    assert kinds == [("return_decision",)]
    assert told == (1,)


def test_what_went_back_is_sold_again_only_after_a_new_seizure(world: World, bench: Bench) -> None:
    failed = a_failed_round(world, bench, "sell_off", reference_price=100_000_000)
    failed.creditor("Anna")
    _ordered(failed, Anna=False)
    return_to_debtor(failed.sale, note="Nothing else.", by=bench.judges[0])

    priced = draft_next_round(failed.sale, by=bench.clerk, reason=Reason.NEW_PRICE, note="x")
    seized = draft_next_round(failed.sale, by=bench.clerk, reason=Reason.SEIZED_AGAIN, note="x")

    assert priced is ListingRefusal.RETURNED
    assert isinstance(seized, SaleRecord)


def test_after_a_failed_second_auction_nothing_goes_back_yet(failed: Failed) -> None:
    answer = return_to_debtor(failed.sale, note="x", by=failed.bench.judges[0])

    assert answer is RoundRefusal.NOT_A_FAILED_SELL_OFF


# --- without an auction -------------------------------------------------------------------------


def test_a_direct_sell_off_below_half_of_the_appraisal_is_refused(bench: Bench) -> None:
    """RULE-K14."""
    asset = _car(bench)
    sale = DirectSellOff(
        DirectGround.COSTLY_TO_KEEP,
        is_movable=True,
        all_agree=False,
        price=4_999_999,
        appraisal=10_000_000,
    )

    def decide(what: DirectSellOff) -> Any:
        return decide_direct_sell_off(
            asset, what, currency="CNY", note="Storage.", by=bench.judges[0]
        )

    assert decide(sale) == (Unlawful.BELOW_HALF_OF_APPRAISAL,)
    act = decide(replace(sale, price=5_000_000))
    assert isinstance(act, RoundAct)
    assert (act.facts["basis"], act.facts["least"]) == ("appraisal", 5_000_000)


def test_a_direct_sell_off_is_drafted_and_published_at_the_decided_price(bench: Bench) -> None:
    """RULE-K14: as a sell-off, without a round that failed before."""
    asset = _car(bench)
    decision = DirectSellOff(
        DirectGround.COSTLY_TO_KEEP,
        is_movable=True,
        all_agree=False,
        price=5_000_000,
        appraisal=10_000_000,
    )
    undecided = draft_direct_sell_off(asset, by=bench.clerk)
    decide_direct_sell_off(asset, decision, currency="CNY", note="Storage.", by=bench.judges[0])
    sale = draft_direct_sell_off(asset, by=bench.clerk)
    assert isinstance(sale, SaleRecord), sale
    again = draft_direct_sell_off(asset, by=bench.clerk)

    drafted = (sale.round, sale.previous_sale_id, sale.starting_price, sale.reference_price)
    _fill_in(bench, sale, starting_price=4_999_999)
    cheaper = _line_of(sale, "K14")
    _fill_in(bench, sale, starting_price=5_000_000)
    published(bench, decided(bench, sale))

    assert (undecided, again) == (ListingRefusal.NO_DECISION, ListingRefusal.LOT_IN_SALE)
    assert drafted == ("sell_off", None, 5_000_000, 10_000_000)
    assert cheaper == "violated"
    ((about,),) = bench.world.rows("SELECT announcement FROM public_lots")
    assert about["direct_sell_off"] == {"ground": "costly_to_keep"}
    assert about["deposit"]["prepayment"] == 5_000_000


def test_a_direct_sell_off_that_is_held_again_keeps_the_decided_price(bench: Bench) -> None:
    """RULE-K14, J6: the second attempt follows a sell-off, and no auction came before either."""
    asset = _car(bench)
    agreed = DirectSellOff(
        DirectGround.ALL_AGREE, is_movable=True, all_agree=True, price=90, agreed_price=90
    )
    decide_direct_sell_off(asset, agreed, currency="CNY", note="Agreed.", by=bench.judges[0])
    first = draft_direct_sell_off(asset, by=bench.clerk)
    assert isinstance(first, SaleRecord)

    again = SaleRecord(round="sell_off", previous_sale_id=first.id)
    an_auction = SaleRecord(round="second", previous_sale_id=None)

    found = decided_directly(db.session(), again, asset.id)

    assert found is not None and found.facts["price"] == 90
    assert decided_directly(db.session(), an_auction, asset.id) is None


def _fill_in(bench: Bench, sale: SaleRecord, *, starting_price: int) -> None:
    """What the drafter adds to a drafted sell-off, and the parties told."""
    names = [each.name for each in fields(Terms)]
    drafted = Terms(**{name: getattr(sale, name) for name in names})
    terms = replace(
        drafted,
        starting_price=starting_price,
        reference_price_valid_until=TERMS.reference_price_valid_until,
        viewing=TERMS.viewing,
        conditions=TERMS.conditions,
        taxes=TERMS.taxes,
        publication_items=TERMS.publication_items,
        warnings=TERMS.warnings,
    )
    change_draft(sale, terms, by=bench.clerk)
    for party in db.session.scalars(select(Party)):
        record_notice(sale, party, Notice("post", NOON - 4 * DAY), by=bench.clerk)


def _line_of(sale: SaleRecord, rule: str) -> str:
    lines = hold_against_rules(db.session(), sale, NOON).lines
    (found,) = [line.state.value for line in lines if line.rule == rule]
    return found


def test_what_is_in_a_sale_is_not_sold_off_beside_it(world: World, bench: Bench) -> None:
    sale = db.session.get_one(SaleRecord, world.sale(bench.court_id))
    asset = db.session.get_one(AssetRecord, db.session.get_one(LotRecord, sale.lot_id).asset_id)
    agreed = DirectSellOff(
        DirectGround.ALL_AGREE, is_movable=False, all_agree=True, price=1, agreed_price=1
    )

    answer = decide_direct_sell_off(asset, agreed, currency="CNY", note="x", by=bench.judges[0])

    assert answer is RoundRefusal.ASSET_IN_SALE


def test_taking_by_agreement_needs_both_and_harms_nobody(bench: Bench) -> None:
    """RULE-K15."""
    asset = _car(bench)
    taker = db.session.query(Party).filter_by(role="applicant").one()

    def agree(**told: bool) -> Any:
        return decide_taking_by_agreement(
            asset,
            taker,
            price=5_000_000,
            currency="CNY",
            note="Agreed on 2 May.",
            by=bench.judges[0],
            **{
                "debtor_agrees": True,
                "creditor_agrees": True,
                "is_unsaleable": False,
                "harms_others": False,
                **told,
            },
        )

    assert agree(harms_others=True) == (Unlawful.HARMS_OTHERS,)
    assert agree(debtor_agrees=False) == (Unlawful.CONSENT_MISSING,)
    assert isinstance(agree(), RoundAct)


# --- shares that need an approval ---------------------------------------------------------------


def test_shares_that_need_an_approval_have_no_ruling_before_it_is_on_the_record(
    money: Money,
) -> None:
    """RULE-I8."""
    sale_id, _bidder = money.a_buyer()
    judge = money.appoint("judge")
    money.look_away(
        "INSERT INTO equity_terms (sale_id, court_id, currency, subscribed, paid_in, approvals)"
        f" VALUES ({int(sale_id)}, {int(money.court)}, 'CNY', 1, 1, 'The banking regulator')"
    )
    money.sql("UPDATE settlements SET paid = price - deposit_applied, paid_at = %s", NOON)
    money.sql("UPDATE settlements SET state = 'paid'")

    with money.as_court(money.court):
        sale = db.session.get_one(SaleRecord, sale_id)
        bare = draft_ruling(sale, by=judge)
        silent = record_approval(sale, note=" ", by=judge)
        record_approval(sale, note="No. 12 of 3 June 2026", by=judge)
        twice = record_approval(sale, note="Again", by=judge)
        ruling = draft_ruling(db.session.get_one(SaleRecord, sale_id), by=judge)
        kind = getattr(ruling, "kind", ruling)

    assert (bare, silent) == (AfterRefusal.NOT_APPROVED, RoundRefusal.NO_NOTE)
    assert twice is RoundRefusal.NO_APPROVAL_NEEDED
    assert kind == "ruling"


def _an_unapproved_buyer(money: Money) -> tuple[int, int, int]:
    """The sale of shares that need an approval, its buyer, and a judge."""
    sale, bidder = money.a_buyer()
    judge = money.appoint("judge")
    money.look_away(
        "INSERT INTO equity_terms (sale_id, court_id, currency, subscribed, paid_in, approvals)"
        f" VALUES ({int(sale)}, {int(money.court)}, 'CNY', 1, 1, 'The banking regulator')"
    )
    return sale, bidder, judge


def test_a_buyer_who_is_refused_the_approval_gets_everything_back(money: Money) -> None:
    """RULE-I8: the sale ends with its reason, and the same round may follow without the buyer."""
    sale_id, _bidder, judge = _an_unapproved_buyer(money)

    with money.as_court(money.court):
        sale = db.session.get_one(SaleRecord, sale_id)
        act = end_without_approval(sale, WhyNotApproved.REFUSED, note="No. 12", by=judge)
        told = getattr(act, "kind", act)
        twice = end_without_approval(sale, WhyNotApproved.REFUSED, note="No. 12", by=judge)
        late = record_approval(sale, note="No. 13", by=judge)
        ends = end_of(db.session(), sale)
        follows = [each.round.value for each in possible_rounds(db.session(), sale)]
    money.work()
    money.work()

    assert told == "not_approved"
    assert (twice, late) == (RoundRefusal.NO_APPROVAL_NEEDED,) * 2
    assert (ends, follows) == (End.NOT_APPROVED, [money.one("SELECT round FROM sales")])
    assert money.world.rows("SELECT reason, amount FROM refunds") == [("not_approved", 7_000_000)]
    assert money.world.rows("SELECT end_of_sale(id) FROM sales") == [("not_approved",)]
    assert money.world.rows("SELECT count(*) FROM messages WHERE kind = 'buyer_not_approved'") == [
        (1,)
    ]


def test_no_role_ends_a_sale_of_shares_after_its_ruling(money: Money) -> None:
    """RULE-I8: what the table of states does not hold, the database refuses."""
    _an_unapproved_buyer(money)
    money.sql("UPDATE settlements SET paid = price - deposit_applied, state = 'paid'")
    money.sql("UPDATE settlements SET state = 'ruled'")

    with pytest.raises(DatabaseError, match="cannot go from ruled"):
        money.sql("UPDATE settlements SET state = 'not_approved'")


# --- money --------------------------------------------------------------------------------------


def test_a_sell_off_asks_for_the_whole_price_in_advance(world: World, bench: Bench) -> None:
    """RULE-K9."""
    sale = db.session.get_one(SaleRecord, world.sale(bench.court_id, round="sell_off"))
    person = world.person()

    assert owed_by_applicant(db.session(), sale, person) == 70_000_000


def test_a_sell_off_goes_from_its_draft_to_its_announcement(world: World, bench: Bench) -> None:
    """RULE-K6 to RULE-K9: 60 days at the second auction's price, the whole of it in advance."""
    second = _failed_twice(world, bench)
    drafted = draft_next_round(second, by=bench.clerk)
    assert isinstance(drafted, SaleRecord)
    _tell_parties(bench, drafted, second.closes_at + 1 * DAY)
    world.hold_clock(bench.court_id, second.closes_at + 6 * DAY)

    sale = published(bench, decided(bench, drafted))

    announcement = json.loads(sale.announcement or "{}")
    assert (sale.round, sale.starting_price) == ("sell_off", 56_000_000)
    assert sale.closes_at - sale.opens_at == 60 * DAY
    assert announcement["deposit"] == {
        "amount": 5_600_000,
        "prepayment": 56_000_000,
        "ways": ["card", "bank"],
    }


def test_a_default_in_a_sell_off_costs_the_stated_deposit_and_the_rest_goes_back(
    money: Money,
) -> None:
    """RULE-K10, RULE-K11: 60,000.00 prepaid, 6,000.00 of it the deposit."""
    sale = money.a_sale(
        round="sell_off", starting_price=6_000_000, increment=100_000, deposit=600_000
    )
    bidder = money.a_bidder(sale, deposit=6_000_000)
    money.pay(bidder)
    money.poll()
    money.work()
    money.bid(sale, bidder, 6_500_000)
    money.close(sale, at=NOON + timedelta(hours=25))
    money.world.hold_clock(money.court, NOON + 40 * DAY)
    with money.as_court(money.court):
        answer = settlements.decide_default(sale, by=money.appoint("judge"), reference="Exec. 4")
    money.work()

    assert not isinstance(answer, SettlementRefusal)
    assert money.world.rows("SELECT amount, state FROM forfeitures") == [(600_000, "kept")]
    assert money.world.rows("SELECT amount, state FROM refunds") == [(5_400_000, "done")]
    assert money.balances() == {"provider_clearing": 600_000, "forfeited": -600_000}


def test_whoever_defaulted_is_turned_away_when_paying_the_deposit(money: Money) -> None:
    """RULE-J4: by what the id number comes to, whatever account it stands in."""
    sale = money.a_sale()
    bidder = money.a_bidder(sale)
    index = index_of_id_number(money.web.config["BLIND_INDEX_KEY"], "110101 1990")
    lot = money.one("SELECT lot_id FROM sales WHERE id = %s", sale)
    with money.as_court(money.court):
        exclude(
            db.session(),
            lot,
            index,
            Ground.DEFAULTED,
            at=NOON - 30 * DAY,
            by=money.appoint("judge"),
        )
        db.session.commit()

    with money.as_bidder(bidder):
        barred = choose_bank_deposit(bidder, barred_as=[index])
        assert is_excluded(db.session(), sale, [index]) is Ground.DEFAULTED
    with money.as_bidder(bidder):
        other = choose_bank_deposit(bidder, barred_as=[b"somebody else"])

    assert barred is DepositRefusal.EXCLUDED
    assert not isinstance(other, DepositRefusal)


# --- arranging ----------------------------------------------------------------------------------


def _failed_twice(world: World, bench: Bench) -> SaleRecord:
    """A lot whose first and second auction were published, and in which nobody bid."""
    first = a_published_sale(bench)
    ended(world, first.id, "unsold", first.closes_at)
    world.hold_clock(bench.court_id, first.closes_at)
    second = draft_next_round(db.session.get_one(SaleRecord, first.id), by=bench.clerk)
    assert isinstance(second, SaleRecord)
    _tell_parties(bench, second, first.closes_at + 1 * DAY)
    world.hold_clock(bench.court_id, first.closes_at + 5 * DAY)
    published(bench, decided(bench, second))
    ended(world, second.id, "unsold", second.closes_at)
    world.hold_clock(bench.court_id, second.closes_at)
    return db.session.get_one(SaleRecord, second.id)


def _tell_parties(bench: Bench, sale: SaleRecord, at: datetime) -> None:
    bench.world.hold_clock(bench.court_id, at)
    for party in db.session.query(Party).filter(Party.role.in_(("applicant", "debtor"))):
        record_notice(sale, party, Notice("post", at), by=bench.clerk)


def _migration() -> Any:
    spec = spec_from_file_location("rounds_migration", MIGRATION)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _asked(failed: Failed) -> InKindInquiry:
    inquiry = in_kind.ask_creditors(failed.sale, by=failed.bench.clerk)
    assert isinstance(inquiry, InKindInquiry)
    return inquiry


def _answer(failed: Failed, inquiry: InKindInquiry, name: str, *, wants: bool) -> Any:
    person = failed.persons[name]
    act_for(Tenant(person_id=person))
    db.session.expire_all()
    answer = in_kind.answer(inquiry.id, failed.claim(name), wants=wants, by=person)
    failed.bench.acting_as(failed.bench.clerk)
    return answer


def _answers(failed: Failed, inquiry: InKindInquiry, **wants: bool) -> None:
    for name, each in wants.items():
        assert not isinstance(_answer(failed, inquiry, name, wants=each), InKindRefusal)


def _ordered(failed: Failed, **wants: bool) -> InKindInquiry:
    inquiry = _asked(failed)
    _answers(failed, inquiry, **wants)
    drawn = in_kind.draw(inquiry, by=failed.bench.clerk)
    assert isinstance(drawn, InKindInquiry)
    return drawn


def _take(failed: Failed, inquiry: InKindInquiry, name: str, *, fit_to_own: bool = True) -> Any:
    return in_kind.record_taking(
        inquiry, failed.claims[name], fit_to_own=fit_to_own, pay_days=15, by=failed.bench.judges[0]
    )


def _taken(failed: Failed) -> Taking:
    inquiry = _ordered(failed, Anna=True, Boris=True)
    name = next(name for name, claim in failed.claims.items() if claim == _first(failed))
    taking = _take(failed, inquiry, name)
    assert isinstance(taking, Taking)
    assert taking.difference > 0
    return taking


def _first(failed: Failed) -> str:
    ((claim,),) = failed.world.rows("SELECT places->0->>'claim' FROM in_kind_inquiries")
    return str(claim)


def _car(bench: Bench) -> AssetRecord:
    case = a_case(bench)
    for role in ("applicant", "debtor"):
        a_party(bench, case, role)
    return an_asset(bench, case, property_kind="movable", category="car")
