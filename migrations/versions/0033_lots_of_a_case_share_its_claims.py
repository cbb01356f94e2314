"""What one lot of a case paid on a claim, another lot does not pay again (INV-M15).

What the other lots paid is asked here, once, for the plans, for the pages and for the trigger: by
plans that are served or final, and by a property from the day on which its creditor took it in
kind. A sale that was undone has paid nobody (RULE-M3, I8), a taker who defaulted took nothing.

A plan becomes final only if it distributes what is held for its sale, not a cent more or less.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.add_column(
        "plan_lines", sa.Column("paid_before", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_plan_lines_paid_before_on_a_claim"),
        "plan_lines",
        "paid_before >= 0 AND (paid_before = 0 OR kind = 'claim')",
    )
    _paid_by_other_lots()
    _expected_shares()
    _guards()


def _paid_by_other_lots() -> None:
    # `unopposed` is what no objection can take away any more, or does so far.
    op.execute("""
        CREATE FUNCTION paid_by_other_lots(of_case bigint, beside_sale bigint)
        RETURNS TABLE (claim_id bigint, paid bigint, unopposed bigint)
        LANGUAGE sql STABLE SET search_path = public AS $$
          WITH standing AS (
            SELECT p.id, p.sale_id, p.state = 'served' AND EXISTS (
                     SELECT FROM plan_objections o WHERE o.plan_id = p.id) AS is_opposed
            FROM plans p LEFT JOIN settlements s ON s.sale_id = p.sale_id
            WHERE p.case_id = of_case AND p.sale_id <> beside_sale
              AND p.state IN ('served', 'final')
              AND coalesce(s.state, '') NOT IN ('revoked', 'not_approved')
          ), paid AS (
            SELECT l.claim_id, l.amount + l.in_kind AS amount, standing.is_opposed
            FROM plan_lines l JOIN standing ON standing.id = l.plan_id
            WHERE l.claim_id IS NOT NULL
            UNION ALL
            SELECT t.claim_id, t.price - t.difference, false FROM takings t
            WHERE t.case_id = of_case AND t.sale_id <> beside_sale AND t.state <> 'defaulted'
              AND NOT EXISTS (SELECT FROM standing WHERE standing.sale_id = t.sale_id)
          )
          SELECT paid.claim_id, sum(amount)::bigint,
                 coalesce(sum(amount) FILTER (WHERE NOT is_opposed), 0)::bigint
          FROM paid GROUP BY paid.claim_id
        $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION paid_by_other_lots(bigint, bigint) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION paid_by_other_lots(bigint, bigint) TO luochui_web")


def _expected_shares() -> None:
    """As in 0006, but what is still owed, in the currency of the sale that is looked at."""
    op.execute("""
        CREATE FUNCTION claims_on_sale(of_case bigint, of_sale bigint) RETURNS TABLE (
          public_id text, claim_class text, state text, amount bigint, rank bigint,
          on_assets text[], seized_on date, filed_on date, is_mine boolean)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
        $$ SELECT c.public_id, c.claim_class, c.state,
             coalesce(c.admitted_amount, c.amount) - coalesce(p.paid, 0), c.rank,
             c.on_assets::text[], c.seized_on, c.filed_on, c.party_id IN (SELECT my_parties())
           FROM claims c
           LEFT JOIN paid_by_other_lots(of_case, of_sale) p ON p.claim_id = c.id
           WHERE c.case_id = of_case AND c.state IN ('filed', 'admitted')
             AND c.currency = (SELECT currency FROM sales WHERE id = of_sale)
             AND coalesce(c.admitted_amount, c.amount) > coalesce(p.paid, 0)
             AND of_case IN (SELECT my_cases()) $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION claims_on_sale(bigint, bigint) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION claims_on_sale(bigint, bigint) TO luochui_web")
    op.execute("DROP FUNCTION claims_of_my_case(bigint)")


def _guards() -> None:
    # As in 0032: what was paid before, money and property together never exceed the claim.
    op.execute("""
        CREATE OR REPLACE FUNCTION check_line_within_claim() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          IF NEW.claim_id IS NOT NULL AND NEW.paid_before + NEW.amount + NEW.in_kind > (
            SELECT coalesce(admitted_amount, 0) FROM claims WHERE id = NEW.claim_id
          ) THEN
            RAISE EXCEPTION 'a line of plan % exceeds its claim', NEW.plan_id
              USING ERRCODE = 'LC007';
          END IF;
          RETURN NEW;
        END $$""")
    # With the owner's rights, and the case held: two plans of a case are looked at one by one.
    op.execute("""
        CREATE FUNCTION check_plan_beside_others() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        DECLARE held bigint;
        BEGIN
          PERFORM 1 FROM cases WHERE id = NEW.case_id FOR NO KEY UPDATE;
          IF EXISTS (
            SELECT FROM plan_lines l JOIN claims c ON c.id = l.claim_id
            LEFT JOIN paid_by_other_lots(NEW.case_id, NEW.sale_id) o ON o.claim_id = c.id
            WHERE l.plan_id = NEW.id
            GROUP BY c.id, c.admitted_amount, o.paid
            HAVING sum(l.amount + l.in_kind) + coalesce(o.paid, 0) > coalesce(c.admitted_amount, 0)
          ) THEN
            RAISE EXCEPTION 'plan % exceeds what is left of a claim', NEW.public_id
              USING ERRCODE = 'LC007';
          END IF;
          SELECT -a.balance INTO held FROM ledger_accounts a JOIN sales s ON s.id = NEW.sale_id
          WHERE a.court_id = NEW.court_id AND a.kind = 'price_held'
            AND a.subject = s.public_id AND a.currency = NEW.currency
          FOR UPDATE OF a;
          IF NEW.pool <> coalesce(held, 0) THEN
            RAISE EXCEPTION 'plan % does not distribute what is held', NEW.public_id
              USING ERRCODE = 'LC007';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER shares_with_others BEFORE UPDATE OF state ON plans
        FOR EACH ROW WHEN (NEW.state = 'final' AND OLD.state <> 'final')
        EXECUTE FUNCTION check_plan_beside_others()""")
