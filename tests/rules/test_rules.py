"""Every rule is accounted for: kept and proved, shown with a reason, or said to be open."""

from __future__ import annotations

import pytest

from tests.rules.citations import (
    cited_numbers,
    citing_tests,
    enforcing_files,
    find_citations,
    mentioned_numbers,
    numbers_in_the_name,
    proving_files,
)
from tests.rules.listed import ROOT, RULEBOOK, Kept, listed_rules, numbers_of_the_rulebook
from tests.rules.write import RULES_PAGE, made_rules_page

LISTED = listed_rules()
CITED = find_citations(ROOT)


@pytest.mark.parametrize("number", LISTED.rules)
def test_a_rule_is_kept_and_proved_or_says_why_not(number: str) -> None:
    rule = LISTED.rules[number]
    enforced, proved = CITED.enforced.get(number), CITED.proved.get(number)

    match rule.kept:
        case Kept.ENFORCED:
            assert not rule.reason, f"{number} is enforced; its reason belongs to another word"
            assert enforced, f"nothing that enforces {number} cites it"
            assert proved, f"no test cites {number}"
        case Kept.SHOWN:
            assert rule.reason, f"{number} needs a reason"
            assert enforced, f"nothing that shows or records {number} cites it"
        case Kept.OUTSIDE:
            assert rule.reason, f"{number} needs a reason"
        case Kept.OPEN:
            assert rule.reason, f"{number} must say what is missing"


def test_every_rule_stands_on_the_page() -> None:
    headings = set(RULES_PAGE.read_text(encoding="utf-8").splitlines())

    assert [number for number in LISTED.rules if f"### {number}" not in headings] == []


def test_the_page_is_what_would_be_made_now() -> None:
    page = RULES_PAGE.read_text(encoding="utf-8")

    assert page == made_rules_page(), "docs/rules.md is old: make rules"


def test_only_rules_of_the_list_are_cited() -> None:
    files = [*enforcing_files(ROOT), *proving_files(ROOT)]
    unknown = {
        f"{path.relative_to(ROOT)}: {number}"
        for path in files
        for number in mentioned_numbers(path.read_text(encoding="utf-8")) - set(LISTED.rules)
    }

    assert not unknown
    assert CITED.numbers <= set(LISTED.rules)


def test_every_family_and_every_article_is_listed() -> None:
    assert {rule.family for rule in LISTED.rules.values()} == set(LISTED.families)
    assert list(LISTED.articles) == list(range(1, 39))
    assert {number for numbers in LISTED.articles.values() for number in numbers} <= set(
        LISTED.rules
    )


@pytest.mark.skipif(not RULEBOOK.exists(), reason="the team's rulebook is not beside this checkout")
def test_every_rule_of_the_rulebook_is_listed_and_no_other() -> None:
    numbers = numbers_of_the_rulebook(RULEBOOK.read_text(encoding="utf-8"))

    assert list(LISTED.rules) == numbers


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("as RULE-C2 says", {"C2"}),
        ("(RULE-C2, K3 and RULE-K8; INV-A14)", {"C2", "K3", "K8"}),
        ("(RULE-L1 to RULE-L6)", set()),
        ("(RULE-E3 to E6, H3, H4)", {"H3", "H4"}),
        ("RULE-A5, D1 to D6", {"A5"}),
        ("RULE-D4,\n    # D5 or D6", {"D4", "D5", "D6"}),
        ("RULE-K, the whole of it, and K2", set()),
    ],
)
def test_a_list_cites_and_a_range_is_a_heading(text: str, cited: set[str]) -> None:
    assert cited_numbers(text) == cited


def test_a_test_cites_by_its_name_its_text_and_the_comment_above_it() -> None:
    source = '''"""RULE-A1."""
# RULE-B1
@mark
def test_c2_the_floor():
    """RULE-D1"""


def test_nothing(): ...
'''

    assert dict(citing_tests(source)) == {
        "test_c2_the_floor": {"B1", "C2", "D1"},
        "test_nothing": set(),
        "": {"A1"},
    }


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("test_d3_and_d4_name_each_missing_item", {"D3", "D4"}),
        ("test_k10_the_first_bid", {"K10"}),
        ("test_who_hears_an_objection_RULE_B9_RULE_B10", {"B9", "B10"}),
        ("test_dist_e1_a_natural_person", set()),
        ("test_a_bid", set()),
    ],
)
def test_a_name_cites_before_or_after_what_it_says(name: str, numbers: set[str]) -> None:
    assert numbers_in_the_name(name) == numbers
