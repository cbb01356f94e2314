"""The books as of any past instant, corrected by reversal alone, and quick to write.

What was written until an instant must be known once and for all, or the same report would read
differently a moment later (INV-M24). An entry is stamped while its writer is committing, so a
late commit could slip in before an instant already reported. Every writer therefore shows, as an
advisory lock, the second in which it began; a report never looks past the oldest of those.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

DEBIT_KINDS = ("bank", "provider_clearing", "provider_fees")
CREDIT_KINDS = (
    "deposits_held", "refunds_payable", "price_held", "forfeited", "payable", "suspense",
    "costs_payable", "fees_payable", "escrow", "interest_held",
)  # fmt: skip


# The first half of the writers' lock; the second half counts seconds, in 31 bits.
LOCK_CLASS = 7124
LOCK_EPOCH = "timestamptz '2026-01-01 00:00:00+00'"


def upgrade() -> None:
    _chart()
    _stamps()
    _balances()
    _reversals()
    # The next promise of a kind without sorting all that are due.
    op.create_index(
        "ix_outbox_urgent",
        "outbox",
        ["kind", sa.text("deadline_at NULLS FIRST"), "id"],
        postgresql_where=sa.text("state = 'due'"),
    )


def _chart() -> None:
    """The kinds of `app.models.chart`, those that nothing books yet included."""
    op.drop_constraint(op.f("ck_ledger_accounts_kind_known"), "ledger_accounts")
    op.drop_constraint(op.f("ck_ledger_accounts_held_is_never_short"), "ledger_accounts")
    every = ", ".join(f"'{kind}'" for kind in (*DEBIT_KINDS, *CREDIT_KINDS))
    may_rise = ", ".join(f"'{kind}'" for kind in DEBIT_KINDS)
    op.create_check_constraint(
        op.f("ck_ledger_accounts_kind_known"), "ledger_accounts", f"kind IN ({every})"
    )
    op.create_check_constraint(
        op.f("ck_ledger_accounts_held_is_never_short"),
        "ledger_accounts",
        f"kind IN ({may_rise}) OR balance <= 0",
    )


def _stamps() -> None:
    op.create_index(
        "ix_ledger_entries_court_id_posted_at", "ledger_entries", ["court_id", "posted_at"]
    )
    # The lock is shared, so writers never wait for it; it is gone with their transaction, and only
    # after what they wrote can be seen.
    op.execute(f"""
        CREATE FUNCTION stamp_ledger_entry() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_advisory_xact_lock_shared({LOCK_CLASS},
            floor(extract(epoch FROM clock_timestamp() - {LOCK_EPOCH}))::int);
          NEW.posted_at := clock_timestamp();
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER stamped BEFORE INSERT ON ledger_entries
        FOR EACH ROW EXECUTE FUNCTION stamp_ledger_entry()""")
    # The clock is read before the locks: a writer that is not among them yet stamps later.
    op.execute(f"""
        CREATE FUNCTION ledger_settled_until() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
        DECLARE now_ timestamptz := clock_timestamp(); oldest bigint;
        BEGIN
          SELECT min(objid::bigint) INTO oldest FROM pg_locks
          WHERE locktype = 'advisory' AND classid = {LOCK_CLASS} AND objsubid = 2
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
          RETURN least(now_,
            {LOCK_EPOCH} + (oldest * interval '1 second') - interval '1 microsecond');
        END $$""")


def _balances() -> None:
    """As before (0005), but once for a statement: a batch moves each balance once."""
    op.execute("DROP TRIGGER moves_balance ON ledger_postings")
    op.execute("DROP FUNCTION move_balance()")
    op.execute("""
        CREATE FUNCTION move_balances() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          IF EXISTS (
            SELECT FROM moved m
            LEFT JOIN ledger_entries e ON e.id = m.entry_id
            LEFT JOIN ledger_accounts a ON a.id = m.account_id
            WHERE e.court_id IS DISTINCT FROM a.court_id OR e.id IS NULL
          ) THEN
            RAISE EXCEPTION 'an entry and its accounts belong to one court'
              USING ERRCODE = 'LC006';
          END IF;
          -- In one order for everybody, so that two writers never wait for each other.
          PERFORM FROM ledger_accounts WHERE id IN (SELECT account_id FROM moved)
          ORDER BY id FOR NO KEY UPDATE;
          UPDATE ledger_accounts a SET balance = a.balance + s.total
          FROM (SELECT account_id, sum(amount) AS total FROM moved GROUP BY account_id) s
          WHERE a.id = s.account_id;
          RETURN NULL;
        END $$""")
    op.execute("""
        CREATE TRIGGER moves_balances AFTER INSERT ON ledger_postings
        REFERENCING NEW TABLE AS moved
        FOR EACH STATEMENT EXECUTE FUNCTION move_balances()""")


def _reversals() -> None:
    """An entry is undone once, by the same postings with the other sign (INV-M3)."""
    op.create_unique_constraint("uq_ledger_entries_reverses_id", "ledger_entries", ["reverses_id"])
    op.execute("""
        CREATE FUNCTION check_reversal() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          IF NEW.court_id <> (SELECT court_id FROM ledger_entries WHERE id = NEW.reverses_id)
             OR EXISTS (
            SELECT FROM ledger_postings WHERE entry_id IN (NEW.id, NEW.reverses_id)
            GROUP BY account_id HAVING sum(amount) <> 0
          ) THEN
            RAISE EXCEPTION 'entry % does not undo entry %', NEW.id, NEW.reverses_id
              USING ERRCODE = 'LC006';
          END IF;
          RETURN NULL;
        END $$""")
    op.execute("""
        CREATE CONSTRAINT TRIGGER undoes AFTER INSERT ON ledger_entries
        DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION check_reversal()""")
