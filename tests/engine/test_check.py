"""`check`: each rule by its boundary, and nothing but what the contract lists."""

import pytest

from tests.engine.documents import check_document
from tests.engine.running import run

FIRST = {
    "round": "first",
    "starting_price": 70000000,
    "deposit": 7000000,
    "announced_at": "2026-05-20T09:00:00+08:00",
    "parties_notified_at": ["2026-05-17T23:59:59+08:00"],
}
NO_PREVIOUS = ("previous_starting_price", "previous_failed_at", "same_platform")
SELL_OFF = {"round": "sell_off", "starting_price": 70000000, "deposit": 7000000}
SELL_OFF_ENDS = {"closes_at": "2026-08-25T10:00:00+08:00"}


def found(**changes):
    ran = run("check", stdin=check_document(**changes))
    assert ran.status == 0, ran.err
    answer = ran.answer
    assert answer["publishable"] == (not answer["violations"])
    for violation in answer["violations"]:
        assert violation["message"]
        assert violation["article"]
    return [(v["rule"], v["given"], v.get("limit")) for v in answer["violations"]]


def first(**changes):
    return found(without=NO_PREVIOUS, **{**FIRST, **changes})


def sell_off(**changes):
    return found(**{**SELL_OFF, **SELL_OFF_ENDS, **changes})


def test_good_drafts_are_publishable():
    assert found() == []
    assert first() == []
    assert sell_off() == []


