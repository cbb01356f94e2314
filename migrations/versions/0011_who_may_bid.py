"""Who may bid: qualifications, declarations, exclusions, joint purchase (RULE-E1 to E11, D9, J4).

What a sale asks is frozen with its announcement; what a bidder declared, what the court checked
and who bought are evidence. A list of excluded persons holds no id number: only what it comes to
under the platform's key, compared at a registration by a function that answers with one word.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

COURT_TABLES = (
    "qualifications", "equity_terms", "exclusions", "qualification_checks", "named_buyers",
    "bidder_declarations",
)  # fmt: skip
EVIDENCE = ("bidder_declarations", "qualification_checks", "named_buyers")


def upgrade() -> None:
    _tables()
    _triggers()
    _rights()
    _policies()
    _lookups()


def _tables() -> None:
    op.create_table(
        "qualifications",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("asks", sa.String(length=500), nullable=False),
        sa.Column("consequence", sa.String(length=500), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "added_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "asks <> '' AND consequence <> ''", name=op.f("ck_qualifications_says_what_follows")
        ),
        sa.CheckConstraint(
            "kind IN ('housing_purchase', 'equity_holder', 'licence', 'not_on_defaulter_list', 'other')",
            name=op.f("ck_qualifications_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["added_by"], ["identity.people.id"], name="fk_qualifications_added_by"
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_qualifications_court_id"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_qualifications_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_qualifications"),
        sa.UniqueConstraint("public_id", name="uq_qualifications_public_id"),
    )
    op.create_index("ix_qualifications_sale_id", "qualifications", ["sale_id"], unique=False)
    op.create_table(
        "equity_terms",
        sa.Column("sale_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("subscribed", sa.BigInteger(), nullable=False),
        sa.Column("paid_in", sa.BigInteger(), nullable=False),
        sa.Column("contribution_due_on", sa.Date(), nullable=True),
        sa.Column("approvals", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "paid_in = subscribed OR contribution_due_on IS NOT NULL",
            name=op.f("ck_equity_terms_rest_has_its_term"),
        ),
        sa.CheckConstraint(
            "subscribed > 0 AND paid_in >= 0 AND paid_in <= subscribed",
            name=op.f("ck_equity_terms_paid_in_of_it"),
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_equity_terms_court_id"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_equity_terms_sale_id"),
        sa.PrimaryKeyConstraint("sale_id", name="pk_equity_terms"),
    )
    op.create_table(
        "bidder_declarations",
        sa.Column("registration_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("capacity", sa.String(length=12), nullable=False),
        sa.Column("qualifications", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "capacity IN ('adult', 'own_labour', 'company')",
            name=op.f("ck_bidder_declarations_capacity_known"),
        ),
        sa.ForeignKeyConstraint(
            ["court_id"], ["courts.id"], name="fk_bidder_declarations_court_id"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_bidder_declarations_registration_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_bidder_declarations_sale_id"),
        sa.PrimaryKeyConstraint("registration_id", name="pk_bidder_declarations"),
    )
    op.create_index(
        "ix_bidder_declarations_sale_id", "bidder_declarations", ["sale_id"], unique=False
    )
    op.create_table(
        "qualification_checks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("checked_by", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "outcome IN ('met', 'not_met')", name=op.f("ck_qualification_checks_outcome_known")
        ),
        sa.ForeignKeyConstraint(
            ["checked_by"], ["identity.people.id"], name="fk_qualification_checks_checked_by"
        ),
        sa.ForeignKeyConstraint(
            ["court_id"], ["courts.id"], name="fk_qualification_checks_court_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_qualification_checks_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_qualification_checks"),
        sa.UniqueConstraint("public_id", name="uq_qualification_checks_public_id"),
    )
    op.create_index(
        "ix_qualification_checks_sale_id", "qualification_checks", ["sale_id"], unique=False
    )
    op.create_table(
        "exclusions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("person_index", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.BigInteger(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'lifted') = (lifted_at IS NOT NULL)",
            name=op.f("ck_exclusions_lifted_has_moment"),
        ),
        sa.CheckConstraint(
            "ground IN ('defaulted', 'court_staff', 'platform_staff', 'auxiliary', 'close_relative')",
            name=op.f("ck_exclusions_ground_known"),
        ),
        sa.CheckConstraint(
            "state IN ('standing', 'lifted')", name=op.f("ck_exclusions_state_known")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_exclusions_case_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_exclusions_court_id"),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["identity.people.id"], name="fk_exclusions_entered_by"
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["identity.people.id"], name="fk_exclusions_lifted_by"
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name="fk_exclusions_lot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exclusions"),
        sa.UniqueConstraint("public_id", name="uq_exclusions_public_id"),
    )
    op.create_index(
        "uq_exclusions_standing",
        "exclusions",
        ["case_id", "lot_id", "person_index"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state = 'standing'"),
    )
    op.create_table(
        "named_buyers",
        sa.Column("sale_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("share_parts", sa.BigInteger(), nullable=True),
        sa.Column("share_of", sa.BigInteger(), nullable=True),
        sa.Column("person_index", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "part = 'proxy' OR (share_parts >= 1 AND share_of >= share_parts)",
            name=op.f("ck_named_buyers_buyer_has_share"),
        ),
        sa.CheckConstraint("part IN ('buyer', 'proxy')", name=op.f("ck_named_buyers_part_known")),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_named_buyers_court_id"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_named_buyers_sale_id"),
        sa.PrimaryKeyConstraint("sale_id", "position", name="pk_named_buyers"),
    )
    op.create_table(
        "joint_drafts",
        sa.Column("draft_index", sa.LargeBinary(), nullable=False),
        sa.Column("locked", sa.LargeBinary(), nullable=False),
        sa.Column(
            "saved_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("draft_index", name="pk_joint_drafts"),
        schema="identity",
    )


def _triggers() -> None:
    for table in EVIDENCE:
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""")

    # What is asked of bidders is part of the announcement and frozen with it (RULE-D9, INV-A14).
    op.execute("""
        CREATE FUNCTION keep_published_conditions() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          IF EXISTS (SELECT FROM sales WHERE id = coalesce(NEW.sale_id, OLD.sale_id)
                     AND state <> 'draft') THEN
            RAISE EXCEPTION 'what is asked of bidders is published' USING ERRCODE = 'LC005';
          END IF;
          RETURN coalesce(NEW, OLD);
        END $$""")
    for table in ("qualifications", "equity_terms"):
        op.execute(f"""
            CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION keep_published_conditions()""")

    # An entry is lifted, never rewritten (`auction_engine.sale.exclusion.NEXT`).
    op.execute("""
        CREATE TRIGGER transitions BEFORE UPDATE OF state ON exclusions
        FOR EACH ROW EXECUTE FUNCTION keep_to_transitions('standing>lifted')""")

    # Without a positive check there is no ruling where the law asks for one (RULE-E11).
    op.execute("""
        CREATE FUNCTION ask_for_qualification_check() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          IF NEW.state = 'ruled' AND OLD.state <> 'ruled'
             AND EXISTS (SELECT FROM qualifications WHERE sale_id = NEW.sale_id)
             AND 'met' IS DISTINCT FROM (
               SELECT outcome FROM qualification_checks WHERE sale_id = NEW.sale_id
               ORDER BY id DESC LIMIT 1) THEN
            RAISE EXCEPTION 'the qualification of the buyer is not established'
              USING ERRCODE = 'LC008';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER qualified BEFORE UPDATE OF state ON settlements
        FOR EACH ROW EXECUTE FUNCTION ask_for_qualification_check()""")


