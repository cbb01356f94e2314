"""What a distribution starts from: properties with their costs, and claims."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from auction_engine.rulepacks.waterfall import Option

DEBTOR: Final = "debtor"


class DebtorKind(StrEnum):
    NATURAL_PERSON = "natural_person"
    OTHER_ORGANISATION = "other_organisation"
    ENTERPRISE = "enterprise"


class JointSecurity(StrEnum):
    """How a claim that stands on several things asks them for its money."""

    BY_VALUE = "by_value"
    DEBTOR_FIRST = "debtor_first"
    IN_ORDER = "in_order"


class Method(StrEnum):
    PRO_RATA = "pro_rata"
    IN_ORDER = "in_order"


@dataclass(frozen=True, slots=True)
class Property:
    """A thing that was sold; `owner` is the debtor or the name of a surety."""

    id: str
    proceeds: int
    costs: int = 0
    owner: str = DEBTOR


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim by its class. `on` and `rank` matter in the classes on things only.

    `on` is None when the claim stands on all of the debtor's properties.
    """

    id: str
    claim_class: str
    amount: int
    on: tuple[str, ...] | None = None
    rank: int = 1
    seized_on: date | None = None
    filed_on: date | None = None


@dataclass(frozen=True, slots=True)
class TierLine:
    """A claim's line in one tier. One claim may stand in several tiers, each time as a whole."""

    id: str
    tier: int
    amount: int
    cap: int | None = None
    method: Method = Method.PRO_RATA
    rank: int = 1
    filed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """The money there is: what the properties brought, and what it cost besides their own costs."""

    properties: tuple[Property, ...]
    general_costs: int = 0

    @property
    def total(self) -> int:
        return sum(thing.proceeds for thing in self.properties)


@dataclass(frozen=True, slots=True)
class WaterfallOptions:
    debtor_kind: DebtorKind = DebtorKind.NATURAL_PERSON
    options: frozenset[Option] = field(default_factory=frozenset)
    joint_security: JointSecurity = JointSecurity.BY_VALUE
    unit: int = 1
