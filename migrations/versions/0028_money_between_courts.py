"""A payout of several courts is booked, each court's books by themselves.

It lands on one court's account at the bank. That court owes the others their shares, and they have
it due from that court, until money has been transferred between their accounts: each side is booked
when its own bank says so.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

SYSTEM = "luochui_drain, luochui_closer, luochui_notifier"
DEBIT_KINDS = (
    "bank", "provider_clearing", "provider_fees", "disputed", "due_from_court",
)  # fmt: skip
CREDIT_KINDS = (
    "deposits_held", "refunds_payable", "price_held", "forfeited", "payable", "suspense",
    "costs_payable", "fees_payable", "escrow", "interest_held", "owed_to_court",
)  # fmt: skip


def upgrade() -> None:
    _chart()
    _shares()
    _transfers()


def _chart() -> None:
    """As in 0015, and with what courts owe one another."""
    every = ", ".join(f"'{kind}'" for kind in (*DEBIT_KINDS, *CREDIT_KINDS))
    may_rise = ", ".join(f"'{kind}'" for kind in DEBIT_KINDS)
    for name, said in (
        ("ck_ledger_accounts_kind_known", f"kind IN ({every})"),
        ("ck_ledger_accounts_held_is_never_short", f"kind IN ({may_rise}) OR balance <= 0"),
    ):
        op.drop_constraint(op.f(name), "ledger_accounts")
        op.create_check_constraint(op.f(name), "ledger_accounts", said)


def _shares() -> None:
    # What arrives at the bank in one sum; of a payout of before nobody wrote it down.
    op.add_column("provider_payouts", sa.Column("total", sa.BigInteger()))
    # One credit may hold the shares of several courts, of each court one.
    op.drop_constraint("uq_provider_payouts_bank_credit_id", "provider_payouts")
    op.create_unique_constraint(
        "uq_provider_payouts_bank_credit_id_court_id",
        "provider_payouts",
        ["bank_credit_id", "court_id"],
    )


def _transfers() -> None:
    op.create_table(
        "court_transfers",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=False),
        sa.Column("from_court_id", sa.BigInteger(), nullable=False),
        sa.Column("to_court_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reference", sa.String(24), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True)),
        sa.Column("received_at", sa.DateTime(timezone=True)),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.UniqueConstraint("public_id", name="uq_court_transfers_public_id"),
        sa.UniqueConstraint("reference", name="uq_court_transfers_reference"),
        sa.UniqueConstraint("payout_id", name="uq_court_transfers_payout_id"),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["provider_payouts.id"], name="fk_court_transfers_payout_id"
        ),
        *(
            sa.ForeignKeyConstraint([name], ["courts.id"], name=f"fk_court_transfers_{name}")
            for name in ("from_court_id", "to_court_id")
        ),
        sa.CheckConstraint("amount >= 1", name="amount_positive"),
        sa.CheckConstraint("from_court_id <> to_court_id", name="between_two"),
    )
    for name in ("from_court_id", "to_court_id"):
        op.create_index(f"ix_court_transfers_{name}", "court_transfers", [name])
    op.execute("""
        CREATE FUNCTION keep_court_transfers() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF to_jsonb(NEW) - 'paid_at' - 'received_at'
             <> to_jsonb(OLD) - 'paid_at' - 'received_at'
             OR (OLD.paid_at IS NOT NULL AND NEW.paid_at IS DISTINCT FROM OLD.paid_at)
             OR (OLD.received_at IS NOT NULL
                 AND NEW.received_at IS DISTINCT FROM OLD.received_at) THEN
            RAISE EXCEPTION 'transfer % stands as it was owed', OLD.public_id
              USING ERRCODE = 'LC006';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER stands BEFORE UPDATE ON court_transfers
        FOR EACH ROW EXECUTE FUNCTION keep_court_transfers()""")
    op.execute("""
        CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON court_transfers
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""")
    op.execute("ALTER TABLE court_transfers ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON court_transfers TO luochui_web, luochui_closer")
    op.execute("GRANT INSERT ON court_transfers TO luochui_closer")
    op.execute("GRANT UPDATE (paid_at, received_at) ON court_transfers TO luochui_closer")
    op.execute("GRANT USAGE ON SEQUENCE court_transfers_id_seq TO luochui_closer")
    op.execute("""
        CREATE POLICY both_courts ON court_transfers FOR SELECT TO luochui_web
        USING (current_court() IN (from_court_id, to_court_id) OR is_operator())""")
    op.execute(
        f"CREATE POLICY system ON court_transfers TO {SYSTEM} USING (true) WITH CHECK (true)"
    )
