"""What the provider and the bank say of our money, and the items where the books do not agree.

A fee of the provider and money that a card holder's bank took back are the court's to bear or to
recover: they stand on accounts of their own, so that nothing held for others becomes less.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

SYSTEM = "luochui_drain, luochui_closer, luochui_notifier"
TABLES = (
    "provider_movements", "disputes", "provider_payouts", "bank_balances", "open_items",
    "reconciliations",
)  # fmt: skip

# The same tables as in Python (`app.models.states`); a test holds the two against each other.
TRANSITIONS = {
    "disputes": ("open>won", "open>lost"),
    "provider_payouts": ("on_its_way>arrived", "on_its_way>failed"),
    "open_items": ("open>closed",),
}

DEBIT_KINDS = ("bank", "provider_clearing", "provider_fees", "disputed")
CREDIT_KINDS = (
    "deposits_held", "refunds_payable", "price_held", "forfeited", "payable", "suspense",
    "costs_payable", "fees_payable", "escrow", "interest_held",
)  # fmt: skip


def upgrade() -> None:
    _chart()
    _suspense()
    _provider()
    _bank()
    _items()
    _states()
    _rights()


def _chart() -> None:
    """As in 0014, and with what a card holder's bank took back."""
    every = ", ".join(f"'{kind}'" for kind in (*DEBIT_KINDS, *CREDIT_KINDS))
    may_rise = ", ".join(f"'{kind}'" for kind in DEBIT_KINDS)
    for name, said in (
        ("ck_ledger_accounts_kind_known", f"kind IN ({every})"),
        ("ck_ledger_accounts_held_is_never_short", f"kind IN ({may_rise}) OR balance <= 0"),
    ):
        op.drop_constraint(op.f(name), "ledger_accounts")
        op.create_check_constraint(op.f(name), "ledger_accounts", said)


def _suspense() -> None:
    op.add_column("suspense_items", sa.Column("by_machine", sa.String(length=20), nullable=True))
    op.create_check_constraint(
        op.f("ck_suspense_items_by_machine_known"),
        "suspense_items",
        "by_machine IS NULL OR by_machine IN ('added_up', 'provider_payout')",
    )
    op.execute(
        "ALTER TABLE suspense_items DROP CONSTRAINT ck_suspense_items_assigned_by_two_persons"
    )
    op.create_check_constraint(
        op.f("ck_suspense_items_assigned_by_two_persons"),
        "suspense_items",
        "state NOT IN ('assigning', 'assigned') OR debtor_payment_id IS NOT NULL"
        " OR by_machine IS NOT NULL"
        " OR (proposal_id IS NOT NULL AND num_nonnulls(deposit_id, settlement_id) = 1)",
    )


def _court(*, may_be_nobodys: bool = False) -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("court_id", sa.BigInteger(), sa.ForeignKey("courts.id"), nullable=may_be_nobodys),
    )


