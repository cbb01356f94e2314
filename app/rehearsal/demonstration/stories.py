"""What happened in the courts of the demonstration before anybody looked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.rehearsal.founding import CourtFacts


class Fate(StrEnum):
    """What has become of a lot by now."""

    ANNOUNCED = "announced"
    SETTLING = "settling"
    SETTLED = "settled"
    # Nobody bid; the second auction is announced.
    FAILED = "failed"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Past:
    """One lot: when bidding opened or will, in days from today, and how many bids came."""

    thing: str
    fate: Fate
    opens: int
    bids: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """A court with its lots. Case numbers carry `mark`."""

    name: str
    court: CourtFacts
    mark: str
    lots: tuple[Past, ...]


STORIES = (
    Story(
        "linjiang",
        CourtFacts("Linjiang Rehearsal Court", "临江排演法院", "Linjiang"),
        "临演",
        (
            Past("house-hillside", Fate.SETTLED, opens=-62, bids=9),
            Past("car-hatchback", Fate.FAILED, opens=-10),
            Past("flat-old-town", Fate.SETTLING, opens=-3, bids=7),
            Past("necklace-gold", Fate.ANNOUNCED, opens=6),
        ),
    ),
    Story(
        "haiwan",
        CourtFacts("Haiwan Rehearsal Court", "海湾排演法院", "Haiwan"),
        "海演",
        (
            Past("bangle-jade", Fate.SETTLED, opens=-40, bids=8),
            Past("machine-excavator", Fate.SETTLING, opens=-2, bids=6),
            Past("land-north", Fate.ANNOUNCED, opens=12),
        ),
    ),
    Story(
        "harbour",
        CourtFacts("Harbour Rehearsal Court", "港区排演法院", "Harbour"),
        "港演",
        (
            Past("warehouse-dock", Fate.FAILED, opens=-8),
            Past("truck-refrigerated", Fate.SUSPENDED, opens=-1),
            Past("shares-logistics", Fate.ANNOUNCED, opens=9),
        ),
    ),
)

CHAMBERS = (
    ("Linjiang Rehearsal Court", "临江排演法院", "Linjiang"),
    ("Haiwan Rehearsal Court", "海湾排演法院", "Haiwan"),
    ("Harbour Rehearsal Court", "港区排演法院", "Harbour"),
)
