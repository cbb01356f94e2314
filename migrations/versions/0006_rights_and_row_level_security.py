"""Who may do what in the database, and whose rows they see.

Three settings of a transaction say on whose behalf it runs: `luochui.court` (staff),
`luochui.person` (a party), `luochui.registrations` (a bidder's own). `app.db.Tenant` sets them.
A forgotten WHERE then finds nothing instead of another court's file (INV-P4).

Row-level security is enabled, not forced: the owner is the migrator, which serves nobody and
whose trigger functions must see whole tables.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

# Belongs to a court: its staff see it, with the rest of the court's file.
COURT_TABLES = (
    "cases", "parties", "claims", "assets", "lots", "sales", "panel_votes", "priority_claims",
    "proxy_requests", "registrations", "deposits", "card_payments", "settlements", "refunds", "bank_statements",
    "bank_credits", "bank_debits", "payment_files", "suspense_items", "forfeitures", "plans", "plan_lines", "plan_services", "plan_objections",
    "payouts", "documents", "ledger_accounts", "ledger_entries", "court_memberships",
    "staff_invitations", "proposals", "audit", "party_notices", "calendar_days",
)  # fmt: skip

# What the web's role may add and change. Bids, decisions and the state of a sale are not here.
WEB_INSERTS = (
    *COURT_TABLES, "courts", "legal_time_segments", "public_lots", "sale_states",
    "transcript_lines", "ledger_postings", "outbox", "public_notices", "messages",
    "provider_events",
)  # fmt: skip
WEB_UPDATES = (
    "courts", "cases", "parties", "claims", "assets", "lots", "sales", "priority_claims",
    "proxy_requests", "deposits", "card_payments", "settlements", "bank_credits", "refunds", "plans", "plan_lines",
    "payouts", "documents", "party_notices", "calendar_days", "staff_invitations", "proposals", "outbox",
    "messages", "suspense_items", "forfeitures",
)  # fmt: skip

DRAIN_READS = (
    "courts", "legal_time_segments", "sales", "registrations", "admissions", "arrivals",
    "undecided", "decisions", "bids", "transcript_lines", "sale_states", "public_lots", "outcomes",
    "public_notices",
)  # fmt: skip
DRAIN_INSERTS = (
    "arrivals", "undecided", "decisions", "bids", "transcript_lines", "admissions",
    "public_notices",
)  # fmt: skip

CLOSER_INSERTS = (
    "outcomes", "buyers", "settlements", "refunds", "card_payments", "bank_credits", "documents",
    "messages", "outbox", "audit", "beats", "ledger_accounts", "ledger_entries",
    "ledger_postings", "public_notices", "provider_events", "bank_statements", "bank_debits",
    "suspense_items", "forfeitures", "payment_files",
)  # fmt: skip
CLOSER_UPDATES = (
    "sales", "deposits", "card_payments", "settlements", "refunds", "bank_credits", "payouts",
    "outbox", "documents", "messages", "plans", "bank_debits", "suspense_items", "forfeitures",
)  # fmt: skip

SYSTEM = "luochui_drain, luochui_closer, luochui_notifier"


def upgrade() -> None:
    _settings()
    _rights()
    _public_rights()
    _court_policies()
    _personal_policies()
    _lookups()


def _settings() -> None:
    for name, kind in (("court", "bigint"), ("person", "bigint"), ("registrations", "bigint[]")):
        op.execute(f"""
            CREATE FUNCTION current_{name}() RETURNS {kind} LANGUAGE sql STABLE PARALLEL SAFE AS
            $$ SELECT nullif(current_setting('luochui.{name}', true), '')::{kind} $$""")
    op.execute("""
        CREATE FUNCTION is_operator() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
        $$ SELECT coalesce(current_setting('luochui.operator', true), '') = 'on' $$""")


def _rights() -> None:
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO luochui_web, luochui_closer")
    op.execute(f"GRANT INSERT ON {', '.join(WEB_INSERTS)} TO luochui_web")
    op.execute(f"GRANT UPDATE ON {', '.join(WEB_UPDATES)} TO luochui_web")
    op.execute("GRANT DELETE ON plan_lines TO luochui_web")
    # A role that was given is never turned into another: it can only end.
    op.execute("GRANT UPDATE (ended_at, ended_by, end_reason) ON court_memberships TO luochui_web")

    # Closing is a drain with the end in view, so the closer may do what a drain may.
    drains = "luochui_drain, luochui_closer"
    op.execute(f"GRANT SELECT ON {', '.join(DRAIN_READS)} TO luochui_drain")
    op.execute(f"GRANT INSERT ON {', '.join(DRAIN_INSERTS)} TO {drains}")
    op.execute(f"GRANT UPDATE ON sale_states, public_lots TO {drains}")
    op.execute(f"GRANT UPDATE (named_n) ON admissions TO {drains}")
    op.execute(f"GRANT DELETE ON undecided TO {drains}")

    op.execute(f"GRANT INSERT ON {', '.join(CLOSER_INSERTS)} TO luochui_closer")
    op.execute(f"GRANT UPDATE ON {', '.join(CLOSER_UPDATES)} TO luochui_closer")
    op.execute("GRANT DELETE ON beats TO luochui_closer")

    op.execute("GRANT SELECT ON outbox, messages, sales, public_lots, courts TO luochui_notifier")
    op.execute("GRANT UPDATE ON outbox TO luochui_notifier")

    op.execute("GRANT SELECT, INSERT, UPDATE ON identity.people, identity.sessions TO luochui_web")
    op.execute("GRANT DELETE ON identity.sessions TO luochui_web")
    op.execute("GRANT SELECT, INSERT ON identity.participations TO luochui_web")
    # Sealed by the web, opened by others: it cannot even read back what it put in.
    op.execute(
        "GRANT INSERT ON identity.person_envelopes, identity.contact_envelopes TO luochui_web"
    )
    op.execute("GRANT SELECT ON identity.person_envelopes, identity.people TO luochui_closer")
    op.execute("GRANT SELECT, INSERT ON identity.envelope_openings TO luochui_closer")
    op.execute("GRANT SELECT ON identity.contact_envelopes TO luochui_notifier")
    op.execute("GRANT SELECT (id, email, name, locale) ON identity.people TO luochui_notifier")
    op.execute(
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public, identity"
        " TO luochui_web, luochui_drain, luochui_closer"
    )


def _public_rights() -> None:
    """The public sees what the law makes public, column by column."""
    op.execute("GRANT SELECT ON public_lots, transcript_lines, public_notices TO luochui_public")
    op.execute("GRANT SELECT ON legal_time_segments, documents, beats TO luochui_public")
    op.execute(
        "GRANT SELECT (id, public_id, name_en, name_zh, region, contact, timezone, is_rehearsal,"
        " opened_at) ON courts TO luochui_public"
    )
    op.execute(
        "GRANT SELECT (sale_id, court_id, status, opens_at, closes_at, leader_code, leader_rank,"
        " price, accepted, refused, extensions, stayed_from, stayed_by, stay_reason, withdrawn_at,"
        " withdrawal_reason, last_at, n, head) ON sale_states TO luochui_public"
    )
    op.execute(
        "GRANT SELECT (sale_id, seq, code, rank, amount, at, closes_at) ON bids TO luochui_public"
    )
    op.execute(
        "GRANT SELECT (sale_id, court_id, status, at, winner_code, price, extensions, accepted,"
        " refused, n, head, written_at) ON outcomes TO luochui_public"
    )
    op.execute("GRANT SELECT (sale_id, court_id, name, confirmed_at) ON buyers TO luochui_public")


def _court_policies() -> None:
    for table in COURT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY staff ON {table} TO luochui_web
            USING (court_id = current_court()) WITH CHECK (court_id = current_court())""")
        op.execute(f"CREATE POLICY system ON {table} TO {SYSTEM} USING (true) WITH CHECK (true)")
    for table in (
        "ledger_accounts", "ledger_entries", "bank_credits", "bank_debits", "refunds",
        "suspense_items", "audit",
    ):  # fmt: skip
        op.execute(
            f"CREATE POLICY operator_reads ON {table} FOR SELECT TO luochui_web"
            " USING (is_operator())"
        )
    # An operator opens courts and asks their first people in; what happens inside is the court's.
    for table in ("proposals", "staff_invitations", "court_memberships"):
        op.execute(
            f"CREATE POLICY operator ON {table} TO luochui_web"
            " USING (is_operator()) WITH CHECK (is_operator())"
        )
    op.execute("CREATE POLICY anybody_adds ON audit FOR INSERT TO luochui_web WITH CHECK (true)")


