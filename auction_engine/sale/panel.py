"""How a collegial panel decides (RULE-A10)."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

MEMBERS: Final = 3


class PanelDecision(StrEnum):
    PENDING = "pending"
    IN_FAVOUR = "in_favour"
    AGAINST = "against"


def panel_decision(votes: Sequence[bool]) -> PanelDecision:
    """The decision once every member has voted: by majority, never by those who came first."""
    if len(votes) < MEMBERS:
        return PanelDecision.PENDING
    in_favour = sum(votes)
    return PanelDecision.IN_FAVOUR if 2 * in_favour > len(votes) else PanelDecision.AGAINST
