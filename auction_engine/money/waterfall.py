"""Paying out a pool by classes of claims (law/distribution.md section 2)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from auction_engine.money.claims import DEBTOR, Claim, DebtorKind, Pool, WaterfallOptions
from auction_engine.money.estate import Estate
from auction_engine.money.on_things import OnThings, pay_on_things
from auction_engine.money.payout import Book, Distribution
from auction_engine.money.shares import Owed, pay_pro_rata
from auction_engine.rulepacks.pack import Ratio
from auction_engine.rulepacks.waterfall import ClaimClass, WaterfallRules

BY_RANK = "by rank, equal ranks pro rata, each from the things it stands on"
PRO_RATA = "pro rata"
WITH_A_BONUS = "pro rata, the first to seize with a bonus on top"
BY_SEIZURE = "in order of seizure, equal dates pro rata, claims without one last"


def distribute(
    rules: WaterfallRules, pool: Pool, claims: Sequence[Claim], options: WaterfallOptions
) -> Distribution:
    """Pay costs, then class after class, to the last cent; what nobody is owed goes back."""
    return _Waterfall(rules, pool, claims, options).run()


class _Waterfall:
    def __init__(
        self, rules: WaterfallRules, pool: Pool, claims: Sequence[Claim], options: WaterfallOptions
    ) -> None:
        self._rules = rules
        self._options = options
        self._pool = pool
        self._debtors_things = tuple(
            sorted(thing.id for thing in pool.properties if thing.owner == DEBTOR)
        )
        self._things_of = {
            claim.id: self._debtors_things if claim.on is None else claim.on
            for claim in claims
            if self._stands_on_things(claim)
        }
        self._waiting = self._claims_by_class(claims)
        encumbered = frozenset(thing for on in self._things_of.values() for thing in on)
        self._estate = Estate(pool, encumbered)
        self._book = Book({claim.id: claim.amount for claim in claims})

    def run(self) -> Distribution:
        classes = [each for each in self._rules.classes if self._has_a_place(each)]
        last_on_things = max(i for i, each in enumerate(classes) if each.on_things)
        for index, each in enumerate(classes):
            owed = [c for c in self._waiting[each.name] if self._book.unpaid(c.id)]
            if owed and each.on_things:
                self._pay_on_things(each, owed)
            elif owed:
                self._pay_from_free_money(each, owed)
            if each.rest_joins is not None:
                self._waiting[each.rest_joins] += owed
            if index == last_on_things:
                self._estate.merge_free_money()
        return Distribution(
            pool=self._pool.total,
            costs_paid=self._estate.costs_paid,
            payments=self._book.payments(),
            surplus=self._estate.surplus(),
            steps=self._book.steps,
        )

    def _pay_on_things(self, each: ClaimClass, claims: list[Claim]) -> None:
        available = self._estate.total
        self._book.begin(each.name)
        owed = [
            OnThings(c.id, self._book.unpaid(c.id), self._things_of[c.id], c.rank, c.filed_on)
            for c in claims
        ]
        claimed = sum(claim.owed for claim in owed)
        joint, unit = self._options.joint_security, self._options.unit
        pay_on_things(self._estate, owed, joint, unit, self._book.pay)
        self._book.end(available=available, claimed=claimed, rule=BY_RANK)

    def _pay_from_free_money(self, each: ClaimClass, claims: list[Claim]) -> None:
        by_seizure = (
            each.by_seizure_against_enterprises
            and self._options.debtor_kind is DebtorKind.ENTERPRISE
        )
        available = left = self._estate.free_money
        self._book.begin(each.name)
        claimed = sum(self._book.unpaid(c.id) for c in claims)
        rule = BY_SEIZURE if by_seizure else PRO_RATA
        if each.first_seizer_bonus is not None and not by_seizure and claimed > available:
            rule = WITH_A_BONUS
            first, claims = _first_to_seize(claims)
            left -= self._pay_first(first, claims, each.first_seizer_bonus, left)
        for equals in _by_seizure(claims) if by_seizure else [claims]:
            left -= self._share(self._owed(equals), left)
        self._estate.draw_from_debtor(available - left)
        self._book.end(available=available, claimed=claimed, rule=rule)

    def _owed(self, claims: Iterable[Claim]) -> list[Owed]:
        return [Owed(c.id, self._book.unpaid(c.id), c.filed_on) for c in claims]

    def _pay_first(
        self, first: list[Claim], others: list[Claim], bonus: Ratio, available: int
    ) -> int:
        """Their own part of what there is, and the bonus on top, up to what they are owed."""
        ids, paid = {claim.id for claim in first}, 0
        owed = self._owed([*first, *others])
        for claim, share in pay_pro_rata(available, owed, self._options.unit):
            if claim.claim in ids:
                on_top = bonus.rounded_down(share) // self._options.unit * self._options.unit
                amount = min(share + on_top, claim.amount, available - paid)
                self._book.pay(claim.claim, None, amount)
                paid += amount
        return paid

    def _share(self, owed: list[Owed], available: int) -> int:
        paid = 0
        for claim, share in pay_pro_rata(available, owed, self._options.unit):
            self._book.pay(claim.claim, None, share)
            paid += share
        return paid

    def _has_a_place(self, each: ClaimClass) -> bool:
        return each.has_a_place(self._options.options)

    def _stands_on_things(self, claim: Claim) -> bool:
        return any(
            each.name == claim.claim_class and each.on_things for each in self._rules.classes
        )

    def _claims_by_class(self, claims: Iterable[Claim]) -> dict[str, list[Claim]]:
        waiting: dict[str, list[Claim]] = {each.name: [] for each in self._rules.classes}
        place = {
            each.name: each.name if self._has_a_place(each) else each.otherwise_in
            for each in self._rules.classes
        }
        for claim in claims:
            name = place[claim.claim_class]
            assert name is not None, "the reader lets no claim in whose class has no place"
            waiting[name].append(claim)
        return waiting


def _by_seizure(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    """Groups of equal seizure dates, the earliest first; claims never seized for come last."""

    def seized_on(claim: Claim) -> date:
        return claim.seized_on or date.max

    for _day, equals in groupby(sorted(claims, key=seized_on), key=seized_on):
        yield list(equals)


def _first_to_seize(claims: Iterable[Claim]) -> tuple[list[Claim], list[Claim]]:
    """Those with the earliest seizure (equal dates together, nobody where there is none), and
    the others."""
    earliest = min((c.seized_on for c in claims if c.seized_on is not None), default=None)
    first = [c for c in claims if earliest is not None and c.seized_on == earliest]
    return first, [c for c in claims if c not in first]
