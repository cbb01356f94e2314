"""The books as reports: as of any instant, read by another program, corrected by reversal alone."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from flask import Flask
from sqlalchemy.exc import DatabaseError

from app.cli.money import export_ledger
from app.db import Tenant, act_for, transaction
from app.models.chart import CHART, CREDIT_KINDS, DEBIT_KINDS, ENTRIES
from app.models.ledger_rows import Account, NewEntry, Posting, post_entries, transfer
from app.queries.ledger_reports import (
    account_balances,
    balances_out_of_step,
    journal,
    settled_until,
    statement_lines,
)
from app.services.reversals import ReversalRefusal, decide_reversal, propose_reversal
from app.web.court import ledger_words
from app.web.ledger_files import account_name, beancount, trial_balance_csv
from app.web.operator import queue_words
from tests.conftest import ROOT
from tests.services.money import Money
from tests.world import NOON, World

BANK = Account("bank")


def test_every_effect_that_is_booked_stands_in_the_chart() -> None:
    """Whoever books a new effect says there what has happened."""
    booked: set[str] = set()
    for file in (ROOT / "app").rglob("*.py"):
        calls = re.split(r"\b(?:post_entry|receive_balance|NewEntry)\(", file.read_text())
        for call in calls[1:]:
            booked |= set(re.findall(r'\bkey=f"([a-z-]+):', call[:400])[:1])

    assert len(booked) > 15
    assert booked <= set(ENTRIES)


def test_every_kind_of_account_has_words_for_the_desk_and_the_operator() -> None:
    assert set(ledger_words.KINDS) == {kind.name for kind in CHART}
    assert set(queue_words.ACCOUNTS) == {kind.name for kind in CHART}


def test_the_database_knows_the_kinds_of_the_chart_and_no_others(world: World) -> None:
    ((kinds,), (short,)) = world.rows(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname IN"
        " ('ck_ledger_accounts_kind_known', 'ck_ledger_accounts_held_is_never_short')"
        " ORDER BY conname DESC"
    )

    assert set(re.findall(r"'(\w+)'", kinds)) == {kind.name for kind in CHART}
    assert set(re.findall(r"'(\w+)'", short)) == set(DEBIT_KINDS)
    assert not set(DEBIT_KINDS) & set(CREDIT_KINDS)


def test_a_batch_books_each_effect_once_and_moves_every_balance(
    closer: Flask, world: World
) -> None:
    """INV-M5"""
    court = world.court()
    batch = [_entry(f"deposit-held:{n}", Account("deposits_held", str(n)), n) for n in range(1, 50)]

    with transaction() as session:
        first = post_entries(session, court, batch[:30])
        both = post_entries(session, court, batch)

    with transaction() as session:
        balances = account_balances(session, court, settled_until(session))
        assert balances_out_of_step(session) == 0
    assert len(first) == 30
    assert sorted(both) == sorted(entry.key for entry in batch[30:])
    assert {(b.kind, b.subject): b.balance for b in balances} == {
        ("bank", ""): sum(range(1, 50)),
        **{("deposits_held", str(n)): -n for n in range(1, 50)},
    }


def test_an_account_of_another_court_is_not_moved(world: World) -> None:
    """INV-P4"""
    here, there = world.court(), world.court()
    with psycopg.connect(world.url) as connection:
        (account,) = connection.execute(
            "INSERT INTO ledger_accounts (court_id, kind, subject, currency, balance)"
            " VALUES (%s, 'bank', '', 'CNY', 0) RETURNING id",
            [there],
        ).fetchone()
        (entry,) = connection.execute(
            "INSERT INTO ledger_entries (court_id, key, memo, at) VALUES (%s, 'k', 'm', now())"
            " RETURNING id",
            [here],
        ).fetchone()
        with pytest.raises(psycopg.DatabaseError, match="belong to one court"):
            connection.execute(
                "INSERT INTO ledger_postings (entry_id, account_id, amount) VALUES (%s, %s, 1)",
                [entry, account],
            )


def test_a_report_of_an_instant_never_changes_while_others_write(
    closer: Flask, world: World
) -> None:
    """INV-M24: a writer that commits late does not slip in before what was reported."""
    court = world.court()
    _book(court, "first", 500)
    slow, late = world.session(), _entry("late", Account("suspense", "x"), 70)
    post_entries(slow, court, [late])

    with transaction() as session:
        during = settled_until(session)
        before = trial_balance_csv(account_balances(session, court, during), during)
    slow.commit()
    slow.close()
    with transaction() as session:
        after = trial_balance_csv(account_balances(session, court, during), during)
        now = account_balances(session, court, settled_until(session))

    ((stamped,),) = world.rows("SELECT posted_at FROM ledger_entries WHERE key = 'late'")
    assert during < stamped
    assert before == after
    assert sum(one.debit for one in now) == 570


def test_the_moment_of_writing_is_the_databases_alone(world: World) -> None:
    with psycopg.connect(world.url) as connection:
        (stamped,) = connection.execute(
            "INSERT INTO ledger_entries (court_id, key, memo, at, posted_at)"
            " VALUES (%s, 'k', 'm', now(), '2020-01-01') RETURNING posted_at",
            [world.court()],
        ).fetchone()

    assert stamped.year > 2020


def test_writers_of_the_same_accounts_never_wait_for_each_other_in_a_circle(
    closer: Flask, world: World
) -> None:
    court, failures = world.court(), []

    def write(name: str, order: int) -> None:
        entries = [_entry(f"{name}-{n}", Account("suspense", str(n)), 1) for n in range(20)]
        for _ in range(10):
            with world.session() as session:
                try:
                    batch = [
                        NewEntry(f"{e.key}-{_}", e.memo, e.currency, e.at, e.postings[::order])
                        for e in entries[::order]
                    ]
                    post_entries(session, court, batch)
                    session.commit()
                except DatabaseError as failure:
                    failures.append(failure)

    threads = [threading.Thread(target=write, args=(str(n), (1, -1)[n % 2])) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with transaction() as session:
        assert balances_out_of_step(session) == 0


def test_a_whole_day_reads_the_same_in_a_program_of_others(money: Money, tmp_path: Path) -> None:
    """Deposits, a price, refunds, money in suspense: beancount finds the balances we show."""
    loader = pytest.importorskip("beancount.loader", reason="beancount is not installed")
    money.a_buyer()
    court = money.court
    _book(court, 'odd:"key"\\', 70, memo='said "no"\n; and \\ left')
    with money.closer.app_context(), transaction() as session:
        until = settled_until(session)
        ours = account_balances(session, court, until)
        lines = journal(session, court, until)
    written = beancount(lines, court="c", zone=ZoneInfo("Asia/Shanghai"), as_of=until)
    file = tmp_path / "books.beancount"
    file.write_text(written)

    entries, errors, _options = loader.load_file(str(file))

    assert errors == []
    theirs: dict[tuple[str, str], int] = {}
    for entry in entries:
        for posting in getattr(entry, "postings", None) or ():
            units = posting.units
            named = (posting.account, units.currency)
            theirs[named] = theirs.get(named, 0) + int(units.number * 100)
    assert len(ours) >= 4
    assert theirs == {(account_name(o.kind, o.subject), o.currency): o.balance for o in ours}
    # It says so itself, too: one assertion of ours for each account.
    assert written.count(" balance ") == len(ours)


def test_the_program_of_others_notices_a_cent_that_is_missing(closer: Flask, world: World) -> None:
    loader = pytest.importorskip("beancount.loader", reason="beancount is not installed")
    court = world.court()
    _book(court, "first", 500)
    with transaction() as session:
        until = settled_until(session)
        lines = journal(session, court, until)
    written = beancount(lines, court="c", zone=ZoneInfo("UTC"), as_of=until)

    _entries, errors, _options = loader.load_string(written.replace("5.00", "4.99", 1))

    assert errors


def test_the_command_prints_the_journal_of_a_court_and_of_no_other(money: Money) -> None:
    court, other = money.world.court(), money.world.court()
    _book(court, "ours", 5)
    _book(other, "theirs", 7)
    public_id = money.one("SELECT public_id FROM courts WHERE id = %s", court)

    printed = money.closer.test_cli_runner().invoke(export_ledger, [public_id])
    table = money.closer.test_cli_runner().invoke(export_ledger, [public_id, "--csv"])
    early = money.closer.test_cli_runner().invoke(
        export_ledger, [public_id, "--as-of", "2020-01-01"]
    )

    assert printed.exit_code == 0, printed.output
    assert 'key: "ours"' in printed.output
    assert "theirs" not in printed.output
    assert '"total","","CNY","5","5","0"' in table.output
    assert "ours" not in early.output


def test_an_entry_is_undone_by_two_persons_once(app: Flask, world: World) -> None:
    """INV-M3"""
    court, one, other = world.court(), world.person(), world.person()
    act_for(Tenant(court_id=court))
    _book(court, "first", 500)
    proposal = propose_reversal(court, "first", reason="booked twice", by=one)
    digest = world.rows("SELECT payload_hash FROM proposals")[0][0]
    said = {"payload_hash": digest, "approved": True}

    refusals = [
        propose_reversal(court, "first", reason="again", by=other),
        propose_reversal(court, "nothing", reason="again", by=other),
        decide_reversal(court, proposal, **said, by=one),
        decide_reversal(court, proposal, payload_hash="other", approved=True, by=other),
        decide_reversal(world.court(), proposal, **said, by=other),
    ]
    agreed = decide_reversal(court, proposal, **said, by=other)
    refusals.append(decide_reversal(court, proposal, **said, by=other))
    refusals.append(propose_reversal(court, "first", reason="again", by=one))

    assert agreed == "first"
    assert refusals == [
        ReversalRefusal.PROPOSED_ALREADY,
        ReversalRefusal.NO_SUCH_ENTRY,
        ReversalRefusal.SAME_PERSON,
        ReversalRefusal.CHANGED_MEANWHILE,
        ReversalRefusal.NO_SUCH_PROPOSAL,
        ReversalRefusal.NO_SUCH_PROPOSAL,
        ReversalRefusal.REVERSED_ALREADY,
    ]
    with transaction() as session:
        lines = statement_lines(session, court, "bank", settled_until(session))
    assert [(line.amount, line.balance) for line in lines] == [(500, 500), (-500, 0)]
    assert "booked twice" in lines[1].memo


def test_what_was_used_since_cannot_be_undone(app: Flask, world: World) -> None:
    """INV-M2: the money of an entry went on; to undo it would leave somebody short."""
    court, one, other = world.court(), world.person(), world.person()
    act_for(Tenant(court_id=court))
    _book(court, "first", 500)
    with transaction() as session:
        onward = transfer(Account("suspense", "x"), Account("refunds_payable", "y"), 500)
        post_entries(session, court, [NewEntry("second", "m", "CNY", NOON, onward)])
    proposal = propose_reversal(court, "first", reason="wrong", by=one)
    digest = world.rows("SELECT payload_hash FROM proposals")[0][0]

    answer = decide_reversal(court, proposal, payload_hash=digest, approved=True, by=other)

    assert answer is ReversalRefusal.WOULD_BE_SHORT
    assert world.rows("SELECT count(*) FROM ledger_entries")[0][0] == 2
    assert world.rows("SELECT approved FROM proposals")[0][0] is None


def test_the_database_takes_no_reversal_that_is_not_the_opposite(world: World) -> None:
    """INV-M3"""
    court = world.court()
    with world.session() as session:
        booked = post_entries(session, court, [_entry("first", Account("suspense", "x"), 500)])
        session.commit()
    half = transfer(Account("suspense", "x"), BANK, 499)

    with world.session() as session, pytest.raises(DatabaseError, match="does not undo"):
        undo = NewEntry("undo", "m", "CNY", NOON, half, reverses_id=booked["first"])
        post_entries(session, court, [undo])
        session.commit()


@pytest.mark.parametrize("role", ["web", "closer"])
def test_nobody_changes_or_deletes_what_is_booked(world: World, role: str) -> None:
    """INV-M3"""
    url = world.settings["DATABASE_URLS"][role]
    for statement in (
        "UPDATE ledger_entries SET memo = 'x'",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_postings SET amount = 1",
        "DELETE FROM ledger_postings",
        "UPDATE ledger_accounts SET balance = 0",
    ):
        with psycopg.connect(url) as connection, pytest.raises(psycopg.DatabaseError):
            connection.execute(statement)


def _entry(key: str, credit: Account, amount: int, memo: str = "a test") -> NewEntry:
    postings: tuple[Posting, ...] = transfer(BANK, credit, amount)
    return NewEntry(key, memo, "CNY", NOON, postings)


def _book(court: int, key: str, amount: int, memo: str = "a test") -> None:
    with transaction() as session:
        post_entries(session, court, [_entry(key, Account("suspense", "x"), amount, memo)])
