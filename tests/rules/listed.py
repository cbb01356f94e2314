"""The list of rules (docs/rules.toml): each by its number, and how it is meant to be kept."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs" / "rules.toml"
# The team's own book of rules lies beside the checkout, where it is there at all.
RULEBOOK = ROOT.parent / "shared" / "law" / "rulebook.md"

_IN_THE_RULEBOOK = re.compile(r"^- \*\*([A-Z]\d+)\*\*", re.MULTILINE)


class Kept(StrEnum):
    """How a rule is kept; docs/rules.toml says what each word means."""

    ENFORCED = "enforced"
    SHOWN = "shown"
    OUTSIDE = "outside"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Rule:
    number: str
    says: str
    kept: Kept
    reason: str = ""

    @property
    def family(self) -> str:
        return self.number[0]


@dataclass(frozen=True, slots=True)
class Listed:
    """Everything docs/rules.toml says, in its order."""

    families: dict[str, str]
    rules: dict[str, Rule]
    articles: dict[int, list[str]]


def listed_rules() -> Listed:
    read = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return Listed(
        families=read["families"],
        rules={number: _rule(number, entry) for number, entry in read["rules"].items()},
        articles={int(article): numbers for article, numbers in read["articles"].items()},
    )


def _rule(number: str, entry: dict[str, Any]) -> Rule:
    return Rule(number, **{**entry, "kept": Kept(entry["kept"])})


def numbers_of_the_rulebook(text: str) -> list[str]:
    """The rules that a rulebook numbers, in its order."""
    return _IN_THE_RULEBOOK.findall(text)
