"""What the code promises, repeated where no code can forget it."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

# The same tables as in Python (`auction_engine.money.deposits`, `app.models.states`); a test
# holds the two against each other.
TRANSITIONS = {
    "sales": ("draft>published", "published>ended", "published>withdrawn"),
    "deposits": (
        "awaiting>held",
        "awaiting>cancelled",
        "held>releasing",
        "releasing>released",
        "held>applied",
        "held>forfeited",
    ),
    "settlements": (
        "awaiting_balance>paid",
        "awaiting_balance>defaulted",
        "paid>ruled",
        "ruled>delivered",
    ),
    "plans": (
        "draft>served",
        "draft>replaced",
        "served>final",
        "served>replaced",
    ),
    "payouts": ("due>sent", "sent>paid", "sent>failed", "paid>failed", "failed>due"),
    "refunds": (
        "due>sent",
        "due>done",
        "sent>done",
        "due>failed",
        "sent>failed",
        # The other bank sends it back, days after it was thought to have arrived.
        "done>failed",
        "failed>due",
    ),
    "claims": ("filed>admitted", "filed>refused", "filed>withdrawn", "refused>filed"),
    "card_payments": (
        "opening>open",
        "opening>failed",
        "open>succeeded",
        "open>failed",
        "open>expired",
        "failed>succeeded",
        "expired>succeeded",
        "failed>open",
    ),
    "bank_credits": (
        "new>matched",
        "new>suspense",
        "suspense>matched",
        "suspense>returned",
    ),
    "bank_debits": ("new>matched", "new>unknown"),
    "suspense_items": (
        "open>assigning",
        "open>returning",
        "assigning>assigned",
        "assigning>open",
        "returning>returned",
        "returning>open",
    ),
    "forfeitures": ("kept>used",),
}


def upgrade() -> None:
    # What is not in the table cannot happen (INV-A12).
    op.execute("""
        CREATE FUNCTION keep_to_transitions() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (TG_ARGV)) THEN
            RAISE EXCEPTION '% cannot go from % to %', TG_TABLE_NAME, OLD.state, NEW.state
              USING ERRCODE = 'LC004';
          END IF;
          RETURN NEW;
        END $$""")
    for table, pairs in TRANSITIONS.items():
        allowed = ", ".join(f"'{pair}'" for pair in pairs)
        op.execute(f"""
            CREATE TRIGGER transitions BEFORE UPDATE OF state ON {table}
            FOR EACH ROW EXECUTE FUNCTION keep_to_transitions({allowed})""")

    # The terms of a published sale are frozen; a change is a withdrawal and a new announcement
    # (INV-A14).
    op.execute("""
        CREATE FUNCTION keep_published_terms() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF OLD.state <> 'draft' AND to_jsonb(NEW) - 'state' <> to_jsonb(OLD) - 'state' THEN
            RAISE EXCEPTION 'the terms of sale % are published', OLD.public_id
              USING ERRCODE = 'LC005';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER frozen BEFORE UPDATE ON sales
        FOR EACH ROW EXECUTE FUNCTION keep_published_terms()""")

    _documents()
    _ledger()
    _plans()
    _people()


def _documents() -> None:
    # What was hashed, signed or served is not another text afterwards, nor signed by another.
    op.execute("""
        CREATE FUNCTION keep_document_text() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (NEW.kind, NEW.subject, NEW.version, NEW.title, NEW.content, NEW.sha256, NEW.made_at)
             IS DISTINCT FROM
             (OLD.kind, OLD.subject, OLD.version, OLD.title, OLD.content, OLD.sha256, OLD.made_at)
             OR (OLD.signed_at IS NOT NULL AND (NEW.signed_by, NEW.signed_at)
                 IS DISTINCT FROM (OLD.signed_by, OLD.signed_at))
             OR (OLD.served_at IS NOT NULL AND NEW.served_at IS DISTINCT FROM OLD.served_at) THEN
            RAISE EXCEPTION 'document % stands as it was made', OLD.public_id
              USING ERRCODE = 'LC008';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER stands BEFORE UPDATE ON documents
        FOR EACH ROW EXECUTE FUNCTION keep_document_text()""")


def _ledger() -> None:
    # Runs with the owner's rights: nobody else may write a balance.
    op.execute("""
        CREATE FUNCTION move_balance() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          UPDATE ledger_accounts a SET balance = balance + NEW.amount
          FROM ledger_entries e
          WHERE a.id = NEW.account_id AND e.id = NEW.entry_id AND e.court_id = a.court_id;
          IF NOT FOUND THEN
            RAISE EXCEPTION 'an entry and its accounts belong to one court'
              USING ERRCODE = 'LC006';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER moves_balance AFTER INSERT ON ledger_postings
        FOR EACH ROW EXECUTE FUNCTION move_balance()""")
    op.execute("""
        CREATE FUNCTION check_entry_balances() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          IF EXISTS (
            SELECT FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id
            WHERE p.entry_id = NEW.entry_id GROUP BY a.currency HAVING sum(p.amount) <> 0
          ) THEN
            RAISE EXCEPTION 'entry % does not balance', NEW.entry_id USING ERRCODE = 'LC006';
          END IF;
          RETURN NULL;
        END $$""")
    op.execute("""
        CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON ledger_postings
        DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION check_entry_balances()""")


def _plans() -> None:
    # Every cent of the pool has a payee before a plan becomes final (INV-M14).
    op.execute("""
        CREATE FUNCTION check_plan_is_whole() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          IF NEW.state = 'final' AND NEW.pool <> (
            SELECT coalesce(sum(amount), 0) FROM plan_lines WHERE plan_id = NEW.id
          ) THEN
            RAISE EXCEPTION 'plan % does not distribute its pool', NEW.public_id
              USING ERRCODE = 'LC007';
          END IF;
          RETURN NULL;
        END $$""")
    op.execute("""
        CREATE CONSTRAINT TRIGGER whole AFTER INSERT OR UPDATE ON plans
        DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION check_plan_is_whole()""")
    # No creditor gets more than was admitted (INV-M15).
    op.execute("""
        CREATE FUNCTION check_line_within_claim() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          IF NEW.claim_id IS NOT NULL AND NEW.amount > (
            SELECT coalesce(admitted_amount, 0) FROM claims WHERE id = NEW.claim_id
          ) THEN
            RAISE EXCEPTION 'a line of plan % exceeds its claim', NEW.plan_id
              USING ERRCODE = 'LC007';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER within_claim BEFORE INSERT OR UPDATE ON plan_lines
        FOR EACH ROW EXECUTE FUNCTION check_line_within_claim()""")


def _people() -> None:
    # Whoever runs the platform is named by whoever holds the database, never by a page (SEC-T9).
    op.execute("""
        CREATE FUNCTION keep_operators_apart() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.is_operator AND current_user = 'luochui_web'
             AND (TG_OP = 'INSERT' OR NOT OLD.is_operator) THEN
            RAISE EXCEPTION 'no page makes an operator' USING ERRCODE = 'LC008';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER operators_apart BEFORE INSERT OR UPDATE ON identity.people
        FOR EACH ROW EXECUTE FUNCTION keep_operators_apart()""")
