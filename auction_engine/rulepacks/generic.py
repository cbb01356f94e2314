"""The generic pack: a plain English auction, and a pool whose claims say how they are paid."""

from auction_engine.rulepacks.pack import CourseRules, Mechanic, PlainDraft, RulePack, Validity
from auction_engine.rulepacks.waterfall import WaterfallRules

GENERIC = RulePack(
    id="generic",
    family="generic",
    name="A plain English auction, without a country",
    valid=Validity(),
    course=CourseRules(
        mechanic=Mechanic.OPEN,
        terms=frozenset(
            {"currency", "starting_price", "increment", "multiples_only", "opens_at", "closes_at"}
        ),
    ),
    draft=PlainDraft(),
)

GENERIC_WATERFALL = WaterfallRules(id="generic", classes=())
