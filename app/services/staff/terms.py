"""As what somebody acts on a court's people, and what can come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

INVITATION_LASTS = timedelta(days=7)
PROPOSAL_LASTS = timedelta(days=30)
PRESIDENTS_AT_LEAST = 2
KINDS = frozenset({"invite", "give_role", "end_role", "end_all_roles"})

# Makes the address of a page out of a token; the web knows its pages.
Link = Callable[[str], str]


class Capacity(StrEnum):
    """As what somebody acts on a court's people."""

    PRESIDENT = "president"
    OPERATOR = "operator"


class StaffRefused(StrEnum):
    """Why a change of a court's people is not made."""

    NOT_ALLOWED = "not_allowed"
    ROLE_UNKNOWN = "role_unknown"
    REASON_MISSING = "reason_missing"
    ONESELF = "oneself"
    NO_SUCH_PERSON = "no_such_person"
    NO_SUCH_ROLE = "no_such_role"
    NO_SUCH_PROPOSAL = "no_such_proposal"
    HAS_ROLE = "has_role"
    IS_OPERATOR = "is_operator"
    ALREADY_PROPOSED = "already_proposed"
    SECOND_PERSON_NEEDED = "second_person_needed"
    DECIDED_ALREADY = "decided_already"
    SOMETHING_ELSE_SHOWN = "something_else_shown"
    TOO_OLD = "too_old"
    TOO_FEW_PRESIDENTS = "too_few_presidents"
    COURT_HAS_PRESIDENTS = "court_has_presidents"
    INVITATION_WORN_OUT = "invitation_worn_out"
    OTHER_ADDRESS = "other_address"
    HAS_ACCOUNT = "has_account"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and as what."""

    person_id: int
    capacity: Capacity


@dataclass(frozen=True, slots=True)
class Proposed:
    public_id: str


@dataclass(frozen=True, slots=True)
class Decided:
    approved: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """What the holder of an invitation is shown."""

    court_en: str
    court_zh: str
    court_public_id: str
    role: str
    email: str
    has_account: bool


@dataclass(frozen=True, slots=True)
class Joined:
    person_id: int
    court_public_id: str
    role: str
