"""Paying out a pool by numbered tiers: the generic pack, for countries without one of their own."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from auction_engine.money.claims import Method, Pool, TierLine
from auction_engine.money.estate import Estate
from auction_engine.money.payout import Book, Distribution
from auction_engine.money.shares import Owed, pay_pro_rata

PRO_RATA = "pro rata"
IN_ORDER = "by rank, equal ranks pro rata"


def distribute_by_tiers(pool: Pool, lines: Sequence[TierLine], unit: int = 1) -> Distribution:
    """Pay costs, then tier after tier; a line takes part with what its claim still lacks."""
    estate = Estate(pool)
    estate.merge_free_money()
    book = Book({line.id: line.amount for line in lines})
    ordered = sorted(lines, key=lambda line: (line.tier, line.id))
    for tier, group in groupby(ordered, key=lambda line: line.tier):
        _pay_tier(estate, book, tier, list(group), unit)
    return Distribution(
        pool=pool.total,
        costs_paid=estate.costs_paid,
        payments=book.payments(),
        surplus=estate.surplus(),
        steps=book.steps,
    )


def _pay_tier(estate: Estate, book: Book, tier: int, lines: list[TierLine], unit: int) -> None:
    in_order = lines[0].method is Method.IN_ORDER
    available = left = estate.free_money
    book.begin(f"tier-{tier}")
    claimed = 0
    for equals in _by_rank(lines) if in_order else [lines]:
        owed = [Owed(line.id, _takes_part_with(line, book), line.filed_on) for line in equals]
        claimed += sum(claim.amount for claim in owed)
        for claim, share in pay_pro_rata(left, owed, unit):
            book.pay(claim.claim, None, share)
            left -= share
    if claimed:
        estate.draw_from_debtor(available - left)
        book.end(available=available, claimed=claimed, rule=IN_ORDER if in_order else PRO_RATA)


def _takes_part_with(line: TierLine, book: Book) -> int:
    still_owed = book.unpaid(line.id)
    return still_owed if line.cap is None else min(line.cap, still_owed)


def _by_rank(lines: list[TierLine]) -> Iterator[list[TierLine]]:
    ranked = sorted(lines, key=lambda line: line.rank)
    for _rank, equals in groupby(ranked, key=lambda line: line.rank):
        yield list(equals)
