"""Pages that few people ever see, looked at in a real browser: on a telephone and on a screen, in
both languages, by the keyboard and by axe.

Whoever meets one of them has just lost something, waits for money, or decides about a home.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.extensions import db
from app.models.cases import CaseRecord
from app.models.outbox_rows import promise
from tests.browser.alone import Alone
from tests.browser.build import build_styles
from tests.browser.rare_states import Bought, Taken
from tests.court_world import Bench, a_bench, a_case, a_party, an_asset
from tests.services.test_distribution import Sold
from tests.staff import appoint
from tests.web.test_reconciliation_pages import _item, _shared_payout
from tests.web.test_refund_times import _gave_back
from tests.web.test_taken_back_pages import _take_back
from tests.world import NOON, World

pytestmark = pytest.mark.browser


@pytest.fixture(scope="package")
def built(tmp_path_factory: Any) -> Path:
    return build_styles(tmp_path_factory.mktemp("built"))


@pytest.fixture
def alone(app: Flask, chromium: Any, built: Path) -> Iterator[Alone]:
    looked = Alone(app, chromium, built)
    yield looked
    assert not looked.found, "\n".join(looked.found)


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    return a_bench(world)


# --- a creditor takes the property instead of money ---------------------------------------------


def test_creditors_who_are_asked_and_the_court_that_asks(
    alone: Alone, world: World, bench: Bench
) -> None:
    taken = Taken.asked(world, bench)
    people = taken.failed.persons

    alone.visit("taking in kind, asked", taken.page, people["Anna"])
    taken.answer("Boris", wants=True)
    alone.visit("taking in kind, answered", taken.page, people["Boris"])
    alone.visit("taking in kind, the court asks", taken.court_page, bench.clerk)
    alone.visit("draw, not yet", f"/sales/{taken.sale}/draw")
    alone.visit("what follows, creditors asked", _following(bench, taken.sale), bench.judges[0])


def test_an_order_drawn_by_lot(alone: Alone, world: World, bench: Bench) -> None:
    taken = _ordered(world, bench)
    people = taken.failed.persons

    alone.visit("taking in kind, drawn", taken.page, people["Boris"])
    alone.visit("taking in kind, in order", taken.court_page, bench.judges[0])
    alone.visit("taking in kind, a judge decides", taken.court_page, bench.clerk)
    alone.visit("draw", f"/sales/{taken.sale}/draw")


def test_a_taker_who_owes_the_difference(alone: Alone, world: World, bench: Bench) -> None:
    taken = _ordered(world, bench)
    taken.take()
    [taker] = world.rows("SELECT p.name FROM takings t JOIN parties p ON p.id = t.party_id")[0]
    other = next(each for each in ("Boris", "Chloe") if each != taker)
    people = taken.failed.persons

    alone.visit("difference to pay", taken.page, people[taker])
    alone.visit("another creditor takes it", taken.page, people[other])
    alone.visit("difference awaited", taken.court_page, bench.judges[0])
    world.rows("UPDATE takings SET state = 'paid', paid_at = now() RETURNING 1")
    alone.visit("difference paid", taken.page, people[taker])
    alone.visit("difference has come", taken.court_page, bench.clerk)


def test_a_taker_who_did_not_pay_the_difference(alone: Alone, world: World, bench: Bench) -> None:
    taken = _ordered(world, bench)
    taken.take()
    [taker] = world.rows("SELECT p.name FROM takings t JOIN parties p ON p.id = t.party_id")[0]
    taken.default()

    alone.visit("difference not paid", taken.page, taken.failed.persons[taker])
    alone.visit("taker defaulted", taken.court_page, bench.judges[0])
    alone.visit("what follows a taker's default", _following(bench, taken.sale), bench.judges[0])


def _ordered(world: World, bench: Bench) -> Taken:
    """Two of the same rank want it, the secured creditor does not."""
    taken = Taken.asked(world, bench)
    for name, wants in (("Anna", False), ("Boris", True), ("Chloe", True)):
        taken.answer(name, wants=wants)
    taken.draw()
    return taken


def _following(bench: Bench, sale: str) -> str:
    return f"/court/{bench.court}/sales/{sale}/following"


# --- without an auction -------------------------------------------------------------------------


def test_disposing_of_a_thing_without_an_auction(alone: Alone, bench: Bench) -> None:
    case = a_case(bench)
    asset = an_asset(bench, case)
    page = f"/court/{bench.court}/assets/{asset.public_id}/without-auction"

    alone.visit("without an auction, no creditor", page, bench.judges[0])
    bench.acting_as(bench.clerk)
    for role in ("applicant", "debtor"):
        a_party(bench, db.session.query(CaseRecord).one(), role)
    alone.names += ("The applicant",)
    alone.visit("without an auction", page, bench.judges[0])
    alone.visit("without an auction, a judge decides", page, bench.clerk)
    _decide(alone, page, bench.judges[0])
    alone.names += ("Agreed on 2 May.",)
    alone.visit("without an auction, decided", page, bench.judges[0])


def _decide(alone: Alone, path: str, judge: int) -> None:
    """By the keyboard alone, as a judge who uses no mouse."""
    page = alone.open(path, judge)
    page.locator("#ground").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.locator("#price").fill("800,000.00")
    page.locator("#agreed_price").fill("800,000.00")
    page.locator("#note").fill("Agreed on 2 May.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # The address stays the same: only the words say that the page is another one.
    page.locator("main", has_text="The decision is recorded.").wait_for()
    page.context.close()


# --- a buyer who is not approved ----------------------------------------------------------------


def test_a_buyer_of_shares_who_is_not_approved(
    alone: Alone, world: World, clean_database: dict[str, str]
) -> None:
    bought = Bought.leading(world)
    bought.close(clean_database)
    bought.needs_an_approval()
    alone.names += ("Wang Li", "Banking regulator, No. 12 of 3 June 2026", "Judge Fang")
    judge = bought.bench.judges[0]

    alone.visit("approval awaited", f"{bought.court_page}/following", judge)
    bought.refuse_the_approval()
    alone.visit("not approved, what follows", f"{bought.court_page}/following", judge)
    alone.visit("not approved, after the sale", f"{bought.court_page}/after", judge)
    alone.visit("not approved, won", f"/bid/{bought.sale}/won", bought.buyer)
    alone.visit("not approved, my lots", "/bid/", bought.buyer)
    alone.visit("not approved, result", f"/sales/{bought.sale}/result")
    alone.visit("not approved, lot", f"/sales/{bought.sale}")


def test_nothing_is_said_to_be_won_or_paid_once_the_sale_has_ended(
    alone: Alone, world: World, clean_database: dict[str, str]
) -> None:
    bought = Bought.leading(world)
    bought.close(clean_database)
    bought.needs_an_approval()
    bought.refuse_the_approval()

    buyer = alone.open(f"/bid/{bought.sale}/won", bought.buyer).locator("main").inner_text()
    court = alone.open(f"{bought.court_page}/after", bought.bench.clerk).locator("main")
    public = alone.open(f"/sales/{bought.sale}/result").locator("main").inner_text()
    lots = alone.open("/bid/", bought.buyer).locator("main").inner_text()

    assert "This sale has ended without a buyer" in buyer
    assert "You won" not in buyer and "You pay the rest" not in buyer
    assert "ended without a buyer" in lots and "You won" not in lots
    assert "does not stand" in public and "pays the balance" not in public
    assert court.get_by_role("link", name="Distribution").count() == 0
    assert court.get_by_text("does not apply").count() == 4


# --- what a card holder's bank took back --------------------------------------------------------


def test_a_deposit_that_was_taken_back_during_the_sale(alone: Alone, world: World) -> None:
    bought = Bought.leading(world)
    bought.take_deposit_back()
    at = f"/bid/{bought.sale}"

    alone.visit("deposit taken back", f"{at}/deposit", bought.buyer)
    alone.visit("deposit taken back, prepare", f"{at}/prepare", bought.buyer)
    alone.visit("deposit taken back, my lots", "/bid/", bought.buyer)


def test_a_deposit_that_was_taken_back_and_won(
    alone: Alone, world: World, clean_database: dict[str, str]
) -> None:
    bought = Bought.leading(world)
    bought.take_deposit_back()
    bought.close(clean_database)

    alone.visit("deposit taken back, over", f"/bid/{bought.sale}/deposit", bought.buyer)
    alone.visit("deposit taken back, won", f"/bid/{bought.sale}/won", bought.buyer)
    alone.names += ("Wang Li", "WIN7")
    alone.visit("deposit taken back, court", f"{bought.court_page}/after", bought.bench.judges[0])


def test_a_best_bid_without_a_deposit_waits_for_the_court(
    alone: Alone, world: World, clean_database: dict[str, str]
) -> None:
    """It does not buy by itself under that law, and meanwhile its deposit is gone."""
    bought = Bought.leading(world, rules="es-2000", reference_price=200_000_000)
    bought.take_deposit_back()
    bought.close(clean_database)
    judge, page = bought.bench.judges[0], f"{bought.court_page}/award"

    alone.visit("award, deposit taken back", page, judge)
    warned = alone.open(page, judge).locator("main").inner_text()

    assert "card took the deposit back" in warned


def test_a_price_of_which_part_was_taken_back(alone: Alone, app: Flask, world: World) -> None:
    sold = Sold(world)
    appoint(world, sold.court, sold.judge, "judge")
    sold.served()
    _take_back(sold, "open")
    [(court,)] = world.rows("SELECT public_id FROM courts WHERE id = %s", sold.court)
    page = f"/court/{court}/sales/{sold.public_id}/distribution"
    alone.names += ("judgment", "auction")

    alone.visit("price taken back", page, sold.judge)
    world.rows(
        "UPDATE disputes SET state = 'lost', closed_at = opened_at, consequence = 'part_of_price'"
        " RETURNING 1"
    )
    alone.visit("price taken back for good", page, sold.judge)


def test_a_ruling_waits_for_a_price_of_which_part_was_taken_back(
    alone: Alone, world: World, clean_database: dict[str, str]
) -> None:
    bought = Bought.leading(world)
    bought.close(clean_database)
    bought.change(
        "UPDATE settlements SET state = 'paid', paid = price - deposit_applied, paid_at = due_at"
    )
    _take_back(SimpleNamespace(world=world, court=bought.bench.court_id), "open")
    officer = appoint(world, bought.bench.court_id, world.person("Officer"), "finance")
    after, judge = f"{bought.court_page}/after", bought.bench.judges[0]

    alone.visit("ruling waits", after, judge)
    alone.visit("finance, price taken back", f"/court/{bought.bench.court}/finance", officer)
    court = alone.open(after, judge).locator("main")

    assert court.get_by_text("no ruling is signed").is_visible()
    assert court.get_by_role("button", name="Draft the ruling").count() == 0


# --- a price in parts ---------------------------------------------------------------------------


def test_a_price_that_is_paid_in_parts(
    alone: Alone, world: World, clean_database: dict[str, str]
) -> None:
    bought = Bought.leading(world)
    bought.close(clean_database)
    bought.change(
        """UPDATE sales SET balance_parts = '[{"days": 4, "percent": 40}]'""",
        "UPDATE settlements SET paid = 1000000",
    )
    alone.names += ("Wang Li",)

    alone.visit("won, in parts", f"/bid/{bought.sale}/won", bought.buyer)
    alone.visit("after the sale, in parts", f"{bought.court_page}/after", bought.bench.clerk)
    world.hold_clock(bought.bench.court_id, NOON + timedelta(days=6))
    alone.visit("won, a part late", f"/bid/{bought.sale}/won", bought.buyer)
    alone.visit("after the sale, a part late", f"{bought.court_page}/after", bought.bench.judges[0])


# --- the platform as a whole --------------------------------------------------------------------


def test_most_bidders_gone_at_once(alone: Alone, world: World) -> None:
    bought = Bought.leading(world)
    world.rows(
        "INSERT INTO lost_bidders (court_id, sale_id, at, were_here, stayed)"
        " VALUES (%s, %s, %s, 56, 15) RETURNING id",
        bought.bench.court_id,
        bought.sale_id,
        NOON - timedelta(hours=1),
    )

    alone.visit("most bidders gone", f"{bought.court_page}/control", bought.bench.clerk)
    alone.visit("most bidders gone, desk", f"/court/{bought.bench.court}", bought.bench.clerk)
    alone.visit("operator, most bidders gone", "/operator/", _operator(world))


def test_an_empty_platform(alone: Alone, world: World) -> None:
    operator = _operator(world)

    alone.visit("status, nothing yet", "/status")
    alone.visit("operator, nothing yet", "/operator/", operator)
    alone.visit("operator queues, nothing yet", "/operator/queues", operator)
    alone.visit("reconciliation, nothing yet", "/operator/reconciliation", operator)


def test_a_platform_at_work(alone: Alone, world: World) -> None:
    operator, other = _operator(world), _operator(world)
    _gave_back(world, [timedelta(seconds=125)] * 4 + [timedelta(minutes=121)])
    [(court,)] = world.rows("SELECT id FROM courts")
    _item(world, None)
    _shared_payout(world, court, world.court(rehearsal_at=NOON))
    with world.session() as session:
        promise(session, kind="letter", key="letter:1", payload={"email": "a@b.example"})
        promise(session, kind="refund", key="refund:1", payload={"refund": "1"}, court_id=court)
        session.commit()
    alone.names += ("po_1", "debit:one")

    alone.visit("status, at work", "/status")
    alone.visit("operator, at work", "/operator/", operator)
    alone.visit("operator queues, at work", "/operator/queues?state=due", operator)
    alone.visit("reconciliation, at work", "/operator/reconciliation", operator)
    alone.visit("platform's own item", "/operator/reconciliation/item0", other)


def test_what_courts_pass_on_to_each_other(alone: Alone, world: World) -> None:
    landed, other = world.court(rehearsal_at=NOON), world.court(rehearsal_at=NOON)
    _shared_payout(world, landed, other)
    for name, court in (("owing", landed), ("expecting", other)):
        officer = appoint(world, court, world.person(f"Finance of {name}"), "finance")
        [(public_id,)] = world.rows("SELECT public_id FROM courts WHERE id = %s", court)
        alone.visit(f"finance, {name}", f"/court/{public_id}/finance", officer)


def _operator(world: World) -> int:
    return world.person("Operator", is_operator=True)
