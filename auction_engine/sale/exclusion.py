"""Who is kept out of a sale because of who they are, and from when on (RULE-E9, E10, J4, K11)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Ground(StrEnum):
    """Why somebody may not buy what is sold here, themselves or through others."""

    DEFAULTED = "defaulted"
    NOT_APPROVED = "not_approved"
    COURT_STAFF = "court_staff"
    PLATFORM_STAFF = "platform_staff"
    AUXILIARY = "auxiliary"
    CLOSE_RELATIVE = "close_relative"


# Where each ground stands: in Fa Shi [2016] 18, or in the instrument that is named.
ARTICLES: Final[Mapping[Ground, str]] = MappingProxyType(
    {
        Ground.DEFAULTED: "24",
        Ground.NOT_APPROVED: "15 of the Equity Provisions",
        Ground.COURT_STAFF: "34",
        Ground.PLATFORM_STAFF: "34",
        Ground.AUXILIARY: "34",
        Ground.CLOSE_RELATIVE: "34",
    }
)

# A default and a refused approval are entered by the decision on them and by nothing else.
BY_DECISION: Final = frozenset({Ground.DEFAULTED, Ground.NOT_APPROVED})
# Whom a court's list may name.
LISTED: Final = tuple(ground for ground in Ground if ground not in BY_DECISION)


class EntryState(StrEnum):
    STANDING = "standing"
    LIFTED = "lifted"


# Whatever is not in this table cannot happen: what was lifted is entered anew, for all to see.
NEXT: Final[Mapping[EntryState, frozenset[EntryState]]] = MappingProxyType(
    {
        EntryState.STANDING: frozenset({EntryState.LIFTED}),
        EntryState.LIFTED: frozenset(),
    }
)


def counts_in(*, entered_at: datetime, opens_at: datetime) -> bool:
    """Whether an entry made at `entered_at` bars from a sale that opens at `opens_at`.

    Nobody is barred while bidding is open: an entry made then counts for later sales (RULE-A8).
    """
    return entered_at < opens_at
