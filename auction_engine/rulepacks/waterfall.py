"""The shape of a rule pack for paying out: classes of claims in their order."""

from dataclasses import dataclass
from enum import Enum, auto


class Switch(Enum):
    """What has to be switched on for a class to have a place of its own."""

    CRIMINAL = auto()
    LIVELIHOOD_TIER = auto()


@dataclass(frozen=True, slots=True)
class ClaimClass:
    """A class of claims. `on_things` classes are paid from the things they stand on, by rank.

    `rest_joins` names the class in which the unpaid rest is asked once more. A class that `needs`
    a switch which is off is paid in the class `otherwise_in`, or cannot be claimed at all.
    """

    name: str
    on_things: bool = False
    always_on: bool = False
    rest_joins: str | None = None
    needs: Switch | None = None
    otherwise_in: str | None = None
    by_seizure_against_enterprises: bool = False


@dataclass(frozen=True, slots=True)
class WaterfallRules:
    """The order in which a pool is paid out, after the costs; a pack without classes pays tiers."""

    id: str
    classes: tuple[ClaimClass, ...]
