"""A transfer that is paid, or that came back, stands in no payment file that is made after it.

Nor in the file of a court that does not owe it; and money came back only of what was paid. What a
plan asks of a taker beyond the difference stands with the taking, where its taker may read it:
drafts of plans and the court's books are the court's own (RULE-K5).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column(
        "takings", sa.Column("further_due", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_takings_further_due_not_negative"), "takings", "further_due >= 0"
    )
    op.execute("GRANT UPDATE (further_due) ON takings TO luochui_closer")
    op.execute("""
        CREATE OR REPLACE FUNCTION keep_court_transfers() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        DECLARE
          later constant text[] = '{paid_at,received_at,payment_file_id,returned_at}';
        BEGIN
          IF to_jsonb(NEW) - later <> to_jsonb(OLD) - later
             OR (OLD.payment_file_id IS NOT NULL
                 AND NEW.payment_file_id IS DISTINCT FROM OLD.payment_file_id)
             OR (OLD.received_at IS NOT NULL
                 AND NEW.received_at IS DISTINCT FROM OLD.received_at)
             -- Back came only what had been paid, and then it is owed again.
             OR (NEW.returned_at IS DISTINCT FROM OLD.returned_at
                 AND NOT (NEW.returned_at IS NOT NULL
                          AND OLD.paid_at IS NOT NULL AND NEW.paid_at IS NULL))
             -- Paid stays paid, but for money that came back and was never received.
             OR (OLD.paid_at IS NOT NULL AND NEW.paid_at IS DISTINCT FROM OLD.paid_at
                 AND NOT (NEW.paid_at IS NULL AND OLD.received_at IS NULL
                          AND NEW.returned_at IS DISTINCT FROM OLD.returned_at)) THEN
            RAISE EXCEPTION 'transfer % stands as it was owed', OLD.public_id
              USING ERRCODE = 'LC006';
          END IF;
          IF NEW.payment_file_id IS DISTINCT FROM OLD.payment_file_id
             AND (OLD.paid_at IS NOT NULL OR NEW.paid_at IS NOT NULL
                  OR NEW.returned_at IS NOT NULL
                  OR NEW.from_court_id IS DISTINCT FROM (
                       SELECT court_id FROM payment_files WHERE id = NEW.payment_file_id)) THEN
            RAISE EXCEPTION 'transfer % belongs in no such payment file', OLD.public_id
              USING ERRCODE = 'LC006';
          END IF;
          RETURN NEW;
        END $$""")
