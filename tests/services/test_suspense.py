"""Money in suspense: two persons give it a place, or it goes back where it came from."""

from __future__ import annotations

from typing import Any

import pytest

from app.gateways.seal import Opener, Sealer
from app.models.money import SuspenseItem
from app.services import suspense
from app.services.bank import import_statement
from app.services.deposits import choose_bank_deposit
from app.services.refunds import give_account
from app.services.suspense import DeskRefusal
from tests.outside.world import REFUND_WAITS
from tests.services.money import Money
from tests.services.statements import Credit, file_of
from tests.services.test_refunds import _outbid, _refund_id


def test_two_persons_give_money_its_deposit_and_the_bidder_is_admitted(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    reference = _reference(money, bidder)
    _arrives(money, Credit("70000.00", "from my wife's account"))

    proposal = _propose(money, reference)
    _decide(money, proposal)
    money.work()

    assert money.deposit(bidder) == ("held", "bank")
    assert money.is_admitted(bidder)
    assert money.balances() == {"bank": 7_000_000, "deposits_held": -7_000_000}
    assert _item(money)["state"] == "assigned"


def test_what_was_sent_too_much_goes_back(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    reference = _reference(money, bidder)
    _arrives(money, Credit("70500.00", reference))

    _decide(money, _propose(money, reference))
    money.work()

    assert money.deposit(bidder) == ("held", "bank")
    assert money.balances() == {
        "bank": 7_050_000,
        "deposits_held": -7_000_000,
        "refunds_payable": -50_000,
    }
    assert money.world.rows("SELECT amount, channel, state FROM refunds") == [
        (50_000, "bank", "due")
    ]


def test_one_person_alone_gives_money_to_nobody(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    _arrives(money, Credit("70000.00", "no reference"))
    proposal = _propose(money, _reference(money, bidder), by=money.appoint("finance"))
    proposer = money.one("SELECT proposed_by FROM proposals")

    answer = _decide(money, proposal, by=proposer)
    money.work()

    assert answer is DeskRefusal.SAME_PERSON
    assert money.deposit(bidder)[0] == "awaiting"


def test_nobody_approves_something_else_than_they_were_shown(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    _arrives(money, Credit("70000.00", "no reference"))
    proposal = _propose(money, _reference(money, bidder))

    answer = _decide(money, proposal, shown="another hash")

    assert answer is DeskRefusal.CHANGED_MEANWHILE


def test_a_refused_proposal_leaves_the_money_open(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    _arrives(money, Credit("70000.00", "no reference"))

    _decide(money, _propose(money, _reference(money, bidder)), approved=False)
    money.work()

    assert _item(money)["state"] == "open"
    assert money.deposit(bidder)[0] == "awaiting"


@pytest.mark.parametrize(
    ("credit", "reference", "refusal"),
    [
        (Credit("69999.00", "x"), None, DeskRefusal.TOO_LITTLE),
        (Credit("70000.00", "x", "EUR"), None, DeskRefusal.OTHER_CURRENCY),
        (Credit("70000.00", "x"), "LC123", DeskRefusal.UNKNOWN_REFERENCE),
    ],
)
def test_what_cannot_become_the_deposit_is_not_even_proposed(
    money: Money, credit: Credit, reference: str | None, refusal: DeskRefusal
) -> None:
    bidder = money.a_bidder(money.a_sale())
    _arrives(money, credit)

    answer = _propose(money, reference or _reference(money, bidder))

    assert answer is refusal


def test_a_deposit_paid_otherwise_meanwhile_is_not_paid_twice(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    reference = _reference(money, bidder)
    _arrives(money, Credit("70000.00", "no reference"))
    _decide(money, _propose(money, reference))
    with money.as_court(money.court):
        import_statement(
            money.court,
            file_of(_account(money), Credit("70000.00", reference)),
            name="later.xml",
            by=None,
            sealer=_sealer(money),
        )

    money.work()

    assert money.deposit(bidder) == ("held", "bank")
    assert _item(money)["state"] == "open"
    assert _item(money)["last_answer"] == "not_awaited"
    assert money.balances() == {
        "bank": 14_000_000,
        "deposits_held": -7_000_000,
        "suspense": -7_000_000,
    }


def test_money_that_belongs_to_nothing_goes_back(money: Money) -> None:
    money.a_bidder(money.a_sale())
    _arrives(money, Credit("123.45", "a mistake"))

    _return(money)
    money.work()

    assert _item(money)["state"] == "returned"
    assert money.one("SELECT state FROM bank_credits") == "returned"
    assert money.balances() == {"bank": 12_345, "refunds_payable": -12_345}


def test_a_card_payment_in_suspense_goes_back_to_its_card(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    money.offer(bidder)
    deposit = money.one("SELECT public_id FROM deposits")
    money.pay_by_intent(amount=6_000_000, currency="cny", **{"metadata[deposit]": deposit})
    money.work()

    _return(money)
    money.work()

    assert money.balances() == {}
    (refund,) = money.outside.server.account.store.all_of("refund")
    assert refund["amount"] == 6_000_000


def test_a_failed_refund_goes_by_bank_once_somebody_named_an_account(money: Money) -> None:
    bidder = _outbid(money, money.a_sale(), card=REFUND_WAITS)
    money.work()
    money.outside.control("POST", f"/refunds/{_refund_id(money)}/fail")
    money.due_again()
    money.work()
    first = _return(money)

    with money.as_bidder(bidder):
        give_account(
            bidder, _sealer(money), name="Zhang Wei", number="6222021234567890", bank="BKCHCNBJ"
        )
    _return(money)
    money.work()

    assert first is DeskRefusal.NO_ACCOUNT
    assert money.world.rows("SELECT channel, state FROM refunds") == [("bank", "due")]
    assert money.balances() == {"provider_clearing": 7_000_000, "refunds_payable": -7_000_000}
    sealed = bytes(money.one("SELECT sealed_origin FROM deposits"))
    opened = Opener(money.closer.config["ENVELOPE_PRIVATE_KEY"]).open(sealed)
    assert opened["account"] == "6222021234567890"


def test_old_news_of_the_card_do_not_stop_the_bank(money: Money) -> None:
    test_a_failed_refund_goes_by_bank_once_somebody_named_an_account(money)

    for event in money.events():
        money.hint(event)
    money.work()

    assert money.world.rows("SELECT channel, state FROM refunds") == [("bank", "due")]
    assert money.one("SELECT count(*) FROM suspense_items") == 1


def _arrives(money: Money, credit: Credit) -> None:
    with money.as_court(money.court):
        import_statement(
            money.court,
            file_of(_account(money), credit),
            name="notice.xml",
            by=None,
            sealer=_sealer(money),
        )
    money.work()
    assert _item(money)["state"] == "open"


def _reference(money: Money, bidder: int) -> str:
    with money.as_bidder(bidder):
        return choose_bank_deposit(bidder).reference  # type: ignore[union-attr]


def _propose(money: Money, reference: str, by: int | None = None) -> Any:
    with money.as_court(money.court):
        return suspense.propose_assignment(
            money.court,
            _item(money)["public_id"],
            reference=reference,
            reason="the payer called and named the lot",
            by=by or money.appoint("finance"),
        )


def _decide(
    money: Money,
    proposal: str,
    *,
    approved: bool = True,
    shown: str | None = None,
    by: int | None = None,
) -> SuspenseItem | DeskRefusal:
    assert isinstance(proposal, str), proposal
    with money.as_court(money.court):
        return suspense.decide_assignment(
            money.court,
            proposal,
            payload_hash=shown or money.one("SELECT payload_hash FROM proposals"),
            approved=approved,
            reason="",
            by=by or money.appoint("finance"),
        )


def _return(money: Money) -> SuspenseItem | DeskRefusal:
    with money.as_court(money.court):
        return suspense.return_money(
            money.court,
            _item(money)["public_id"],
            reason="nobody knows it",
            by=money.appoint("finance"),
        )


def _item(money: Money) -> dict[str, Any]:
    return dict(money.one("SELECT to_jsonb(i) FROM suspense_items i ORDER BY id LIMIT 1"))


def _account(money: Money) -> str:
    return str(money.one("SELECT account_number FROM courts WHERE id = %s", money.court))


def _sealer(money: Money) -> Sealer:
    return Sealer(money.web.config["ENVELOPE_PUBLIC_KEY"])
