"""`distribute`: pay out a pool, and say of every cent where it went."""

from typing import Any

from auction_engine.commands.answer import Answer, canonical_answer
from auction_engine.documents.distribution_document import (
    read_claims,
    read_options,
    read_pool,
    read_tier_lines,
    read_unit,
)
from auction_engine.documents.fields import Fields
from auction_engine.documents.json_text import parse_document
from auction_engine.money.claims import DebtorKind
from auction_engine.money.payout import Distribution, Part, Payment
from auction_engine.money.tiers import distribute_by_tiers
from auction_engine.money.waterfall import distribute as distribute_by_classes
from auction_engine.rulepacks import WATERFALL_RULES, waterfall_rules


def distribute(raw: bytes) -> Answer:
    """Who gets what out of a pool."""
    document = Fields.of(parse_document(raw), "")
    document.literal("format", "distribution/1")
    return canonical_answer(_answer(_distribute(document)))


def _distribute(document: Fields) -> Distribution:
    document.allow(
        "format", "rules", "currency", "debtor_kind", "options", "properties", "costs", "claims"
    )
    rules_id = document.value("rules")
    rules = waterfall_rules(rules_id) if isinstance(rules_id, str) else None
    if rules is None:
        raise document.refuse("rules", "one of " + ", ".join(WATERFALL_RULES) + " is expected")
    document.currency("currency")
    pool = read_pool(document)
    if not rules.classes:
        # Who the debtor is changes nothing between tiers; it may be said all the same.
        if "debtor_kind" in document:
            document.choice("debtor_kind", DebtorKind)
        unit = read_unit(document)
        return distribute_by_tiers(pool, read_tier_lines(document), unit)
    options = read_options(document, document.choice("debtor_kind", DebtorKind))
    return distribute_by_classes(rules, pool, read_claims(document, rules, options, pool), options)


def _answer(result: Distribution) -> dict[str, Any]:
    return {
        "format": "distribution-result/1",
        "pool": result.pool,
        "costs_paid": result.costs_paid,
        "payments": [_payment_object(payment) for payment in result.payments],
        "surplus": [{"to": owner, "amount": amount} for owner, amount in result.surplus.items()],
        "steps": [
            {
                "step": step.step,
                "available": step.available,
                "claimed": step.claimed,
                "paid": step.paid,
                "rule": step.rule,
            }
            for step in result.steps
        ],
    }


def _payment_object(payment: Payment) -> dict[str, Any]:
    return {
        "claim": payment.claim,
        "paid": payment.paid,
        "unpaid": payment.unpaid,
        "parts": [_part_object(part) for part in payment.parts],
    }


def _part_object(part: Part) -> dict[str, Any]:
    if part.taken_from is None:
        return {"step": part.step, "amount": part.amount}
    return {"step": part.step, "from": part.taken_from, "amount": part.amount}
