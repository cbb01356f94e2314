"""`distribute`: the worked figures of the law, and each sentence of the contract by itself."""

import pytest

from tests.engine.documents import claim, distribution, line, secured, thing
from tests.engine.running import run


def yuan(amount):
    return round(amount * 100)


def distributed(properties, claims, **changes):
    ran = run("distribute", stdin=distribution(properties, claims, **changes))
    assert ran.status == 0, ran.err
    return ran.answer


def paid(answer):
    return {payment["claim"]: payment["paid"] for payment in answer["payments"]}


def parts(answer, claim_id):
    (payment,) = [each for each in answer["payments"] if each["claim"] == claim_id]
    return [(part["step"], part.get("from"), part["amount"]) for part in payment["parts"]]


def surplus(answer):
    return {each["to"]: each["amount"] for each in answer["surplus"]}


def steps(answer):
    return [(s["step"], s["available"], s["claimed"], s["paid"]) for s in answer["steps"]]


def test_dist_e1_a_natural_person_pays_pro_rata():
    answer = distributed(
        [thing(proceeds=yuan(3_000_000), costs=yuan(50_000))],
        [
            secured("M", yuan(1_800_000)),
            claim("A", "ordinary", yuan(900_000)),
            claim("B", "ordinary", yuan(600_000)),
            claim("C", "ordinary", yuan(450_000)),
        ],
    )

    assert paid(answer) == {
        "A": yuan(530_769.23),
        "B": yuan(353_846.15),
        "C": yuan(265_384.62),
        "M": yuan(1_800_000),
    }
    assert answer["costs_paid"] == yuan(50_000)
    assert surplus(answer) == {"debtor": 0}


E2_CLAIMS = [
    claim("bau", "construction_price", yuan(800_000)),
    secured("M", yuan(2_500_000)),
    claim("X", "ordinary", yuan(1_200_000), seized_at="2023-01-05"),
    claim("Y", "ordinary", yuan(900_000), seized_at="2023-02-05"),
    claim("Z", "ordinary", yuan(400_000), seized_at="2023-03-05"),
]


@pytest.mark.parametrize(
    ("kind", "shares"),
    [
        ("enterprise", (1_200_000, 440_000, 0)),
        ("natural_person", (787_200, 590_400, 262_400)),
        ("other_organisation", (787_200, 590_400, 262_400)),
    ],
)
def test_dist_e2_an_enterprise_pays_in_order_of_seizure(kind, shares):
    answer = distributed(
        [thing(proceeds=yuan(5_000_000), costs=yuan(60_000))], E2_CLAIMS, debtor_kind=kind
    )

    assert [paid(answer)[c] for c in "XYZ"] == [yuan(share) for share in shares]
    assert (paid(answer)["bau"], paid(answer)["M"]) == (yuan(800_000), yuan(2_500_000))


def test_dist_e3_interest_first_is_a_matter_of_two_claims():
    answer = distributed(
        [thing(proceeds=yuan(1_050_000))],
        [
            claim("debt", "ordinary", yuan(1_062_465.75)),
            claim("doubled", "late_interest", yuan(50_750)),
        ],
    )

    assert paid(answer) == {"debt": yuan(1_050_000), "doubled": 0}


def test_dist_e4_criminal_liability():
    answer = distributed(
        [thing(proceeds=yuan(1_000_000), costs=yuan(20_000))],
        [
            claim("medical", "medical", yuan(150_000)),
            secured("M", yuan(400_000)),
            claim("V1", "victim_restitution", yuan(400_000)),
            claim("V2", "victim_restitution", yuan(200_000)),
            claim("civil", "ordinary", yuan(300_000)),
            claim("fine", "fine", yuan(100_000)),
        ],
        options={"criminal": True},
    )

    assert paid(answer) == {
        "medical": yuan(150_000),
        "M": yuan(400_000),
        "V1": yuan(286_666.67),
        "V2": yuan(143_333.33),
        "civil": 0,
        "fine": 0,
    }
    assert [step["step"] for step in answer["steps"]] == [
        "medical",
        "secured",
        "victim_restitution",
        "ordinary",
        "fine",
    ]


