"""Legal time, and the one statement by which anything enters a sale's journal.

`clock_timestamp()` is read *after* the sale's shared lock is held: a drain that takes the
exclusive lock therefore sees every arrival stamped before it (INV-A5). `now()` would be the
start of the transaction and could lie before an end that has long passed (faults.md, P1).
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

# The first half of a sale's advisory lock; `app/models/arrivals.py` takes the same one.
LOCK_CLASS = 7101


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION legal_time(of_court bigint, at_real timestamptz) RETURNS timestamptz
        LANGUAGE sql STABLE AS $$
          SELECT coalesce(
            (SELECT legal_from + (at_real - real_from) * rate::double precision
             FROM legal_time_segments
             WHERE court_id = of_court AND real_from <= at_real
             ORDER BY real_from DESC, id DESC LIMIT 1),
            at_real)
        $$""")

    # Only rehearsal courts have a clock of their own, it starts now, and it never runs back.
    op.execute("""
        CREATE FUNCTION keep_legal_time_forward() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NOT (SELECT is_rehearsal FROM courts WHERE id = NEW.court_id) THEN
            RAISE EXCEPTION 'court % is no rehearsal court: its legal time is real time',
              NEW.court_id USING ERRCODE = 'LC003';
          END IF;
          PERFORM pg_advisory_xact_lock(7102, NEW.court_id::int);
          NEW.real_from := clock_timestamp();
          IF (EXISTS (SELECT FROM legal_time_segments WHERE court_id = NEW.court_id)
              OR EXISTS (SELECT FROM cases WHERE court_id = NEW.court_id))
             AND NEW.legal_from < legal_time(NEW.court_id, NEW.real_from) THEN
            RAISE EXCEPTION 'legal time does not go back' USING ERRCODE = 'LC003';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER forward BEFORE INSERT ON legal_time_segments
        FOR EACH ROW EXECUTE FUNCTION keep_legal_time_forward()""")

    op.execute(f"""
        CREATE FUNCTION enter_arrivals(entries jsonb)
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
            arrival_id := found.id;
            stamped_at := found.arrived_at;
            RETURN NEXT;
          END LOOP;
        END $$""")