def _personal_policies() -> None:
    op.execute("""
        CREATE FUNCTION my_parties() RETURNS SETOF bigint LANGUAGE sql STABLE
        SECURITY DEFINER SET search_path = public AS
        $$ SELECT id FROM parties WHERE person_id = current_person() $$""")
    op.execute("""
        CREATE FUNCTION my_cases() RETURNS SETOF bigint LANGUAGE sql STABLE
        SECURITY DEFINER SET search_path = public AS
        $$ SELECT case_id FROM parties WHERE person_id = current_person() $$""")
    own_case = "IN (SELECT my_cases())"
    own_party = "IN (SELECT my_parties())"
    for table, sees in {
        "cases": f"id {own_case}",
        "assets": f"case_id {own_case}",
        "lots": f"case_id {own_case}",
        "sales": "state <> 'draft' AND lot_id IN (SELECT id FROM lots)",
        "parties": "person_id = current_person()",
        "claims": f"party_id {own_party}",
        "plans": f"case_id {own_case} AND state <> 'draft'",
        "plan_lines": "plan_id IN (SELECT id FROM plans)",
        "plan_services": f"party_id {own_party}",
        "plan_objections": f"party_id {own_party}",
        "payouts": f"party_id {own_party}",
        "court_memberships": "person_id = current_person()",
        "priority_claims": "person_id = current_person()",
        "audit": "person_id = current_person()",
        "proxy_requests": "person_id = current_person()",
        "documents": f"audience = 'public' OR (audience = 'parties' AND case_id {own_case})"
        " OR (audience = 'buyer' AND sale_id IN"
        " (SELECT sale_id FROM buyers WHERE person_id = current_person()))",
    }.items():
        op.execute(f"CREATE POLICY own_reads ON {table} FOR SELECT TO luochui_web USING ({sees})")
    # A bidder reads the terms of a published sale; staff still see their own court's alone.
    op.execute(
        "CREATE POLICY published ON sales FOR SELECT TO luochui_web"
        " USING (state <> 'draft' AND current_person() IS NOT NULL AND current_court() IS NULL)"
    )
    op.execute(
        "CREATE POLICY public_reads ON documents FOR SELECT TO luochui_public"
        " USING (audience = 'public')"
    )
    for table, adds in {
        "parties": "person_id = current_person() AND role IN ('creditor', 'third_party')",
        "claims": f"party_id {own_party} AND state = 'filed'",
        "plan_objections": f"party_id {own_party}",
        "priority_claims": "person_id = current_person() AND state = 'asked'",
        "proxy_requests": "person_id = current_person() AND state = 'asked'",
    }.items():
        op.execute(
            f"CREATE POLICY own_adds ON {table} FOR INSERT TO luochui_web WITH CHECK ({adds})"
        )
    op.execute("""
        CREATE POLICY own_changes ON parties FOR UPDATE TO luochui_web
        USING (person_id = current_person())""")
    # A creditor takes a claim back; what the court decides on it is the court's to write.
    op.execute(f"""
        CREATE POLICY own_changes ON claims FOR UPDATE TO luochui_web
        USING (party_id {own_party} AND state = 'filed')
        WITH CHECK (party_id {own_party} AND state IN ('filed', 'withdrawn'))""")

    # A bidder's own: by registration, because nothing else leads from a person to a bid.
    for table in ("registrations", "deposits", "card_payments", "settlements", "refunds"):
        column = "id" if table == "registrations" else "registration_id"
        if table == "refunds":
            mine = "WHERE registration_id = ANY (current_registrations())"
            own = (
                f"deposit_id IN (SELECT id FROM deposits {mine})"
                f" OR card_payment_id IN (SELECT id FROM card_payments {mine})"
            )
        else:
            own = f"{column} = ANY (current_registrations())"
        op.execute(
            f"CREATE POLICY bidder ON {table} TO luochui_web USING ({own}) WITH CHECK ({own})"
        )
    op.execute("ALTER TABLE arrivals ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY system ON arrivals TO {SYSTEM} USING (true) WITH CHECK (true)")
    op.execute("""
        CREATE POLICY bidder ON arrivals FOR SELECT TO luochui_web
        USING (registration_id = ANY (current_registrations()))""")
    op.execute("ALTER TABLE messages ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY system ON messages TO {SYSTEM} USING (true) WITH CHECK (true)")
    op.execute("""
        CREATE POLICY addressee ON messages TO luochui_web
        USING (person_id = current_person() OR registration_id = ANY (current_registrations()))
        WITH CHECK (true)""")