def test_dist_e5_the_share_of_a_creditor_who_buys():
    answer = distributed(
        [thing(proceeds=yuan(2_000_000), costs=yuan(40_000))],
        [
            claim("buyer", "ordinary", yuan(1_500_000)),
            claim("other", "ordinary", yuan(1_500_000)),
        ],
    )

    assert paid(answer)["buyer"] == yuan(980_000)


def test_dist_e7_the_surplus_goes_to_the_debtor():
    answer = distributed(
        [thing(proceeds=yuan(1_200_000), costs=yuan(30_000))],
        [
            secured("M", yuan(500_000)),
            claim("A", "ordinary", yuan(400_000)),
            claim("d", "late_interest", yuan(18_500)),
        ],
    )

    assert surplus(answer) == {"debtor": yuan(251_500)}


def test_dist_e10_both_plans_of_a_disputed_claim():
    def plan(c):
        claims = [("A", 900_000), ("B", 600_000), ("C", c)]
        return distributed(
            [thing(proceeds=yuan(1_150_000))],
            [claim(name, "ordinary", yuan(amount)) for name, amount in claims],
        )

    assert list(paid(plan(450_000)).values()) == [
        yuan(530_769.23),
        yuan(353_846.15),
        yuan(265_384.62),
    ]
    assert list(paid(plan(150_000)).values()) == [
        yuan(627_272.73),
        yuan(418_181.82),
        yuan(104_545.45),
    ]


def test_dist_e11_the_home_reserve_stands_before_the_mortgage():
    """RULE-D10"""
    answer = distributed(
        [thing(proceeds=yuan(1_500_000), costs=yuan(25_000))],
        [claim("rent", "home_reserve", yuan(180_000)), secured("M", yuan(2_000_000))],
    )

    assert paid(answer) == {"rent": yuan(180_000), "M": yuan(1_295_000)}


def test_the_order_of_all_classes():
    order = [
        "home_reserve",
        "medical",
        "consumer_buyer",
        "construction_price",
        "tax_before_security",
        "secured",
        "victim_restitution",
        "livelihood",
        "tax",
        "ordinary",
        "late_interest",
        "fine",
        "confiscation",
    ]
    claims = [
        secured(name, 10) if name == "secured" else claim(name, name, 10)
        for name in reversed(order)
    ]
    options = {"criminal": True, "livelihood_tier": True}

    answer = distributed([thing(proceeds=10 * len(order))], claims, options=options)
    short = distributed([thing(proceeds=95)], claims, options=options)

    assert [step["step"] for step in answer["steps"]] == order
    assert [step["available"] for step in answer["steps"]] == list(range(130, 0, -10))
    assert [paid(short)[name] for name in order] == [10] * 9 + [5] + [0] * 3


def test_a_class_with_nothing_owed_is_no_step():
    answer = distributed(
        [thing(proceeds=10)], [claim("a", "tax", 0), claim("b", "fine", 1), secured("c", 0)]
    )

    assert steps(answer) == [("fine", 10, 1, 1)]
    assert paid(answer) == {"a": 0, "b": 1, "c": 0}
    assert parts(answer, "a") == []


def test_a_step_is_there_also_when_no_money_is():
    answer = distributed([thing()], [claim("b", "fine", 1)])

    assert steps(answer) == [("fine", 0, 1, 0)]


def test_livelihood_claims_are_ordinary_unless_they_have_their_tier():
    claims = [claim("wage", "livelihood", 100), claim("loan", "ordinary", 100)]

    without = distributed([thing(proceeds=100)], claims)
    with_tier = distributed([thing(proceeds=100)], claims, options={"livelihood_tier": True})

    assert paid(without) == {"wage": 50, "loan": 50}
    assert parts(without, "wage") == [("ordinary", None, 50)]
    assert paid(with_tier) == {"wage": 100, "loan": 0}
    assert parts(with_tier, "wage") == [("livelihood", None, 100)]


@pytest.mark.parametrize("claim_class", ["consumer_buyer", "construction_price", "secured"])
def test_what_a_thing_cannot_pay_joins_the_ordinary_claims(claim_class):
    answer = distributed(
        [thing("P1", 100), thing("P2", 100)],
        [
            claim("M", claim_class, 200, on=["P1"], rank=1),
            claim("A", "ordinary", 100),
        ],
    )

    assert parts(answer, "M") == [(claim_class, "P1", 100), ("ordinary", None, 50)]
    assert paid(answer)["A"] == 50
    assert steps(answer)[1] == ("ordinary", 100, 200, 100)


