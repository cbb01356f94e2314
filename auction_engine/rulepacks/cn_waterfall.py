"""The Chinese waterfall: law/distribution.md sections 2 and 4, in paying order."""

from auction_engine.rulepacks.pack import Ratio, Switch
from auction_engine.rulepacks.waterfall import Change, ClaimClass, Option, WaterfallRules

ORDINARY = "ordinary"
TAX = "tax"
HOME_RESERVE = "home_reserve"
SECURED = "secured"
LIVELIHOOD = "livelihood"
LATE_INTEREST = "late_interest"

CN_WATERFALL = WaterfallRules(
    id="cn",
    classes=(
        ClaimClass(HOME_RESERVE, on_things=True),  # RULE-D10
        ClaimClass("medical", needs=Option.CRIMINAL),
        ClaimClass("consumer_buyer", on_things=True, rest_joins=ORDINARY),
        ClaimClass("construction_price", on_things=True, rest_joins=ORDINARY),
        ClaimClass("tax_before_security", on_things=True, rest_joins=TAX),
        ClaimClass(SECURED, on_things=True, always_on=True, rest_joins=ORDINARY),
        ClaimClass("victim_restitution", needs=Option.CRIMINAL),
        ClaimClass(LIVELIHOOD, needs=Option.LIVELIHOOD_TIER, otherwise_in=ORDINARY),
        ClaimClass(TAX),
        ClaimClass(ORDINARY, by_seizure_against_enterprises=True),
        ClaimClass(LATE_INTEREST),
        ClaimClass("fine"),
        ClaimClass("confiscation"),
    ),
    switches={
        "first_seizer": Switch(
            "DIST 2.5",
            ("no_bonus", "bonus_of_a_fifth"),
            "Does the first to seize get a fifth more than the other ordinary claims?",
        ),
        "home_reserve": Switch(
            "DIST 2.2",
            ("before_security", "after_security"),
            "Does the reserve for another home come before the mortgage?",
        ),
        "late_interest": Switch(
            "DIST 2.6",
            ("after_ordinary", "among_ordinary"),
            "Is doubled late interest paid after all ordinary claims, or among them?",
        ),
        "livelihood": Switch(
            "DIST 2.4",
            ("among_ordinary", "before_tax"),
            "Do wages, maintenance and medical claims come before tax and ordinary claims?",
        ),
    },
    changes={
        ("first_seizer", "bonus_of_a_fifth"): Change(
            ClaimClass(
                ORDINARY, by_seizure_against_enterprises=True, first_seizer_bonus=Ratio(1, 5)
            )
        ),
        ("home_reserve", "after_security"): Change(
            ClaimClass(HOME_RESERVE, on_things=True), after=SECURED
        ),
        ("late_interest", "among_ordinary"): Change(
            ClaimClass(LATE_INTEREST, otherwise_in=ORDINARY, merged=True)
        ),
        ("livelihood", "before_tax"): Change(ClaimClass(LIVELIHOOD)),
    },
)
