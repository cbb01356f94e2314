"""Packs put together: by id, by the day of a proceeding, with an open question read otherwise.

A pack that does not fit the others, or a reading that does not exist, is a fault of whoever wrote
it; it is said in words before anything is decided by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Any, TypeVar

from auction_engine.rulepacks.pack import RulePack, Validity
from auction_engine.rulepacks.waterfall import Change, ClaimClass, WaterfallRules

# Both kinds of packs are read in the same way: how a sale goes, and how its proceeds are paid.
_Pack = TypeVar("_Pack", RulePack, WaterfallRules)

_REQUIRED = ("id", "family", "name", "valid", "course", "draft")


class PackUnfit(Exception):
    """A rule pack that does not load; the message says why."""


def pack_of(values: Mapping[str, Any]) -> RulePack:
    """A pack out of values by name; an unknown or a missing key is named."""
    known = {each.name for each in fields(RulePack)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise PackUnfit(f"{values.get('id', 'a pack')}: unknown key {unknown[0]!r}")
    missing = [key for key in _REQUIRED if key not in values]
    if missing:
        raise PackUnfit(f"{values.get('id', 'a pack')}: {missing[0]!r} is missing")
    return RulePack(**values)


def catalogue(packs: Iterable[RulePack]) -> Mapping[str, RulePack]:
    """The packs by id; those of one family follow each other without a gap and without overlap."""
    by_id: dict[str, RulePack] = {}
    families: dict[str, list[RulePack]] = {}
    for pack in packs:
        if pack.id in by_id:
            raise PackUnfit(f"{pack.id} stands twice")
        by_id[pack.id] = pack
        families.setdefault(pack.family, []).append(pack)
    for family in families.values():
        _ensure_seamless(family)
    return MappingProxyType(by_id)


def _ensure_seamless(family: list[RulePack]) -> None:
    in_order = sorted(family, key=lambda pack: pack.valid.begins or date.min)
    for earlier, later in pairwise(in_order):
        if earlier.valid.ends is None or (
            later.valid.begins is None or later.valid.begins < earlier.valid.ends
        ):
            raise PackUnfit(f"{earlier.id} and {later.id} overlap")
        if later.valid.begins > earlier.valid.ends:
            raise PackUnfit(
                f"no pack covers {earlier.valid.ends} to "
                f"{later.valid.begins - timedelta(days=1)}, between {earlier.id} and {later.id}"
            )
    for pack in in_order:
        _ensure_some_day(pack.id, pack.valid)


def _ensure_some_day(pack_id: str, valid: Validity) -> None:
    if valid.begins is not None and valid.ends is not None and valid.ends <= valid.begins:
        raise PackUnfit(f"{pack_id} is valid on no day")


def pack_for(packs: Mapping[str, RulePack], family: str, begun_on: date) -> RulePack | None:
    """The law of a proceeding, by the day on which it began; None where no pack covers it."""
    of_family = (pack for pack in packs.values() if pack.family == family)
    return next((pack for pack in of_family if pack.valid.covers(begun_on)), None)


def read_otherwise(pack: _Pack, chosen: Mapping[str, str]) -> _Pack:
    """The pack with open questions read as `chosen`; its id says so, as in
    `cn-2016-18+bid_at_the_end=in`.

    A reading that is the default changes nothing and does not show in the id.
    """
    for name, value in chosen.items():
        switch = pack.switches.get(name)
        if switch is None:
            raise PackUnfit(f"{pack.id} leaves no question open under {name!r}")
        if value not in switch.values:
            raise PackUnfit(f"{name} is one of {', '.join(switch.values)}, not {value!r}")
    apart = {
        name: value
        for name, value in sorted(chosen.items())
        if value != pack.switches[name].default
    }
    if not apart:
        return pack
    name = pack.id + "".join(f"+{switch}={value}" for switch, value in apart.items())
    return _turned(replace(pack, id=name, chosen=MappingProxyType(apart)))


def _turned(pack: _Pack) -> _Pack:
    """The values that the readings change; a switch without one is read where its rule stands."""
    if isinstance(pack, WaterfallRules):
        classes = pack.classes
        for name, value in pack.chosen.items():
            classes = _changed(classes, pack.changes[name, value])
        return replace(pack, classes=classes)
    course, draft = pack.course, pack.draft
    if pack.chosen.get("bid_at_the_end") == "in":
        course = replace(course, end_is_open=True)
    if pack.chosen.get("time_after_stay") == "time_left":
        course = replace(course, least_time_after_stay=timedelta(0))
    if pack.chosen.get("floor_in_later_rounds") == "every":
        draft = replace(pack.staged, floor_binds_later_rounds=True)
    return replace(pack, course=course, draft=draft)


def _changed(classes: tuple[ClaimClass, ...], change: Change) -> tuple[ClaimClass, ...]:
    """The classes with one of them as `change` has it, in its own place or in the one it names."""
    names = [each.name for each in classes]
    others = [each for each in classes if each.name != change.to.name]
    place = names.index(change.to.name)
    if change.after is not None:
        place = [each.name for each in others].index(change.after) + 1
    return (*others[:place], change.to, *others[place:])


def find_pack(packs: Mapping[str, _Pack], pack_id: str) -> _Pack | None:
    """The pack of this id, also of one whose id names readings other than the defaults."""
    if pack_id in packs:
        return packs[pack_id]
    base, *readings = pack_id.split("+")
    if base not in packs or not readings:
        return None
    chosen = dict(each.partition("=")[::2] for each in readings)
    try:
        pack = read_otherwise(packs[base], chosen)
    except PackUnfit:
        return None
    # One pack has one id: readings in order, none of them the default, none twice.
    return pack if pack.id == pack_id else None
