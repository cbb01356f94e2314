"""The tables, as `app/models` describes them; what the database adds of its own follows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "beats",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("process", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("at", "process", name="pk_beats"),
    )
    op.create_table(
        "courts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=100), nullable=False),
        sa.Column("contact", sa.String(length=300), nullable=False),
        sa.Column("account_name", sa.String(length=200), nullable=False),
        sa.Column("account_number", sa.String(length=64), nullable=False),
        sa.Column("account_bank", sa.String(length=200), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_courts"),
        sa.UniqueConstraint("public_id", name="uq_courts_public_id"),
    )
    op.create_table(
        "contact_envelopes",
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name="pk_contact_envelopes"),
        schema="identity",
    )
    op.create_table(
        "envelope_openings",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "ground IN ('close', 'two_persons')", name=op.f("ck_envelope_openings_ground_known")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_envelope_openings"),
        sa.UniqueConstraint(
            "registration_id", "ground", name="uq_envelope_openings_registration_id_ground"
        ),
        schema="identity",
    )
    op.create_table(
        "participations",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_index", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_registration", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_participations"),
        schema="identity",
    )
    op.create_index(
        "ix_participations_person_index",
        "participations",
        ["person_index"],
        unique=False,
        schema="identity",
    )
    op.create_table(
        "people",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("id_number", sa.String(length=64), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("is_operator", sa.Boolean(), nullable=False),
        sa.Column(
            "registered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("create_datetime", sa.DateTime(timezone=True), nullable=True),
        sa.Column("update_datetime", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_totp_counter", sa.BigInteger(), nullable=True),
        sa.Column("tf_phone_number", sa.String(length=128), nullable=True),
        sa.Column("mf_recovery_codes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("email", name="uq_people_email"),
        sa.UniqueConstraint("fs_uniquifier", name="uq_people_fs_uniquifier"),
        sa.UniqueConstraint("public_id", name="uq_people_public_id"),
        schema="identity",
    )
    op.create_table(
        "person_envelopes",
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name="pk_person_envelopes"),
        schema="identity",
    )
    op.create_table(
        "provider_events",
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("object_id", sa.String(length=120), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("event_id", name="pk_provider_events"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_audit_court_id"),
        sa.ForeignKeyConstraint(["person_id"], ["identity.people.id"], name="fk_audit_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_court_at", "audit", ["court_id", "at"], unique=False)
    op.create_table(
        "bank_statements",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("message_id", sa.String(length=80), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("imported_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "imported_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_bank_statements_court_id"),
        sa.ForeignKeyConstraint(
            ["imported_by"], ["identity.people.id"], name="fk_bank_statements_imported_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bank_statements"),
        sa.UniqueConstraint("public_id", name="uq_bank_statements_public_id"),
        sa.UniqueConstraint("sha256", name="uq_bank_statements_sha256"),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("instrument", sa.String(length=300), nullable=False),
        sa.Column("debtor_kind", sa.String(length=30), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "debtor_kind IN ('natural_person', 'other_organisation', 'enterprise')",
            name=op.f("ck_cases_debtor_kind_known"),
        ),
        sa.CheckConstraint("state IN ('open', 'ended')", name=op.f("ck_cases_state_known")),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_cases_court_id"),
        sa.ForeignKeyConstraint(["created_by"], ["identity.people.id"], name="fk_cases_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("court_id", "number", name="uq_cases_court_id_number"),
        sa.UniqueConstraint("public_id", name="uq_cases_public_id"),
    )
    op.create_table(
        "court_memberships",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("granted_by", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "granted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("end_reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "role IN ('president', 'judge', 'clerk', 'finance')",
            name=op.f("ck_court_memberships_role_known"),
        ),
        sa.CheckConstraint(
            "granted_by <> approved_by", name=op.f("ck_court_memberships_two_persons")
        ),
        sa.CheckConstraint(
            "person_id <> granted_by AND person_id <> approved_by",
            name=op.f("ck_court_memberships_never_by_oneself"),
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["identity.people.id"], name="fk_court_memberships_approved_by"
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_court_memberships_court_id"),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["identity.people.id"], name="fk_court_memberships_ended_by"
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["identity.people.id"], name="fk_court_memberships_granted_by"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.people.id"], name="fk_court_memberships_person_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_court_memberships"),
    )
    op.create_index(
        "uq_court_memberships_current",
        "court_memberships",
        ["court_id", "person_id", "role"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("agent_class", sa.String(length=80), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.people.id"], name="fk_sessions_person_id"
        ),
        sa.PrimaryKeyConstraint("id_hash", name="pk_sessions"),
        schema="identity",
    )
    op.create_index(
        "ix_sessions_person_id", "sessions", ["person_id"], unique=False, schema="identity"
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('bank', 'provider_clearing') OR balance <= 0",
            name=op.f("ck_ledger_accounts_held_is_never_short"),
        ),
        sa.CheckConstraint(
            "kind IN ('bank', 'provider_clearing', 'deposits_held', 'refunds_payable', 'price_held', 'forfeited', 'payable', 'suspense')",
            name=op.f("ck_ledger_accounts_kind_known"),
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_ledger_accounts_court_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_accounts"),
        sa.UniqueConstraint(
            "court_id",
            "kind",
            "subject",
            "currency",
            name="uq_ledger_accounts_court_id_kind_subject_currency",
        ),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("memo", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "posted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_ledger_entries_court_id"),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_entries.id"], name="fk_ledger_entries_reverses_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_entries"),
        sa.UniqueConstraint("key", name="uq_ledger_entries_key"),
    )
    op.create_index("ix_ledger_entries_court_id", "ledger_entries", ["court_id"], unique=False)
    op.create_table(
        "legal_time_segments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "real_from",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("legal_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rate", sa.Numeric(precision=9, scale=3, asdecimal=False), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "rate >= 0 AND rate <= 10000", name=op.f("ck_legal_time_segments_rate_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["court_id"], ["courts.id"], name="fk_legal_time_segments_court_id"
        ),
        sa.ForeignKeyConstraint(
            ["set_by"], ["identity.people.id"], name="fk_legal_time_segments_set_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_legal_time_segments"),
    )
    op.create_index(
        "ix_legal_time_segments_court_real",
        "legal_time_segments",
        ["court_id", "real_from"],
        unique=False,
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "next_try_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("last_answer", sa.String(length=500), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('provider_event', 'checkout', 'refund', 'payment_file', 'letter')",
            name=op.f("ck_outbox_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('due', 'done', 'parked')", name=op.f("ck_outbox_state_known")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_outbox_court_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sa.UniqueConstraint("public_id", name="uq_outbox_public_id"),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["kind", "next_try_at"],
        unique=False,
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_table(
        "payment_files",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.String(length=35), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("payments", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_payment_files_court_id"),
        sa.ForeignKeyConstraint(
            ["made_by"], ["identity.people.id"], name="fk_payment_files_made_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_files"),
        sa.UniqueConstraint("message_id", name="uq_payment_files_message_id"),
        sa.UniqueConstraint("public_id", name="uq_payment_files_public_id"),
    )
    op.create_table(
        "proposals",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "proposed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("decision_reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (approved IS NULL)", name=op.f("ck_proposals_decided_whole")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by", name=op.f("ck_proposals_two_persons")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_proposals_court_id"),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["identity.people.id"], name="fk_proposals_decided_by"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["identity.people.id"], name="fk_proposals_proposed_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
        sa.UniqueConstraint("public_id", name="uq_proposals_public_id"),
    )
    op.create_index("ix_proposals_subject", "proposals", ["kind", "subject"], unique=False)
    op.create_index(
        "uq_proposals_pending",
        "proposals",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("approved IS NULL"),
    )
    op.create_table(
        "staff_invitations",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "invited_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_by", sa.BigInteger(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('president', 'judge', 'clerk', 'finance')",
            name=op.f("ck_staff_invitations_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["identity.people.id"], name="fk_staff_invitations_accepted_by"
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["identity.people.id"], name="fk_staff_invitations_approved_by"
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_staff_invitations_court_id"),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["identity.people.id"], name="fk_staff_invitations_invited_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_staff_invitations"),
        sa.UniqueConstraint("public_id", name="uq_staff_invitations_public_id"),
        sa.UniqueConstraint("token_hash", name="uq_staff_invitations_token_hash"),
    )
    op.create_table(
        "assets",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("property_kind", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("region", sa.String(length=100), nullable=False),
        sa.Column("ownership", sa.Text(), nullable=False),
        sa.Column("possession", sa.Text(), nullable=False),
        sa.Column("burdens", sa.Text(), nullable=False),
        sa.Column("defects", sa.Text(), nullable=False),
        sa.Column("seized_on", sa.Date(), nullable=True),
        sa.Column("picture", sa.String(length=80), nullable=False),
        sa.Column("is_living_home", sa.Boolean(), nullable=False),
        sa.Column("living_home_ground", sa.String(length=500), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "category IN ('home', 'apartment', 'shop', 'warehouse', 'land_use_right', 'car', 'truck', 'machinery', 'ship', 'shares', 'jewellery', 'watch', 'art', 'other')",
            name=op.f("ck_assets_category_known"),
        ),
        sa.CheckConstraint(
            "property_kind IN ('movable', 'real_property', 'other_right')",
            name=op.f("ck_assets_property_kind_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_assets_case_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_assets_court_id"),
        sa.PrimaryKeyConstraint("id", name="pk_assets"),
        sa.UniqueConstraint("public_id", name="uq_assets_public_id"),
    )
    op.create_index("ix_assets_case_id", "assets", ["case_id"], unique=False)
    op.create_table(
        "ledger_postings",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_postings_amount_moves")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_accounts.id"], name="fk_ledger_postings_account_id"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entries.id"], name="fk_ledger_postings_entry_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_postings"),
    )
    op.create_index(
        "ix_ledger_postings_account_id", "ledger_postings", ["account_id"], unique=False
    )
    op.create_index("ix_ledger_postings_entry_id", "ledger_postings", ["entry_id"], unique=False)
    op.create_table(
        "parties",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("account_name", sa.String(length=200), nullable=True),
        sa.Column("account_number", sa.String(length=64), nullable=True),
        sa.Column("account_bank", sa.String(length=200), nullable=True),
        sa.Column("account_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "added_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "role IN ('applicant', 'debtor', 'creditor', 'co_owner', 'tenant', 'third_party')",
            name=op.f("ck_parties_role_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_parties_case_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_parties_court_id"),
        sa.ForeignKeyConstraint(["person_id"], ["identity.people.id"], name="fk_parties_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_parties"),
        sa.UniqueConstraint("public_id", name="uq_parties_public_id"),
    )
    op.create_index("ix_parties_case_id", "parties", ["case_id"], unique=False)
    op.create_index("ix_parties_person_id", "parties", ["person_id"], unique=False)
    op.create_table(
        "claims",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("claim_class", sa.String(length=40), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("on_assets", postgresql.ARRAY(sa.String(length=16)), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("ground", sa.String(length=500), nullable=False),
        sa.Column("seized_on", sa.Date(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("admitted_amount", sa.BigInteger(), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "filed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'admitted') = (admitted_amount IS NOT NULL)",
            name=op.f("ck_claims_admitted_has_amount"),
        ),
        sa.CheckConstraint(
            "state IN ('filed', 'admitted', 'refused', 'withdrawn')",
            name=op.f("ck_claims_state_known"),
        ),
        sa.CheckConstraint(
            "admitted_amount IS NULL OR (admitted_amount >= 0 AND admitted_amount <= amount)",
            name=op.f("ck_claims_admitted_within_claim"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_claims_amount_positive")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_claims_case_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_claims_court_id"),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["identity.people.id"], name="fk_claims_decided_by"
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_claims_party_id"),
        sa.PrimaryKeyConstraint("id", name="pk_claims"),
        sa.UniqueConstraint("public_id", name="uq_claims_public_id"),
    )
    op.create_index("ix_claims_case_id", "claims", ["case_id"], unique=False)
    op.create_index("ix_claims_party_id", "claims", ["party_id"], unique=False)
    op.create_table(
        "lots",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_lots_asset_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_lots_case_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_lots_court_id"),
        sa.ForeignKeyConstraint(["created_by"], ["identity.people.id"], name="fk_lots_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_lots"),
        sa.UniqueConstraint("public_id", name="uq_lots_public_id"),
    )
    op.create_index("ix_lots_asset_id", "lots", ["asset_id"], unique=False)
    op.create_index("ix_lots_case_id", "lots", ["case_id"], unique=False)
    op.create_table(
        "sales",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("previous_sale_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("rules", sa.String(length=40), nullable=False),
        sa.Column("property_kind", sa.String(length=20), nullable=False),
        sa.Column("round", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reference_price", sa.BigInteger(), nullable=True),
        sa.Column("reference_price_method", sa.String(length=40), nullable=False),
        sa.Column("reference_price_valid_until", sa.Date(), nullable=True),
        sa.Column("starting_price", sa.BigInteger(), nullable=False),
        sa.Column("increment", sa.BigInteger(), nullable=False),
        sa.Column("multiples_only", sa.Boolean(), nullable=False),
        sa.Column("deposit", sa.BigInteger(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("balance_due_days", sa.BigInteger(), nullable=False),
        sa.Column("viewing", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("taxes", sa.Text(), nullable=False),
        sa.Column("publication_items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parties_notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announcement", sa.Text(), nullable=True),
        sa.Column("announcement_hash", sa.String(length=64), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "property_kind IN ('movable', 'real_property', 'other_right')",
            name=op.f("ck_sales_property_kind_known"),
        ),
        sa.CheckConstraint(
            "round IN ('first', 'second', 'sell_off')", name=op.f("ck_sales_round_known")
        ),
        sa.CheckConstraint(
            "state = 'draft' OR (announcement IS NOT NULL AND announcement_hash IS NOT NULL AND published_at IS NOT NULL)",
            name=op.f("ck_sales_published_is_announced"),
        ),
        sa.CheckConstraint(
            "state = 'draft' OR closes_at >= opens_at + interval '24 hours'",
            name=op.f("ck_sales_bidding_time_at_least_24_hours"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'ended', 'withdrawn')",
            name=op.f("ck_sales_state_known"),
        ),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_sales_closes_after_opening")),
        sa.CheckConstraint("deposit >= 0", name=op.f("ck_sales_deposit_not_negative")),
        sa.CheckConstraint(
            "starting_price >= 1 AND increment >= 1", name=op.f("ck_sales_prices_positive")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_sales_court_id"),
        sa.ForeignKeyConstraint(["created_by"], ["identity.people.id"], name="fk_sales_created_by"),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name="fk_sales_lot_id"),
        sa.ForeignKeyConstraint(
            ["previous_sale_id"], ["sales.id"], name="fk_sales_previous_sale_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sales"),
        sa.UniqueConstraint("lot_id", "number", name="uq_sales_lot_id_number"),
        sa.UniqueConstraint("public_id", name="uq_sales_public_id"),
    )
    op.create_index("ix_sales_lot_id", "sales", ["lot_id"], unique=False)
    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("sale_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.BigInteger(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "audience IN ('public', 'parties', 'court', 'buyer')",
            name=op.f("ck_documents_audience_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_documents_case_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_documents_court_id"),
        sa.ForeignKeyConstraint(["made_by"], ["identity.people.id"], name="fk_documents_made_by"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_documents_sale_id"),
        sa.ForeignKeyConstraint(
            ["signed_by"], ["identity.people.id"], name="fk_documents_signed_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint(
            "court_id",
            "kind",
            "subject",
            "version",
            name="uq_documents_court_id_kind_subject_version",
        ),
        sa.UniqueConstraint("public_id", name="uq_documents_public_id"),
    )
    op.create_index("ix_documents_case_id", "documents", ["case_id"], unique=False)
    op.create_index("ix_documents_sale_id", "documents", ["sale_id"], unique=False)
    op.create_table(
        "panel_votes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("terms_hash", sa.String(length=64), nullable=False),
        sa.Column("in_favour", sa.Boolean(), nullable=False),
        sa.Column("dissent", sa.String(length=1000), nullable=False),
        sa.Column(
            "voted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_panel_votes_court_id"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["identity.people.id"], name="fk_panel_votes_member_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_panel_votes_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_panel_votes"),
        sa.UniqueConstraint(
            "sale_id", "member_id", "terms_hash", name="uq_panel_votes_sale_id_member_id_terms_hash"
        ),
    )
    op.create_index("ix_panel_votes_sale_id", "panel_votes", ["sale_id"], unique=False)
    op.create_table(
        "plans",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("pool", sa.BigInteger(), nullable=False),
        sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("drafted_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "drafted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finalised_by", sa.BigInteger(), nullable=True),
        sa.Column("finalised_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'final') = (finalised_by IS NOT NULL)", name=op.f("ck_plans_final_has_person")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'served', 'final', 'replaced')",
            name=op.f("ck_plans_state_known"),
        ),
        sa.CheckConstraint(
            "finalised_by IS NULL OR finalised_by <> drafted_by", name=op.f("ck_plans_two_persons")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_plans_case_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_plans_court_id"),
        sa.ForeignKeyConstraint(["drafted_by"], ["identity.people.id"], name="fk_plans_drafted_by"),
        sa.ForeignKeyConstraint(
            ["finalised_by"], ["identity.people.id"], name="fk_plans_finalised_by"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_plans_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
        sa.UniqueConstraint("public_id", name="uq_plans_public_id"),
        sa.UniqueConstraint("sale_id", "version", name="uq_plans_sale_id_version"),
    )
    op.create_index("ix_plans_case_id", "plans", ["case_id"], unique=False)
    op.create_index(
        "uq_plans_current",
        "plans",
        ["sale_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'replaced'"),
    )
    op.create_table(
        "priority_claims",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("nature", sa.String(length=20), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "asked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'confirmed') = (rank IS NOT NULL)",
            name=op.f("ck_priority_claims_confirmed_has_rank"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'confirmed', 'refused')",
            name=op.f("ck_priority_claims_state_known"),
        ),
        sa.CheckConstraint(
            "rank BETWEEN 1 AND 1000", name=op.f("ck_priority_claims_rank_in_range")
        ),
        sa.CheckConstraint(
            "nature IN ('co_owner', 'tenant', 'shareholder', 'other')",
            name=op.f("ck_priority_claims_nature_known"),
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_priority_claims_court_id"),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["identity.people.id"], name="fk_priority_claims_decided_by"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.people.id"], name="fk_priority_claims_person_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_priority_claims_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_priority_claims"),
        sa.UniqueConstraint("public_id", name="uq_priority_claims_public_id"),
        sa.UniqueConstraint("sale_id", "person_id", name="uq_priority_claims_sale_id_person_id"),
    )
    op.create_index("ix_priority_claims_sale_id", "priority_claims", ["sale_id"], unique=False)
    op.create_table(
        "party_notices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "way IN ('in_person', 'post', 'electronic', 'waived', 'unreachable')",
            name=op.f("ck_party_notices_way_known"),
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_party_notices_court_id"),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_party_notices_party_id"),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["identity.people.id"], name="fk_party_notices_recorded_by"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_party_notices_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_party_notices"),
        sa.UniqueConstraint("sale_id", "party_id", name="uq_party_notices_sale_id_party_id"),
    )
    op.create_table(
        "calendar_days",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_calendar_days_court_id"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_days"),
        sa.UniqueConstraint("court_id", "on", name="uq_calendar_days_court_id_on"),
    )
    op.create_table(
        "proxy_requests",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("principal_name", sa.String(length=200), nullable=False),
        sa.Column("principal_id_number", sa.String(length=64), nullable=False),
        sa.Column("authority", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "asked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'confirmed', 'refused')", name=op.f("ck_proxy_requests_state_known")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_proxy_requests_court_id"),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["identity.people.id"], name="fk_proxy_requests_decided_by"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.people.id"], name="fk_proxy_requests_person_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_proxy_requests_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_proxy_requests"),
        sa.UniqueConstraint("public_id", name="uq_proxy_requests_public_id"),
        sa.UniqueConstraint("sale_id", "person_id", name="uq_proxy_requests_sale_id_person_id"),
    )
    op.create_index("ix_proxy_requests_sale_id", "proxy_requests", ["sale_id"], unique=False)
    op.create_table(
        "public_lots",
        sa.Column("sale_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("lot_public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.String(length=12), nullable=False),
        sa.Column("round", sa.String(length=10), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("property_kind", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=100), nullable=False),
        sa.Column("picture", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reference_price", sa.BigInteger(), nullable=True),
        sa.Column("starting_price", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("bids", sa.BigInteger(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announcement", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("announcement_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "array_to_tsvector(search_grams(title || ' ' || title_zh || ' ' || region))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "phase IN ('announced', 'open', 'suspended', 'sold', 'unsold', 'withdrawn')",
            name=op.f("ck_public_lots_phase_known"),
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_public_lots_court_id"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_public_lots_sale_id"),
        sa.PrimaryKeyConstraint("sale_id", name="pk_public_lots"),
        sa.UniqueConstraint("public_id", name="uq_public_lots_public_id"),
    )
    op.create_index(
        "ix_public_lots_court_phase", "public_lots", ["court_id", "phase"], unique=False
    )
    op.create_index("ix_public_lots_lot_public_id", "public_lots", ["lot_public_id"], unique=False)
    op.create_index(
        "ix_public_lots_phase_closes", "public_lots", ["phase", "closes_at"], unique=False
    )
    op.create_index(
        "ix_public_lots_search", "public_lots", ["search"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "public_notices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_public_notices_court_id"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_public_notices_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_public_notices"),
        sa.UniqueConstraint("public_id", name="uq_public_notices_public_id"),
    )
    op.create_index("ix_public_notices_sale_id", "public_notices", ["sale_id"], unique=False)
    op.create_table(
        "registrations",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("blind_index", sa.LargeBinary(), nullable=False),
        sa.Column("priority_rank", sa.BigInteger(), nullable=True),
        sa.Column("excluded", sa.String(length=60), nullable=True),
        sa.Column("deposit_due", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("terms_hash", sa.String(length=64), nullable=False),
        sa.Column("terms_accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "registered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "priority_rank BETWEEN 1 AND 1000", name=op.f("ck_registrations_rank_in_range")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_registrations_court_id"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_registrations_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_registrations"),
        sa.UniqueConstraint("public_id", name="uq_registrations_public_id"),
        sa.UniqueConstraint("sale_id", "blind_index", name="uq_registrations_sale_id_blind_index"),
        sa.UniqueConstraint("sale_id", "code", name="uq_registrations_sale_id_code"),
    )
    op.create_table(
        "transcript_lines",
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_transcript_lines_sale_id"),
        sa.PrimaryKeyConstraint("sale_id", "n", name="pk_transcript_lines"),
    )
    op.create_table(
        "arrivals",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("typed", sa.String(length=80), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(kind IN ('bid', 'admit')) = (registration_id IS NOT NULL)",
            name=op.f("ck_arrivals_bidders_acts_are_theirs"),
        ),
        sa.CheckConstraint(
            "kind IN ('bid', 'admit', 'suspend', 'resume', 'withdraw')",
            name=op.f("ck_arrivals_kind_known"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_arrivals_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_arrivals_registration_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_arrivals_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_arrivals"),
        sa.UniqueConstraint("key", name="uq_arrivals_key"),
    )
    op.create_index(
        "ix_arrivals_sale_order", "arrivals", ["sale_id", "arrived_at", "id"], unique=False
    )
    op.create_index(
        "ix_arrivals_admit",
        "arrivals",
        ["registration_id"],
        unique=False,
        postgresql_where=sa.text("kind = 'admit'"),
    )
    op.create_table(
        "buyers",
        sa.Column("sale_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_buyers_court_id"),
        sa.ForeignKeyConstraint(["person_id"], ["identity.people.id"], name="fk_buyers_person_id"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_buyers_registration_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_buyers_sale_id"),
        sa.PrimaryKeyConstraint("sale_id", name="pk_buyers"),
    )
    op.create_table(
        "deposits",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("channel", sa.String(length=6), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_origin", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "channel IN ('card', 'bank', 'none')", name=op.f("ck_deposits_channel_known")
        ),
        sa.CheckConstraint(
            "state IN ('awaiting', 'held', 'releasing', 'released', 'applied', 'forfeited', 'cancelled')",
            name=op.f("ck_deposits_state_known"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_deposits_amount_not_negative")),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_deposits_court_id"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_deposits_registration_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_deposits_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deposits"),
        sa.UniqueConstraint("public_id", name="uq_deposits_public_id"),
        sa.UniqueConstraint("reference", name="uq_deposits_reference"),
        sa.UniqueConstraint("registration_id", name="uq_deposits_registration_id"),
    )
    op.create_index("ix_deposits_release", "deposits", ["state", "release_due_at"], unique=False)
    op.create_index("ix_deposits_sale_id", "deposits", ["sale_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("registration_id", sa.BigInteger(), nullable=True),
        sa.Column("sale_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (registration_id IS NULL)",
            name=op.f("ck_messages_exactly_one_addressee"),
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_messages_court_id"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.people.id"], name="fk_messages_person_id"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_messages_registration_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_messages_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("key", name="uq_messages_key"),
        sa.UniqueConstraint("public_id", name="uq_messages_public_id"),
    )
    op.create_index("ix_messages_person_id", "messages", ["person_id"], unique=False)
    op.create_index("ix_messages_registration_id", "messages", ["registration_id"], unique=False)
    op.create_table(
        "outcomes",
        sa.Column("sale_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("winner_registration_id", sa.BigInteger(), nullable=True),
        sa.Column("winner_code", sa.String(length=8), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("extensions", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'sold') = (winner_registration_id IS NOT NULL)",
            name=op.f("ck_outcomes_sold_has_winner"),
        ),
        sa.CheckConstraint(
            "status IN ('sold', 'unsold', 'withdrawn')", name=op.f("ck_outcomes_status_known")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_outcomes_court_id"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_outcomes_sale_id"),
        sa.ForeignKeyConstraint(
            ["winner_registration_id"],
            ["registrations.id"],
            name="fk_outcomes_winner_registration_id",
        ),
        sa.PrimaryKeyConstraint("sale_id", name="pk_outcomes"),
    )
    op.create_table(
        "plan_lines",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=True),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("payee", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unpaid", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'claim') = (claim_id IS NOT NULL)", name=op.f("ck_plan_lines_claim_named")
        ),
        sa.CheckConstraint(
            "kind IN ('claim', 'cost', 'surplus')", name=op.f("ck_plan_lines_kind_known")
        ),
        sa.CheckConstraint(
            "amount >= 0 AND unpaid >= 0", name=op.f("ck_plan_lines_amounts_not_negative")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_plan_lines_claim_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_plan_lines_court_id"),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_plan_lines_party_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_plan_lines_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plan_lines"),
    )
    op.create_index("ix_plan_lines_plan_id", "plan_lines", ["plan_id"], unique=False)
    op.create_table(
        "plan_objections",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("grounds", sa.String(length=2000), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_plan_objections_court_id"),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_plan_objections_party_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_plan_objections_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plan_objections"),
        sa.UniqueConstraint("plan_id", "party_id", name="uq_plan_objections_plan_id_party_id"),
    )
    op.create_index("ix_plan_objections_party_id", "plan_objections", ["party_id"], unique=False)
    op.create_table(
        "plan_services",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("objection_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_plan_services_court_id"),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_plan_services_party_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_plan_services_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plan_services"),
        sa.UniqueConstraint("plan_id", "party_id", name="uq_plan_services_plan_id_party_id"),
    )
    op.create_index("ix_plan_services_party_id", "plan_services", ["party_id"], unique=False)
    op.create_table(
        "sale_states",
        sa.Column("sale_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leader_code", sa.String(length=8), nullable=True),
        sa.Column("leader_rank", sa.BigInteger(), nullable=True),
        sa.Column("leader_registration_id", sa.BigInteger(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("extensions", sa.BigInteger(), nullable=False),
        sa.Column("stayed_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stayed_by", sa.String(length=10), nullable=True),
        sa.Column("stay_reason", sa.String(length=200), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_reason", sa.String(length=200), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "status IN ('announced', 'open', 'suspended', 'sold', 'unsold', 'withdrawn')",
            name=op.f("ck_sale_states_status_known"),
        ),
        sa.CheckConstraint(
            "(leader_code IS NULL) = (price IS NULL)", name=op.f("ck_sale_states_leader_has_price")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_sale_states_court_id"),
        sa.ForeignKeyConstraint(
            ["leader_registration_id"],
            ["registrations.id"],
            name="fk_sale_states_leader_registration_id",
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_sale_states_sale_id"),
        sa.PrimaryKeyConstraint("sale_id", name="pk_sale_states"),
    )
    op.create_index("ix_sale_states_due", "sale_states", ["status", "closes_at"], unique=False)
    op.create_table(
        "settlements",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("deposit_applied", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ruling_served_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("defaulted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("default_decided_by", sa.BigInteger(), nullable=True),
        sa.Column("default_reference", sa.String(length=200), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('awaiting_balance', 'defaulted') OR deposit_applied + paid = price",
            name=op.f("ck_settlements_paid_means_paid"),
        ),
        sa.CheckConstraint(
            "state IN ('awaiting_balance', 'paid', 'defaulted', 'ruled', 'delivered')",
            name=op.f("ck_settlements_state_known"),
        ),
        sa.CheckConstraint(
            "deposit_applied >= 0 AND paid >= 0 AND deposit_applied + paid <= price",
            name=op.f("ck_settlements_never_more_than_price"),
        ),
        sa.CheckConstraint("price >= 1", name=op.f("ck_settlements_price_positive")),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_settlements_court_id"),
        sa.ForeignKeyConstraint(
            ["default_decided_by"], ["identity.people.id"], name="fk_settlements_default_decided_by"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_settlements_registration_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_settlements_sale_id"),
        sa.PrimaryKeyConstraint("id", name="pk_settlements"),
        sa.UniqueConstraint("public_id", name="uq_settlements_public_id"),
        sa.UniqueConstraint("reference", name="uq_settlements_reference"),
        sa.UniqueConstraint("registration_id", name="uq_settlements_registration_id"),
        sa.UniqueConstraint("sale_id", name="uq_settlements_sale_id"),
    )
    op.create_table(
        "admissions",
        sa.Column("registration_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("arrival_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_n", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrivals.id"], name="fk_admissions_arrival_id"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_admissions_registration_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_admissions_sale_id"),
        sa.PrimaryKeyConstraint("registration_id", name="pk_admissions"),
    )
    op.create_index("ix_admissions_sale_id", "admissions", ["sale_id"], unique=False)
    op.create_table(
        "bank_credits",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_reference", sa.String(length=80), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=140), nullable=False),
        sa.Column("sealed_payer", sa.LargeBinary(), nullable=False),
        sa.Column("end_to_end_id", sa.String(length=35), nullable=True),
        sa.Column("doubt", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("deposit_id", sa.BigInteger(), nullable=True),
        sa.Column("settlement_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('new', 'matched', 'suspense', 'returned')",
            name=op.f("ck_bank_credits_state_known"),
        ),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_bank_credits_amount_positive")),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_bank_credits_court_id"),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposits.id"], name="fk_bank_credits_deposit_id"),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlements.id"], name="fk_bank_credits_settlement_id"
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statements.id"], name="fk_bank_credits_statement_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bank_credits"),
        sa.UniqueConstraint(
            "court_id", "entry_reference", name="uq_bank_credits_court_id_entry_reference"
        ),
        sa.UniqueConstraint("public_id", name="uq_bank_credits_public_id"),
    )
    op.create_index("ix_bank_credits_statement_id", "bank_credits", ["statement_id"], unique=False)
    op.create_table(
        "bids",
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("arrival_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_bids_amount_positive")),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrivals.id"], name="fk_bids_arrival_id"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_bids_registration_id"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_bids_sale_id"),
        sa.PrimaryKeyConstraint("sale_id", "seq", name="pk_bids"),
        sa.UniqueConstraint("arrival_id", name="uq_bids_arrival_id"),
    )
    op.create_table(
        "card_payments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("deposit_id", sa.BigInteger(), nullable=True),
        sa.Column("settlement_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("checkout_id", sa.String(length=120), nullable=True),
        sa.Column("intent_id", sa.String(length=120), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "purpose IN ('deposit', 'balance')", name=op.f("ck_card_payments_purpose_known")
        ),
        sa.CheckConstraint(
            "state IN ('opening', 'open', 'succeeded', 'failed', 'expired')",
            name=op.f("ck_card_payments_state_known"),
        ),
        sa.CheckConstraint(
            "amount BETWEEN 1 AND 99999999", name=op.f("ck_card_payments_within_provider_limit")
        ),
        sa.CheckConstraint(
            "refunded >= 0 AND refunded <= amount",
            name=op.f("ck_card_payments_refunded_within_amount"),
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_card_payments_court_id"),
        sa.ForeignKeyConstraint(
            ["deposit_id"], ["deposits.id"], name="fk_card_payments_deposit_id"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_card_payments_registration_id"
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlements.id"], name="fk_card_payments_settlement_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_card_payments"),
        sa.UniqueConstraint("checkout_id", name="uq_card_payments_checkout_id"),
        sa.UniqueConstraint("intent_id", name="uq_card_payments_intent_id"),
        sa.UniqueConstraint("key", name="uq_card_payments_key"),
        sa.UniqueConstraint("public_id", name="uq_card_payments_public_id"),
    )
    op.create_index("ix_card_payments_deposit_id", "card_payments", ["deposit_id"], unique=False)
    op.create_index(
        "ix_card_payments_registration_id", "card_payments", ["registration_id"], unique=False
    )
    op.create_table(
        "decisions",
        sa.Column("arrival_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("minimum", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrivals.id"], name="fk_decisions_arrival_id"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_decisions_sale_id"),
        sa.PrimaryKeyConstraint("arrival_id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_sale_id", "decisions", ["sale_id"], unique=False)
    op.create_table(
        "payouts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_line_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("payee", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("account_name", sa.String(length=200), nullable=False),
        sa.Column("account_number", sa.String(length=64), nullable=False),
        sa.Column("account_bank", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=35), nullable=False),
        sa.Column("payment_file_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('due', 'sent', 'paid', 'failed')", name=op.f("ck_payouts_state_known")
        ),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_payouts_amount_positive")),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_payouts_court_id"),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_payouts_party_id"),
        sa.ForeignKeyConstraint(
            ["payment_file_id"], ["payment_files.id"], name="fk_payouts_payment_file_id"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_payouts_plan_id"),
        sa.ForeignKeyConstraint(
            ["plan_line_id"], ["plan_lines.id"], name="fk_payouts_plan_line_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payouts"),
        sa.UniqueConstraint("bank_reference", name="uq_payouts_bank_reference"),
        sa.UniqueConstraint("plan_line_id", name="uq_payouts_plan_line_id"),
        sa.UniqueConstraint("public_id", name="uq_payouts_public_id"),
        sa.UniqueConstraint("reference", name="uq_payouts_reference"),
    )
    op.create_index("ix_payouts_party_id", "payouts", ["party_id"], unique=False)
    op.create_index("ix_payouts_plan_id", "payouts", ["plan_id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("deposit_id", sa.BigInteger(), nullable=True),
        sa.Column("card_payment_id", sa.BigInteger(), nullable=True),
        sa.Column("bank_credit_id", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=6), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("key", sa.String(length=35), nullable=False),
        sa.Column("provider_id", sa.String(length=120), nullable=True),
        sa.Column("payment_file_id", sa.BigInteger(), nullable=True),
        sa.Column("bank_reference", sa.String(length=80), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("channel IN ('card', 'bank')", name=op.f("ck_refunds_channel_known")),
        sa.CheckConstraint(
            "state IN ('due', 'sent', 'done', 'failed')", name=op.f("ck_refunds_state_known")
        ),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_refunds_amount_positive")),
        sa.CheckConstraint(
            "num_nonnulls(deposit_id, card_payment_id, bank_credit_id) = 1",
            name=op.f("ck_refunds_one_origin"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_credit_id"], ["bank_credits.id"], name="fk_refunds_bank_credit_id"
        ),
        sa.ForeignKeyConstraint(
            ["card_payment_id"], ["card_payments.id"], name="fk_refunds_card_payment_id"
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_refunds_court_id"),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposits.id"], name="fk_refunds_deposit_id"),
        sa.ForeignKeyConstraint(
            ["payment_file_id"], ["payment_files.id"], name="fk_refunds_payment_file_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
        sa.UniqueConstraint("bank_credit_id", name="uq_refunds_bank_credit_id"),
        sa.UniqueConstraint("bank_reference", name="uq_refunds_bank_reference"),
        sa.UniqueConstraint("card_payment_id", name="uq_refunds_card_payment_id"),
        sa.UniqueConstraint("deposit_id", name="uq_refunds_deposit_id"),
        sa.UniqueConstraint("key", name="uq_refunds_key"),
        sa.UniqueConstraint("provider_id", name="uq_refunds_provider_id"),
        sa.UniqueConstraint("public_id", name="uq_refunds_public_id"),
    )
    op.create_index("ix_refunds_state_due", "refunds", ["state", "due_at"], unique=False)
    op.create_table(
        "bank_debits",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_reference", sa.String(length=80), nullable=False),
        sa.Column("end_to_end_id", sa.String(length=35), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('new', 'matched', 'unknown')", name=op.f("ck_bank_debits_state_known")
        ),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_bank_debits_amount_positive")),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_bank_debits_court_id"),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statements.id"], name="fk_bank_debits_statement_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bank_debits"),
        sa.UniqueConstraint(
            "court_id", "entry_reference", name="uq_bank_debits_court_id_entry_reference"
        ),
        sa.UniqueConstraint("public_id", name="uq_bank_debits_public_id"),
    )
    op.create_index("ix_bank_debits_statement_id", "bank_debits", ["statement_id"], unique=False)
    op.create_table(
        "suspense_items",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("bank_credit_id", sa.BigInteger(), nullable=True),
        sa.Column("card_payment_id", sa.BigInteger(), nullable=True),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposal_id", sa.BigInteger(), nullable=True),
        sa.Column("deposit_id", sa.BigInteger(), nullable=True),
        sa.Column("settlement_id", sa.BigInteger(), nullable=True),
        sa.Column("last_answer", sa.String(length=40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'assigning', 'returning', 'assigned', 'returned')",
            name=op.f("ck_suspense_items_state_known"),
        ),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_suspense_items_amount_positive")),
        sa.CheckConstraint(
            "num_nonnulls(bank_credit_id, card_payment_id, refund_id) = 1",
            name=op.f("ck_suspense_items_one_source"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('assigning', 'assigned')"
            " OR (proposal_id IS NOT NULL AND num_nonnulls(deposit_id, settlement_id) = 1)",
            name=op.f("ck_suspense_items_assigned_by_two_persons"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_credit_id"], ["bank_credits.id"], name="fk_suspense_items_bank_credit_id"
        ),
        sa.ForeignKeyConstraint(
            ["card_payment_id"], ["card_payments.id"], name="fk_suspense_items_card_payment_id"
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_suspense_items_court_id"),
        sa.ForeignKeyConstraint(
            ["deposit_id"], ["deposits.id"], name="fk_suspense_items_deposit_id"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["identity.people.id"], name="fk_suspense_items_owner_id"
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name="fk_suspense_items_proposal_id"
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name="fk_suspense_items_refund_id"),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlements.id"], name="fk_suspense_items_settlement_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_suspense_items"),
        sa.UniqueConstraint("bank_credit_id", name="uq_suspense_items_bank_credit_id"),
        sa.UniqueConstraint("card_payment_id", name="uq_suspense_items_card_payment_id"),
        sa.UniqueConstraint("public_id", name="uq_suspense_items_public_id"),
    )
    op.create_index("ix_suspense_items_refund_id", "suspense_items", ["refund_id"], unique=False)
    op.create_index("ix_suspense_items_state", "suspense_items", ["state"], unique=False)
    op.create_table(
        "forfeitures",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("settlement_id", sa.BigInteger(), nullable=False),
        sa.Column("deposit_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("resale_sale_id", sa.BigInteger(), nullable=True),
        sa.Column("costs", sa.BigInteger(), nullable=True),
        sa.Column("to_costs", sa.BigInteger(), nullable=True),
        sa.Column("to_price_gap", sa.BigInteger(), nullable=True),
        sa.Column("to_debts", sa.BigInteger(), nullable=True),
        sa.Column("price_gap", sa.BigInteger(), nullable=True),
        sa.Column("shortfall", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('kept', 'used')", name=op.f("ck_forfeitures_state_known")),
        sa.CheckConstraint(
            "state = 'kept' OR to_costs + to_price_gap + to_debts = amount",
            name=op.f("ck_forfeitures_used_up"),
        ),
        sa.CheckConstraint(
            "(state = 'used') = (resale_sale_id IS NOT NULL AND shortfall IS NOT NULL"
            " AND price_gap IS NOT NULL AND costs IS NOT NULL)",
            name=op.f("ck_forfeitures_used_after_a_resale"),
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_forfeitures_court_id"),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposits.id"], name="fk_forfeitures_deposit_id"),
        sa.ForeignKeyConstraint(
            ["resale_sale_id"], ["sales.id"], name="fk_forfeitures_resale_sale_id"
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlements.id"], name="fk_forfeitures_settlement_id"
        ),
        sa.ForeignKeyConstraint(["used_by"], ["identity.people.id"], name="fk_forfeitures_used_by"),
        sa.PrimaryKeyConstraint("id", name="pk_forfeitures"),
        sa.UniqueConstraint("deposit_id", name="uq_forfeitures_deposit_id"),
        sa.UniqueConstraint("public_id", name="uq_forfeitures_public_id"),
        sa.UniqueConstraint("settlement_id", name="uq_forfeitures_settlement_id"),
    )
    op.create_table(
        "undecided",
        sa.Column("arrival_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrivals.id"], name="fk_undecided_arrival_id"),
        sa.PrimaryKeyConstraint("arrival_id", name="pk_undecided"),
    )
    op.create_index("ix_undecided_sale_id", "undecided", ["sale_id"], unique=False)