@pytest.mark.parametrize(
    ("reference", "price", "violation"),
    [
        (100_000_000, 70_000_000, None),
        (100_000_000, 69_999_999, ("C2", 69_999_999, 70_000_000)),
        (123_456_789, 86_419_753, None),
        (123_456_789, 86_419_752, ("C2", 86_419_752, 86_419_753)),
    ],
)
def test_c2_the_first_price_is_70_percent_rounded_up(reference, price, violation):
    violations = first(reference_price=reference, starting_price=price, deposit=price // 10)

    assert violations == ([violation] if violation else [])


def test_c2_is_told_with_its_article_as_the_contract_prints_it():
    document = check_document(
        without=NO_PREVIOUS, **{**FIRST, "starting_price": 69999999, "deposit": 6999999}
    )

    (violation,) = run("check", stdin=document).answer["violations"]

    message = violation.pop("message")
    assert violation == {"rule": "C2", "article": "10", "given": 69999999, "limit": 70000000}
    assert len(message.splitlines()) == 1


def test_c2_binds_the_first_round_only():
    """RULE-C4"""
    assert found(reference_price=10**15) == []


@pytest.mark.parametrize(
    ("deposit", "violation"),
    [
        (3_500_000, None),
        (3_499_999, ("C7", 3_499_999, 3_500_000)),
        (14_000_000, None),
        (14_000_001, ("C7", 14_000_001, 14_000_000)),
        (0, ("C7", 0, 3_500_000)),
    ],
)
def test_c7_the_deposit_is_5_to_20_percent_of_this_round(deposit, violation):
    assert first(deposit=deposit) == ([violation] if violation else [])


def test_c7_its_limits_are_rounded_against_the_drafter():
    price = 70_000_001

    assert first(starting_price=price, deposit=3_500_000) == [("C7", 3_500_000, 3_500_001)]
    assert first(starting_price=price, deposit=14_000_001) == [("C7", 14_000_001, 14_000_000)]


@pytest.mark.parametrize(
    ("previous", "price", "violation"),
    [
        (70_000_000, 56_000_000, None),
        (70_000_000, 55_999_999, ("K3", 55_999_999, 56_000_000)),
        (86_419_753, 69_135_803, None),
        (86_419_753, 69_135_802, ("K3", 69_135_802, 69_135_803)),
    ],
)
def test_k3_the_second_price_is_80_percent_rounded_up(previous, price, violation):
    violations = found(previous_starting_price=previous, starting_price=price, deposit=price // 10)

    assert violations == ([violation] if violation else [])


@pytest.mark.parametrize(
    ("kind", "announced", "strict", "latest"),
    [
        ("real_property", "2026-05-27", False, None),
        ("real_property", "2026-05-28", False, "2026-05-27"),
        ("real_property", "2026-05-27", True, "2026-05-26"),
        ("real_property", "2026-05-26", True, None),
        ("other_right", "2026-05-27", False, None),
        ("other_right", "2026-05-28", False, "2026-05-27"),
        ("movable", "2026-06-11", False, None),
        ("movable", "2026-06-12", False, "2026-06-11"),
        ("movable", "2026-06-11", True, "2026-06-10"),
    ],
)
def test_d1_the_first_announcement(kind, announced, strict, latest):
    violations = first(
        property_kind=kind, announced_at=f"{announced}T23:59:59+08:00", strict_days=strict
    )

    assert violations == ([("D1", announced, latest)] if latest else [])


@pytest.mark.parametrize(
    ("kind", "announced", "strict", "latest"),
    [
        ("real_property", "2026-06-11", False, None),
        ("real_property", "2026-06-12", False, "2026-06-11"),
        ("real_property", "2026-06-10", True, None),
        ("real_property", "2026-06-11", True, "2026-06-10"),
        ("other_right", "2026-06-11", False, None),
        ("other_right", "2026-06-12", False, "2026-06-11"),
        ("movable", "2026-06-19", False, None),
        ("movable", "2026-06-20", False, "2026-06-19"),
        ("movable", "2026-06-18", True, None),
        ("movable", "2026-06-19", True, "2026-06-18"),
    ],
)
def test_d1_the_second_announcement(kind, announced, strict, latest):
    violations = found(
        property_kind=kind, announced_at=f"{announced}T00:00:00+08:00", strict_days=strict
    )

    assert violations == ([("D1", announced, latest)] if latest else [])


def test_days_are_counted_where_the_court_is():
    # 16:00 in UTC is the next day already.
    assert found(announced_at="2026-06-11T15:59:59Z") == []
    assert found(announced_at="2026-06-11T16:00:00Z") == [("D1", "2026-06-12", "2026-06-11")]


@pytest.mark.parametrize(
    ("valid_until", "violations"),
    [
        ("2026-06-10", []),
        ("2026-06-09", [("B11", "2026-06-10", "2026-06-09")]),
        ("2025-12-26", [("B11", "2026-06-10", "2025-12-26")]),
        (
            "2025-12-25",
            [("B11", "2026-06-10", "2025-12-25"), ("B11", "2026-06-26", "2026-06-25")],
        ),
    ],
)
def test_b11_announced_within_validity_and_opened_within_six_months_after_it(
    valid_until, violations
):
    assert found(reference_price_valid_until=valid_until) == violations


def test_b11_a_price_without_end_is_always_valid():
    assert found(reference_price_valid_until="9999-12-31") == []


def test_b11_six_months_after_the_end_of_a_long_month():
    changes = {
        "reference_price_valid_until": "2026-08-31",
        "announced_at": "2026-08-31T09:00:00+08:00",
        "previous_failed_at": "2027-02-01T10:00:00+08:00",
        "parties_notified_at": ["2026-08-01T09:00:00+08:00"],
    }

    in_time = found(
        opens_at="2027-02-28T10:00:00+08:00", closes_at="2027-03-01T10:00:00+08:00", **changes
    )
    late = found(
        opens_at="2027-03-01T10:00:00+08:00", closes_at="2027-03-02T10:00:00+08:00", **changes
    )

    assert in_time == []
    assert late == [("B11", "2027-03-01", "2027-02-28")]


@pytest.mark.parametrize(
    ("notified", "strict", "latest"),
    [
        (["2026-06-07T23:59:59+08:00"], False, None),
        (["2026-06-08T00:00:00+08:00"], False, "2026-06-07"),
        (["2026-06-07T23:59:59+08:00"], True, "2026-06-06"),
        (["2026-06-06T23:59:59+08:00"], True, None),
        (["2026-06-08T00:00:00+08:00", "2026-06-01T00:00:00+08:00"], False, "2026-06-07"),
    ],
)
def test_d6_the_parties_are_told_three_days_before_the_announcement(notified, strict, latest):
    violations = found(parties_notified_at=notified, strict_days=strict)

    assert violations == ([("D6", notified[0][:10], latest)] if latest else [])


def test_d6_does_not_apply_when_the_parties_waived_it():
    late = ["2026-06-10T09:00:00+08:00"]

    assert found(parties_notified_at=late, parties_waived=True) == []
    assert found(parties_notified_at=[], parties_waived=True) == []
    assert [v[0] for v in found(parties_notified_at=late, parties_waived=False)] == ["D6"]


def test_d6_somebody_must_have_been_told():
    assert found(parties_notified_at=[]) == [("D6", "parties_notified_at", None)]


@pytest.mark.parametrize(
    ("told", "strict", "violation"),
    [
        (["2026-06-06T23:59:59+08:00"], False, None),
        (["2026-06-07T00:00:00+08:00"], False, ("D8", "2026-06-07", "2026-06-06")),
        (["2026-06-05T23:59:59+08:00"], True, None),
        (["2026-06-06T00:00:00+08:00"], True, ("D8", "2026-06-06", "2026-06-05")),
        (
            ["2026-06-07T00:00:00+08:00", "2026-06-01T00:00:00+08:00"],
            False,
            ("D8", "2026-06-07", "2026-06-06"),
        ),
        ([], False, None),
    ],
)
def test_d8_the_shareholders_have_twenty_days(told, strict, violation):
    violations = found(
        property_kind="other_right",
        shareholders_notified_at=told,
        parties_notified_at=["2026-06-01T09:00:00+08:00"],
        strict_days=strict,
    )

    assert violations == ([violation] if violation else [])


@pytest.mark.parametrize(
    ("closes_at", "violations"),
    [
        ("2026-06-27T10:00:00+08:00", []),
        (
            "2026-06-27T09:59:59+08:00",
            [("G2", "2026-06-27T01:59:59Z", "2026-06-27T02:00:00Z")],
        ),
        (
            "2026-06-20T10:00:00+08:00",
            [("G2", "2026-06-20T02:00:00Z", "2026-06-27T02:00:00Z")],
        ),
    ],
)
def test_g2_bidding_lasts_a_day(closes_at, violations):
    assert found(closes_at=closes_at) == violations


def test_k2_the_second_round_opens_within_thirty_days_on_the_same_platform():
    assert found(previous_failed_at="2026-05-27T23:59:59+08:00") == []
    assert found(previous_failed_at="2026-05-26T23:59:59+08:00") == [
        ("K2", "2026-06-26", "2026-06-25")
    ]
    assert found(same_platform=False) == [("K2", "same_platform", None)]


def test_k7_a_sell_off_runs_sixty_days_to_the_second():
    assert sell_off(closes_at="2026-08-25T10:00:01+08:00") == [
        ("K7", "2026-08-25T02:00:01Z", "2026-08-25T02:00:00Z")
    ]
    assert sell_off(closes_at="2026-08-24T10:00:00+08:00") == [
        ("K7", "2026-08-24T02:00:00Z", "2026-08-25T02:00:00Z")
    ]


@pytest.mark.parametrize(
    ("kind", "announced", "latest"),
    [
        ("real_property", "2026-06-11", None),
        ("real_property", "2026-06-12", "2026-06-11"),
        ("other_right", "2026-06-12", "2026-06-11"),
        ("movable", "2026-06-19", None),
        ("movable", "2026-06-20", "2026-06-19"),
    ],
)
def test_k7_a_sell_off_is_announced_in_time(kind, announced, latest):
    violations = sell_off(property_kind=kind, announced_at=f"{announced}T09:00:00+08:00")

    assert violations == ([("K7", announced, latest)] if latest else [])


@pytest.mark.parametrize("price", [69_999_999, 70_000_001])
def test_k8_a_sell_off_has_the_price_of_the_second_round(price):
    assert sell_off(starting_price=price) == [("K8", price, 70_000_000)]


def test_a10_each_item_the_panel_has_not_decided_is_named():
    assert found(panel_decided=["increment", "deposit"]) == [
        ("A10", "price_cut", None),
        ("A10", "priority", None),
        ("A10", "starting_price", None),
    ]


def test_a10_only_a_second_round_cuts_the_price():
    decided = ["starting_price", "increment", "deposit", "priority"]

    assert found(panel_decided=decided) == [("A10", "price_cut", None)]
    assert first(panel_decided=decided) == []
    assert sell_off(panel_decided=decided) == []
    assert first(panel_decided=[*decided, "price_cut"]) == []


def test_d3_and_d4_name_each_missing_item():
    assert [v[:2] for v in found(publication_items=[])] == [
        ("D3", "announcement"),
        ("D3", "court"),
        ("D3", "deposit_and_payment"),
        ("D3", "instrument"),
        ("D3", "notifications"),
        ("D3", "other"),
        ("D3", "pricing_basis"),
        ("D3", "priority_purchasers"),
        ("D3", "property"),
        ("D3", "taxes"),
        ("D3", "terms"),
    ]
    assert len(found(warnings=["proxies"])) == 6


def test_violations_stand_by_letter_then_number_then_what_was_given():
    violations = first(
        starting_price=1,
        deposit=0,
        announced_at="2026-06-26T10:00:00+08:00",
        closes_at="2026-06-26T11:00:00+08:00",
        reference_price_valid_until="2025-01-01",
        panel_decided=[],
        publication_items=[],
        warnings=[],
        property_kind="other_right",
        shareholders_notified_at=["2026-06-26T00:00:00+08:00"],
        parties_notified_at=["2026-06-26T00:00:00+08:00"],
    )

    rules = list(dict.fromkeys(v[0] for v in violations))
    assert rules == ["A10", "B11", "C2", "C7", "D1", "D3", "D4", "D6", "D8", "G2"]
    for rule in rules:
        given = [v[1] for v in violations if v[0] == rule]
        assert given == sorted(given)


EVERYTHING_WRONG = {
    "deposit": 0,
    "announced_at": "2026-07-20T10:00:00+08:00",
    "opens_at": "2026-07-20T10:00:00+08:00",
    "closes_at": "2026-07-20T11:00:00+08:00",
    "reference_price_valid_until": "2026-01-01",
    "same_platform": False,
    "panel_decided": [],
    "publication_items": [],
    "warnings": [],
    "property_kind": "other_right",
    "shareholders_notified_at": ["2026-07-20T00:00:00+08:00"],
    "parties_notified_at": ["2026-07-20T00:00:00+08:00"],
}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        (
            {"starting_price": 1},
            ["A10", "B11", "C7", "D1", "D3", "D4", "D6", "D8", "G2", "K2", "K3"],
        ),
        (
            {"round": "sell_off", "starting_price": 1},
            ["A10", "B11", "C7", "D3", "D4", "D6", "D8", "G2", "K2", "K7", "K8"],
        ),
    ],
)
def test_everything_that_is_wrong_is_told_at_once(changes, rules):
    violations = found(**{**EVERYTHING_WRONG, **changes})

    assert list(dict.fromkeys(v[0] for v in violations)) == rules


