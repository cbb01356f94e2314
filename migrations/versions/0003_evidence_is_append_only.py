"""What is evidence can be added to and nothing else, whoever asks (INV-A1, A11, A19, M3).

What nobody can delete is kept for ten years and longer (RULE-A11); no back door rewrites a bid
(RULE-A8) and none is taken back (RULE-G7).
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = (
    "arrivals",
    "decisions",
    "bids",
    "transcript_lines",
    "outcomes",
    "buyers",
    "ledger_entries",
    "ledger_postings",
    "legal_time_segments",
    "panel_votes",
    "plan_services",
    "plan_objections",
    "provider_events",
    "public_notices",
    "bank_statements",
    "payment_files",
    "audit",
    "identity.envelope_openings",
)


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""")

    # A line follows the one before it and carries its own hash, or it does not get in (INV-R1).
    op.execute("""
        CREATE FUNCTION link_transcript_line() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE before text;
        BEGIN
          IF NEW.n = 0 THEN
            before := repeat('0', 64);
          ELSE
            SELECT hash INTO before FROM transcript_lines
            WHERE sale_id = NEW.sale_id AND n = NEW.n - 1;
          END IF;
          IF before IS DISTINCT FROM NEW.prev THEN
            RAISE EXCEPTION 'line % of sale % does not follow the line before it',
              NEW.n, NEW.sale_id USING ERRCODE = 'LC002';
          END IF;
          IF NEW.hash <> encode(sha256(convert_to(
              replace(NEW.line, '"hash":"' || NEW.hash || '",', ''), 'UTF8')), 'hex') THEN
            RAISE EXCEPTION 'line % of sale % does not have the hash it names',
              NEW.n, NEW.sale_id USING ERRCODE = 'LC002';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER linked BEFORE INSERT ON transcript_lines
        FOR EACH ROW EXECUTE FUNCTION link_transcript_line()""")

    # Accepted bids are numbered without a gap and never go down in price or time (INV-A4, A9).
    op.execute("""
        CREATE FUNCTION follow_last_bid() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE last bids;
        BEGIN
          SELECT * INTO last FROM bids WHERE sale_id = NEW.sale_id ORDER BY seq DESC LIMIT 1;
          IF NEW.seq <> coalesce(last.seq, 0) + 1 OR NEW.amount < last.amount
             OR NEW.at < last.at THEN
            RAISE EXCEPTION 'bid % of sale % does not follow bid %',
              NEW.seq, NEW.sale_id, last.seq USING ERRCODE = 'LC002';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER follows BEFORE INSERT ON bids
        FOR EACH ROW EXECUTE FUNCTION follow_last_bid()""")
