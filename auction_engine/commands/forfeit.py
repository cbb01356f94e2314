"""`forfeit`: the uses of a defaulting buyer's deposit."""

from dataclasses import asdict

from auction_engine.commands.answer import Answer, canonical_answer
from auction_engine.documents.fields import Fields
from auction_engine.documents.json_text import parse_document
from auction_engine.money.forfeit import forfeit as use_up


def forfeit(raw: bytes) -> Answer:
    """What a lost deposit is used for."""
    document = Fields.of(parse_document(raw), "")
    document.literal("format", "forfeit/1")
    document.allow("format", "deposit", "costs", "original_price", "resale_price")
    uses = use_up(
        deposit=document.money("deposit"),
        costs=document.money("costs"),
        original_price=document.money("original_price"),
        resale_price=document.money("resale_price"),
    )
    return canonical_answer({"format": "forfeit-result/1", **asdict(uses)})
