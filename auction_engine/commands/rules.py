"""`rules`: a rule pack as a table that people can read."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from typing import Any

from auction_engine.commands.answer import Answer
from auction_engine.documents.unusable import UnusableInput
from auction_engine.rulepacks import RULE_PACKS, rule_pack
from auction_engine.rulepacks.pack import Ratio, RulePack

Row = tuple[str, str]


def rules(pack_id: str | None = None) -> Answer:
    """All packs in a line each, or everything that one of them holds."""
    if pack_id is None:
        return Answer(_table([(pack.id, _summary(pack)) for pack in RULE_PACKS.values()]))
    pack = rule_pack(pack_id)
    if pack is None:
        raise UnusableInput("usage", f"no such pack; one of {', '.join(RULE_PACKS)} is expected")
    return Answer(_table(list(_rows_of(pack))))


def _summary(pack: RulePack) -> str:
    return f"{pack.name}; {_validity(pack)}"


def _validity(pack: RulePack) -> str:
    begins, ends = pack.valid.begins, pack.valid.ends
    if begins is None and ends is None:
        return "for every proceeding"
    if ends is None:
        return f"for proceedings begun from {begins} on"
    if begins is None:
        return f"for proceedings begun before {ends}"
    return f"for proceedings begun from {begins} on and before {ends}"


def _rows_of(pack: RulePack) -> Iterator[Row]:
    yield "pack", pack.id
    yield "name", pack.name
    yield "validity", _validity(pack)
    for short, title in pack.sources.items():
        yield f"source {short}", title
    for part in ("course", "draft", "award", "distribution"):
        yield from _values(part, getattr(pack, part))
    for rule, article in pack.articles.items():
        yield f"article of {rule}", article
    for name, switch in pack.switches.items():
        others = ", ".join(value for value in switch.values if value != pack.reading(name))
        yield f"reading {name} ({switch.rule})", f"{pack.reading(name)}, not {others}"


def _values(name: str, value: Any) -> Iterator[Row]:
    """The leaves of a value, each under the path that leads to it."""
    if is_dataclass(value) and not isinstance(value, Ratio):
        for each in fields(value):
            yield from _values(f"{name}.{each.name}", getattr(value, each.name))
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _values(f"{name}.{_key(key)}", part)
    elif value is not None:
        yield name, _written(value)


def _key(key: Any) -> str:
    return " of a ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)


def _written(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case frozenset():
            return ", ".join(str(each) for each in sorted(value))
        case tuple():
            return " to ".join("-".join(f"{n:02d}" for n in each) for each in value)
        case timedelta():
            return _length(value)
        case date():
            return value.isoformat()
    return str(value)


def _length(length: timedelta) -> str:
    for unit, name in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour")):
        count, rest = divmod(length, unit)
        if count and not rest:
            return f"{count} {name}{'' if count == 1 else 's'}"
    minutes = length // timedelta(minutes=1)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def _table(rows: list[Row]) -> str:
    width = max(len(name) for name, _value in rows)
    return "".join(f"{name.ljust(width)}  {value}".rstrip() + "\n" for name, value in rows)
