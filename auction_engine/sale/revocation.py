"""When a sale that was made is undone, and what proves each ground (RULE-M3 to RULE-M6)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Ground(StrEnum):
    """On these grounds a sale must be revoked, and on no others (OJS 31, OR 21(4))."""

    FALSE_DESCRIPTION = "false_description"
    SYSTEM_FAILURE = "system_failure"
    COLLUSION = "collusion"
    BUYER_UNQUALIFIED = "buyer_unqualified"
    BIDDERS_RESTRICTED = "bidders_restricted"
    PROCEDURE = "procedure"
    NOT_ANNOUNCED = "not_announced"


RULES: Final[Mapping[Ground, str]] = MappingProxyType(
    {ground: "M4" if ground is Ground.NOT_ANNOUNCED else "M3" for ground in Ground}
)


class State(StrEnum):
    REQUESTED = "requested"
    GRANTED = "granted"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


NEXT: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        State.REQUESTED: frozenset({State.GRANTED, State.DISMISSED, State.WITHDRAWN}),
        State.GRANTED: frozenset(),
        State.DISMISSED: frozenset(),
        State.WITHDRAWN: frozenset(),
    }
)


class Proof(StrEnum):
    """The pieces of evidence that the platform keeps (RULE-M6)."""

    ANNOUNCEMENT = "announcement"
    TRANSCRIPT = "transcript"
    JOURNAL = "journal"
    NOTICES = "notices"
    STAYS = "stays"
    OUTAGES = "outages"
    RULES = "rules"
    AUDIT = "audit"
    PARTY_NOTICES = "party_notices"
    DOCUMENTS = "documents"
    ADMISSIONS = "admissions"
    PANEL = "panel"


# What shows whether a sale ran as it should have is part of every bundle.
_ALWAYS: Final = frozenset({Proof.ANNOUNCEMENT, Proof.TRANSCRIPT, Proof.RULES, Proof.NOTICES})
PROOFS: Final[Mapping[Ground, frozenset[Proof]]] = MappingProxyType(
    {
        # What was said of the property, when, and what had been known and disclosed.
        Ground.FALSE_DESCRIPTION: _ALWAYS | {Proof.DOCUMENTS, Proof.AUDIT},
        # Every arrival with the server's time; when the platform lived, and what was stayed.
        Ground.SYSTEM_FAILURE: _ALWAYS | {Proof.JOURNAL, Proof.STAYS, Proof.OUTAGES, Proof.AUDIT},
        # Who bid against whom, how fast: by codes, which a court may have opened.
        Ground.COLLUSION: _ALWAYS | {Proof.JOURNAL, Proof.ADMISSIONS},
        Ground.BUYER_UNQUALIFIED: _ALWAYS | {Proof.ADMISSIONS, Proof.DOCUMENTS},
        # Whose bids and admissions were refused, and why.
        Ground.BIDDERS_RESTRICTED: _ALWAYS | {Proof.JOURNAL, Proof.ADMISSIONS, Proof.AUDIT},
        Ground.PROCEDURE: _ALWAYS
        | {Proof.PANEL, Proof.PARTY_NOTICES, Proof.STAYS, Proof.DOCUMENTS, Proof.AUDIT},
        Ground.NOT_ANNOUNCED: _ALWAYS | {Proof.PARTY_NOTICES, Proof.DOCUMENTS, Proof.AUDIT},
    }
)
