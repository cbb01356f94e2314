"""The Chinese pack: Online Judicial Sale Provisions, Fa Shi [2016] 18, and what they fall back to.

The comment on each value names the rule it comes from; nothing else in the engine knows them.
"""

from datetime import timedelta

from auction_engine.rulepacks.pack import Ratio, SaleRules
from auction_engine.sale.kinds import PropertyKind, Round

_DECIDED_ALWAYS = frozenset({"starting_price", "increment", "deposit", "priority"})

CN_2016_18 = SaleRules(
    id="cn-2016-18",
    extension_window=timedelta(minutes=5),  # RULE-G5
    extension_length=timedelta(minutes=5),  # RULE-G5
    least_time_after_stay=timedelta(minutes=5),  # RULE-L5
    sell_off_bidding=timedelta(hours=24),  # RULE-K10
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
    articles={
        "A10": "27",
        "B11": "27 of Fa Shi [2018] 15",
        "C2": "10",
        "C7": "17",
        "D1": "12",
        "D3": "13",
        "D4": "14",
        "D6": "16",
        "D8": "85 of the Company Law",
        "G2": "20",
        "K2": "26",
        "K3": "26",
        "K7": "Fa Ming Chuan [2017] 455",
        "K8": "Fa Ming Chuan [2017] 455",
    },
)
