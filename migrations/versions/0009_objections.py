"""Objections, and what stops or undoes a sale (RULE-C10, L6 to L9, M1 to M6)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = ("case_coverages", "debtor_payments", "bankruptcies", "objections", "revocations")

# The same tables as in Python (`auction_engine.sale`); a test holds the two against each other.
TRANSITIONS = {
    "debtor_payments": ("recorded>granted", "recorded>refused"),
    "bankruptcies": ("accepted>declared", "accepted>lifted"),
    "objections": (
        "filed>received",
        "filed>withdrawn",
        "received>upheld",
        "received>dismissed",
        "received>withdrawn",
        "upheld>in_review",
        "dismissed>in_review",
        "in_review>confirmed",
        "in_review>overturned",
    ),
    "revocations": (
        "requested>granted",
        "requested>dismissed",
        "requested>withdrawn",
    ),
}

# What migration 0005 allows, and that a sale that was made may be undone.
SETTLEMENTS = (
    "awaiting_balance>paid",
    "awaiting_balance>defaulted",
    "paid>ruled",
    "ruled>delivered",
    "awaiting_balance>revoked",
    "paid>revoked",
    "ruled>revoked",
    "delivered>revoked",
)

# What nobody may write anew: who said what, when, and what was decided on it.
FIXED = {
    "objections": (
        "court_id, case_id, sale_id, kind, person_id, name, right_claimed, grounds, filed_at",
        "decision, decision_reason, decided_by, decided_at",
    ),
    "revocations": (
        "court_id, case_id, sale_id, ground, person_id, name, grounds, requested_at",
        "decision_reason, decided_by, decided_at",
    ),
}


def upgrade() -> None:
    _tables()
    _states()
    _fixed_words()
    _rights()
    _policies()
    _lookups()


def _tables() -> None:
    op.create_table(
        "bankruptcies",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_reference", sa.String(length=200), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'accepted') = (ended_at IS NULL)", name="ended_whole"),
        sa.CheckConstraint("state IN ('accepted', 'declared', 'lifted')", name="state_known"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_bankruptcies_case_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_bankruptcies_court_id"),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["identity.people.id"], name="fk_bankruptcies_ended_by"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["identity.people.id"], name="fk_bankruptcies_recorded_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bankruptcies"),
        sa.UniqueConstraint("public_id", name="uq_bankruptcies_public_id"),
    )
    op.create_index(
        "uq_bankruptcies_current",
        "bankruptcies",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'lifted'"),
    )
    op.create_table(
        "case_coverages",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("costs", sa.BigInteger(), nullable=False),
        sa.Column("sells_all_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sells_all_reference", sa.String(length=200), nullable=True),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(sells_all_at IS NULL) = (sells_all_reference IS NULL)",
            name="consent_has_proof",
        ),
        sa.CheckConstraint("costs >= 0", name="costs_not_negative"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_coverages_case_id"),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["identity.people.id"], name="fk_case_coverages_changed_by"
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_case_coverages_court_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_coverages"),
    )
    op.create_table(
        "objections",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("right_claimed", sa.String(length=300), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=True),
        sa.Column("received_by", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stayed", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("review_reference", sa.String(length=200), nullable=True),
        sa.Column("review_filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_outcome", sa.String(length=500), nullable=True),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("decision IN ('upheld', 'dismissed')", name="decision_known"),
        sa.CheckConstraint(
            "kind <> 'third_party' OR right_claimed <> ''",
            name="third_party_names_its_right",
        ),
        sa.CheckConstraint("kind IN ('conduct', 'third_party')", name="kind_known"),
        sa.CheckConstraint(
            "state IN ('filed', 'received', 'withdrawn') OR (decision IS NOT NULL AND decided_by IS NOT NULL AND decided_at IS NOT NULL AND decision_reason IS NOT NULL AND document_id IS NOT NULL)",
            name="decided_with_reason",
        ),
        sa.CheckConstraint(
            "state IN ('filed', 'received', 'withdrawn', 'upheld', 'dismissed', 'in_review', 'confirmed', 'overturned')",
            name="state_known",
        ),
        sa.CheckConstraint(
            "state IN ('filed', 'withdrawn') OR received_by IS NOT NULL",
            name="received_by_one",
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_objections_case_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_objections_court_id"),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["identity.people.id"], name="fk_objections_decided_by"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_objections_document_id"
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["identity.people.id"], name="fk_objections_entered_by"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.people.id"], name="fk_objections_person_id"
        ),
        sa.ForeignKeyConstraint(
            ["received_by"], ["identity.people.id"], name="fk_objections_received_by"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_objections_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_objections"),
        sa.UniqueConstraint("public_id", name="uq_objections_public_id"),
    )
    op.create_index("ix_objections_case_id", "objections", ["case_id"], unique=False)
    op.create_index("ix_objections_court_state", "objections", ["court_id", "state"], unique=False)
    op.create_index("ix_objections_person_id", "objections", ["person_id"], unique=False)
    op.create_index("ix_objections_sale_id", "objections", ["sale_id"], unique=False)
    op.create_table(
        "revocations",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("returned", sa.BigInteger(), nullable=True),
        sa.Column("to_call_back", sa.BigInteger(), nullable=True),
        sa.Column("money_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "ground IN ('false_description', 'system_failure', 'collusion', 'buyer_unqualified', 'bidders_restricted', 'procedure', 'not_announced')",
            name="ground_known",
        ),
        sa.CheckConstraint(
            "state = 'granted' OR money_done_at IS NULL", name="money_after_decision"
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'granted', 'dismissed', 'withdrawn')",
            name="state_known",
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'withdrawn') OR (decided_by IS NOT NULL AND decided_at IS NOT NULL AND decision_reason IS NOT NULL AND document_id IS NOT NULL)",
            name="decided_with_reason",
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_revocations_case_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_revocations_court_id"),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["identity.people.id"], name="fk_revocations_decided_by"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_revocations_document_id"
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["identity.people.id"], name="fk_revocations_entered_by"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.people.id"], name="fk_revocations_person_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_revocations_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_revocations"),
        sa.UniqueConstraint("public_id", name="uq_revocations_public_id"),
    )
    op.create_index("ix_revocations_case_id", "revocations", ["case_id"], unique=False)
    op.create_index(
        "ix_revocations_court_state", "revocations", ["court_id", "state"], unique=False
    )
    op.create_index("ix_revocations_person_id", "revocations", ["person_id"], unique=False)
    op.create_index(
        "uq_revocations_granted",
        "revocations",
        ["sale_id"],
        unique=True,
        postgresql_where=sa.text("state = 'granted'"),
    )
    op.create_table(
        "debtor_payments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("debts", sa.BigInteger(), nullable=False),
        sa.Column("costs", sa.BigInteger(), nullable=False),
        sa.Column("covered_before", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(state = 'recorded') = (decided_by IS NULL)", name="decided_whole"),
        sa.CheckConstraint(
            "state <> 'granted' OR amount + covered_before >= debts + costs",
            name="granted_is_full",
        ),
        sa.CheckConstraint("state IN ('recorded', 'granted', 'refused')", name="state_known"),
        sa.CheckConstraint("amount >= 1", name="amount_positive"),
        sa.CheckConstraint(
            "covered_before >= 0 AND debts >= 0 AND costs >= 0",
            name="sums_not_negative",
        ),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> recorded_by", name="two_persons"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_debtor_payments_case_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_debtor_payments_court_id"),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["identity.people.id"], name="fk_debtor_payments_decided_by"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["identity.people.id"], name="fk_debtor_payments_recorded_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_debtor_payments"),
        sa.UniqueConstraint("public_id", name="uq_debtor_payments_public_id"),
    )
    op.create_index("ix_debtor_payments_case_id", "debtor_payments", ["case_id"], unique=False)
    op.add_column("suspense_items", sa.Column("debtor_payment_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_suspense_items_debtor_payment_id",
        "suspense_items",
        "debtor_payments",
        ["debtor_payment_id"],
        ["id"],
    )
    op.create_unique_constraint(
        "uq_suspense_items_debtor_payment_id", "suspense_items", ["debtor_payment_id"]
    )


def _states() -> None:
    # What is not in the table cannot happen (INV-A12). Constraints of migration 0002 carry their
    # prefix twice.
    for table, pairs in TRANSITIONS.items():
        _keep_to(table, pairs)
    op.execute("DROP TRIGGER transitions ON settlements")
    _keep_to("settlements", SETTLEMENTS)
    op.execute("ALTER TABLE settlements DROP CONSTRAINT ck_settlements_state_known")
    op.execute(
        "ALTER TABLE settlements ADD CONSTRAINT ck_settlements_state_known CHECK (state IN"
        " ('awaiting_balance', 'paid', 'defaulted', 'ruled', 'delivered', 'revoked'))"
    )
    op.execute("ALTER TABLE settlements DROP CONSTRAINT ck_settlements_paid_means_paid")
    op.execute(
        "ALTER TABLE settlements ADD CONSTRAINT ck_settlements_paid_means_paid CHECK"
        " (state IN ('awaiting_balance', 'defaulted', 'revoked')"
        " OR deposit_applied + paid = price)"
    )
    # Money of the debtor that came through the platform is placed by two persons as well.
    op.execute(
        "ALTER TABLE suspense_items DROP CONSTRAINT ck_suspense_items_assigned_by_two_persons"
    )
    op.execute(
        "ALTER TABLE suspense_items ADD CONSTRAINT ck_suspense_items_assigned_by_two_persons CHECK"
        " (state NOT IN ('assigning', 'assigned') OR debtor_payment_id IS NOT NULL"
        " OR (proposal_id IS NOT NULL AND num_nonnulls(deposit_id, settlement_id) = 1))"
    )
    # A withdrawal names one of the grounds of the law, and no other (RULE-L6).
    op.execute(
        "ALTER TABLE arrivals ADD CONSTRAINT ck_arrivals_ground_known CHECK"
        " (kind <> 'withdraw' OR details->>'ground' IS NULL OR details->>'ground' IN"
        " ('title_annulled', 'creditors_withdrew', 'debt_paid', 'settled',"
        " 'third_party_objection', 'collusion', 'debts_covered', 'bankruptcy', 'other'))"
    )


def _keep_to(table: str, pairs: tuple[str, ...]) -> None:
    allowed = ", ".join(f"'{pair}'" for pair in pairs)
    op.execute(f"""
        CREATE TRIGGER transitions BEFORE UPDATE OF state ON {table}
        FOR EACH ROW EXECUTE FUNCTION keep_to_transitions({allowed})""")


def _fixed_words() -> None:
    for table, (said, decided) in FIXED.items():
        op.execute(f"""
            CREATE FUNCTION keep_words_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF ({_of("NEW", said)}) IS DISTINCT FROM ({_of("OLD", said)})
                 OR (OLD.decided_at IS NOT NULL AND
                     ({_of("NEW", decided)}) IS DISTINCT FROM ({_of("OLD", decided)})) THEN
                RAISE EXCEPTION '% % stands as it was written', TG_TABLE_NAME, OLD.public_id
                  USING ERRCODE = 'LC008';
              END IF;
              RETURN NEW;
            END $$""")
        op.execute(f"""
            CREATE TRIGGER stands BEFORE UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION keep_words_of_{table}()""")
        op.execute(f"""
            CREATE TRIGGER never_gone BEFORE DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""")


def _of(row: str, columns: str) -> str:
    return ", ".join(f"{row}.{column.strip()}" for column in columns.split(","))


def _rights() -> None:
    listed = ", ".join(TABLES)
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {listed} TO luochui_web")
    op.execute(f"GRANT SELECT ON {listed} TO luochui_closer")
    op.execute(
        "GRANT UPDATE (currency, returned, to_call_back, money_done_at) ON revocations"
        " TO luochui_closer"
    )
    # Whoever closes a lot holds its case meanwhile (RULE-C10); a lock asks for this right.
    op.execute("GRANT UPDATE (state) ON cases TO luochui_closer")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO luochui_web, luochui_closer")


def _policies() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY staff ON {table} TO luochui_web
            USING (court_id = current_court()) WITH CHECK (court_id = current_court())""")
        op.execute(
            f"CREATE POLICY system ON {table} TO luochui_drain, luochui_closer, luochui_notifier"
            " USING (true) WITH CHECK (true)"
        )
    for table in ("debtor_payments", "bankruptcies"):
        op.execute(
            f"CREATE POLICY own_reads ON {table} FOR SELECT TO luochui_web"
            " USING (case_id IN (SELECT my_cases()))"
        )
    for table, first, given_up in (
        ("objections", "filed", "'filed', 'received'"),
        ("revocations", "requested", "'requested'"),
    ):
        op.execute(
            f"CREATE POLICY own_reads ON {table} FOR SELECT TO luochui_web"
            " USING (person_id = current_person())"
        )
        # Somebody files in their own name, and to the case that the sale belongs to.
        op.execute(f"""
            CREATE POLICY own_adds ON {table} FOR INSERT TO luochui_web WITH CHECK (
              person_id = current_person() AND state = '{first}' AND entered_by IS NULL
              AND (case_id, court_id) = (SELECT f.case_id, f.court_id FROM case_of_sale(sale_id) f))
            """)
        op.execute(f"""
            CREATE POLICY own_changes ON {table} FOR UPDATE TO luochui_web
            USING (person_id = current_person() AND state IN ({given_up}))
            WITH CHECK (person_id = current_person() AND state = 'withdrawn')""")