def _written(name: str = "written_at") -> sa.Column:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def _public_id(table: str) -> tuple[sa.Column, sa.UniqueConstraint]:
    return (
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.UniqueConstraint("public_id", name=f"uq_{table}_public_id"),
    )


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _provider() -> None:
    op.create_table(
        "provider_movements",
        *_court(may_be_nobodys=True),
        sa.Column("provider_id", sa.String(length=120), nullable=False),
        sa.Column("card_payment_id", sa.BigInteger(), sa.ForeignKey("card_payments.id")),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=120)),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        _moment("at"),
        _written(),
        sa.UniqueConstraint("provider_id", name="uq_provider_movements_provider_id"),
    )
    op.create_table(
        "disputes",
        *_court(),
        *_public_id("disputes"),
        sa.Column(
            "card_payment_id", sa.BigInteger(), sa.ForeignKey("card_payments.id"), nullable=False
        ),
        sa.Column("provider_id", sa.String(length=120), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        _moment("opened_at"),
        _moment("answer_by", nullable=True),
        _moment("closed_at", nullable=True),
        sa.Column("consequence", sa.String(length=20)),
        sa.UniqueConstraint("provider_id", name="uq_disputes_provider_id"),
        sa.CheckConstraint("state IN ('open', 'won', 'lost')", name="state_known"),
        sa.CheckConstraint("amount >= 1", name="amount_positive"),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_whole"),
        sa.CheckConstraint(
            "(state = 'lost') = (consequence IS NOT NULL)", name="lost_has_consequence"
        ),
    )
    op.create_table(
        "provider_payouts",
        *_court(),
        *_public_id("provider_payouts"),
        sa.Column("provider_id", sa.String(length=120), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("trace", sa.String(length=80)),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("arrives_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("bank_credit_id", sa.BigInteger(), sa.ForeignKey("bank_credits.id")),
        _moment("booked_at", nullable=True),
        _written(),
        sa.UniqueConstraint(
            "provider_id", "court_id", name="uq_provider_payouts_provider_id_court_id"
        ),
        sa.UniqueConstraint("bank_credit_id", name="uq_provider_payouts_bank_credit_id"),
        sa.CheckConstraint("state IN ('on_its_way', 'arrived', 'failed')", name="state_known"),
        sa.CheckConstraint(
            "(state = 'arrived') = (bank_credit_id IS NOT NULL)", name="arrived_there"
        ),
    )
    for table, column in (
        ("provider_movements", "card_payment_id"),
        ("provider_movements", "source_id"),
        ("disputes", "card_payment_id"),
        ("provider_payouts", "trace"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _bank() -> None:
    for table in ("bank_credits", "bank_debits"):
        op.add_column(table, sa.Column("booked_on", sa.Date(), nullable=True))
    op.create_table(
        "bank_balances",
        *_court(),
        sa.Column(
            "statement_id", sa.BigInteger(), sa.ForeignKey("bank_statements.id"), nullable=False
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        _written(),
        sa.UniqueConstraint(
            "statement_id", "currency", "on", name="uq_bank_balances_statement_id_currency_on"
        ),
    )


def _items() -> None:
    op.create_table(
        "open_items",
        *_court(may_be_nobodys=True),
        *_public_id("open_items"),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("ours", sa.BigInteger()),
        sa.Column("theirs", sa.BigInteger()),
        sa.Column("currency", sa.String(length=3)),
        sa.Column("owner_id", sa.BigInteger(), sa.ForeignKey("identity.people.id")),
        _moment("since"),
        _moment("due_at"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("closed_how", sa.String(length=12)),
        sa.Column("proposal_id", sa.BigInteger(), sa.ForeignKey("proposals.id")),
        _moment("closed_at", nullable=True),
        sa.CheckConstraint("state IN ('open', 'closed')", name="state_known"),
        sa.CheckConstraint(
            "closed_how IS NULL OR closed_how IN ('equal', 'done', 'two_persons')",
            name="closed_how_known",
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL AND closed_how IS NOT NULL)",
            name="closed_whole",
        ),
        sa.CheckConstraint(
            "closed_how IS DISTINCT FROM 'two_persons' OR proposal_id IS NOT NULL",
            name="closed_by_two_persons",
        ),
    )
    op.create_index(
        "uq_open_items_open",
        "open_items",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "reconciliations",
        *_court(may_be_nobodys=True),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("ours", sa.BigInteger(), nullable=False),
        sa.Column("theirs", sa.BigInteger(), nullable=False),
        _written("run_at"),
        sa.CheckConstraint("side IN ('provider', 'bank')", name="side_known"),
    )
    op.create_index("ix_reconciliations_day", "reconciliations", ["day"])


def _states() -> None:
    for table, pairs in TRANSITIONS.items():
        allowed = ", ".join(f"'{pair}'" for pair in pairs)
        op.execute(f"""
            CREATE TRIGGER transitions BEFORE UPDATE OF state ON {table}
            FOR EACH ROW EXECUTE FUNCTION keep_to_transitions({allowed})""")
    # What the outside told, and what a comparison found, nobody writes anew.
    for table in ("provider_movements", "bank_balances", "reconciliations"):
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""")


def _rights() -> None:
    for table in TABLES:
        op.create_index(f"ix_{table}_court_id", table, ["court_id"])
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT ON {table} TO luochui_web, luochui_closer")
        op.execute(f"GRANT INSERT ON {table} TO luochui_closer")
        op.execute(f"GRANT USAGE ON SEQUENCE {table}_id_seq TO luochui_web, luochui_closer")
        op.execute(f"""
            CREATE POLICY staff ON {table} TO luochui_web
            USING (court_id = current_court()) WITH CHECK (court_id = current_court())""")
        op.execute(f"CREATE POLICY system ON {table} TO {SYSTEM} USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY operator_reads ON {table} FOR SELECT TO luochui_web"
            " USING (is_operator())"
        )
    op.execute("GRANT UPDATE ON disputes, provider_payouts, open_items TO luochui_closer")
    op.execute("GRANT INSERT ON bank_balances TO luochui_web")
    # Two persons close an item; nobody at a desk opens one or says what it is about.
    op.execute(
        "GRANT UPDATE (state, closed_how, closed_at, proposal_id, owner_id) ON open_items"
        " TO luochui_web"
    )
    op.execute("""
        CREATE POLICY operator_closes ON open_items FOR UPDATE TO luochui_web
        USING (is_operator() AND court_id IS NULL) WITH CHECK (is_operator())""")
