"""Sealed envelopes and blind indexes (RULE-E13)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.gateways.seal import (
    EnvelopeUnreadable,
    KeyUnfit,
    Opener,
    Sealer,
    blind_index,
    new_key_pair,
)

PRIVATE, PUBLIC = new_key_pair()
KEY = "an index key of thirty-two bytes and more"


def test_what_was_sealed_is_opened_by_the_private_key_alone() -> None:
    sealed = Sealer(PUBLIC).seal({"name": "王小明", "person_id": 7})

    assert Opener(PRIVATE).open(sealed) == {"name": "王小明", "person_id": 7}
    with pytest.raises(EnvelopeUnreadable):
        Opener(new_key_pair()[0]).open(sealed)
    with pytest.raises(EnvelopeUnreadable):
        Opener(PUBLIC).open(sealed)


def test_a_changed_envelope_is_not_opened() -> None:
    sealed = Sealer(PUBLIC).seal({"name": "王小明"})

    for changed in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", sealed + b"x"):
        with pytest.raises(EnvelopeUnreadable):
            Opener(PRIVATE).open(changed)


def test_an_envelope_shows_neither_its_content_nor_how_long_it_is() -> None:
    sealer = Sealer(PUBLIC)

    short, long = sealer.seal({"name": "Li"}), sealer.seal({"name": "Li" * 40})

    assert len(short) == len(long)
    assert b"Li" not in short + long


def test_the_same_content_is_never_sealed_alike() -> None:
    sealer = Sealer(PUBLIC)

    assert sealer.seal({"name": "Li"}) != sealer.seal({"name": "Li"})


@pytest.mark.parametrize(
    "text",
    ["", "short", "!" * 44, "YWJj", PRIVATE[:-4]],
    ids=["empty", "short", "signs", "letters", "cut off"],
)
def test_a_text_that_is_no_key_is_not_taken_for_one(text: str) -> None:
    for make in (Sealer, Opener):
        with pytest.raises(KeyUnfit) as unfit:
            make(text)
        assert text == "" or text not in str(unfit.value)


def test_a_blind_index_is_equal_for_equal_parts_only() -> None:
    index = blind_index(KEY, "person", "32028119900307251X")

    assert index == blind_index(KEY, "person", "32028119900307251X")
    assert index != blind_index(KEY, "phone", "32028119900307251X")
    assert index != blind_index(KEY + "x", "person", "32028119900307251X")
    assert len(index) == 32


@settings(deadline=None)
@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_no_two_lists_of_parts_read_alike(one: list[str], other: list[str]) -> None:
    assert (blind_index(KEY, *one) == blind_index(KEY, *other)) == (one == other)


def test_a_short_index_key_is_refused() -> None:
    with pytest.raises(KeyUnfit):
        blind_index("dev", "person", "x")