def test_what_is_left_of_a_tax_before_security_joins_the_tax():
    answer = distributed(
        [thing("P1", 100), thing("P2", 100)],
        [claim("T", "tax_before_security", 150, on=["P1"]), claim("A", "ordinary", 100)],
    )

    assert parts(answer, "T") == [("tax_before_security", "P1", 100), ("tax", None, 50)]
    assert paid(answer)["A"] == 50


def test_what_is_left_of_a_home_reserve_joins_nothing():
    answer = distributed(
        [thing("P1", 100), thing("P2", 100)], [claim("H", "home_reserve", 150, on=["P1"])]
    )

    assert paid(answer) == {"H": 100}
    assert surplus(answer) == {"debtor": 100}


def test_the_rest_of_a_secured_claim_keeps_its_seizure_date():
    answer = distributed(
        [thing("P1", 100), thing("P2", 60)],
        [
            secured("M", 150, "P1", seized_at="2024-01-01"),
            claim("A", "ordinary", 50, seized_at="2024-02-01"),
        ],
        debtor_kind="enterprise",
    )

    assert paid(answer) == {"M": 150, "A": 10}


def test_equal_seizures_share_and_claims_without_one_come_last():
    answer = distributed(
        [thing(proceeds=150)],
        [
            claim("none1", "ordinary", 30),
            claim("none2", "ordinary", 30),
            claim("first", "ordinary", 100, seized_at="2024-01-01"),
            claim("b", "ordinary", 20, seized_at="2024-02-01"),
            claim("a", "ordinary", 20, seized_at="2024-02-01"),
        ],
        debtor_kind="enterprise",
    )

    assert paid(answer) == {"first": 100, "a": 20, "b": 20, "none1": 5, "none2": 5}


def test_ranks_pay_one_after_another_and_equal_ranks_share():
    """RULE-I5"""
    answer = distributed(
        [thing(proceeds=100)],
        [secured("a", 60, rank=2), secured("b", 60, rank=2), secured("c", 40, rank=1)],
    )

    assert {c: parts(answer, c)[0][2] for c in "abc"} == {"a": 30, "b": 30, "c": 40}


def test_a_claim_asks_its_things_by_value():
    answer = distributed([thing("P1", 300), thing("P2", 100)], [secured("M", 200, "P1", "P2")])

    assert parts(answer, "M") == [("secured", "P1", 150), ("secured", "P2", 50)]


def test_the_odd_cent_is_asked_of_the_thing_that_holds_more_then_of_the_smaller_id():
    # 2 by value of 1 and 3 is a half and one and a half.
    uneven = distributed([thing("P1", 1), thing("P2", 3)], [secured("M", 2, "P1", "P2")])
    even = distributed([thing("P2", 3), thing("P1", 3)], [secured("M", 3, "P2", "P1")])

    assert parts(uneven, "M") == [("secured", "P2", 2)]
    assert parts(even, "M") == [("secured", "P1", 2), ("secured", "P2", 1)]


def test_a_claim_asks_again_where_a_thing_could_not_pay():
    # P1 is asked 50 by M and 100 by N, and holds 100; M gets a third of it and turns to P2.
    answer = distributed(
        [thing("P1", 100), thing("P2", 100)],
        [secured("M", 100, "P1", "P2"), secured("N", 100, "P1")],
    )

    assert parts(answer, "M") == [("secured", "P1", 33), ("secured", "P2", 67)]
    assert parts(answer, "N")[0] == ("secured", "P1", 67)


@pytest.mark.parametrize(
    ("joint", "expected"),
    [
        ("by_value", {"P1": 50, "S1": 50}),
        ("debtor_first", {"P1": 100}),
        ("in_order", {"S1": 100}),
    ],
)
def test_the_ways_in_which_a_claim_asks_several_things(joint, expected):
    answer = distributed(
        [thing("P1", 100), thing("S1", 100, owner="Surety Ltd")],
        [secured("M", 100, "S1", "P1")],
        options={"joint_security": joint},
    )

    assert {place: amount for _step, place, amount in parts(answer, "M")} == expected


