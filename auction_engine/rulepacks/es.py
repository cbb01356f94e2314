"""The Spanish packs: auctions of the Official Gazette's portal under the Civil Procedure Act.

Two laws run side by side, chosen by the day on which the *proceeding* began: from 2025-04-03 on
bids are sealed; what began earlier is bid for openly, with an hour's quiet before the end.
Articles are those of Ley 1/2000 (LEC). Rules S1 to S9 are ours, to have something to cite.
"""

from dataclasses import replace
from datetime import date, timedelta

from auction_engine.rulepacks.pack import (
    AwardBand,
    AwardRules,
    CourseRules,
    Extension,
    LowerBids,
    Mechanic,
    Ratio,
    RulePack,
    TimedDraft,
    Validity,
)
from auction_engine.sale.kinds import PropertyKind

_REFORM = date(2025, 4, 3)
_MOVABLE, _LAND, _RIGHT = PropertyKind.MOVABLE, PropertyKind.REAL_PROPERTY, PropertyKind.OTHER_RIGHT
_SATURDAY, _SUNDAY, _AUGUST = 5, 6, 8

ES_2025 = RulePack(
    id="es-2025",
    family="es",
    name="Spain: portal auctions, proceedings from 3 April 2025",
    valid=Validity(begins=_REFORM),
    course=CourseRules(
        mechanic=Mechanic.SEALED,  # S3
        terms=frozenset({"property_kind", "currency", "value", "opens_at", "closes_at"}),
        second_bidder=True,  # S8
        longest_stay=timedelta(days=15),  # S5
    ),
    draft=TimedDraft(
        bidding_days=20,  # S1
        announced_before=timedelta(hours=24),  # S4
        deposit_share={  # S2
            _MOVABLE: Ratio(10, 100),
            _LAND: Ratio(20, 100),
            _RIGHT: Ratio(10, 100),
        },
        least_deposit=1_000_00,  # S2, euro cents
        no_end_on_weekdays=frozenset({_SATURDAY, _SUNDAY}),  # S6
        no_end_in_months=frozenset({_AUGUST}),
        no_end_between=((12, 24), (1, 6)),
        no_end_on_holidays=True,
    ),
    award=AwardRules(  # S7
        at_once={_MOVABLE: Ratio(50, 100), _LAND: Ratio(70, 100), _RIGHT: Ratio(50, 100)},
        better_buyer_days=10,
        better_buyer={_MOVABLE: Ratio(50, 100), _LAND: Ratio(60, 100), _RIGHT: Ratio(50, 100)},
        then={
            _MOVABLE: AwardBand(Ratio(30, 100), with_debt=Ratio(0, 100)),
            _LAND: AwardBand(Ratio(50, 100), with_debt=Ratio(40, 100)),
            _RIGHT: AwardBand(Ratio(30, 100), with_debt=Ratio(0, 100)),
        },
        home_at_once=Ratio(70, 100),
        home_then=AwardBand(Ratio(70, 100), with_debt=Ratio(60, 100)),
        home_to_creditor=Ratio(70, 100),
        home_to_creditor_for_debt=Ratio(60, 100),
        payment_days={_MOVABLE: 10, _LAND: 20, _RIGHT: 10},  # S9
    ),
    articles={
        "S0": "transitional provision 9 of LO 1/2025",
        "S1": "649",
        "S2": "647 and 669",
        "S3": "648 and 649",
        "S4": "648",
        "S5": "649",
        "S6": "649",
        "S7": "650 and 670",
        "S8": "652 and 653",
        "S9": "650 and 670",
    },
    sources={"LEC": "Ley 1/2000, de 7 de enero, de Enjuiciamiento Civil, as of 2025-02-28"},
)

ES_2000 = RulePack(
    id="es-2000",
    family="es",
    name="Spain: portal auctions, proceedings before 3 April 2025",
    valid=Validity(ends=_REFORM),
    course=CourseRules(
        mechanic=Mechanic.OPEN,
        terms=frozenset(
            {"property_kind", "currency", "value", "increment", "opens_at", "closes_at"}
        ),
        # Not closed until an hour after the last better bid, at most a day more (S1).
        extension=Extension(timedelta(hours=1), timedelta(hours=1), cap=timedelta(hours=24)),
        lower_bids=LowerBids.RESERVED,  # S8
        second_bidder=True,
        longest_stay=timedelta(days=15),
    ),
    draft=TimedDraft(
        bidding_days=20,
        announced_before=timedelta(hours=24),
        deposit_share=dict.fromkeys(PropertyKind, Ratio(5, 100)),
        least_deposit=0,
    ),
    award=replace(
        ES_2025.award,
        payment_days={_MOVABLE: 10, _LAND: 40, _RIGHT: 10},
    )
    if ES_2025.award
    else None,
    articles=ES_2025.articles,
    sources={"LEC": "Ley 1/2000, de 7 de enero, de Enjuiciamiento Civil, before the reform"},
)
