"""The price of a sold lot: paid once, chased kindly, lost only by the court's decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from app.gateways.seal import Sealer
from app.services import settlement as settlements
from app.services.bank import import_statement
from app.services.card_offers import CardOffer
from app.services.settlement import SettlementRefusal
from tests.services.money import OFFERED, Money
from tests.services.statements import Credit, file_of
from tests.world import NOON

PRICE = 70_000_000
REST = PRICE - 7_000_000


def test_the_balance_by_bank_completes_the_price_and_applies_the_deposit(money: Money) -> None:
    """RULE-I1, H4"""
    sale, bidder = money.a_buyer()

    _transfers(money, "630000.00")
    money.work()

    assert _state(money) == "paid"
    assert money.deposit(bidder)[0] == "applied"
    assert money.balances() == {
        "bank": REST,
        "provider_clearing": 7_000_000,
        "price_held": -PRICE,
    }
    public_id = money.one("SELECT public_id FROM sales WHERE id = %s", sale)
    held = money.one("SELECT balance FROM ledger_accounts WHERE subject = %s", public_id)
    assert held == -PRICE
    assert _told(money, "price_paid") == 1


def test_the_balance_by_card_completes_the_price(money: Money) -> None:
    _sale, bidder = money.a_buyer()

    offer = _balance_offer(money, bidder)
    money.outside.pay(offer.url)
    money.poll()
    money.work()

    assert offer.amount == REST
    assert _state(money) == "paid"
    assert money.balances() == {"provider_clearing": PRICE, "price_held": -PRICE}


def test_a_balance_too_large_for_a_card_goes_by_bank(money: Money) -> None:
    _sale, bidder = money.a_buyer(price=150_000_000)

    with money.as_bidder(bidder):
        answer = settlements.open_card_balance(bidder, OFFERED, patience_seconds=0)

    assert answer is SettlementRefusal.TOO_LARGE_FOR_CARD


@pytest.mark.parametrize(
    ("amount", "reason"), [("629999.99", "part_not_allowed"), ("630000.01", "too_much")]
)
def test_parts_and_excess_wait_for_a_person(money: Money, amount: str, reason: str) -> None:
    money.a_buyer()

    _transfers(money, amount)
    money.work()

    assert _state(money) == "awaiting_balance"
    assert money.one("SELECT reason FROM suspense_items") == reason


def test_parts_are_taken_where_the_announcement_said_so(money: Money) -> None:
    _sale, bidder = _buyer_in_parts(money)

    _transfers(money, "600000.00")
    money.work()
    assert _state(money) == "awaiting_balance"
    _transfers(money, "30000.00")
    money.work()

    assert _state(money) == "paid"
    assert money.deposit(bidder)[0] == "applied"


def test_each_part_is_reminded_of_and_missed_on_its_own_day(money: Money) -> None:
    """RULE-I1: the days of the announcement, and not only the last of them."""
    _buyer_in_parts(money)
    last = _due(money)
    first, day = last - timedelta(days=6), timedelta(days=1)

    for moment in (first - 4 * day, first - 2 * day, first, first + day):
        money.world.hold_clock(money.court, moment)
        settlements.chase_balances()
        settlements.chase_balances()

    told = money.world.rows(
        "SELECT kind, params ->> 'part', (params ->> 'balance')::int, params ->> 'due_at'"
        " FROM messages WHERE starts_with(kind, 'balance') ORDER BY id"
    )
    assert [line[:3] for line in told] == [
        ("balance_in_parts", None, REST),
        ("balance_due_soon", "1", REST * 4 // 10),
        ("balance_overdue", "1", REST * 4 // 10),
    ]
    assert datetime.fromisoformat(told[1][3]) == first


def test_a_part_that_came_leaves_the_next_one_to_be_paid(money: Money) -> None:
    _buyer_in_parts(money)
    last = _due(money)

    _transfers(money, "252000.00")
    money.work()
    money.world.hold_clock(money.court, last - timedelta(days=2))
    settlements.chase_balances()

    assert money.world.rows(
        "SELECT params ->> 'part', (params ->> 'balance')::int FROM messages"
        " WHERE kind IN ('balance_due_soon', 'balance_overdue')"
    ) == [("2", REST * 6 // 10)]


def test_the_next_part_is_paid_by_card_alone(money: Money) -> None:
    _sale, bidder = _buyer_in_parts(money)

    offer = _balance_offer(money, bidder, next_part_only=True)
    money.outside.pay(offer.url)
    money.poll()
    money.work()

    assert offer.amount == REST * 4 // 10
    assert _state(money) == "awaiting_balance"
    assert money.one("SELECT paid FROM settlements") == REST * 4 // 10


def test_the_court_may_decide_on_default_when_a_part_is_missed(money: Money) -> None:
    """RULE-I1, J1"""
    sale, _bidder = _buyer_in_parts(money)
    first = _due(money) - timedelta(days=6)

    money.world.hold_clock(money.court, first - timedelta(seconds=1))
    before = _default(money, sale)
    money.world.hold_clock(money.court, first)
    _default(money, sale)

    assert before is SettlementRefusal.NOT_DUE_YET
    assert _state(money) == "defaulted"


@pytest.mark.parametrize(
    "parts",
    [
        '[{"days": 10, "percent": 40}]',
        '[{"days": 4, "percent": 100}]',
        '[{"days": 5, "percent": 10}, {"days": 4, "percent": 10}]',
        '[{"days": 4}]',
        '{"days": 4}',
    ],
)
def test_the_database_publishes_no_parts_out_of_order(money: Money, parts: str) -> None:
    sale = money.a_sale()

    with pytest.raises(IntegrityError, match="parts_in_order"):
        money.look_away(f"UPDATE sales SET balance_parts = '{parts}' WHERE id = {sale}")


def test_a_price_paid_twice_waits_for_a_person(money: Money) -> None:
    money.a_buyer()

    _transfers(money, "630000.00")
    _transfers(money, "630000.00")
    money.work()

    assert _state(money) == "paid"
    assert money.one("SELECT reason FROM suspense_items") == "paid_twice"


def test_a_prepaid_price_is_paid_at_the_close_and_the_rest_returns(money: Money) -> None:
    """RULE-K9"""
    sale = money.a_sale(round="sell_off", starting_price=6_000_000, increment=100_000)
    bidder = money.a_bidder(sale)
    money.pay(bidder)
    money.poll()
    money.work()
    money.bid(sale, bidder, 6_500_000)
    money.close(sale, at=NOON + timedelta(hours=25))

    money.work()

    assert _state(money) == "paid"
    assert money.deposit(bidder)[0] == "applied"
    assert money.balances() == {"provider_clearing": 6_500_000, "price_held": -6_500_000}
    assert money.world.rows("SELECT amount, state FROM refunds") == [(500_000, "done")]


def test_a_buyer_is_reminded_before_the_day_and_the_court_told_after_it(money: Money) -> None:
    money.a_buyer()
    clerk, judge = money.appoint("clerk"), money.appoint("judge")
    money.appoint("finance")
    due = money.one("SELECT due_at FROM settlements")
    counts = {}

    for name, at in {
        "four days before": due - timedelta(days=4),
        "three days before": due - timedelta(days=3),
        "two days before": due - timedelta(days=2),
        "on the last day": due - timedelta(hours=1),
        "when it is over": due,
        "a week later": due + timedelta(days=7),
    }.items():
        money.world.hold_clock(money.court, at)
        for _ in range(2):
            settlements.chase_balances()
        counts[name] = tuple(
            _told(money, kind) for kind in ("balance_due_soon", "balance_overdue", "buyer_is_late")
        )

    assert counts == {
        "four days before": (0, 0, 0),
        "three days before": (1, 0, 0),
        "two days before": (1, 0, 0),
        "on the last day": (2, 0, 0),
        "when it is over": (2, 1, 2),
        "a week later": (2, 1, 2),
    }
    told = money.world.rows("SELECT person_id FROM messages WHERE kind = 'buyer_is_late'")
    assert {row[0] for row in told} == {clerk, judge}


def test_nobody_defaults_by_the_passing_of_time(money: Money) -> None:
    _sale, bidder = money.a_buyer()
    money.world.hold_clock(money.court, _due(money) + timedelta(days=300))

    settlements.chase_balances()
    money.work()

    assert _state(money) == "awaiting_balance"
    assert money.deposit(bidder)[0] == "held"


def test_before_the_day_is_over_the_court_cannot_decide_a_default(money: Money) -> None:
    """RULE-I1"""
    sale, _bidder = money.a_buyer()
    money.world.hold_clock(money.court, _due(money) - timedelta(seconds=1))

    assert _default(money, sale) is SettlementRefusal.NOT_DUE_YET


def test_a_default_names_the_decision_it_rests_on(money: Money) -> None:
    sale, _bidder = money.a_buyer()
    money.world.hold_clock(money.court, _due(money))

    assert _default(money, sale, reference="  ") is SettlementRefusal.NO_REFERENCE


def test_the_courts_decision_costs_the_deposit_once(money: Money) -> None:
    """RULE-J1"""
    sale, bidder = money.a_buyer()
    money.world.hold_clock(money.court, _due(money))

    first, second = _default(money, sale), _default(money, sale)
    money.work()
    money.work()

    assert not isinstance(first, SettlementRefusal)
    assert second is SettlementRefusal.DEFAULTED
    assert money.deposit(bidder)[0] == "forfeited"
    assert money.balances() == {"provider_clearing": 7_000_000, "forfeited": -7_000_000}
    assert money.world.rows("SELECT default_reference FROM settlements") == [("Exec. 12-3",)]


def test_part_payments_of_a_defaulter_go_back(money: Money) -> None:
    sale, _bidder = _buyer_in_parts(money)
    _transfers(money, "100000.00")
    money.work()
    money.world.hold_clock(money.court, _due(money))

    _default(money, sale)
    money.work()

    assert money.balances() == {
        "bank": 10_000_000,
        "provider_clearing": 7_000_000,
        "forfeited": -7_000_000,
        "refunds_payable": -10_000_000,
    }


def test_money_after_the_default_waits_for_a_person(money: Money) -> None:
    sale, _bidder = money.a_buyer()
    money.world.hold_clock(money.court, _due(money))
    _default(money, sale)
    money.work()

    _transfers(money, "630000.00")
    money.work()

    assert _state(money) == "defaulted"
    assert money.one("SELECT reason FROM suspense_items") == "not_awaited"


@pytest.mark.parametrize(
    ("resale", "costs", "uses"),
    [
        # DIST-E6, in fen: costs, gap, debts, shortfall
        (67_000_000, 1_000_000, (1_000_000, 3_000_000, 3_000_000, 0)),
        (75_000_000, 1_000_000, (1_000_000, 0, 6_000_000, 0)),
        (60_000_000, 1_000_000, (1_000_000, 6_000_000, 0, 4_000_000)),
    ],
)
def test_a_lost_deposit_is_used_after_the_resale_in_the_order_of_the_law(
    money: Money, resale: int, costs: int, uses: tuple[int, ...]
) -> None:
    """RULE-J2"""
    sale = _defaulted(money)
    again = _resold(money, sale, resale)

    with money.as_court(money.court):
        used = settlements.use_forfeiture(sale, costs=costs, by=money.appoint("judge"))
        twice = settlements.use_forfeiture(sale, costs=costs, by=money.appoint("judge"))

    assert not isinstance(used, SettlementRefusal)
    assert money.world.rows(
        "SELECT to_costs, to_price_gap, to_debts, shortfall FROM forfeitures"
    ) == [uses]
    assert twice is SettlementRefusal.USED_ALREADY
    public_id = money.one("SELECT public_id FROM sales WHERE id = %s", again)
    assert (
        money.one("SELECT balance FROM ledger_accounts WHERE subject = %s", public_id)
        == -resale - 7_000_000
    )
    assert "forfeited" not in money.balances()


@pytest.mark.parametrize(
    ("state", "answer", "after"),
    [("draft", None, "replaced"), ("served", SettlementRefusal.PLAN_IS_OUT, "served")],
)
def test_a_plan_that_is_out_takes_nothing_in_and_a_draft_is_drawn_up_anew(
    money: Money, state: str, answer: SettlementRefusal | None, after: str
) -> None:
    sale = _defaulted(money)
    again = _resold(money, sale, 67_000_000)
    _plan(money, again, state)

    with money.as_court(money.court):
        used = settlements.use_forfeiture(sale, costs=0, by=money.appoint("judge"))

    assert (used is answer) or answer is None
    assert money.one("SELECT state FROM plans") == after
    assert money.one("SELECT count(*) FROM forfeitures WHERE state = 'used'") == (answer is None)


def test_before_the_resale_is_paid_a_lost_deposit_stays_where_it_is(money: Money) -> None:
    sale = _defaulted(money)

    with money.as_court(money.court):
        answer = settlements.use_forfeiture(sale, costs=0, by=money.appoint("judge"))

    assert answer is SettlementRefusal.NO_RESALE_YET


@pytest.mark.parametrize(
    ("admitted", "case_debts", "connected"),
    [(75_500_000, 500_000, 5_500_000), (None, 0, 6_000_000)],
)
def test_what_is_left_pays_the_cases_debts_first_and_then_those_of_the_property(
    money: Money, admitted: int | None, case_debts: int, connected: int
) -> None:
    """RULE-J2, J3: a better resale closes the gap and brings nothing back."""
    sale = _defaulted(money)
    _resold(money, sale, 75_000_000)
    if admitted is not None:
        _claim(money, sale, admitted)

    with money.as_court(money.court):
        settlements.use_forfeiture(sale, costs=1_000_000, by=money.appoint("judge"))

    assert money.world.rows(
        "SELECT to_costs, to_price_gap, to_case_debts, to_connected_debts FROM forfeitures"
    ) == [(1_000_000, 0, case_debts, connected)]


@pytest.mark.parametrize(("owed", "amount"), [(True, 4_000_000), (False, 0)])
def test_whether_the_shortfall_is_owed_the_court_decides_once(
    money: Money, owed: bool, amount: int
) -> None:
    """RULE-J5: recorded until then; the rulebook's default."""
    sale = _defaulted(money)

    def decide(reference: str = "Exec. 12-9") -> Any:
        with money.as_court(money.court):
            return settlements.order_shortfall(
                sale, owed=owed, reference=reference, by=money.appoint("judge")
            )

    early = decide()
    _resold(money, sale, 60_000_000)
    with money.as_court(money.court):
        settlements.use_forfeiture(sale, costs=1_000_000, by=money.appoint("judge"))
    recorded = money.world.rows("SELECT shortfall, shortfall_owed FROM forfeitures")
    silent, decided, twice = decide(" "), decide(), decide()

    assert early is SettlementRefusal.NO_RESALE_YET
    assert recorded == [(4_000_000, 0)]
    assert silent is SettlementRefusal.NO_REFERENCE
    assert not isinstance(decided, SettlementRefusal)
    assert twice is SettlementRefusal.DECIDED_ALREADY
    assert money.one("SELECT shortfall_owed FROM forfeitures") == amount