def test_the_sureties_are_asked_once_the_debtors_things_are_empty():
    answer = distributed(
        [thing("P1", 30), thing("P2", 30), thing("S1", 100, owner="Surety Ltd")],
        [secured("M", 100, "S1", "P1", "P2")],
        options={"joint_security": "debtor_first"},
    )

    assert parts(answer, "M") == [
        ("secured", "P1", 30),
        ("secured", "P2", 30),
        ("secured", "S1", 40),
    ]


def test_a_sureties_thing_pays_its_costs_and_claims_and_nobody_else():
    answer = distributed(
        [
            thing("P1", 0),
            thing("S1", 100, owner="Wang", costs=10),
            thing("S2", 50, owner="Li"),
        ],
        [secured("M", 60, "S1"), claim("A", "ordinary", 500)],
    )

    assert paid(answer) == {"M": 60, "A": 0}
    assert answer["surplus"] == [
        {"to": "debtor", "amount": 0},
        {"to": "Li", "amount": 50},
        {"to": "Wang", "amount": 30},
    ]


def test_a_claim_without_on_stands_on_all_of_the_debtors_things_and_no_sureties():
    answer = distributed(
        [thing("P1", 30), thing("P2", 60), thing("S1", 500, owner="Wang")],
        [claim("C", "construction_price", 100)],
    )

    assert parts(answer, "C") == [
        ("construction_price", "P1", 30),
        ("construction_price", "P2", 60),
    ]


def test_common_costs_fall_first_on_things_without_a_claim():
    """RULE-A6"""
    answer = distributed(
        [thing("P1", 100), thing("P2", 20), thing("P3", 10), thing("S1", 100, owner="W")],
        [secured("M", 150, "P1"), secured("N", 100, "S1")],
        costs=[{"id": "fee", "amount": 24}, {"id": "travel", "amount": 3}],
    )

    assert answer["costs_paid"] == 27
    assert parts(answer, "M") == [("secured", "P1", 100), ("ordinary", None, 3)]
    assert parts(answer, "N") == [("secured", "S1", 100)]
    assert steps(answer)[0] == ("secured", 203, 250, 200)


def test_common_costs_fall_next_on_the_debtors_other_things_and_last_on_sureties():
    answer = distributed(
        [thing("P1", 10), thing("P2", 20), thing("S1", 100, owner="W"), thing("P4", 5, costs=9)],
        [secured("M", 100, "P1"), secured("N", 100, "S1")],
        costs=[{"id": "fee", "amount": 40}],
    )

    assert answer["costs_paid"] == 49
    assert parts(answer, "M") == []
    assert parts(answer, "N") == [("secured", "S1", 86)]
    assert surplus(answer) == {"debtor": 0, "W": 0}


def test_the_odd_cent_of_common_costs_goes_to_the_thing_that_holds_more_then_to_the_smaller_id():
    # 1 in proportion 2:2:3: remainders 2/7, 2/7, 3/7; then 2 of equal holdings.
    first = distributed(
        [thing("P1", 2), thing("P2", 2), thing("P3", 3)],
        [secured("a", 9, "P1"), secured("b", 9, "P2"), secured("c", 9, "P3")],
        costs=[{"id": "fee", "amount": 1}],
    )
    second = distributed(
        [thing("P2", 5), thing("P1", 5)],
        [secured("a", 9, "P1"), secured("b", 9, "P2")],
        costs=[{"id": "fee", "amount": 1}],
    )

    assert [paid(first)[c] for c in "abc"] == [2, 2, 2]
    assert [paid(second)[c] for c in "ab"] == [4, 5]


@pytest.mark.parametrize("more", [0, 1, 500])
def test_costs_that_reach_the_pool_are_all_that_is_paid(more):
    answer = distributed(
        [thing("P1", 10, costs=5), thing("S1", 20, owner="W", costs=20)],
        [secured("M", 100, "P1"), claim("A", "ordinary", 1)],
        costs=[{"id": "fee", "amount": 5 + more}],
    )

    assert (answer["costs_paid"], answer["pool"]) == (30, 30)
    assert paid(answer) == {"A": 0, "M": 0}


def test_units_are_handed_out_whole():
    answer = distributed(
        [thing(proceeds=1000)],
        [claim("a", "ordinary", 700), claim("b", "ordinary", 700), claim("c", "ordinary", 599)],
        options={"unit": 100},
    )

    # Exactly 350.2, 350.2 and 299.6: cut to 300, 300, 200, and two units go to the largest rests.
    assert paid(answer) == {"a": 400, "b": 300, "c": 300}


