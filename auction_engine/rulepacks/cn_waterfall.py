"""The Chinese waterfall: law/distribution.md sections 2 and 4, in paying order."""

from auction_engine.rulepacks.waterfall import ClaimClass, Switch, WaterfallRules

ORDINARY = "ordinary"
TAX = "tax"

CN_WATERFALL = WaterfallRules(
    id="cn",
    classes=(
        ClaimClass("home_reserve", on_things=True),  # RULE-D10
        ClaimClass("medical", needs=Switch.CRIMINAL),
        ClaimClass("consumer_buyer", on_things=True, rest_joins=ORDINARY),
        ClaimClass("construction_price", on_things=True, rest_joins=ORDINARY),
        ClaimClass("tax_before_security", on_things=True, rest_joins=TAX),
        ClaimClass("secured", on_things=True, always_on=True, rest_joins=ORDINARY),
        ClaimClass("victim_restitution", needs=Switch.CRIMINAL),
        ClaimClass("livelihood", needs=Switch.LIVELIHOOD_TIER, otherwise_in=ORDINARY),
        ClaimClass(TAX),
        ClaimClass(ORDINARY, by_seizure_against_enterprises=True),
        ClaimClass("late_interest"),
        ClaimClass("fine"),
        ClaimClass("confiscation"),
    ),
)
