"""`fee`: the enforcement application fee."""

from auction_engine.commands.answer import Answer, canonical_answer
from auction_engine.documents.fields import Fields
from auction_engine.documents.json_text import parse_document
from auction_engine.money.fees import enforcement_fee


def fee(raw: bytes) -> Answer:
    """The fee for enforcing an amount."""
    document = Fields.of(parse_document(raw), "")
    document.literal("format", "enforcement-fee/1")
    document.allow("format", "amount")
    answer = {
        "format": "enforcement-fee-result/1",
        "fee": enforcement_fee(document.money("amount")),
    }
    return canonical_answer(answer)
