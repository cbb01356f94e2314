"""Paying claims from the things they stand on: rank by rank, each thing what is asked of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from auction_engine.money.claims import JointSecurity
from auction_engine.money.estate import Estate, ask_in_proportion
from auction_engine.money.shares import Owed, pay_pro_rata


@dataclass(frozen=True, slots=True)
class OnThings:
    """What a claim is owed in this step, and the things it stands on, in the claim's own order."""

    claim: str
    owed: int
    on: tuple[str, ...]
    rank: int
    filed_on: date | None


Pay = Callable[[str, str, int], None]
"""Books a payment: claim, property, amount."""


def pay_on_things(
    estate: Estate, claims: Iterable[OnThings], joint: JointSecurity, unit: int, pay: Pay
) -> None:
    """Pay the claims of one class: the better rank first, equal ranks pro rata."""
    ranked = sorted(claims, key=lambda claim: (claim.rank, claim.claim))
    for _rank, equals in groupby(ranked, key=lambda claim: claim.rank):
        _pay_rank(estate, list(equals), joint, unit, pay)


def _pay_rank(
    estate: Estate, claims: list[OnThings], joint: JointSecurity, unit: int, pay: Pay
) -> None:
    """Ask and pay until every claim is paid or all its things are empty.

    Each turn pays everything that was asked, or empties a thing: so it comes to an end.
    """
    owed = {claim.claim: claim.owed for claim in claims}
    while True:
        asked = _asked_of_things(estate, claims, owed, joint)
        if not asked:
            return
        for thing in sorted(asked):
            shares = pay_pro_rata(estate.holds[thing], asked[thing], unit)
            estate.take(thing, sum(shares))
            for share, ask in zip(shares, asked[thing], strict=True):
                if share:
                    owed[ask.claim] -= share
                    pay(ask.claim, thing, share)
        claims = [claim for claim in claims if owed[claim.claim]]


def _asked_of_things(
    estate: Estate, claims: list[OnThings], owed: dict[str, int], joint: JointSecurity
) -> dict[str, list[Owed]]:
    """What the claims ask of each thing, going by what the things hold before this turn."""
    asked: dict[str, list[Owed]] = defaultdict(list)
    # Many claims stand on the same things: what these hold is looked up once a turn.
    asks_by_things: dict[tuple[str, ...], list[str]] = {}
    for claim in claims:
        things = asks_by_things.get(claim.on)
        if things is None:
            things = asks_by_things[claim.on] = _things_to_ask(estate, claim.on, joint)
        for thing, amount in _cut_ask(estate, owed[claim.claim], things):
            asked[thing].append(Owed(claim.claim, amount, claim.filed_on))
    return asked


def _things_to_ask(estate: Estate, on: tuple[str, ...], joint: JointSecurity) -> list[str]:
    holding = [thing for thing in on if estate.holds[thing]]
    if joint is JointSecurity.IN_ORDER:
        return holding[:1]
    if joint is JointSecurity.DEBTOR_FIRST:
        return [thing for thing in holding if estate.is_debtors(thing)] or holding
    return holding


def _cut_ask(estate: Estate, amount: int, things: list[str]) -> Iterator[tuple[str, int]]:
    if len(things) == 1:
        yield things[0], amount
    elif things:
        for thing, part in ask_in_proportion(amount, estate.holds, things):
            if part:
                yield thing, part
