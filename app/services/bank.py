"""The bank's files: statements come in and are matched by machine, payment files go out.

Each file is taken once by its hash and each movement once by the bank's own reference, so that a
file sent twice, or a day that two files tell of, changes nothing (INV-M5).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.bank_files import (
    BankAccount,
    BankEntry,
    BankFile,
    BankFileUnreadable,
    Direction,
    PaymentOrder,
    PaymentOrderUnfit,
    Payout,
    message_id_for,
    read_bank_file,
    write_payment_order,
)
from app.gateways.clock import legal_now
from app.gateways.seal import EnvelopeUnreadable, Sealer
from app.models.bank_rows import match_credit, match_debit
from app.models.columns import new_public_id
from app.models.court_transfer_rows import lock_due_transfers
from app.models.courts import CourtRecord
from app.models.money import (
    BankCredit,
    BankDebit,
    BankStatement,
    CardPayment,
    Deposit,
    PaymentFile,
    Refund,
)
from app.models.outbox_queue import Claim, finish
from app.models.outbox_rows import promise, record_act, tell
from app.models.plans import Payout as PayoutRow
from app.models.reconciliation import BankBalance, CourtTransfer
from app.models.references import read_reference
from app.models.refund_rows import payee_of
from app.models.stop_rows import payout_is_held
from app.models.suspense_rows import Reason
from app.services.promises import for_each

OpenEnvelope = Callable[[bytes], dict[str, Any]]

# What may be a reference in a payer's words; the rest may name people and stays sealed.
_LIKE_A_REFERENCE = re.compile(r"[A-Za-z]{0,6}[0-9][0-9A-Za-z/-]{3,}")
_BANK_CODE = re.compile(r"\b([0-9]{12}|[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)\b")
_MOST_PAYMENTS = 500


class StatementRefusal(StrEnum):
    """Why a file from the bank is not taken, not even in part."""

    UNREADABLE = "unreadable"
    OTHER_ACCOUNT = "other_account"
    TAKEN_ALREADY = "taken_already"
    DOES_NOT_ADD_UP = "does_not_add_up"


@dataclass(frozen=True, slots=True)
class NotImported:
    """`line` and `field` say where an unreadable file is unreadable."""

    reason: StatementRefusal
    line: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """How many movements were new; those told of before are `known`."""

    statement: str
    credits: int
    debits: int
    known: int


def import_statement(
    court_id: int, content: bytes, *, name: str, by: int | None, sealer: Sealer
) -> Imported | NotImported:
    """Store the movements of a camt file; the worker matches them within a second or two."""
    try:
        file = read_bank_file(content)
    except BankFileUnreadable as fault:
        return NotImported(StatementRefusal.UNREADABLE, fault.line, fault.field)
    with transaction() as session:
        court = session.get_one(CourtRecord, court_id)
        if any(_plain(entry.account) != _plain(court.account_number) for entry in file.entries):
            return NotImported(StatementRefusal.OTHER_ACCOUNT)
        if any(statement.adds_up() is False for statement in file.statements):
            return NotImported(StatementRefusal.DOES_NOT_ADD_UP, field="Bal")
        statement_id = _add_statement(session, court, file, content, name=name, by=by)
        if statement_id is None:
            return NotImported(StatementRefusal.TAKEN_ALREADY)
        _add_balances(session, court, statement_id, file)
        return _add_entries(session, statement_id, file, sealer)


def match_new_entries() -> int:
    """Give every new movement its place; debits first, so that a payment can come back."""
    done = for_each(_new(BankDebit), _match_debit)
    return done + for_each(_new(BankCredit), _match_credit)


def request_payment_file(court_id: int, *, by: int, key: str) -> None:
    """Ask for a file of everything that is due by bank; asked twice with a key, made once.

    The scheduler makes it: it alone can open where a bidder's money came from.
    """
    with transaction() as session:
        court = session.get_one(CourtRecord, court_id)
        promise(
            session,
            kind="payment_file",
            key=f"payment-file:{court.public_id}:{key}"[:120],
            payload={"by": by},
            court_id=court_id,
        )


def make_payment_files(claim: Claim, open_envelope: OpenEnvelope) -> None:
    """Write one file for each currency; what is in it is on its way from this commit on."""
    with transaction() as session:
        assert claim.court_id is not None
        court = session.get_one(CourtRecord, claim.court_id)
        lines, unfit = _due_lines(session, court, open_envelope)
        for currency in sorted({line.currency for line in lines}):
            chosen = [line for line in lines if line.currency == currency]
            for start in range(0, len(chosen), _MOST_PAYMENTS):
                part = chosen[start : start + _MOST_PAYMENTS]
                _make_file(session, court, currency, part, by=claim.payload["by"])
        answer = f"{len(lines)} payments ordered"
        finish(session, claim.id, "; ".join([answer, *unfit]))


def _add_statement(
    session: Session,
    court: CourtRecord,
    file: BankFile,
    content: bytes,
    *,
    name: str,
    by: int | None,
) -> int | None:
    added = session.execute(
        upsert(BankStatement)
        .values(
            public_id=new_public_id(),
            court_id=court.id,
            sha256=hashlib.sha256(content).hexdigest(),
            name=name[:200],
            message_id=file.message_id[:80],
            entries=len(file.entries),
            imported_by=by,
        )
        .on_conflict_do_nothing(index_elements=["sha256"])
        .returning(BankStatement.id)
    ).scalar_one_or_none()
    if added is not None:
        record_act(
            session,
            actor="court" if by else "command line",
            action="bank.statement_imported",
            subject=f"statement:{file.message_id}"[:80],
            court_id=court.id,
            person_id=by,
            entries=len(file.entries),
        )
    return added


def _add_balances(session: Session, court: CourtRecord, statement_id: int, file: BankFile) -> None:
    """What the bank says it holds at the end of the day, for the daily comparison (INV-M7)."""
    for statement in file.statements:
        closing = next((b for b in statement.balances if b.kind == "CLBD"), None)
        opening = next((b for b in statement.balances if b.kind in ("OPBD", "PRCD")), None)
        if closing is None or opening is None:
            continue
        session.add(
            BankBalance(
                court_id=court.id,
                statement_id=statement_id,
                currency=closing.currency,
                on=closing.on,
                opening=opening.amount_minor,
                closing=closing.amount_minor,
            )
        )


def _add_entries(session: Session, statement_id: int, file: BankFile, sealer: Sealer) -> Imported:
    statement = session.get_one(BankStatement, statement_id)
    counts = {Direction.CREDIT: 0, Direction.DEBIT: 0}
    # Only what is booked is money.
    booked = [entry for entry in file.entries if entry.is_booked]
    for entry in booked:
        counts[entry.direction] += _add_entry(session, statement, entry, sealer)
    return Imported(
        statement=statement.public_id,
        credits=counts[Direction.CREDIT],
        debits=counts[Direction.DEBIT],
        known=len(booked) - sum(counts.values()),
    )


def _add_entry(
    session: Session, statement: BankStatement, entry: BankEntry, sealer: Sealer
) -> bool:
    values: dict[str, object] = {
        "public_id": new_public_id(),
        "court_id": statement.court_id,
        "statement_id": statement.id,
        "entry_reference": _identity(entry, statement),
        "end_to_end_id": entry.end_to_end_id[:35] if entry.end_to_end_id else None,
        "amount": entry.amount_minor,
        "currency": entry.currency,
        "value_on": entry.value_on,
        "booked_on": entry.booked_on,
        "state": "new",
    }
    table: type[BankCredit | BankDebit] = BankDebit
    if entry.direction is Direction.CREDIT:
        table = BankCredit
        values |= {
            "reference": _reference(entry),
            "sealed_payer": sealer.seal(_payer(entry)),
            "doubt": _doubt(entry),
        }
    added = session.execute(
        upsert(table)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["court_id", "entry_reference"])
        .returning(table.id)
    )
    return added.scalar_one_or_none() is not None


def _identity(entry: BankEntry, statement: BankStatement) -> str:
    """The bank's own reference; without one, the place in this file, for a person to look at."""
    if entry.identity is None:
        return f"{statement.sha256[:32]}/{entry.line}"
    if len(entry.identity) <= 80:
        return entry.identity
    return hashlib.sha256(entry.identity.encode()).hexdigest()


