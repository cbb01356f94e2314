"""What is taken in kind becomes its taker's only when nothing forbids it and all is paid.

Title passes with the service of the ruling (CI 491), so the same is asked before each step to it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from app.extensions import db
from app.models.cases import AssetRecord
from app.models.coverage_rows import brought_in
from app.models.objections import Objection
from app.models.records import DocumentRecord
from app.models.rounds import Taking
from app.models.sales import LotRecord, SaleRecord
from app.models.stopping import Bankruptcy
from app.services import in_kind
from app.services.after_sale import AfterRefusal, serve, sign
from app.services.bidding.covered_cases import stop_others
from app.services.in_kind import InKindRefusal
from app.services.promises import keep_one
from tests.conftest import application_for
from tests.court_world import a_bench
from tests.round_world import Failed, a_failed_round
from tests.services.takings import FEE, Taken, a_taking, an_order, take
from tests.world import NOON, World


@pytest.fixture
def failed(app: Flask, world: World) -> Failed:
    return a_failed_round(world, a_bench(world))


def _bankruptcy(failed: Failed) -> None:
    with failed.world.session() as session:
        session.add(
            Bankruptcy(
                court_id=failed.bench.court_id,
                case_id=failed.case_id,
                reference="(2026) Bankr. 3",
                accepted_on=date(2026, 5, 25),
                recorded_by=failed.bench.clerk,
                recorded_at=NOON,
            )
        )
        session.commit()


def _objection(failed: Failed) -> None:
    with failed.world.session() as session:
        session.add(
            Objection(
                court_id=failed.bench.court_id,
                case_id=failed.case_id,
                sale_id=failed.sale_id,
                kind="third_party",
                name="Zhou Min",
                right_claimed="ownership",
                grounds="I bought it in 2019 and live there.",
                filed_at=NOON,
                state="received",
                received_by=failed.bench.clerk,
                received_at=NOON,
            )
        )
        session.commit()


OBSTACLES = pytest.mark.parametrize(
    ("arises", "refusal"),
    [
        (_bankruptcy, "bankruptcy_stays_the_case"),
        (_objection, "third_party_objects"),
    ],
    ids=["bankruptcy", "third party"],
)
Arises = Callable[[Failed], None]


@OBSTACLES
def test_nobody_takes_a_property_that_may_not_be_disposed_of(
    failed: Failed, arises: Arises, refusal: str
) -> None:
    """RULE-L9, RULE-M2"""
    inquiry = an_order(failed)
    arises(failed)

    answer = take(failed, inquiry)

    assert answer is InKindRefusal(refusal)
    assert failed.world.rows("SELECT count(*) FROM takings") == [(0,)]


@OBSTACLES
def test_no_judge_signs_a_ruling_in_kind_that_may_not_be_carried_out(
    failed: Failed, arises: Arises, refusal: str
) -> None:
    """RULE-L9, RULE-M2"""
    taken = a_taking(failed)
    taken.told()
    ruling = _drafted(taken)
    arises(failed)

    answer = sign(ruling, by=taken.judge)

    assert answer is AfterRefusal(refusal)
    assert taken.state() == "paid"


@OBSTACLES
def test_a_ruling_in_kind_that_was_signed_before_is_not_served_either(
    failed: Failed, arises: Arises, refusal: str
) -> None:
    """RULE-K15: title would pass with it."""
    taken = a_taking(failed)
    taken.told()
    ruling = _drafted(taken)
    sign(ruling, by=taken.judge)
    arises(failed)

    answer = serve(ruling, served_at=None, by=taken.clerk)

    assert answer is AfterRefusal(refusal)
    assert taken.state() == "ruled"
    assert failed.world.rows("SELECT served_at FROM documents") == [(None,)]


def test_no_ruling_is_drafted_while_a_further_sum_is_owed(failed: Failed) -> None:
    """RULE-K5: by the plan's costs the taker's share is 0.50 lower than it was counted for."""
    taken = a_taking(failed)
    taken.told()
    taken.draft_plan(FEE + 100)

    early = in_kind.draft_in_kind_ruling(taken.taking, by=taken.clerk)
    taken.told(50)
    drafted = in_kind.draft_in_kind_ruling(taken.taking, by=taken.clerk)

    assert early is InKindRefusal.FURTHER_SUM_OWED
    assert isinstance(drafted, DocumentRecord)


def test_title_does_not_pass_while_a_further_sum_is_owed(failed: Failed) -> None:
    """RULE-K5"""
    taken = a_taking(failed)
    taken.told()
    ruling = _drafted(taken)
    taken.draft_plan(FEE + 100)

    unsigned = sign(ruling, by=taken.judge)
    taken.draft_plan(FEE)
    sign(ruling, by=taken.judge)
    taken.draft_plan(FEE + 100)
    unserved = serve(ruling, served_at=None, by=taken.clerk)
    taken.told(50)
    served = serve(ruling, served_at=None, by=taken.clerk)

    assert unsigned is unserved is AfterRefusal.FURTHER_SUM_OWED
    assert isinstance(served, DocumentRecord)
    assert taken.state() == "served"


def test_property_counts_for_the_debts_of_its_case_once_title_has_passed(failed: Failed) -> None:
    """RULE-C10, RULE-K5: until then a third party's objection may keep it for ever."""
    taken = a_taking(failed, Anna={"amount": 50_000_000})
    taken.told()
    ruling = _drafted(taken)
    sign(ruling, by=taken.judge)

    signed = _brought_in(failed)
    serve(ruling, served_at=None, by=taken.clerk)

    assert (signed, _brought_in(failed)) == ([], [70_000_000])


