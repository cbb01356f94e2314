"""Rounds after a failure: taking in kind, sell-off, return, default (RULE-J, K)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

COURT_TABLES = ("in_kind_inquiries", "in_kind_answers", "takings", "round_acts")
EVIDENCE = ("in_kind_answers", "round_acts")

# As in `app.models.rounds`; a test holds the two against each other.
TRANSITIONS = {
    "in_kind_inquiries": ("asked>ordered", "asked>declined", "ordered>taken", "ordered>declined"),
    "takings": (
        "awaiting_difference>paid",
        "awaiting_difference>defaulted",
        "paid>ruled",
        "ruled>served",
    ),
}

_WITHDRAWN = "flawed_publication,ground_gone,new_price"
_AFRESH = "new_price,seized_again"
# As in `auction_engine.sale.rounds.FOLLOWING`: "round:end>next", then the reasons it asks for.
FOLLOWING = (
    "first:failed>second",
    "second:failed>sell_off",
    "sell_off:failed>first:new_price,seized_again,creditor_asked",
    f"first:withdrawn>first:{_WITHDRAWN}",
    f"second:withdrawn>second:{_WITHDRAWN}",
    f"second:withdrawn>first:{_AFRESH}",
    f"sell_off:withdrawn>sell_off:{_WITHDRAWN}",
    f"sell_off:withdrawn>first:{_AFRESH}",
    *(
        f"{sale_round}:{end}>{sale_round}"
        for sale_round in ("first", "second", "sell_off")
        for end in ("defaulted", "not_approved", "taker_defaulted", "revoked")
    ),
)


def upgrade() -> None:
    _inquiries()
    _answers()
    _takings()
    _acts()
    _forfeitures()
    _triggers()
    _rights()
    _policies()


def _table(name: str, *columns: Any, named: bool = True) -> None:
    """A table of a court, with the columns and keys that all of them have."""
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        *([sa.Column("public_id", sa.String(length=16), nullable=False)] if named else []),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name=f"fk_{name}_court_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        *([sa.UniqueConstraint("public_id", name=f"uq_{name}_public_id")] if named else []),
    )


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _written() -> sa.Column[Any]:
    return sa.Column(
        "written_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def _inquiries() -> None:
    name = "in_kind_inquiries"
    _table(
        name,
        _number("case_id"),
        _number("sale_id"),
        _number("price"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        _moment("asked_at"),
        sa.Column("answer_by", sa.Date(), nullable=False),
        _number("asked_by"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("places", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _moment("drawn_at", nullable=True),
        _number("drawn_by", nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'ordered', 'taken', 'declined')",
            name=op.f(f"ck_{name}_state_known"),
        ),
        sa.CheckConstraint("price >= 1", name=op.f(f"ck_{name}_price_positive")),
        sa.CheckConstraint(
            "(state = 'asked') = (drawn_at IS NULL)", name=op.f(f"ck_{name}_drawn_has_moment")
        ),
        _key(name, "case_id", "cases"),
        _key(name, "sale_id", "sales"),
        _key(name, "asked_by", "identity.people"),
        _key(name, "drawn_by", "identity.people"),
        sa.UniqueConstraint("sale_id", name=f"uq_{name}_sale_id"),
    )


def _answers() -> None:
    name = "in_kind_answers"
    _table(
        name,
        _number("inquiry_id"),
        _number("claim_id"),
        _number("party_id"),
        sa.Column("wants", sa.Boolean(), nullable=False),
        _moment("answered_at"),
        _number("answered_by"),
        _written(),
        _key(name, "inquiry_id", "in_kind_inquiries"),
        _key(name, "claim_id", "claims"),
        _key(name, "party_id", "parties"),
        _key(name, "answered_by", "identity.people"),
        named=False,
    )
    op.create_index(f"ix_{name}_inquiry_id", name, ["inquiry_id"])


def _takings() -> None:
    name = "takings"
    _table(
        name,
        _number("case_id"),
        _number("sale_id"),
        _number("inquiry_id"),
        _number("claim_id"),
        _number("party_id"),
        _number("price"),
        _number("due_to_taker"),
        _number("difference"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("pay_by", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        _number("recorded_by"),
        _moment("recorded_at"),
        _moment("paid_at", nullable=True),
        sa.Column("paid_reference", sa.String(length=140), nullable=False),
        _moment("defaulted_at", nullable=True),
        sa.Column("default_reference", sa.String(length=200), nullable=False),
        _moment("served_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('awaiting_difference', 'paid', 'ruled', 'served', 'defaulted')",
            name=op.f(f"ck_{name}_state_known"),
        ),
        sa.CheckConstraint(
            "price >= 1 AND due_to_taker >= 0 AND difference = greatest(0, price - due_to_taker)",
            name=op.f(f"ck_{name}_difference_is_the_rest"),
        ),
        sa.CheckConstraint(
            "(difference > 0) = (pay_by IS NOT NULL)", name=op.f(f"ck_{name}_difference_has_day")
        ),
        sa.CheckConstraint(
            "state IN ('awaiting_difference', 'defaulted') OR paid_at IS NOT NULL",
            name=op.f(f"ck_{name}_paid_has_moment"),
        ),
        _key(name, "case_id", "cases"),
        _key(name, "sale_id", "sales"),
        _key(name, "inquiry_id", "in_kind_inquiries"),
        _key(name, "claim_id", "claims"),
        _key(name, "party_id", "parties"),
        _key(name, "recorded_by", "identity.people"),
        sa.UniqueConstraint("sale_id", name=f"uq_{name}_sale_id"),
    )


def _acts() -> None:
    name = "round_acts"
    _table(
        name,
        _number("case_id"),
        _number("asset_id"),
        _number("sale_id", nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("round", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _number("decided_by"),
        _moment("decided_at"),
        _written(),
        sa.CheckConstraint(
            "kind IN ('new_round', 'returned', 'direct_sell_off', 'taken_by_agreement', 'approved')",
            name=op.f(f"ck_{name}_kind_known"),
        ),
        sa.CheckConstraint("note <> ''", name=op.f(f"ck_{name}_says_why")),
        _key(name, "case_id", "cases"),
        _key(name, "asset_id", "assets"),
        _key(name, "sale_id", "sales"),
        _key(name, "decided_by", "identity.people"),
    )
    op.create_index(f"ix_{name}_sale_id", name, ["sale_id"])
    op.create_index(f"ix_{name}_asset_id", name, ["asset_id"])


def _forfeitures() -> None:
    """The third and fourth use told apart, and the court's word on a shortfall (RULE-J2, J5)."""
    op.add_column("forfeitures", _number("to_case_debts", nullable=True))
    op.add_column("forfeitures", _number("to_connected_debts", nullable=True))
    op.add_column("forfeitures", _number("shortfall_owed", nullable=True))
    op.add_column(
        "forfeitures", sa.Column("shortfall_reference", sa.String(length=200), nullable=True)
    )
    op.create_check_constraint(
        op.f("ck_forfeitures_debts_told_apart"),
        "forfeitures",
        "to_case_debts IS NULL OR to_case_debts + to_connected_debts = to_debts",
    )
    op.create_check_constraint(
        op.f("ck_forfeitures_owes_no_more_than_lacks"),
        "forfeitures",
        "shortfall_owed IS NULL OR (shortfall_owed >= 0 AND shortfall_owed <= shortfall)",
    )


