"""Reference prices: how they were found, objected to and fixed (RULE-B1 to B15)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# The same tables as `auction_engine.pricing`: methods.NEXT and objections.OBJECTION_NEXT; a test
# holds them against each other.
TRANSITIONS = {
    "pricing_procedures": (
        "agreement>directed_inquiry",
        "agreement>online_inquiry",
        "agreement>appraisal",
        "agreement>fixed",
        "agreement>stayed",
        "agreement>withdrawn",
        "directed_inquiry>online_inquiry",
        "directed_inquiry>appraisal",
        "directed_inquiry>fixed",
        "directed_inquiry>stayed",
        "directed_inquiry>withdrawn",
        "online_inquiry>appraisal",
        "online_inquiry>objections",
        "online_inquiry>stayed",
        "online_inquiry>withdrawn",
        "appraisal>objections",
        "appraisal>stayed",
        "appraisal>withdrawn",
        "objections>appraisal",
        "objections>fixed",
        "objections>stayed",
        "objections>withdrawn",
        "fixed>agreement",
        "fixed>directed_inquiry",
        "fixed>online_inquiry",
        "fixed>appraisal",
        "stayed>agreement",
        "stayed>directed_inquiry",
        "stayed>online_inquiry",
        "stayed>appraisal",
        "stayed>objections",
        "stayed>withdrawn",
    ),
    "pricing_objections": (
        "filed>passed_on",
        "filed>dismissed",
        "filed>corrected",
        "filed>upheld",
        "filed>taken_back",
        "passed_on>explained",
        "passed_on>in_review",
        "passed_on>taken_back",
        "explained>in_review",
        "explained>taken_back",
        "in_review>dismissed",
        "in_review>corrected",
        "in_review>upheld",
        "in_review>taken_back",
    ),
}
TABLES = ("pricing_procedures", "pricing_steps", "pricing_objections")
# What changes in a row; everything else stands as it was written.
PROCEDURE_CHANGES = (
    "state", "method", "stayed_in", "public_price", "fit_for_platforms",
    "law_requires_appraisal", "no_agreement_possible", "both_ask_for", "price", "price_method",
    "price_valid_until", "price_fixed_on", "price_fixed_by",
)  # fmt: skip
OBJECTION_CHANGES = ("state", "moved_on", "corrected_amount")


def upgrade() -> None:
    _tables()
    _rules()
    _rights()


def _rules() -> None:
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pricing_steps
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""")
    for table, pairs in TRANSITIONS.items():
        allowed = ", ".join(f"'{pair}'" for pair in pairs)
        op.execute(f"""
            CREATE TRIGGER transitions BEFORE UPDATE OF state ON {table}
            FOR EACH ROW EXECUTE FUNCTION keep_to_transitions({allowed})""")
    # A fixed price is another one only after it was found anew (RULE-B12).
    op.execute("""
        CREATE FUNCTION keep_fixed_price() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF OLD.state = 'fixed' AND (NEW.price, NEW.price_method, NEW.price_valid_until,
                                      NEW.price_fixed_on, NEW.price_fixed_by)
             IS DISTINCT FROM (OLD.price, OLD.price_method, OLD.price_valid_until,
                               OLD.price_fixed_on, OLD.price_fixed_by) THEN
            RAISE EXCEPTION 'the price of procedure % is fixed', OLD.public_id
              USING ERRCODE = 'LC005';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER price_stands BEFORE UPDATE ON pricing_procedures
        FOR EACH ROW EXECUTE FUNCTION keep_fixed_price()""")


