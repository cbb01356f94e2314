"""Money that a card holder's bank took back is not there to be distributed (FAULT-F31, INV-M19).

Which disputed payments the proceeds of a sale rest on is asked here, once, for the pages, for the
payment files and for the triggers: a plan does not become final, and no file takes a payout, while
the ledger still misses part of the money.

A deposit that was taken back during a sale secures no further bid (RULE-E3). The engine's contract
has no event that ends an admission, so the journal does not take such a bid in the first place: in
the statement that stamps it, at no cost of a question asked before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

# As in 0004: arrivals of a sale wait for its drain.
LOCK_CLASS = 7101


def upgrade() -> None:
    _behind_the_price()
    _guards()
    _journal()


def _behind_the_price() -> None:
    # A deposit that did not count towards the price takes nothing out of it.
    op.execute("""
        CREATE FUNCTION disputes_behind_sale(of_sale bigint) RETURNS SETOF bigint
        LANGUAGE sql STABLE SET search_path = public AS $$
          SELECT d.id FROM disputes d
          JOIN card_payments p ON p.id = d.card_payment_id AND p.counted
          JOIN ledger_accounts a ON a.court_id = d.court_id AND a.kind = 'disputed'
            AND a.subject = d.public_id AND a.currency = d.currency AND a.balance > 0
          WHERE p.settlement_id IN (SELECT id FROM settlements WHERE sale_id = of_sale)
             OR p.deposit_id IN (
               SELECT t.id FROM deposits t JOIN settlements s USING (registration_id)
               WHERE s.sale_id = of_sale AND s.deposit_applied > 0)
             OR p.deposit_id IN (
               SELECT deposit_id FROM forfeitures
               WHERE resale_sale_id = of_sale AND state = 'used')
        $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION disputes_behind_sale(bigint) FROM PUBLIC")
    op.execute(
        "GRANT EXECUTE ON FUNCTION disputes_behind_sale(bigint) TO luochui_web, luochui_closer"
    )


def _guards() -> None:
    # With the owner's rights: what the writer may not see is missing all the same.
    op.execute("""
        CREATE FUNCTION keep_proceeds_whole() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        DECLARE of_sale bigint;
        BEGIN
          IF TG_TABLE_NAME = 'plans' THEN
            of_sale := NEW.sale_id;
          ELSE
            SELECT sale_id INTO of_sale FROM plans WHERE id = NEW.plan_id;
          END IF;
          IF EXISTS (SELECT FROM disputes_behind_sale(of_sale)) THEN
            RAISE EXCEPTION 'part of the proceeds of sale % was taken back', of_sale
              USING ERRCODE = 'LC007';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER proceeds_are_there BEFORE UPDATE OF state ON plans
        FOR EACH ROW WHEN (NEW.state = 'final' AND OLD.state <> 'final')
        EXECUTE FUNCTION keep_proceeds_whole()""")
    # What the bank says that it has paid is booked all the same; we only order nothing more.
    op.execute("""
        CREATE TRIGGER proceeds_are_there BEFORE UPDATE OF payment_file_id ON payouts
        FOR EACH ROW WHEN (NEW.payment_file_id IS NOT NULL
          AND NEW.payment_file_id IS DISTINCT FROM OLD.payment_file_id)
        EXECUTE FUNCTION keep_proceeds_whole()""")


def _journal() -> None:
    """As in 0004, but for bids of somebody whose deposit was taken back."""
    op.add_column("deposits", sa.Column("taken_back_at", sa.DateTime(timezone=True)))
    op.execute("GRANT SELECT (registration_id, taken_back_at) ON deposits TO luochui_drain")
    # No page and no role bars a bidder while bidding is open (RULE-A8): the mark follows the
    # provider's word that the money is gone, and whoever sets it without that is refused.
    op.execute("""
        CREATE FUNCTION keep_deposit_marks_true() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF current_user = 'luochui_web' OR (NEW.taken_back_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM disputes d
            JOIN card_payments p ON p.id = d.card_payment_id AND p.counted
            JOIN ledger_accounts a ON a.court_id = d.court_id AND a.kind = 'disputed'
              AND a.subject = d.public_id AND a.balance > 0
            WHERE p.deposit_id = NEW.id AND d.state <> 'won'
          )) THEN
            RAISE EXCEPTION 'nobody took deposit % back', NEW.public_id USING ERRCODE = 'LC008';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER taken_back_truly BEFORE UPDATE OF taken_back_at ON deposits
        FOR EACH ROW WHEN (NEW.taken_back_at IS DISTINCT FROM OLD.taken_back_at)
        EXECUTE FUNCTION keep_deposit_marks_true()""")
    op.execute(f"""
        CREATE OR REPLACE FUNCTION enter_arrivals(entries jsonb)
        RETURNS TABLE (place int, arrival_id bigint, stamped_at timestamptz, is_new boolean,
                       is_same boolean)
        LANGUAGE plpgsql AS $$
        DECLARE
          entry record;
          found arrivals;
        BEGIN
          -- In one order for everybody, so that two batches never wait for each other.
          FOR entry IN SELECT DISTINCT (value->>'sale')::bigint AS sale
                       FROM jsonb_array_elements(entries) ORDER BY 1 LOOP
            PERFORM pg_advisory_xact_lock_shared({LOCK_CLASS}, entry.sale::int);
          END LOOP;

          FOR entry IN
            SELECT ordinality::int AS place, (value->>'sale')::bigint AS sale,
                   value->>'kind' AS kind, (value->>'registration')::bigint AS registration,
                   (value->>'amount')::bigint AS amount, value->>'typed' AS typed,
                   nullif(value->'details', 'null'::jsonb) AS details, (value->>'key')::uuid AS key
            FROM jsonb_array_elements(entries) WITH ORDINALITY ORDER BY ordinality
          LOOP
            INSERT INTO arrivals (sale_id, kind, registration_id, amount, typed, details, key,
                                  arrived_at)
            SELECT entry.sale, entry.kind, entry.registration, entry.amount, entry.typed,
                   entry.details, entry.key, legal_time(sales.court_id, clock_timestamp())
            FROM sales WHERE sales.id = entry.sale
              AND NOT (entry.kind = 'bid' AND EXISTS (
                SELECT FROM deposits d WHERE d.registration_id = entry.registration
                AND d.taken_back_at IS NOT NULL))
            ON CONFLICT (key) DO NOTHING
            RETURNING * INTO found;
            place := entry.place;
            is_new := found.id IS NOT NULL;
            is_same := true;
            IF is_new THEN
              INSERT INTO undecided (arrival_id, sale_id) VALUES (found.id, entry.sale);
            ELSE
              -- The same key again: the same arrival, or somebody reused a key (INV-A13).
              SELECT * INTO found FROM arrivals WHERE arrivals.key = entry.key;
              is_same := (found.sale_id, found.kind) = (entry.sale, entry.kind)
                AND found.registration_id IS NOT DISTINCT FROM entry.registration
                AND found.amount IS NOT DISTINCT FROM entry.amount
                AND found.typed IS NOT DISTINCT FROM entry.typed;
            END IF;
            -- Without an arrival nothing was entered, and no decision is to be waited for.
            arrival_id := found.id;
            stamped_at := found.arrived_at;
            RETURN NEXT;
          END LOOP;
        END $$""")