def _lookups() -> None:
    """Whether enforcement has ended is asked before somebody is let into a file (RULE-M1, M2)."""
    op.execute("""
        CREATE FUNCTION enforcement_of(of_sale bigint) RETURNS TABLE (
          case_ended boolean, handed_over boolean, bought_by_party boolean)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
        $$ SELECT c.state = 'ended', coalesce(t.delivered_at IS NOT NULL, false),
             EXISTS (SELECT FROM buyers b JOIN parties p ON p.person_id = b.person_id
                     WHERE b.sale_id = s.id AND p.case_id = c.id)
           FROM sales s JOIN lots l ON l.id = s.lot_id JOIN cases c ON c.id = l.case_id
           LEFT JOIN settlements t ON t.sale_id = s.id
           WHERE s.id = of_sale AND s.state <> 'draft' $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION enforcement_of(bigint) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION enforcement_of(bigint) TO luochui_web")

    # The court reads the journal of a sale that is over and whose revocation is asked for: by
    # codes alone, as it reads the transcript (RULE-A8, RULE-M6).
    op.execute("""
        CREATE FUNCTION journal_of_sale(of_sale bigint) RETURNS TABLE (
          arrival bigint, kind text, code text, amount bigint, typed text, details jsonb,
          arrived_at timestamptz, written_at timestamptz, decided_by_moment timestamptz,
          accepted boolean, reason text, minimum bigint, seq bigint)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
        $$ SELECT a.id, a.kind, r.code, a.amount, a.typed, a.details, a.arrived_at, a.written_at,
             d.at, d.accepted, d.reason, d.minimum, d.seq
           FROM arrivals a
           LEFT JOIN registrations r ON r.id = a.registration_id
           LEFT JOIN decisions d ON d.arrival_id = a.id
           WHERE a.sale_id = of_sale
             AND EXISTS (SELECT FROM revocations v WHERE v.sale_id = of_sale
                         AND v.court_id = current_court())
             AND EXISTS (SELECT FROM outcomes o WHERE o.sale_id = of_sale AND o.status = 'sold')
           ORDER BY a.arrived_at, a.id $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION journal_of_sale(bigint) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION journal_of_sale(bigint) TO luochui_web")