def _claim(money: Money, sale: int, admitted: int) -> None:
    """An admitted claim in the case of the sale."""
    money.sql(
        "WITH p AS (INSERT INTO parties (public_id, court_id, case_id, role, name)"
        " SELECT 'creditor', l.court_id, l.case_id, 'creditor', 'A creditor'"
        " FROM sales s JOIN lots l ON l.id = s.lot_id WHERE s.id = %s RETURNING *)"
        " INSERT INTO claims (public_id, court_id, case_id, party_id, claim_class, on_assets,"
        " amount, currency, ground, filed_on, state, admitted_amount)"
        " SELECT 'claim', court_id, case_id, id, 'ordinary', '{}', %s, 'CNY', 'judgment',"
        " '2026-01-05', 'admitted', %s FROM p",
        sale,
        admitted,
        admitted,
    )


def _transfers(money: Money, amount: str, reference: str | None = None) -> None:
    reference = reference or money.one("SELECT reference FROM settlements ORDER BY id DESC LIMIT 1")
    account = money.one("SELECT account_number FROM courts WHERE id = %s", money.court)
    with money.as_court(money.court):
        import_statement(
            money.court,
            file_of(account, Credit(amount, reference)),
            name="notice.xml",
            by=None,
            sealer=Sealer(money.web.config["ENVELOPE_PUBLIC_KEY"]),
        )