def test_a_broken_unit_at_the_end_is_paid_all_the_same():
    answer = distributed(
        [thing(proceeds=250)],
        [claim("a", "ordinary", 300), claim("b", "ordinary", 300), claim("z", "fine", 100)],
        options={"unit": 100},
    )

    assert paid(answer) == {"a": 150, "b": 100, "z": 0}


def test_full_payments_are_never_cut():
    answer = distributed(
        [thing(proceeds=250)], [claim("a", "ordinary", 123)], options={"unit": 100}
    )

    assert paid(answer) == {"a": 123}


def generic(pool, *lines, **changes):
    return distributed([thing(proceeds=pool)], list(lines), rules="generic", **changes)


def test_tiers_pay_one_after_another():
    answer = generic(100, line("a", 2, 100), line("b", 1, 60), line("c", 2, 300))

    assert paid(answer) == {"a": 10, "b": 60, "c": 30}
    assert steps(answer) == [("tier-1", 100, 60, 60), ("tier-2", 40, 400, 40)]
    assert parts(answer, "c") == [("tier-2", None, 30)]


def test_a_claim_may_stand_in_several_tiers_with_a_cap():
    answer = generic(
        100,
        line("wage", 1, 90, cap=30),
        line("wage", 2, 90),
        line("bank", 2, 60),
    )

    assert parts(answer, "wage") == [("tier-1", None, 30), ("tier-2", None, 35)]
    assert {p["claim"]: p["unpaid"] for p in answer["payments"]}["wage"] == 25
    assert paid(answer)["bank"] == 35
    assert steps(answer)[1] == ("tier-2", 70, 120, 70)


def test_a_tier_in_order_pays_by_rank():
    answer = generic(
        100,
        line("a", 1, 60, method="in_order", rank=2),
        line("b", 1, 60, method="in_order", rank=2),
        line("c", 1, 70, method="in_order", rank=1),
    )

    assert paid(answer) == {"a": 15, "b": 15, "c": 70}


def test_a_tier_with_nothing_owed_is_no_step():
    answer = generic(100, line("a", 1, 60), line("a", 2, 60), line("b", 3, 10, cap=0))

    assert [step["step"] for step in answer["steps"]] == ["tier-1"]


def test_generic_knows_costs_sureties_and_units():
    answer = distributed(
        [thing("P1", 60), thing("S1", 100, owner="W", costs=1)],
        [line("a", 1, 100)],
        rules="generic",
        costs=[{"id": "fee", "amount": 10}],
        options={"unit": 7},
    )

    assert paid(answer) == {"a": 50}
    assert surplus(answer) == {"debtor": 0, "W": 99}


def test_nothing_at_all_is_distributed_too():
    answer = distributed([], [])

    assert answer == {
        "format": "distribution-result/1",
        "pool": 0,
        "costs_paid": 0,
        "payments": [],
        "surplus": [{"to": "debtor", "amount": 0}],
        "steps": [],
    }


def test_sums_may_be_larger_than_any_amount_that_is_given():
    most = 2**63 - 1

    answer = distributed(
        [thing("P1", most), thing("P2", most)], [claim("a", "ordinary", most), claim("b", "tax", 1)]
    )

    assert answer["pool"] == 2 * most
    assert surplus(answer) == {"debtor": most - 1}