def _rights() -> None:
    op.execute(f"GRANT SELECT ON {', '.join(COURT_TABLES)} TO luochui_web, luochui_closer")
    op.execute(
        "GRANT INSERT ON qualifications, equity_terms, bidder_declarations, qualification_checks,"
        " exclusions TO luochui_web"
    )
    op.execute("GRANT UPDATE, DELETE ON equity_terms TO luochui_web")
    op.execute("GRANT DELETE ON qualifications TO luochui_web")
    op.execute("GRANT UPDATE (state, lifted_by, lifted_at) ON exclusions TO luochui_web")
    # Only the closing process opens an envelope, so only it can name who bought.
    op.execute("GRANT INSERT ON named_buyers, exclusions TO luochui_closer")
    op.execute(
        "GRANT SELECT (sale_id, position, part, name, share_parts, share_of) ON named_buyers"
        " TO luochui_public"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON identity.joint_drafts TO luochui_web")
    op.execute(
        "GRANT USAGE ON SEQUENCE qualifications_id_seq, qualification_checks_id_seq,"
        " exclusions_id_seq TO luochui_web, luochui_closer"
    )


def _policies() -> None:
    for table in COURT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY system ON {table} TO luochui_drain, luochui_closer, luochui_notifier"
            " USING (true) WITH CHECK (true)"
        )
        if table != "bidder_declarations":
            op.execute(f"""
                CREATE POLICY staff ON {table} TO luochui_web
                USING (court_id = current_court()) WITH CHECK (court_id = current_court())""")
    # While bidding is open nobody learns even whether a person or a company stands behind a code;
    # afterwards the court reads the buyer's declaration alone (RULE-A8, E13).
    op.execute("""
        CREATE POLICY staff ON bidder_declarations FOR SELECT TO luochui_web
        USING (court_id = current_court() AND registration_id IN (
          SELECT registration_id FROM buyers))""")
    op.execute("""
        CREATE POLICY bidder ON bidder_declarations TO luochui_web
        USING (registration_id = ANY (current_registrations()))
        WITH CHECK (registration_id = ANY (current_registrations()))""")
    for table in ("qualifications", "equity_terms"):
        op.execute(f"""
            CREATE POLICY published ON {table} FOR SELECT TO luochui_web
            USING (current_court() IS NULL AND sale_id IN (SELECT id FROM sales))""")
    op.execute(
        "CREATE POLICY public_reads ON named_buyers FOR SELECT TO luochui_public"
        " USING (part = 'buyer')"
    )
    op.execute("""
        CREATE POLICY own_reads ON named_buyers FOR SELECT TO luochui_web
        USING (sale_id IN (SELECT sale_id FROM buyers WHERE person_id = current_person()))""")


def _lookups() -> None:
    """One word about somebody who registers, who may not read the list they are held against."""
    op.execute("""
        CREATE FUNCTION ground_to_exclude(of_sale bigint, of_people bytea[]) RETURNS text
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
        $$ SELECT e.ground FROM exclusions e, sales s JOIN lots l ON l.id = s.lot_id
           WHERE s.id = of_sale AND s.state <> 'draft'
             AND e.case_id = l.case_id AND (e.lot_id IS NULL OR e.lot_id = l.id)
             AND e.state = 'standing' AND e.entered_at < s.opens_at
             AND e.person_index = ANY (of_people)
           ORDER BY e.ground = 'defaulted' DESC, e.id LIMIT 1 $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION ground_to_exclude(bigint, bytea[]) FROM PUBLIC")
    op.execute(
        "GRANT EXECUTE ON FUNCTION ground_to_exclude(bigint, bytea[])"
        " TO luochui_web, luochui_closer"
    )