def _rights() -> None:
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO luochui_web")
        op.execute(f"GRANT USAGE ON SEQUENCE {table}_id_seq TO luochui_web")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY staff ON {table} TO luochui_web
            USING (court_id = current_court()) WITH CHECK (court_id = current_court())""")
    op.execute(
        f"GRANT UPDATE ({', '.join(PROCEDURE_CHANGES)}) ON pricing_procedures TO luochui_web"
    )
    op.execute(
        f"GRANT UPDATE ({', '.join(OBJECTION_CHANGES)}) ON pricing_objections TO luochui_web"
    )


def _tables() -> None:
    op.create_table(
        "pricing_procedures",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("stayed_in", sa.String(length=20), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("public_price", sa.Boolean(), nullable=False),
        sa.Column("fit_for_platforms", sa.Boolean(), nullable=False),
        sa.Column("law_requires_appraisal", sa.Boolean(), nullable=False),
        sa.Column("no_agreement_possible", sa.Boolean(), nullable=False),
        sa.Column("both_ask_for", sa.String(length=20), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("price_method", sa.String(length=20), nullable=True),
        sa.Column("price_valid_until", sa.Date(), nullable=True),
        sa.Column("price_fixed_on", sa.Date(), nullable=True),
        sa.Column("price_fixed_by", sa.BigInteger(), nullable=True),
        sa.Column("started_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'stayed') = (stayed_in IS NOT NULL)",
            name="ck_pricing_procedures_stayed_knows_where",
        ),
        sa.CheckConstraint(
            "both_ask_for IN ('agreement', 'directed_inquiry', 'online_inquiry', 'appraisal')",
            name="ck_pricing_procedures_both_ask_for_known",
        ),
        sa.CheckConstraint(
            "method IN ('agreement', 'directed_inquiry', 'online_inquiry', 'appraisal')",
            name="ck_pricing_procedures_method_known",
        ),
        sa.CheckConstraint(
            "price_method IN ('agreement', 'directed_inquiry', 'online_inquiry', 'appraisal')",
            name="ck_pricing_procedures_price_method_known",
        ),
        sa.CheckConstraint(
            "price_valid_until <= price_fixed_on + interval '1 year'",
            name="ck_pricing_procedures_valid_for_a_year",
        ),
        sa.CheckConstraint(
            "state <> 'fixed' OR (price > 0 AND price_method IS NOT NULL AND price_valid_until IS NOT NULL AND price_fixed_on IS NOT NULL)",
            name="ck_pricing_procedures_fixed_has_price",
        ),
        sa.CheckConstraint(
            "state IN ('agreement', 'directed_inquiry', 'online_inquiry', 'appraisal', 'objections', 'fixed', 'stayed', 'withdrawn')",
            name="ck_pricing_procedures_state_known",
        ),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_pricing_procedures_asset_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_pricing_procedures_case_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_pricing_procedures_court_id"),
        sa.ForeignKeyConstraint(
            ["price_fixed_by"], ["identity.people.id"], name="fk_pricing_procedures_price_fixed_by"
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["identity.people.id"], name="fk_pricing_procedures_started_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pricing_procedures"),
        sa.UniqueConstraint("public_id", name="uq_pricing_procedures_public_id"),
    )
    op.create_index(
        "ix_pricing_procedures_case_id", "pricing_procedures", ["case_id"], unique=False
    )
    op.create_index(
        "uq_pricing_procedures_asset_id",
        "pricing_procedures",
        ["asset_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_table(
        "pricing_steps",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("procedure_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("days", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('begun', 'price_named', 'asked', 'answered', 'commissioned', 'time_asked', 'extended', 'report', 'candidate', 'appraiser', 'instructed', 'longer', 'file_back', 'delivered', 'objection', 'failed', 'fixed', 'stayed', 'resumed', 'withdrawn')",
            name="ck_pricing_steps_kind_known",
        ),
        sa.CheckConstraint(
            "kind NOT IN ('answered', 'report', 'fixed') OR valid_until IS NOT NULL",
            name="ck_pricing_steps_validity_named",
        ),
        sa.CheckConstraint(
            "kind NOT IN ('price_named', 'answered', 'report', 'fixed') OR amount IS NOT NULL",
            name="ck_pricing_steps_amount_named",
        ),
        sa.CheckConstraint(
            "kind NOT IN ('price_named', 'delivered') OR party_id IS NOT NULL",
            name="ck_pricing_steps_party_named",
        ),
        sa.CheckConstraint(
            "method IN ('agreement', 'directed_inquiry', 'online_inquiry', 'appraisal')",
            name="ck_pricing_steps_method_known",
        ),
        sa.CheckConstraint("amount > 0", name="ck_pricing_steps_amount_positive"),
        sa.CheckConstraint("days > 0", name="ck_pricing_steps_days_positive"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_pricing_steps_court_id"),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_pricing_steps_party_id"),
        sa.ForeignKeyConstraint(
            ["procedure_id"], ["pricing_procedures.id"], name="fk_pricing_steps_procedure_id"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["identity.people.id"], name="fk_pricing_steps_recorded_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pricing_steps"),
        sa.UniqueConstraint("public_id", name="uq_pricing_steps_public_id"),
    )
    op.create_index(
        "ix_pricing_steps_procedure_id", "pricing_steps", ["procedure_id"], unique=False
    )
    op.create_table(
        "pricing_objections",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("procedure_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("hearing", sa.String(length=12), nullable=True),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("refusal", sa.String(length=30), nullable=True),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("corrected_amount", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (refusal IS NOT NULL)",
            name="ck_pricing_objections_refused_has_reason",
        ),
        sa.CheckConstraint(
            "ground IN ('facts_wrong', 'scope_wrong', 'not_qualified', 'serious_breach', 'technical', 'fraud', 'duress', 'collusion', 'false_result', 'wrong_handling')",
            name="ck_pricing_objections_ground_known",
        ),
        sa.CheckConstraint(
            "hearing IN ('conduct', 'technical', 'supervision')",
            name="ck_pricing_objections_hearing_known",
        ),
        sa.CheckConstraint(
            "state <> 'corrected' OR report_id IS NULL OR corrected_amount > 0",
            name="ck_pricing_objections_corrected_has_amount",
        ),
        sa.CheckConstraint(
            "state = 'refused' OR hearing IS NOT NULL",
            name="ck_pricing_objections_heard_by_somebody",
        ),
        sa.CheckConstraint(
            "state IN ('filed', 'passed_on', 'explained', 'in_review', 'dismissed', 'corrected', 'upheld', 'taken_back', 'refused')",
            name="ck_pricing_objections_state_known",
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_pricing_objections_court_id"),
        sa.ForeignKeyConstraint(
            ["party_id"], ["parties.id"], name="fk_pricing_objections_party_id"
        ),
        sa.ForeignKeyConstraint(
            ["procedure_id"], ["pricing_procedures.id"], name="fk_pricing_objections_procedure_id"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["identity.people.id"], name="fk_pricing_objections_recorded_by"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["pricing_steps.id"], name="fk_pricing_objections_report_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pricing_objections"),
        sa.UniqueConstraint("public_id", name="uq_pricing_objections_public_id"),
    )
    op.create_index(
        "ix_pricing_objections_procedure_id", "pricing_objections", ["procedure_id"], unique=False
    )