def _balance_offer(money: Money, bidder: int, *, next_part_only: bool = False) -> CardOffer:
    for _ in range(2):
        with money.as_bidder(bidder):
            offer = settlements.open_card_balance(
                bidder, OFFERED, next_part_only=next_part_only, patience_seconds=0
            )
        money.work()
    assert isinstance(offer, CardOffer)
    return offer


def _buyer_in_parts(money: Money) -> tuple[int, int]:
    """Forty percent within four days, the rest within ten."""
    sale, bidder = money.a_buyer()
    money.look_away("""UPDATE sales SET balance_parts = '[{"days": 4, "percent": 40}]'""")
    return sale, bidder


def _default(money: Money, sale: int, reference: str = "Exec. 12-3") -> Any:
    with money.as_court(money.court):
        return settlements.decide_default(sale, by=money.appoint("judge"), reference=reference)


def _defaulted(money: Money) -> int:
    sale, _bidder = money.a_buyer()
    money.world.hold_clock(money.court, _due(money))
    _default(money, sale)
    money.work()
    return sale


def _resold(money: Money, sale: int, price: int) -> int:
    """The next round of the same lot, sold and paid in full."""
    opens_at = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
    again = money.world.sale(
        money.court,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(hours=24),
        starting_price=60_000_000,
        number=2,
    )
    money.look_away("UPDATE sales SET lot_id = (SELECT lot_id FROM sales ORDER BY id LIMIT 1)")
    money.world.hold_clock(money.court, opens_at + timedelta(hours=1))
    bidder = money.a_bidder(again, "B777")
    money.pay(bidder)
    money.poll()
    money.work()
    money.bid(again, bidder, price)
    money.work()
    money.close(again, at=opens_at + timedelta(hours=25))
    rest = price - 7_000_000
    _transfers(money, f"{rest // 100}.{rest % 100:02d}")
    money.work()
    assert money.one("SELECT state FROM settlements WHERE sale_id = %s", again) == "paid"
    return again


def _plan(money: Money, sale: int, state: str) -> None:
    money.sql(
        "INSERT INTO plans (public_id, court_id, case_id, sale_id, version, state, currency, pool,"
        " request, result, drafted_by) SELECT 'plan', s.court_id, l.case_id, s.id, 1, %s, 'CNY',"
        " 1, '{}', '{}', %s FROM sales s JOIN lots l ON l.id = s.lot_id WHERE s.id = %s",
        state,
        money.appoint("clerk"),
        sale,
    )


def _due(money: Money) -> datetime:
    return money.one("SELECT due_at FROM settlements ORDER BY id LIMIT 1")


def _state(money: Money) -> str:
    return str(money.one("SELECT state FROM settlements"))


def _told(money: Money, kind: str) -> int:
    return int(money.one("SELECT count(*) FROM messages WHERE kind = %s", kind))