@pytest.mark.parametrize(
    ("properties", "claims", "changes", "where"),
    [
        ([], [claim("a", "medical", 1)], {}, "/claims/0/class"),
        ([], [claim("a", "victim_restitution", 1)], {}, "/claims/0/class"),
        (
            [],
            [claim("a", "medical", 1)],
            {"options": {"criminal": False}},
            "/claims/0/class",
        ),
        ([], [claim("a", "wages", 1)], {}, "/claims/0/class"),
        ([], [claim("a", ["tax"], 1)], {}, "/claims/0/class"),
        ([thing()], [claim("a", "secured", 1)], {}, "/claims/0/on"),
        ([thing()], [claim("a", "secured", 1, on=["P1"])], {}, "/claims/0/rank"),
        ([thing()], [secured("a", 1, "P2")], {}, "/claims/0/on/0"),
        ([thing()], [secured("a", 1, "P1", "P1")], {}, "/claims/0/on/1"),
        ([thing()], [claim("a", "secured", 1, on=[], rank=1)], {}, "/claims/0/on"),
        ([thing()], [secured("a", 1, rank=0)], {}, "/claims/0/rank"),
        ([thing()], [secured("a", 1, rank=1001)], {}, "/claims/0/rank"),
        ([thing()], [claim("a", "ordinary", 1, on=["P1"])], {}, "/claims/0/on"),
        ([thing()], [claim("a", "tax", 1, rank=1)], {}, "/claims/0/rank"),
        ([thing()], [claim("a", "tax", 1, tier=1)], {}, "/claims/0/tier"),
        ([thing()], [claim("a", "tax", 1, cap=1)], {}, "/claims/0/cap"),
        ([thing()], [claim("a", "tax", 1, method="pro_rata")], {}, "/claims/0/method"),
        ([thing()], [claim("a", "tax", 1), claim("a", "fine", 1)], {}, "/claims/1/id"),
        ([thing()], [claim("a", "tax", -1)], {}, "/claims/0/amount"),
        ([thing()], [claim("a", "tax", 1, filed_at="today")], {}, "/claims/0/filed_at"),
        ([thing()], [claim("a", "tax", 1, seized_at=None)], {}, "/claims/0/seized_at"),
        ([thing(), thing()], [], {}, "/properties/1/id"),
        ([thing(owner="")], [], {}, "/properties/0/owner"),
        ([thing(costs=None)], [], {}, "/properties/0/costs"),
        ([{"id": "P1"}], [], {}, "/properties/0/proceeds"),
        ([], [], {"costs": [{"id": "a", "amount": 1}] * 2}, "/costs/1/id"),
        ([], [], {"costs": [{"id": "a"}]}, "/costs/0/amount"),
        ([], [], {"debtor_kind": "person"}, "/debtor_kind"),
        ([], [], {"currency": "RMBY"}, "/currency"),
        ([], [], {"rules": "de"}, "/rules"),
        ([], [], {"rules": {}}, "/rules"),
        ([], [], {"options": {"unit": 0}}, "/options/unit"),
        ([], [], {"options": {"criminal": 1}}, "/options/criminal"),
        ([], [], {"options": {"joint_security": "all"}}, "/options/joint_security"),
        ([], [], {"options": {"bonus": 1}}, "/options/bonus"),
        ([], [], {"options": None}, "/options"),
        ([], [], {"note": 1}, "/note"),
    ],
)
def test_what_distribute_cannot_use(properties, claims, changes, where):
    document = distribution(properties, claims, **changes)

    assert run("distribute", stdin=document).where == where


@pytest.mark.parametrize(
    ("lines", "changes", "where"),
    [
        ([line("a", 1, 1, **{"class": "tax"})], {}, "/claims/0/class"),
        ([line("a", 1, 1, on=["P1"])], {}, "/claims/0/on"),
        ([line("a", 1, 1, seized_at="2024-01-01")], {}, "/claims/0/seized_at"),
        ([line("a", 1, 1, rank=1)], {}, "/claims/0/rank"),
        ([line("a", 1, 1, method="in_order")], {}, "/claims/0/rank"),
        ([line("a", 1, 1, method="fifo")], {}, "/claims/0/method"),
        ([line("a", 0, 1)], {}, "/claims/0/tier"),
        ([line("a", 1001, 1)], {}, "/claims/0/tier"),
        ([{"id": "a", "amount": 1}], {}, "/claims/0/tier"),
        ([line("a", 1, 1), line("a", 1, 1)], {}, "/claims/1/id"),
        ([line("a", 1, 1), line("a", 2, 2)], {}, "/claims/1/amount"),
        ([line("a", 1, 1), line("b", 1, 1, method="in_order", rank=1)], {}, "/claims/1/method"),
        ([line("a", 1, 1, cap=None)], {}, "/claims/0/cap"),
        ([], {"options": {"criminal": True}}, "/options/criminal"),
        ([], {"options": {"joint_security": "by_value"}}, "/options/joint_security"),
    ],
)
def test_what_tiers_cannot_use(lines, changes, where):
    document = distribution([thing()], lines, rules="generic", **changes)

    assert run("distribute", stdin=document).where == where
