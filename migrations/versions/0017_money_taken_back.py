"""Money that a card holder's bank took back is not there to be distributed (FAULT-F31, INV-M19).

Which disputed payments the proceeds of a sale rest on is asked here, once, for the pages, for the
payment files and for the triggers: a plan does not become final, and no file takes a payout, while
the ledger still misses part of the money.
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    _behind_the_price()
    _guards()


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
