"""A court's people drive a sale over HTTP, form by form, from the case to publication."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.court_world import RULES, Bench, a_bench
from tests.web.conftest import SignedIn
from tests.world import NOON, World

DAY = timedelta(days=1)

ASSET = {
    "property_kind": "real_property",
    "category": "home",
    "title": "Home in Harbour Street",
    "title_zh": "港湾街住宅",
    "description": "Three rooms, 88 square metres.",
    "address": "8 Harbour Street",
    "region": "Shenzhen",
    "ownership": "Sole owner by the land register.",
    "possession": "Empty.",
    "burdens": "One mortgage, which ends with the sale.",
    "defects": "Damp in the north wall.",
    "seized_on": "2026-02-01",
    "picture": "home-1",
}
TERMS = {
    "currency": "CNY",
    "reference_price": "1,000,000.00",
    "reference_price_method": "appraisal",
    "reference_price_valid_until": "2026-12-31",
    "starting_price": "700,000.00",
    "increment": "3,500",
    "multiples_only": "y",
    "deposit": "70000",
    # Without an offset the court's own clock is meant; with one, that one.
    "opens_at": "2026-07-01T10:00",
    "closes_at": "2026-07-02T02:00:00Z",
    "balance_due_days": "10",
    "viewing": "On 1 June from 14:00.",
    "conditions": "Anybody of full age.",
    "taxes": "Each side bears its own.",
    "publication_items": sorted(RULES.staged.publication_items),
    "warnings": sorted(RULES.staged.warnings),
}


class Staff:
    """The browsers of a court's people, each posting forms as a person would."""

    def __init__(self, bench: Bench, client_for: SignedIn) -> None:
        self.bench = bench
        self.clerk = client_for(bench.clerk)
        self.judges = [client_for(judge) for judge in bench.judges]

    def url(self, path: str = "") -> str:
        return f"/court/{self.bench.court}{path}"

    def post(self, client: FlaskClient, path: str, **fields: Any) -> Any:
        answer = client.post(self.url(path), data=fields)
        assert answer.status_code == 302, _why(answer)
        return answer

    def made(self, client: FlaskClient, path: str, **fields: Any) -> str:
        """Post, and give the public id in the address one is sent to."""
        return re.search(r"/(\w{10})(/|$)", self.post(client, path, **fields).location[7:])[1]


def _why(answer: Any) -> str:
    found = re.findall(r'govuk-error-message">(.*?)</p>', answer.text, re.DOTALL)
    return f"{answer.status_code}: {found or answer.text[:600]}"


@pytest.fixture
def staff(app: Flask, world: World, client_for: SignedIn) -> Staff:
    return Staff(a_bench(world), client_for)


def _case(staff: Staff) -> str:
    answer = staff.post(
        staff.clerk,
        "/cases/new",
        number="(2026) Yue 03 Zhi 1",
        instrument="Civil judgment (2025) 12",
        debtor_kind="natural_person",
        opened_on="2026-01-05",
    )
    return answer.location.rsplit("/", 1)[1]


def _draft(staff: Staff, **changed: Any) -> str:
    case = _case(staff)
    for role in ("applicant", "debtor"):
        staff.post(staff.clerk, f"/cases/{case}/parties/new", role=role, name=f"The {role}")
    added = staff.post(staff.clerk, f"/cases/{case}/assets/new", **ASSET)
    asset = added.location.rsplit("/", 1)[1]
    drafted = staff.post(staff.clerk, f"/assets/{asset}/sales/new", **{**TERMS, **changed})
    return drafted.location.split("/")[-2]


def _tell(staff: Staff, world: World, sale: str) -> None:
    for (party,) in world.rows("SELECT public_id FROM parties ORDER BY id"):
        staff.post(
            staff.clerk,
            f"/sales/{sale}/notices",
            party=party,
            way="post",
            at=(NOON - 4 * DAY).isoformat(),
            note="",
        )


def _vote(staff: Staff, sale: str) -> None:
    for judge in staff.judges:
        page = judge.get(staff.url(f"/sales/{sale}/panel")).text
        staff.post(judge, f"/sales/{sale}/panel", terms=_hidden(page, "terms"), vote="for")


