"""A thousand small worlds in which something fails, and the mutants that they must notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from auction_engine.sale import bidding
from auction_engine.sale.bidding import Place
from auction_engine.sale.state import Sale
from tests.faults import simulator
from tests.faults.simulator import BIDS, Fault, Unsafe, World, made, play, shrink


def test_a_thousand_histories_with_a_fault_each_are_safe_and_end() -> None:
    for seed in range(1_000):
        play(made(seed))


def test_a_history_is_what_it_claims_to_be() -> None:
    histories = [made(seed) for seed in range(300)]

    for history in histories:
        assert len(history.bids) == BIDS >= 20
        assert {sent.who for sent in history.bids} == {0, 1, 2}
        assert history.faults
    assert set().union(*(history.faults for history in histories)) == set(Fault)
    assert made(7) == made(7)


def test_the_same_seed_plays_the_same_history() -> None:
    first, second = play(made(42)), play(made(42))

    assert first.decided == second.decided
    assert first.outcome == second.outcome


def test_histories_are_worth_playing() -> None:
    """Most are sold after extensions, some bids are late, some are stayed."""
    worlds = [play(made(seed)) for seed in range(300)]

    assert sum(world.sale.extensions > 0 for world in worlds) > 200
    assert sum(any(why == "closed" for *_rest, why in world.decided) for world in worlds) > 20
    assert sum(bool(world.acts) for world in worlds) > 20


def _old_end_plus_five(sale: Sale, at: datetime, place: Place) -> tuple[datetime, bool]:
    late = sale.closes_at - at <= timedelta(minutes=5)
    return sale.closes_at + timedelta(minutes=5) * late, late


def _end_belongs_to_bidding(self: Sale, moment: datetime) -> bool:
    return self.stayed_from is None and not self.is_withdrawn and moment > self.closes_at


def _never_ends(self: Sale, moment: datetime) -> bool:
    return False


def _time_as_it_comes(self: Sale, arrived_at: datetime) -> datetime:
    return arrived_at


def _equal_leads(sale: Sale, bidder: Any, amount: int) -> Any:
    return None


MUTANTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "the extension counts from the old end": lambda patch: patch.setattr(
        bidding, "_end_after_bid", _old_end_plus_five
    ),
    "the end never comes": lambda patch: patch.setattr(Sale, "has_ended_at", _never_ends),
    "a stepped clock decides": lambda patch: patch.setattr(Sale, "moment_for", _time_as_it_comes),
    "equal and lower amounts lead": lambda patch: patch.setattr(
        bidding, "_reason_to_refuse_amount", _equal_leads
    ),
    "a key is not remembered": lambda patch: patch.setattr(
        World, "_arrive", _without_memory(World._arrive)
    ),
    "a dying drain leaves half its work": lambda patch: patch.setattr(
        World, "_drain", _half_a_drain(World._drain)
    ),
    "a closer does not look whether it is time": lambda patch: patch.setattr(
        simulator, "outcome", _at_any_time(simulator.outcome)
    ),
    "an outage is forgotten": lambda patch: patch.setattr(World, "_up", _forget_the_outage),
}


def _without_memory(whole: Any) -> Any:
    def arrive(self: World, at: float, sent: Any) -> None:
        self.known.pop(sent.key, None)
        whole(self, at, sent)

    return arrive


def _half_a_drain(whole: Any) -> Any:
    def drain(self: World, at: float, *, dies: bool) -> None:
        before = self.sale
        whole(self, at, dies=False)
        if dies:
            self.sale = before

    return drain


def _at_any_time(outcome: Any) -> Any:
    return lambda sale, _as_of: outcome(sale)


def _forget_the_outage(self: World, at: float, down: float) -> None:
    """Nobody could bid, and the sale goes on as if they could."""
    self.is_down = False
    self.downs.append((down, at))


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_a_mutant_does_not_live(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[mutant](monkeypatch)

    with pytest.raises((AssertionError, StopIteration, KeyError)):
        for seed in range(400):
            play(made(seed))


def test_a_failure_is_told_with_as_little_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS["equal and lower amounts lead"](monkeypatch)
    seed = next(seed for seed in range(400) if _fails(seed))

    least = shrink(made(seed))

    assert len(least.bids) <= 3
    assert not least.faults


def test_the_seed_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    MUTANTS["equal and lower amounts lead"](monkeypatch)

    status = simulator.main(["--seed", "1", "--histories", "400"])

    assert status == 1
    assert capsys.readouterr().out.startswith("seed ")


def _fails(seed: int) -> bool:
    try:
        play(made(seed))
    except Unsafe:
        return True
    return False