def _doubt(entry: BankEntry) -> str | None:
    if entry.identity is None:
        return Reason.NO_BANK_REFERENCE.value
    if entry.undivided_because is not None:
        return Reason.UNDIVIDED.value
    if entry.is_reversal or entry.return_reason is not None:
        return Reason.PAYMENT_RETURNED.value
    return None


def _reference(entry: BankEntry) -> str:
    """Our reference where one was written; else what looks like one, and no names."""
    for written in entry.texts:
        known = read_reference(written)
        if known is not None:
            return known
    return " ".join(_LIKE_A_REFERENCE.findall(" ".join(entry.texts)))[:140]


def _payer(entry: BankEntry) -> dict[str, object]:
    return {
        "name": entry.counterparty_name,
        "account": entry.counterparty_account,
        "bank": entry.counterparty_bank,
        "text": list(entry.texts),
    }


def _new(table: type[BankCredit | BankDebit]) -> list[int]:
    with transaction() as session:
        query = select(table.id).where(table.state == "new").order_by(table.id).limit(500)
        return list(session.scalars(query))


def _match_debit(session: Session, debit_id: int) -> None:
    debit = session.get_one(BankDebit, debit_id, with_for_update=True, populate_existing=True)
    if debit.state == "new":
        match_debit(session, debit, legal_now(session, debit.court_id))


