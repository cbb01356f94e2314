"""One row of a file: mapped to our fields, held against the rules, or refused with its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.services.importing.readers import READERS, Unreadable
from app.services.importing.sources import NEEDED, Source
from auction_engine.rulepacks import RULE_PACKS


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, with the field of the source in which it stands."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    key: str
    title: str
    content: dict[str, Any]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row by its place in the file (from 1) and its key; a draft, or what is wrong with it."""

    place: int
    key: str
    draft: Draft | None
    problems: tuple[Problem, ...]


def read_row(source: Source, place: int, raw: Any) -> Row:
    if not isinstance(raw, Mapping):
        return Row(place, "", None, (Problem("", "is not a record"),))
    key = str(raw.get(source.key) or "")
    content: dict[str, Any] = {"currency": source.currency}
    problems = [] if key else [Problem(source.key, "is missing")]
    for column in source.columns:
        value = raw.get(column.name)
        if value is None or value == "":
            if column.required:
                problems.append(Problem(column.name, "is missing"))
            continue
        try:
            content.setdefault(column.to, READERS[column.read_as](value, column.words))
        except Unreadable as wrong:
            problems.append(Problem(column.name, str(wrong)))
    problems += _against_the_rules(source, content)
    if problems:
        return Row(place, key, None, tuple(problems))
    title = content.get("title") or " ".join(str(raw[p]) for p in source.title_from if raw.get(p))
    content["title"] = title
    missing = tuple(name for name in NEEDED if not content.get(name))
    return Row(place, key, Draft(key, title, content, missing), ())


def _against_the_rules(source: Source, content: Mapping[str, Any]) -> list[Problem]:
    """A price that no round can have is a mistake of the source (RULE-C2, C4, K3, K8).

    The first round starts at 70 % of the reference price or more; the second at 80 % of that; a
    sell-off at the price at which the second failed.
    """
    price, reference = content.get("starting_price"), content.get("reference_price")
    if price is None or reference is None:
        return []
    rules = RULE_PACKS["cn-2016-18"]
    floor = rules.staged.first_price_floor.rounded_up(reference)
    rule = "C2"
    if content.get("round") in ("second", "sell_off"):
        floor, rule = rules.staged.second_price_floor.rounded_up(floor), "K3"
    if price >= floor:
        return []
    column = next(column.name for column in source.columns if column.to == "starting_price")
    return [
        Problem(
            column,
            f"{price} is below {floor}, the least starting price that rule {rule} allows for"
            f" a reference price of {reference}",
        )
    ]