def _hidden(page: str, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="(\w+)"', page)[1]


def test_a_sale_goes_from_the_case_to_the_public(staff: Staff, world: World) -> None:
    sale = _draft(staff)
    _tell(staff, world, sale)
    _vote(staff, sale)

    staff.post(staff.clerk, f"/sales/{sale}/publication/propose")
    page = staff.judges[0].get(staff.url(f"/sales/{sale}/publication")).text
    staff.post(
        staff.judges[0],
        f"/sales/{sale}/publication/approve",
        announcement_hash=_hidden(page, "announcement_hash"),
    )

    row = world.rows(
        "SELECT state, starting_price, increment, deposit, opens_at, closes_at, published_at"
        " FROM sales"
    )[0]
    assert row[:4] == ("published", 70_000_000, 350_000, 7_000_000)
    assert row[4] == NOON.replace(month=7, day=1)
    assert row[5] == NOON.replace(month=7, day=2)
    assert row[6] == NOON
    assert world.rows("SELECT phase, title_zh FROM public_lots") == [("announced", "港湾街住宅")]
    notices = world.rows("SELECT kind FROM public_notices")
    assert notices == [("announced",)]


def test_the_checklist_names_article_and_limit_of_what_is_wrong(staff: Staff) -> None:
    sale = _draft(staff, starting_price="699,999.99", deposit="20,000")

    page = staff.clerk.get(staff.url(f"/sales/{sale}/prepare")).text

    assert "art. 10 (C2)" in page
    assert "¥700,000.00" in page, "the least starting price"
    assert "art. 17 (C7)" in page
    assert "art. 27 (A10)" in page


def test_a_draft_against_a_rule_cannot_even_be_proposed(staff: Staff, world: World) -> None:
    sale = _draft(staff, starting_price="699,999.99")
    _tell(staff, world, sale)
    _vote(staff, sale)

    answer = staff.clerk.post(staff.url(f"/sales/{sale}/publication/propose"))

    assert answer.status_code == 409
    assert world.rows("SELECT count(*) FROM proposals") == [(0,)]


def test_a_form_with_an_error_keeps_what_was_typed(staff: Staff) -> None:
    case = _case(staff)
    asset = staff.post(staff.clerk, f"/cases/{case}/assets/new", **ASSET).location.rsplit("/", 1)[1]

    answer = staff.clerk.post(
        staff.url(f"/assets/{asset}/sales/new"),
        data={**TERMS, "starting_price": "seven", "opens_at": "tomorrow"},
    )

    assert answer.status_code == 400
    assert 'value="seven"' in answer.text
    assert 'value="tomorrow"' in answer.text
    assert 'href="#starting_price"' in answer.text
    assert "There is a problem" in answer.text


def test_a_bidding_time_that_ends_before_it_opens_is_refused(staff: Staff) -> None:
    case = _case(staff)
    asset = staff.post(staff.clerk, f"/cases/{case}/assets/new", **ASSET).location.rsplit("/", 1)[1]

    answer = staff.clerk.post(
        staff.url(f"/assets/{asset}/sales/new"),
        data={**TERMS, "closes_at": "2026-06-30T10:00"},
    )

    assert answer.status_code == 400
    assert "The end lies after the opening" in answer.text


def test_parts_of_the_balance_are_drafted_checked_and_announced(staff: Staff, world: World) -> None:
    """RULE-I1"""
    sale = _draft(staff, balance_due_days="30", part_days_1="10", part_percent_1="40")

    form = staff.clerk.get(staff.url(f"/sales/{sale}/terms")).text
    checklist = staff.clerk.get(staff.url(f"/sales/{sale}/prepare")).text
    page = staff.clerk.get(staff.url(f"/sales/{sale}/preview")).text

    assert re.search(r'name="part_percent_1"[^>]*value="40"', form)
    assert "Parts in which the balance may be paid" in checklist
    assert "40 percent within 10 days" in page
    assert "60 percent within 30 days" in page
    assert world.rows("SELECT balance_parts FROM sales") == [([{"days": 10, "percent": 40}],)]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"part_days_1": "10", "part_percent_1": "40"}, "before the day for the whole balance"),
        ({"part_days_1": "5"}, "both the days and the percents"),
        (
            {
                "part_days_1": "3",
                "part_percent_1": "40",
                "part_days_2": "5",
                "part_percent_2": "60",
            },
            "must leave something of the rest",
        ),
    ],
)
def test_parts_that_cannot_be_announced_are_refused(
    staff: Staff, parts: dict[str, str], said: str
) -> None:
    case = _case(staff)
    asset = staff.post(staff.clerk, f"/cases/{case}/assets/new", **ASSET).location.rsplit("/", 1)[1]

    answer = staff.clerk.post(staff.url(f"/assets/{asset}/sales/new"), data={**TERMS, **parts})

    assert answer.status_code == 400
    assert said in answer.text
    assert 'value="5"' in answer.text or 'value="40"' in answer.text


def test_a_case_number_is_refused_twice_with_its_reason(staff: Staff) -> None:
    _case(staff)

    again = staff.clerk.post(
        staff.url("/cases/new"),
        data={
            "number": "(2026) Yue 03 Zhi 1",
            "instrument": "Another",
            "debtor_kind": "enterprise",
            "opened_on": "2026-02-01",
        },
    )

    assert again.status_code == 400
    assert "This court has a case of this number already." in again.text


def test_a_clerk_cannot_vote_nor_a_judge_propose(staff: Staff) -> None:
    sale = _draft(staff)

    assert staff.clerk.post(staff.url(f"/sales/{sale}/panel")).status_code == 404
    assert staff.judges[0].post(staff.url(f"/sales/{sale}/publication/propose")).status_code == 404


def test_another_courts_sale_does_not_exist_here(
    staff: Staff, world: World, client_for: SignedIn
) -> None:
    sale = _draft(staff)
    stranger = a_bench(world)
    clerk = client_for(stranger.clerk)

    for page in ("prepare", "terms", "panel", "preview", "publication", "control", "after"):
        assert clerk.get(f"/court/{stranger.court}/sales/{sale}/{page}").status_code == 404
        assert clerk.get(f"/court/{staff.bench.court}/sales/{sale}/{page}").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_of_a_draft_reads_in_both_languages(
    staff: Staff, world: World, language: str
) -> None:
    sale = _draft(staff)
    _tell(staff, world, sale)
    (case,) = world.rows("SELECT public_id FROM cases")[0]
    (asset,) = world.rows("SELECT public_id FROM assets")[0]

    for path in (
        "",
        "/cases",
        "/cases/new",
        f"/cases/{case}",
        f"/cases/{case}/parties/new",
        f"/cases/{case}/assets/new",
        f"/cases/{case}/claims/new",
        f"/assets/{asset}",
        "/calendar",
        *(
            f"/sales/{sale}/{name}"
            for name in (
                "prepare", "terms", "notices", "priority", "panel", "preview", "publication",
                "after",
            )
        ),
    ):  # fmt: skip
        answer = staff.judges[0].get(staff.url(path), query_string={"lang": language})
        if path != "/sales" and answer.status_code != 200:
            raise AssertionError(f"{path}: {answer.status_code}")
        assert "Court " in answer.text or "法院" in answer.text