def _lookups() -> None:
    """Questions with one answer, asked before it is known on whose behalf rows are read."""
    op.execute("""
        CREATE FUNCTION registration_of(of_sale bigint, of_person bytea) RETURNS bigint
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
        $$ SELECT id FROM registrations WHERE sale_id = of_sale AND blind_index = of_person $$""")
    op.execute("""
        CREATE FUNCTION case_of_sale(of_sale bigint, OUT case_id bigint, OUT court_id bigint)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
        $$ SELECT lots.case_id, lots.court_id FROM sales JOIN lots ON lots.id = sales.lot_id
           WHERE sales.id = of_sale AND sales.state <> 'draft' $$""")
    # The holder of an invitation belongs to no court yet; the link's hash leads to this number.
    op.execute("""
        CREATE FUNCTION court_of_invitation(of_token bytea) RETURNS bigint
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
        $$ SELECT court_id FROM staff_invitations WHERE token_hash = of_token $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION court_of_invitation(bytea) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION court_of_invitation(bytea) TO luochui_web")
    # A party is told its expected share; for that it needs the others' claims, not their names.
    op.execute("""
        CREATE FUNCTION claims_of_my_case(of_case bigint) RETURNS TABLE (
          public_id text, claim_class text, state text, amount bigint, rank bigint,
          on_assets text[], seized_on date, filed_on date, is_mine boolean)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
        $$ SELECT public_id, claim_class, state, coalesce(admitted_amount, amount), rank,
             on_assets::text[], seized_on, filed_on, party_id IN (SELECT my_parties())
           FROM claims
           WHERE case_id = of_case AND state IN ('filed', 'admitted')
             AND of_case IN (SELECT my_cases()) $$""")
    for function in (
        "registration_of(bigint, bytea)",
        "case_of_sale(bigint)",
        "claims_of_my_case(bigint)",
    ):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO luochui_web, luochui_drain")
