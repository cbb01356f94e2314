"""What a court owes another is ordered in the payment file, once; what came back is owed again.

As a payout does: it never stands in a second file, and money that the bank brought back waits for
a person, who pays it by hand under the same reference.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("court_transfers", sa.Column("payment_file_id", sa.BigInteger()))
    op.add_column("court_transfers", sa.Column("returned_at", sa.DateTime(timezone=True)))
    op.create_foreign_key(
        "fk_court_transfers_payment_file_id",
        "court_transfers",
        "payment_files",
        ["payment_file_id"],
        ["id"],
    )
    op.execute("GRANT UPDATE (payment_file_id, returned_at) ON court_transfers TO luochui_closer")
    op.execute("""
        CREATE OR REPLACE FUNCTION keep_court_transfers() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          later constant text[] = '{paid_at,received_at,payment_file_id,returned_at}';
        BEGIN
          IF to_jsonb(NEW) - later <> to_jsonb(OLD) - later
             OR (OLD.payment_file_id IS NOT NULL
                 AND NEW.payment_file_id IS DISTINCT FROM OLD.payment_file_id)
             OR (OLD.received_at IS NOT NULL
                 AND NEW.received_at IS DISTINCT FROM OLD.received_at)
             OR (OLD.returned_at IS NOT NULL AND NEW.returned_at IS NULL)
             -- Paid stays paid, but for money that came back and was never received.
             OR (OLD.paid_at IS NOT NULL AND NEW.paid_at IS DISTINCT FROM OLD.paid_at
                 AND NOT (NEW.paid_at IS NULL AND OLD.received_at IS NULL
                          AND NEW.returned_at IS DISTINCT FROM OLD.returned_at)) THEN
            RAISE EXCEPTION 'transfer % stands as it was owed', OLD.public_id
              USING ERRCODE = 'LC006';
          END IF;
          RETURN NEW;
        END $$""")