def _triggers() -> None:
    for table in EVIDENCE:
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""")
    for table, pairs in TRANSITIONS.items():
        allowed = ", ".join(f"'{pair}'" for pair in pairs)
        op.execute(f"""
            CREATE TRIGGER transitions BEFORE UPDATE OF state ON {table}
            FOR EACH ROW EXECUTE FUNCTION keep_to_transitions({allowed})""")

    # What was published before anybody answered is not another seed or price afterwards.
    op.execute("""
        CREATE FUNCTION keep_inquiry() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (NEW.seed, NEW.price, NEW.currency, NEW.sale_id, NEW.asked_at, NEW.answer_by)
             IS DISTINCT FROM
             (OLD.seed, OLD.price, OLD.currency, OLD.sale_id, OLD.asked_at, OLD.answer_by)
             OR (OLD.drawn_at IS NOT NULL AND (NEW.places, NEW.drawn_at)
                 IS DISTINCT FROM (OLD.places, OLD.drawn_at)) THEN
            RAISE EXCEPTION 'what creditors were asked stands' USING ERRCODE = 'LC008';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER stands BEFORE UPDATE ON in_kind_inquiries
        FOR EACH ROW EXECUTE FUNCTION keep_inquiry()""")
    _order_of_rounds()


def _order_of_rounds() -> None:
    # How a round ended, in the words of the engine's table; NULL where nothing may follow.
    op.execute("""
        CREATE FUNCTION end_of_sale(of_sale bigint) RETURNS text LANGUAGE sql STABLE
        SECURITY DEFINER SET search_path = public AS
        $$ SELECT CASE
             WHEN o.status = 'withdrawn' THEN 'withdrawn'
             WHEN o.status = 'unsold' AND t.id IS NULL THEN 'failed'
             WHEN o.status = 'unsold' AND t.state = 'defaulted' THEN 'taker_defaulted'
             WHEN s.state = 'defaulted' THEN 'defaulted'
             WHEN s.state = 'revoked' THEN 'revoked'
           END
           FROM outcomes o
           LEFT JOIN settlements s ON s.sale_id = o.sale_id
           LEFT JOIN takings t ON t.sale_id = o.sale_id
           WHERE o.sale_id = of_sale $$""")
    op.execute("""
        CREATE FUNCTION keep_to_rounds() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        DECLARE step text; found text;
        BEGIN
          IF NEW.previous_sale_id IS NULL THEN RETURN NEW; END IF;
          SELECT round || ':' || coalesce(end_of_sale(id), '-') || '>' || NEW.round INTO step
          FROM sales WHERE id = NEW.previous_sale_id AND lot_id = NEW.lot_id;
          SELECT arg INTO found FROM unnest(TG_ARGV) arg
          WHERE arg = step OR starts_with(arg, step || ':');
          IF found IS NULL OR (found <> step AND NOT EXISTS (
               SELECT FROM round_acts WHERE sale_id = NEW.previous_sale_id
                 AND kind = 'new_round' AND round = NEW.round
                 AND reason = ANY (string_to_array(split_part(found, ':', 3), ',')))) THEN
            RAISE EXCEPTION 'no round follows so: %', step USING ERRCODE = 'LC004';
          END IF;
          RETURN NEW;
        END $$""")
    steps = ", ".join(f"'{step}'" for step in FOLLOWING)
    op.execute(f"""
        CREATE TRIGGER follows BEFORE INSERT ON sales
        FOR EACH ROW EXECUTE FUNCTION keep_to_rounds({steps})""")


def _rights() -> None:
    listed = ", ".join(COURT_TABLES)
    op.execute(f"GRANT SELECT ON {listed} TO luochui_web, luochui_closer")
    op.execute(f"GRANT INSERT ON {listed} TO luochui_web")
    op.execute("GRANT UPDATE ON in_kind_inquiries, takings TO luochui_web")
    op.execute(
        "GRANT USAGE ON SEQUENCE "
        + ", ".join(f"{table}_id_seq" for table in COURT_TABLES)
        + " TO luochui_web"
    )


def _policies() -> None:
    for table in COURT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY system ON {table} TO luochui_drain, luochui_closer, luochui_notifier"
            " USING (true) WITH CHECK (true)"
        )
        op.execute(f"""
            CREATE POLICY staff ON {table} TO luochui_web
            USING (court_id = current_court()) WITH CHECK (court_id = current_court())""")
    own_party = "party_id IN (SELECT my_parties())"
    op.execute("""
        CREATE POLICY own_reads ON in_kind_inquiries FOR SELECT TO luochui_web
        USING (case_id IN (SELECT my_cases()))""")
    for table in ("in_kind_answers", "takings"):
        op.execute(
            f"CREATE POLICY own_reads ON {table} FOR SELECT TO luochui_web USING ({own_party})"
        )
    # A creditor answers for an own, admitted claim in a case that was asked, and for no other.
    op.execute(f"""
        CREATE POLICY own_adds ON in_kind_answers FOR INSERT TO luochui_web
        WITH CHECK ({own_party} AND answered_by = current_person()
          AND claim_id IN (SELECT id FROM claims WHERE claims.{own_party} AND state = 'admitted')
          AND inquiry_id IN (SELECT id FROM in_kind_inquiries WHERE state = 'asked'))""")
