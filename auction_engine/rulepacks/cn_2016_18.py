"""The Chinese pack: Online Judicial Sale Provisions, Fa Shi [2016] 18, and what they fall back to.

The comment on each value names the rule it comes from; nothing else in the engine knows them.
"""

from datetime import timedelta

from auction_engine.rulepacks.pack import (
    CourseRules,
    Extension,
    Mechanic,
    Ratio,
    RulePack,
    StagedDraft,
    Switch,
    Validity,
)
from auction_engine.sale.kinds import PropertyKind, Round

_DECIDED_ALWAYS = frozenset({"starting_price", "increment", "deposit", "priority"})

_COURSE = CourseRules(
    mechanic=Mechanic.OPEN,  # RULE-G1
    terms=frozenset(
        {
            "property_kind",
            "round",
            "currency",
            "starting_price",
            "increment",
            "multiples_only",
            "opens_at",
            "closes_at",
        }
    ),
    extension=Extension(timedelta(minutes=5), timedelta(minutes=5)),  # RULE-G5
    least_time_after_stay=timedelta(minutes=5),  # RULE-L5
    first_bid_clock={Round.SELL_OFF: timedelta(hours=24)},  # RULE-K10
)

_DRAFT = StagedDraft(
    utc_offset=timedelta(hours=8),
    least_bidding_time=timedelta(hours=24),  # RULE-G2
    sell_off_period=timedelta(days=60),  # RULE-K7
    price_validity_grace_months=6,  # RULE-B11
    first_price_floor=Ratio(70, 100),  # RULE-C2
    second_price_floor=Ratio(80, 100),  # RULE-K3
    deposit_floor=Ratio(5, 100),  # RULE-C7
    deposit_ceiling=Ratio(20, 100),  # RULE-C7
    announcement_days={
        (Round.FIRST, PropertyKind.MOVABLE): 15,  # RULE-D1
        (Round.FIRST, PropertyKind.REAL_PROPERTY): 30,
        (Round.FIRST, PropertyKind.OTHER_RIGHT): 30,
        (Round.SECOND, PropertyKind.MOVABLE): 7,  # RULE-K2
        (Round.SECOND, PropertyKind.REAL_PROPERTY): 15,
        (Round.SECOND, PropertyKind.OTHER_RIGHT): 15,
        (Round.SELL_OFF, PropertyKind.MOVABLE): 7,  # RULE-K7
        (Round.SELL_OFF, PropertyKind.REAL_PROPERTY): 15,
        (Round.SELL_OFF, PropertyKind.OTHER_RIGHT): 15,
    },
    party_notice_days=3,  # RULE-D6
    shareholder_notice_days=20,  # RULE-D8
    second_round_within_days=30,  # RULE-K2
    # The notice of 2017 (455), as far as it could be found; the last one is from memory.
    in_kind_answer_days=10,  # RULE-K6
    sell_off_announced_within_days=15,  # RULE-K6
    platform_change_days=10,  # RULE-K12
    panel_items={  # RULE-A10
        Round.FIRST: _DECIDED_ALWAYS,
        Round.SECOND: _DECIDED_ALWAYS | {"price_cut"},
        Round.SELL_OFF: _DECIDED_ALWAYS,
    },
    publication_items=frozenset(  # RULE-D3, eleven items
        {
            "announcement",
            "instrument",
            "pricing_basis",
            "terms",
            "property",
            "priority_purchasers",
            "notifications",
            "deposit_and_payment",
            "taxes",
            "court",
            "other",
        }
    ),
    warnings=frozenset(  # RULE-D4, seven warnings
        {
            "capacity",
            "proxies",
            "defects",
            "as_is",
            "acceptance",
            "publication_of_name",
            "deposit_loss",
        }
    ),
)

CN_2016_18 = RulePack(
    id="cn-2016-18",
    family="cn",
    name="China: online judicial sales",
    # In force since 2017-01-01 for every sale, whenever the proceeding began (RULE-A1, art. 38).
    valid=Validity(),
    course=_COURSE,
    draft=_DRAFT,
    distribution="cn",
    articles={
        "A10": "27",
        "B11": "27 of Fa Shi [2018] 15",
        "C2": "10",
        "C4": "10 and 26",
        "C7": "17",
        "D1": "12",
        "D3": "13",
        "D4": "14",
        "D6": "16",
        "D8": "85 of the Company Law",
        "G1": "20",
        "G2": "20",
        "G5": "20",
        "K2": "26",
        "K3": "26",
        "K6": "Fa Ming Chuan [2017] 455",
        "K7": "Fa Ming Chuan [2017] 455",
        "K8": "Fa Ming Chuan [2017] 455",
        "K10": "Fa Ming Chuan [2017] 455",
        "K12": "Fa Ming Chuan [2017] 455",
        "L5": "28 (silent)",
    },
    sources={
        "Fa Shi [2016] 18": "Online Judicial Sale Provisions, in force since 2017-01-01",
        "Fa Shi [2018] 15": "Reference Price Provisions, in force since 2018-09-01",
        "Fa Ming Chuan [2017] 455": "Notice on linking auction and sell-off",
    },
    switches={
        "bid_at_the_end": Switch(
            "G6", ("late", "in"), "Does a bid at the very moment of the end still count?"
        ),
        "time_after_stay": Switch(
            "L5",
            ("at_least_five_minutes", "time_left"),
            "Does a resumption give back at least five minutes, or just the time that was left?",
        ),
        "days_before": Switch(
            "Q2", ("default", "strict"), "Do so many days before mean so many full days between?"
        ),
        "floor_in_later_rounds": Switch(
            "C4", ("first_only", "every"), "Does the floor of 70 % bind the later rounds, too?"
        ),
        "shortfall": Switch(
            "J5",
            ("recorded", "recoverable"),
            "Is a shortfall beyond the deposit recorded for the court, or owed by the defaulter?",
        ),
        "other_creditors_deposit": Switch(
            "E6", ("full", "reduced"), "Do other execution creditors pay the reduced deposit, too?"
        ),
        "unreachable_parties": Switch(
            "D6",
            ("deemed_three_days_before", "deemed_by_publication"),
            "Must the five days of deemed notice end three days before the announcement?",
        ),
    },
)
