"""Paying claims from the things they stand on: rank by rank, each thing what is asked of it.

What stood on a thing that was sold is paid from its price (RULE-I5).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from auction_engine.money.claims import JointSecurity
from auction_engine.money.estate import Estate
from auction_engine.money.shares import Owed, cut_by_weight, pay_pro_rata


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
            paid = 0
            for ask, share in pay_pro_rata(estate.holds[thing], asked[thing], unit):
                owed[ask.claim] -= share
                pay(ask.claim, thing, share)
                paid += share
            estate.take(thing, paid)
        claims = [claim for claim in claims if owed[claim.claim]]


def _asked_of_things(
    estate: Estate, claims: list[OnThings], owed: dict[str, int], joint: JointSecurity
) -> dict[str, list[Owed]]:
    """What the claims ask of each thing, going by what the things hold before this turn."""
    asked: dict[str, list[Owed]] = defaultdict(list)
    # Many claims stand on the same things: what these hold is looked up once a turn.
    asked_by_on: dict[tuple[str, ...], tuple[list[str], list[int]]] = {}
    for claim in claims:
        if claim.on not in asked_by_on:
            things = _things_to_ask(estate, claim.on, joint)
            asked_by_on[claim.on] = things, [estate.holds[thing] for thing in things]
        things, held = asked_by_on[claim.on]
        if things:
            parts = cut_by_weight(owed[claim.claim], held)
            for thing, part in zip(things, parts, strict=True):
                if part:
                    asked[thing].append(Owed(claim.claim, part, claim.filed_on))
    return asked


def _things_to_ask(estate: Estate, on: tuple[str, ...], joint: JointSecurity) -> list[str]:
    holding = [thing for thing in on if estate.holds[thing]]
    if joint is JointSecurity.IN_ORDER:
        return holding[:1]
    if joint is JointSecurity.DEBTOR_FIRST:
        holding = [thing for thing in holding if estate.is_debtors(thing)] or holding
    return estate.fullest_first(holding)
