"""The shape of a rule pack for paying out: classes of claims in their order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from auction_engine.rulepacks.pack import Ratio, Switch


class Option(Enum):
    """What a document says of its case, so that a class has a place of its own."""

    CRIMINAL = auto()
    LIVELIHOOD_TIER = auto()


@dataclass(frozen=True, slots=True)
class ClaimClass:
    """A class of claims. `on_things` classes are paid from the things they stand on, by rank.

    `rest_joins` names the class in which the unpaid rest is asked once more. A class that `needs`
    an option which is off, or that is `merged`, is paid in the class `otherwise_in`; without one
    it cannot be claimed at all. Where claims share pro rata, the first to seize get
    `first_seizer_bonus` of their share on top, and the others share the rest.
    """

    name: str
    on_things: bool = False
    always_on: bool = False
    rest_joins: str | None = None
    needs: Option | None = None
    otherwise_in: str | None = None
    merged: bool = False
    by_seizure_against_enterprises: bool = False
    first_seizer_bonus: Ratio | None = None

    def has_a_place(self, options: frozenset[Option]) -> bool:
        """Whether its claims are paid in a step of their own."""
        return not self.merged and (self.needs is None or self.needs in options)


@dataclass(frozen=True, slots=True)
class Change:
    """What a reading makes of a class: how it is `to` be, and which class it then comes `after`
    (None: it keeps its place)."""

    to: ClaimClass
    after: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class WaterfallRules:
    """The order in which a pool is paid out, after the costs; a pack without classes pays tiers."""

    id: str
    classes: tuple[ClaimClass, ...]
    switches: Mapping[str, Switch] = field(default_factory=dict)
    # What a value other than the default changes, by switch and value.
    changes: Mapping[tuple[str, str], Change] = field(default_factory=dict)
    # What was chosen of them; the rest stands at its default.
    chosen: Mapping[str, str] = field(default_factory=dict)
