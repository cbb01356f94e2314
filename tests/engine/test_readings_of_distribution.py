"""What the law of distribution leaves open: each reading's default, and the other one."""

import pytest

from auction_engine.rulepacks import WATERFALL_RULES, waterfall_rules
from auction_engine.rulepacks.catalogue import PackUnfit, read_otherwise
from tests.engine.documents import claim, distribution, secured, thing
from tests.engine.running import run

CN = WATERFALL_RULES["cn"]


def paid(claims, *, proceeds, reading="", **changes):
    rules = "cn" + (f"+{reading}" if reading else "")
    ran = run(
        "distribute", stdin=distribution([thing(proceeds=proceeds)], claims, rules=rules, **changes)
    )
    assert ran.status == 0, ran.err
    return {payment["claim"]: payment["paid"] for payment in ran.answer["payments"]}


TWO = [
    claim("first", "ordinary", 1000, seized_at="2024-03-01"),
    claim("later", "ordinary", 1000, seized_at="2024-05-01"),
]


def test_the_first_to_seize_gets_what_everybody_gets():
    """DIST section 2, step 5."""
    assert paid(TWO, proceeds=1000) == {"first": 500, "later": 500}


def test_the_first_to_seize_gets_a_fifth_more_where_the_court_reads_it_so():
    """DIST section 2, step 5, the other reading."""
    bonus = "first_seizer=bonus_of_a_fifth"

    assert paid(TWO, proceeds=1000, reading=bonus) == {"first": 600, "later": 400}
    assert paid(TWO, proceeds=1900, reading=bonus) == {"first": 1000, "later": 900}
    assert paid(TWO, proceeds=2000, reading=bonus) == {"first": 1000, "later": 1000}


def test_equal_first_seizures_each_get_the_bonus_and_without_any_nobody_does():
    bonus = "first_seizer=bonus_of_a_fifth"
    equal = [*TWO, claim("also first", "ordinary", 1000, seized_at="2024-03-01")]
    none = [claim("A", "ordinary", 1000), claim("B", "ordinary", 1000)]

    assert paid(equal, proceeds=1500, reading=bonus) == {
        "first": 600,
        "also first": 600,
        "later": 300,
    }
    assert paid(none, proceeds=1000, reading=bonus) == {"A": 500, "B": 500}


def test_against_an_enterprise_the_order_of_seizure_needs_no_bonus():
    shares = paid(
        TWO, proceeds=1500, reading="first_seizer=bonus_of_a_fifth", debtor_kind="enterprise"
    )

    assert shares == {"first": 1000, "later": 500}


@pytest.mark.parametrize(
    ("reading", "reserve", "mortgage"),
    [("", 300, 700), ("home_reserve=after_security", 0, 1000)],
)
def test_the_reserve_for_another_home_comes_before_or_after_the_mortgage(
    reading, reserve, mortgage
):
    """DIST section 2, step 2."""
    claims = [claim("R", "home_reserve", 300), secured("M", 1000)]

    assert paid(claims, proceeds=1000, reading=reading) == {"R": reserve, "M": mortgage}


@pytest.mark.parametrize(
    ("reading", "interest", "debt"),
    [("", 0, 800), ("late_interest=among_ordinary", 160, 640)],
)
def test_doubled_interest_comes_after_the_ordinary_claims_or_among_them(reading, interest, debt):
    """DIST section 2, step 6."""
    claims = [claim("D", "ordinary", 800), claim("I", "late_interest", 200)]

    assert paid(claims, proceeds=800, reading=reading) == {"I": interest, "D": debt}


@pytest.mark.parametrize(
    ("reading", "wage", "tax"), [("", 0, 100), ("livelihood=before_tax", 100, 0)]
)
def test_wages_are_ordinary_claims_or_come_before_tax(reading, wage, tax):
    """DIST section 2, step 4."""
    claims = [claim("W", "livelihood", 100), claim("T", "tax", 100)]

    assert paid(claims, proceeds=100, reading=reading) == {"W": wage, "T": tax}


def test_every_reading_of_the_waterfall_has_a_change_and_every_change_a_reading():
    others = {(name, value) for name, switch in CN.switches.items() for value in switch.values[1:]}

    assert set(CN.changes) == others


def test_an_order_of_payment_has_one_id_for_its_readings():
    both = read_otherwise(CN, {"livelihood": "before_tax", "first_seizer": "bonus_of_a_fifth"})

    assert both.id == "cn+first_seizer=bonus_of_a_fifth+livelihood=before_tax"
    assert waterfall_rules(both.id) == waterfall_rules(both.id)
    assert waterfall_rules("cn+livelihood=among_ordinary") is None
    with pytest.raises(PackUnfit, match="moon"):
        read_otherwise(CN, {"moon": "full"})


def test_a_reading_that_does_not_exist_is_an_input_error():
    ran = run(
        "distribute",
        stdin=distribution([thing(proceeds=1)], [claim("A", "ordinary", 1)], rules="cn+moon=full"),
    )

    assert ran.status == 2
    assert "/rules" in ran.err