def _match_credit(session: Session, credit_id: int) -> None:
    credit = session.get_one(BankCredit, credit_id, with_for_update=True, populate_existing=True)
    if credit.state == "new":
        match_credit(session, credit, legal_now(session, credit.court_id))


@dataclass(frozen=True, slots=True)
class _Line:
    """One payment that is due by bank, fit to be written."""

    row: Refund | PayoutRow | CourtTransfer
    currency: str
    payout: Payout


def _due_lines(
    session: Session, court: CourtRecord, open_envelope: OpenEnvelope
) -> tuple[list[_Line], list[str]]:
    """What is due and can be written, and what is left out, each with the reason."""
    lines, unfit = [], []
    due: list[tuple[Refund | PayoutRow | CourtTransfer, _Line | None]] = []
    for refund in _due_refunds(session, court.id):
        try:
            due.append((refund, _refund_line(session, refund, open_envelope)))
        except EnvelopeUnreadable:
            # Nobody is asked for an account: perhaps it is the key that is wrong.
            unfit.append(f"{refund.public_id}: its account cannot be opened")
    due += [(row, _line_to(row, row)) for row in _due_payouts(session, court.id)]
    due += [(row, _line_to(row, to)) for row, to in lock_due_transfers(session, court.id)]
    for row, line in due:
        problem = "no account known" if line is None else _problem(court, line)
        if line is not None and problem is None:
            lines.append(line)
        else:
            unfit.append(f"{row.public_id}: {problem}")
            if isinstance(row, Refund):
                _ask_for_account(session, row)
    return lines, unfit


def _ask_for_account(session: Session, refund: Refund) -> None:
    """The bank did not say enough of where the money came from: its owner is asked, once."""
    registration_id = payee_of(session, refund)
    if registration_id is None:
        return
    tell(
        session,
        kind="refund_needs_account",
        key=f"refund-needs-account:{refund.public_id}",
        at=legal_now(session, refund.court_id),
        params={"amount": refund.amount, "currency": refund.currency},
        registration_id=registration_id,
        court_id=refund.court_id,
    )


def _due_refunds(session: Session, court_id: int) -> list[Refund]:
    return list(
        session.scalars(
            select(Refund)
            .where(Refund.court_id == court_id, Refund.channel == "bank", Refund.state == "due")
            .order_by(Refund.due_at, Refund.id)
            .with_for_update(skip_locked=True)
        )
    )


def _due_payouts(session: Session, court_id: int) -> list[PayoutRow]:
    return list(
        session.scalars(
            select(PayoutRow)
            .where(PayoutRow.court_id == court_id, PayoutRow.state == "due", ~payout_is_held())
            .order_by(PayoutRow.due_at, PayoutRow.id)
            .with_for_update(skip_locked=True)
        )
    )


