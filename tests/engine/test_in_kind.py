"""Taking in kind: rank, lot, difference; and what may be sold or taken without an auction."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction_engine.sale.in_kind import (
    DirectGround,
    DirectSellOff,
    Taker,
    Unlawful,
    against_direct_sell_off,
    against_taking_by_agreement,
    difference_due,
    least_direct_price,
    order_of_takers,
    ticket,
)

SEED = "5f" * 32
names = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=10, max_size=10)
takers = st.lists(
    st.builds(Taker, names, st.integers(1, 4)), unique_by=lambda taker: taker.claim, max_size=9
)


def test_the_better_legal_rank_comes_first() -> None:
    """RULE-K5."""
    order = order_of_takers(SEED, [Taker("b", 2), Taker("a", 3), Taker("c", 1)])

    assert [place.claim for place in order] == ["c", "b", "a"]
    assert all(place.ticket is None for place in order)


def test_a_lot_among_equals_can_be_drawn_again_with_any_sha256() -> None:
    """RULE-K5: the documented text, written out by hand."""
    by_hand = sha256(f"{SEED}\na1,b2,c3\nb2".encode()).hexdigest()

    assert ticket(SEED, ["c3", "a1", "b2"], "b2") == by_hand


def test_a_known_seed_gives_a_known_order() -> None:
    order = order_of_takers("0" * 64, [Taker("a1", 1), Taker("b2", 1), Taker("c3", 1)])

    tickets = {
        name: sha256(f"{'0' * 64}\na1,b2,c3\n{name}".encode()).hexdigest()
        for name in ("a1", "b2", "c3")
    }
    assert [place.claim for place in order] == sorted(tickets, key=tickets.__getitem__)
    assert {place.claim: place.ticket for place in order} == tickets


@given(takers, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_who_is_named_first(
    wanted: list[Taker], chance: object
) -> None:
    shuffled = list(wanted)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert order_of_takers(SEED, shuffled) == order_of_takers(SEED, wanted)


@given(takers)
def test_everybody_has_one_place_and_no_worse_rank_stands_before_a_better(
    wanted: list[Taker],
) -> None:
    order = order_of_takers(SEED, wanted)

    assert sorted(place.claim for place in order) == sorted(taker.claim for taker in wanted)
    assert [place.rank for place in order] == sorted(place.rank for place in order)


def test_over_many_seeds_equals_win_alike() -> None:
    wanted = [Taker("a1", 1), Taker("b2", 1)]

    first = [order_of_takers(f"{number:064x}", wanted)[0].claim for number in range(1000)]

    assert 400 < first.count("a1") < 600


@pytest.mark.parametrize(("due", "difference"), [(0, 100), (99, 1), (100, 0), (101, 0)])
def test_the_taker_pays_what_the_price_exceeds_their_share(due: int, difference: int) -> None:
    """RULE-K5."""
    assert difference_due(price=100, due_to_taker=due) == difference


def _direct(**changed: object) -> DirectSellOff:
    told: dict = {
        "ground": DirectGround.PERISHABLE,
        "is_movable": True,
        "all_agree": False,
        "price": 50_000,
        "appraisal": 100_000,
    }
    return DirectSellOff(**(told | changed))


@pytest.mark.parametrize(
    ("changed", "against"),
    [
        ({}, ()),
        ({"price": 49_999}, (Unlawful.BELOW_HALF_OF_APPRAISAL,)),
        ({"market_price": 50_001}, (Unlawful.BELOW_MARKET,)),
        ({"appraisal": None}, (Unlawful.BASIS_MISSING,)),
        ({"is_movable": False}, (Unlawful.NOT_A_MOVABLE,)),
        ({"ground": DirectGround.ALL_AGREE}, (Unlawful.CONSENT_MISSING,)),
        ({"agreed_price": 50_000}, (Unlawful.CONSENT_MISSING,)),
        ({"agreed_price": 60_000, "all_agree": True}, (Unlawful.NOT_THE_AGREED_PRICE,)),
        (
            {"ground": DirectGround.ALL_AGREE, "all_agree": True, "is_movable": False},
            (),
        ),
        (
            {"is_movable": False, "price": 1},
            (Unlawful.NOT_A_MOVABLE, Unlawful.BELOW_HALF_OF_APPRAISAL),
        ),
    ],
)
def test_a_sale_without_auction_meets_every_condition(
    changed: dict, against: tuple[Unlawful, ...]
) -> None:
    """RULE-K14: agreed, else market, else never below one half of the appraisal."""
    assert against_direct_sell_off(_direct(**changed)) == against


def test_half_of_an_odd_appraisal_is_rounded_up() -> None:
    assert least_direct_price(_direct(appraisal=100_001)) == 50_001


@pytest.mark.parametrize(
    ("debtor", "creditor", "unsaleable", "harms", "against"),
    [
        (True, True, False, False, ()),
        (False, True, True, False, ()),
        (False, True, False, False, (Unlawful.CONSENT_MISSING,)),
        (True, False, True, False, (Unlawful.CONSENT_MISSING,)),
        (True, True, False, True, (Unlawful.HARMS_OTHERS,)),
    ],
)
def test_taking_by_agreement_needs_consent_and_harms_nobody(
    debtor: bool, creditor: bool, unsaleable: bool, harms: bool, against: tuple[Unlawful, ...]
) -> None:
    """RULE-K15."""
    found = against_taking_by_agreement(
        debtor_agrees=debtor,
        creditor_agrees=creditor,
        is_unsaleable=unsaleable,
        harms_others=harms,
    )

    assert found == against
