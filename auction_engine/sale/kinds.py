"""What is sold and in which round: the two words on which most numbers of the rules depend."""

from enum import StrEnum


class PropertyKind(StrEnum):
    MOVABLE = "movable"
    REAL_PROPERTY = "real_property"
    # Shares above all: they are sold online like everything else (RULE-O1).
    OTHER_RIGHT = "other_right"


class Round(StrEnum):
    FIRST = "first"
    SECOND = "second"
    SELL_OFF = "sell_off"
