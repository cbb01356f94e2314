"""`award`: what becomes of the best bid under a law that weighs it afterwards (docs/packs.md)."""

from typing import Any

from auction_engine.commands.answer import Answer, canonical_answer
from auction_engine.documents.fields import Fields
from auction_engine.documents.json_text import parse_document
from auction_engine.documents.moments import write_day
from auction_engine.documents.sale_document import read_rules
from auction_engine.sale.award import AwardAnswer, Facts
from auction_engine.sale.award import award as decide_award
from auction_engine.sale.kinds import PropertyKind


def award(raw: bytes) -> Answer:
    document = Fields.of(parse_document(raw), "")
    document.literal("format", "award/1")
    document.allow(
        "format",
        "rules",
        "property_kind",
        "value",
        "price",
        "debt",
        "is_home",
        "bidder_is_creditor",
        "closed_on",
    )
    rules = read_rules(document).award
    if rules is None:
        raise document.refuse("rules", "under these rules every valid bid buys at once")
    facts = Facts(
        kind=document.choice("property_kind", PropertyKind),
        value=document.money("value", least=1),
        price=document.money("price", least=1),
        debt=document.money("debt"),
        is_home=_flag(document, "is_home"),
        bidder_is_creditor=_flag(document, "bidder_is_creditor"),
        closed_on=document.day("closed_on"),
    )
    return canonical_answer(_written(decide_award(rules, facts)))


def _flag(document: Fields, key: str) -> bool:
    return document.flag(key) if key in document else False


def _written(answer: AwardAnswer) -> dict[str, Any]:
    written: dict[str, Any] = {
        "format": "award-result/1",
        "award": answer.award.value,
        "price": answer.price,
        "pay_by": write_day(answer.pay_by),
    }
    if answer.debtor_until is not None:
        written["debtor_until"] = write_day(answer.debtor_until)
    if answer.better_buyer_from is not None:
        written["better_buyer_from"] = answer.better_buyer_from
    return written