def test_d3_d4_and_a10_name_every_item_and_warning_by_itself():
    whole = check_document()["sale"]

    for rule, names in (("D3", "publication_items"), ("D4", "warnings"), ("A10", "panel_decided")):
        for name in whole[names]:
            rest = [each for each in whole[names] if each != name]
            assert found(**{names: rest}) == [(rule, name, None)]


@pytest.mark.parametrize("key", sorted(check_document()["sale"]))
def test_every_key_of_a_second_round_is_required(key):
    assert run("check", stdin=check_document(without=[key])).where == f"/sale/{key}"


@pytest.mark.parametrize("key", ["format", "rules", "strict_days", "sale"])
def test_every_key_of_the_document_is_required(key):
    document = check_document()
    del document[key]

    assert run("check", stdin=document).where == f"/{key}"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"round": "first"}, "/sale/previous_starting_price"),
        ({"shareholders_notified_at": []}, "/sale/shareholders_notified_at"),
        ({"warnings": ["capacity", "ghosts"]}, "/sale/warnings/1"),
        ({"warnings": "capacity"}, "/sale/warnings"),
        ({"panel_decided": [7]}, "/sale/panel_decided/0"),
        ({"parties_notified_at": ["2026-06-05"]}, "/sale/parties_notified_at/0"),
        ({"parties_waived": 1}, "/sale/parties_waived"),
        ({"same_platform": "yes"}, "/sale/same_platform"),
        ({"starting_price": 0}, "/sale/starting_price"),
        ({"increment": 0}, "/sale/increment"),
        ({"reference_price_valid_until": "2026-06-31"}, "/sale/reference_price_valid_until"),
        ({"court": "x"}, "/sale/court"),
    ],
)
def test_what_check_cannot_use(changes, where):
    assert run("check", stdin=check_document(**changes)).where == where