def test_a_lot_that_was_over_before_title_passed_is_not_stopped(failed: Failed) -> None:
    """RULE-C10: it was not written down yet, and only counts first."""
    other = _another_lot(failed, closes_at=NOON + timedelta(minutes=1))
    taken = a_taking(failed, Anna={"amount": 50_000_000})
    taken.told()
    ruling = _drafted(taken)
    sign(ruling, by=taken.judge)
    failed.hold(NOON + timedelta(minutes=2))

    serve(ruling, served_at=None, by=taken.clerk)
    _sweep(taken)

    assert taken.world.rows("SELECT kind FROM arrivals WHERE sale_id = %s", other) == []
    assert taken.world.rows("SELECT state FROM outbox WHERE kind = 'covered_case'") == [("due",)]


@pytest.mark.parametrize(("debt", "acts"), [(50_000_000, ["withdraw"]), (90_000_000, [])])
def test_title_that_covers_the_debts_stops_the_other_lots(
    failed: Failed, debt: int, acts: list[str]
) -> None:
    """RULE-C10"""
    other = _another_lot(failed)
    taken = a_taking(failed, Anna={"amount": debt})
    if taken.taking.difference:
        taken.told()
    ruling = _drafted(taken)
    sign(ruling, by=taken.judge)

    _sweep(taken)
    before = taken.world.rows("SELECT kind FROM arrivals WHERE sale_id = %s", other)
    serve(ruling, served_at=None, by=taken.clerk)
    _sweep(taken)
    _sweep(taken)

    assert before == []
    journalled = taken.world.rows("SELECT kind FROM arrivals WHERE sale_id = %s", other)
    assert [kind for (kind,) in journalled] == acts
    told = taken.world.rows("SELECT 1 FROM audit WHERE action = 'sale.not_needed'")
    assert len(told) == len(acts)


def _sweep(taken: Taken) -> None:
    with application_for("closer", taken.world.settings).app_context():
        keep_one(("covered_case",), stop_others)


def _brought_in(failed: Failed) -> list[int]:
    db.session.expire_all()
    return brought_in(db.session, failed.case_id, "CNY")


def _another_lot(failed: Failed, closes_at: datetime = NOON + timedelta(days=30)) -> int:
    """A lot of the same case that is bid for meanwhile."""
    sale_id = failed.world.sale(failed.bench.court_id, closes_at=closes_at)
    with failed.world.session() as session:
        lot = session.get_one(LotRecord, session.get_one(SaleRecord, sale_id).lot_id)
        lot.case_id = session.get_one(AssetRecord, lot.asset_id).case_id = failed.case_id
        session.commit()
    return sale_id


def _drafted(taken: Taken) -> DocumentRecord:
    assert isinstance(taken.taking, Taking)
    ruling = in_kind.draft_in_kind_ruling(taken.taking, by=taken.clerk)
    assert isinstance(ruling, DocumentRecord), ruling
    return ruling