def _line_to(row: PayoutRow | CourtTransfer, to: PayoutRow | CourtRecord) -> _Line:
    """To a payee, or to another court; each finds the reference in the purpose of the transfer."""
    payee = bank_account(to.account_name, to.account_number, to.account_bank)
    return _Line(row, row.currency, Payout(row.reference, row.amount, payee, row.reference))


def _refund_line(session: Session, row: Refund, open_envelope: OpenEnvelope) -> _Line | None:
    sealed = _origin(session, row)
    origin = open_envelope(sealed) if sealed is not None else {}
    if not origin.get("account") or not origin.get("name"):
        return None
    payee = bank_account(origin["name"], origin["account"], origin.get("bank") or "")
    return _Line(row, row.currency, Payout(row.key, row.amount, payee, _remittance(session, row)))


def _origin(session: Session, refund: Refund) -> bytes | None:
    """The sealed account that this money came from, or that its owner has given since."""
    if refund.bank_credit_id is not None:
        return session.get_one(BankCredit, refund.bank_credit_id).sealed_payer
    return _deposit_behind(session, refund).sealed_origin


def _deposit_behind(session: Session, refund: Refund) -> Deposit:
    if refund.deposit_id is not None:
        return session.get_one(Deposit, refund.deposit_id)
    payment = session.get_one(CardPayment, refund.card_payment_id)
    return session.scalars(
        select(Deposit).where(Deposit.registration_id == payment.registration_id)
    ).one()


def _remittance(session: Session, refund: Refund) -> str:
    """What the payee reads on their own statement: our reference, as they once wrote it."""
    if refund.bank_credit_id is not None:
        reference = session.get_one(BankCredit, refund.bank_credit_id).reference
    else:
        reference = _deposit_behind(session, refund).reference
    return f"Return {reference}"[:140].strip()


def bank_account(holder: str, number: str, bank: str) -> BankAccount:
    """An account as somebody wrote it down; the bank by its code, or else by its name."""
    code = _BANK_CODE.search(bank)
    written = " ".join(bank.split())
    return BankAccount(
        holder=" ".join(holder.split()),
        number="".join(number.split()),
        bank=code[1] if code else None,
        bank_name=written if written and not code else None,
    )


def _problem(court: CourtRecord, line: _Line) -> str | None:
    """Why this payment alone cannot be written; the field, and nothing of whom it names."""
    order = _order(court, line.currency, [line], datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")))
    try:
        write_payment_order(
            order, message_id="TRY", created_at=datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC"))
        )
    except PaymentOrderUnfit as unfit:
        return unfit.field
    return None


def _make_file(
    session: Session, court: CourtRecord, currency: str, lines: list[_Line], *, by: int | None
) -> None:
    now = legal_now(session, court.id).astimezone(ZoneInfo(court.timezone))
    message_id = message_id_for(court.public_id, *(line.payout.id for line in lines))
    content = write_payment_order(
        _order(court, currency, lines, now), message_id=message_id, created_at=now
    )
    file = PaymentFile(
        court_id=court.id,
        message_id=message_id,
        sha256=hashlib.sha256(content).hexdigest(),
        content=content.decode(),
        payments=len(lines),
        total=sum(line.payout.amount_minor for line in lines),
        currency=currency,
        made_by=by,
    )
    session.add(file)
    session.flush()
    for line in lines:
        if not isinstance(line.row, CourtTransfer):
            line.row.state = "sent"
        line.row.payment_file_id = file.id
    record_act(
        session,
        actor="scheduler",
        action="bank.payment_file_made",
        subject=f"payment_file:{file.public_id}",
        court_id=court.id,
        person_id=by,
        payments=file.payments,
        total=file.total,
    )


def _order(court: CourtRecord, currency: str, lines: list[_Line], now: datetime) -> PaymentOrder:
    return PaymentOrder(
        payer=bank_account(court.account_name, court.account_number, court.account_bank),
        currency=currency,
        execute_on=now.date(),
        payouts=tuple(line.payout for line in lines),
    )


def _plain(account: str) -> str:
    return "".join(account.split()).upper()
