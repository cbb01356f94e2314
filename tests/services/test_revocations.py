"""A sale that was made is undone: its money goes back, and the evidence is the same bytes."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from app.db import Tenant, act_for
from app.extensions import db
from app.gateways.bundles import pack
from app.models.ledger_rows import Account
from app.models.money import BankCredit, BankStatement, Settlement
from app.models.objections import Revocation
from app.models.sales import SaleRecord
from app.models.settlement_rows import balance_of_price, lock_settlement, receive_balance
from app.queries.evidence import evidence_for
from app.services import revocations
from app.services.revocations import RevocationRefusal
from auction_engine.evidence.verify import verify
from auction_engine.sale.revocation import PROOFS, Ground
from tests.services.money import Money
from tests.world import NOON

PRICE = 70_000_000
DEPOSIT = 7_000_000


@pytest.fixture
def sold(money: Money) -> tuple[int, int]:
    """A sale that somebody won, with a deposit by card."""
    return money.a_buyer(PRICE)


def _request(money: Money, sale: int, ground: str = "procedure") -> Any:
    with money.as_court(money.court):
        record = db.session.get_one(SaleRecord, sale)
        made = revocations.enter_request(
            record,
            ground=ground,
            grounds="Nobody was told.",
            name="Zhou",
            by=money.appoint("clerk"),
        )
        return made.id if isinstance(made, Revocation) else made


def _decide(money: Money, request: int, *, grant: bool = True, reason: str = "Proved") -> Any:
    with money.as_court(money.court):
        record = db.session.get_one(Revocation, request)
        answer = revocations.decide(record, grant=grant, reason=reason, by=money.appoint("judge"))
        return answer.state if isinstance(answer, Revocation) else answer


def _accounts(money: Money) -> dict[str, int]:
    rows = money.world.rows("SELECT kind, sum(balance)::bigint FROM ledger_accounts GROUP BY kind")
    return {kind: balance for kind, balance in rows if balance}


def test_a_sale_that_is_not_over_cannot_be_revoked(money: Money) -> None:
    sale = money.a_sale()

    assert _request(money, sale) is RevocationRefusal.NOT_OVER


def test_a_revoked_sale_owes_the_deposit_back(money: Money, sold: tuple[int, int]) -> None:
    """RULE-M3."""
    sale, _bidder = sold
    request = _request(money, sale)

    decided = _decide(money, request)
    money.work()
    money.work()

    assert decided == "granted"
    assert money.world.rows("SELECT state FROM settlements") == [("revoked",)]
    assert money.world.rows("SELECT kind FROM public_notices ORDER BY id DESC LIMIT 1") == [
        ("sale_revoked",)
    ]
    assert money.world.rows("SELECT reason, amount FROM refunds") == [("sale_revoked", DEPOSIT)]
    assert money.world.rows("SELECT returned, to_call_back FROM revocations") == [(DEPOSIT, 0)]


def test_the_price_goes_back_with_the_deposit_that_became_part_of_it(
    money: Money, sold: tuple[int, int]
) -> None:
    """RULE-M3: what was counted towards the price comes out of it again, to the last fen."""
    sale, _bidder = sold
    _pay_by_bank(money, sale)
    request = _request(money, sale)

    _decide(money, request)
    money.work()

    assert money.world.rows("SELECT returned, to_call_back FROM revocations") == [(PRICE, 0)]
    assert "price_held" not in _accounts(money)
    assert sum(_accounts(money).values()) == 0
    refunds = money.world.rows("SELECT channel, amount FROM refunds ORDER BY amount")
    assert refunds == [("card", DEPOSIT), ("bank", PRICE - DEPOSIT)]


def test_money_goes_back_once(money: Money, sold: tuple[int, int]) -> None:
    sale, _bidder = sold
    _decide(money, _request(money, sale))
    money.work()
    before = _accounts(money)

    with money.closer.app_context():
        again = revocations.return_money()

    assert again == 0 and _accounts(money) == before


def test_a_dismissed_request_changes_nothing(money: Money, sold: tuple[int, int]) -> None:
    sale, _bidder = sold

    decided = _decide(money, _request(money, sale), grant=False)

    assert decided == "dismissed"
    assert money.world.rows("SELECT state FROM settlements") == [("awaiting_balance",)]
    assert money.world.rows("SELECT count(*) FROM documents WHERE kind = 'revocation_ruling'") == [
        (1,)
    ]


def test_a_decision_needs_its_reason_and_is_taken_once(money: Money, sold: tuple[int, int]) -> None:
    sale, _bidder = sold
    request = _request(money, sale)

    silent = _decide(money, request, reason=" ")
    _decide(money, request)

    assert silent is RevocationRefusal.NO_REASON
    assert _decide(money, request, grant=False) is RevocationRefusal.WRONG_STATE
    assert _decide(money, _request(money, sale)) is RevocationRefusal.REVOKED_ALREADY


@pytest.mark.parametrize("ground", Ground)
def test_every_ground_has_a_bundle_that_is_the_same_bytes(
    money: Money, sold: tuple[int, int], ground: Ground
) -> None:
    """RULE-M6: and it names no person."""
    sale, _bidder = sold
    request = _request(money, sale, ground.value)

    first, again = _bundle(money, request), _bundle(money, request)
    _decide(money, request)
    after = _bundle(money, request)

    assert first == again == after, "what is decided on it is not evidence for it"
    with zipfile.ZipFile(io.BytesIO(first)) as bundle:
        files = {name: bundle.read(name) for name in bundle.namelist()}
    assert verify(files["transcript.jsonl"]).holds
    stated = json.loads(files["request.json"])
    assert stated["proofs"] == sorted(PROOFS[ground])
    audit = files.get("audit.jsonl", b"") + files.get("journal.jsonl", b"")
    assert b"person" not in audit and b"example.org" not in audit


def test_the_journal_has_every_arrival_with_the_servers_moment(
    money: Money, sold: tuple[int, int]
) -> None:
    sale, _bidder = sold
    request = _request(money, sale, "system_failure")

    with zipfile.ZipFile(io.BytesIO(_bundle(money, request))) as bundle:
        journal = [json.loads(line) for line in bundle.read("journal.jsonl").splitlines()]

    arrivals = money.world.rows("SELECT count(*) FROM arrivals WHERE sale_id = %s", sale)
    assert [(len(journal),)] == arrivals
    assert {line["kind"] for line in journal} == {"admit", "bid"}
    assert all(line["arrived_at"] and line["code"] for line in journal)


def test_no_other_court_reads_a_journal(money: Money, sold: tuple[int, int]) -> None:
    sale, _bidder = sold
    request = _request(money, sale, "system_failure")
    other = money.world.court()

    with money.web.app_context():
        act_for(Tenant(court_id=other))
        assert db.session.get(Revocation, request) is None
        seen = db.session.execute(text("SELECT count(*) FROM journal_of_sale(:s)"), {"s": sale})
        assert seen.scalar_one() == 0
        db.session.remove()


def _bundle(money: Money, request: int) -> bytes:
    with money.as_court(money.court):
        return pack(evidence_for(db.session(), db.session.get_one(Revocation, request)))


def _pay_by_bank(money: Money, sale: int) -> None:
    """The rest of the price, as the worker books a matched credit."""
    with money.closer.app_context():
        session = db.session()
        found = session.query(Settlement).filter_by(sale_id=sale).one()
        settlement = lock_settlement(session, found.id)
        statement = BankStatement(
            court_id=money.court, sha256="2" * 64, name="s", message_id="M", entries=1
        )
        session.add(statement)
        session.flush()
        credit = BankCredit(
            court_id=money.court,
            statement_id=statement.id,
            entry_reference="E9",
            amount=balance_of_price(settlement),
            currency="CNY",
            value_on=date(2026, 5, 27),
            reference=settlement.reference,
            sealed_payer=b"",
            state="matched",
            settlement_id=settlement.id,
        )
        session.add(credit)
        receive_balance(
            session,
            settlement,
            amount=credit.amount,
            debit=Account("bank"),
            key="balance:E9",
            at=NOON,
        )
        session.commit()
        db.session.remove()
