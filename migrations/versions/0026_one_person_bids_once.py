"""Nobody stands behind two bidders of one sale, whatever accounts they use (RULE-E3, E13).

A registration leaves what the id numbers behind it come to in this one sale, padded to one length
so that the row does not tell a person from several. With the deposit those numbers take part; a
second deposit under one of them secures nothing and goes back. No role reads either table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    _tables()
    _functions()
    _rights()


def _tables() -> None:
    op.create_table(
        "standing_behind",
        sa.Column("registration_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("numbers", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name="pk_standing_behind"),
        schema="identity",
    )
    op.create_table(
        "taking_part",
        sa.Column("sale_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sale_id", "number_index", name="pk_taking_part"),
        schema="identity",
    )
    op.create_index(
        "ix_taking_part_registration_id", "taking_part", ["registration_id"], schema="identity"
    )


def _functions() -> None:
    op.execute("""
        CREATE FUNCTION somebody_takes_part(of_sale bigint, of_numbers bytea[]) RETURNS boolean
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
        $$ SELECT EXISTS (SELECT FROM identity.taking_part
           WHERE sale_id = of_sale AND number_index = ANY (of_numbers)) $$""")
    op.execute("""
        CREATE FUNCTION takes_part_elsewhere(of_registration bigint) RETURNS boolean
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS
        $$ SELECT EXISTS (SELECT FROM identity.standing_behind b
           JOIN identity.taking_part t
             ON t.sale_id = b.sale_id AND t.number_index = ANY (b.numbers)
           WHERE b.registration_id = of_registration
             AND t.registration_id <> of_registration) $$""")
    # The key of `taking_part` makes the second one wait for the first, and then see it.
    op.execute("""
        CREATE FUNCTION take_part(of_registration bigint) RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          IF NOT EXISTS (SELECT FROM deposits
                         WHERE registration_id = of_registration AND state = 'held') THEN
            RAISE EXCEPTION 'without a deposit nobody takes part' USING ERRCODE = 'LC008';
          END IF;
          INSERT INTO identity.taking_part (sale_id, number_index, registration_id)
          SELECT b.sale_id, n, b.registration_id
          FROM identity.standing_behind b, unnest(b.numbers) AS n
          WHERE b.registration_id = of_registration ORDER BY n
          ON CONFLICT (sale_id, number_index) DO NOTHING;
          IF takes_part_elsewhere(of_registration) THEN
            DELETE FROM identity.taking_part WHERE registration_id = of_registration;
            RETURN false;
          END IF;
          RETURN true;
        END $$""")
    # Whoever is admitted takes part, by whatever way; the key refuses the second one.
    op.execute("""
        CREATE FUNCTION let_take_part() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          INSERT INTO identity.taking_part (sale_id, number_index, registration_id)
          SELECT b.sale_id, n, b.registration_id
          FROM identity.standing_behind b, unnest(b.numbers) AS n
          WHERE b.registration_id = NEW.registration_id
            AND NOT EXISTS (SELECT FROM identity.taking_part
                            WHERE registration_id = NEW.registration_id) ORDER BY n;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER one_person_once BEFORE INSERT ON arrivals
        FOR EACH ROW WHEN (NEW.kind = 'admit') EXECUTE FUNCTION let_take_part()""")


def _rights() -> None:
    op.execute("GRANT INSERT ON identity.standing_behind TO luochui_web")
    for function in (
        "somebody_takes_part(bigint, bytea[])",
        "takes_part_elsewhere(bigint)",
        "take_part(bigint)",
    ):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO luochui_web, luochui_closer")
