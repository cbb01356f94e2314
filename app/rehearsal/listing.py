"""A court lists a seized thing: case, terms, notices, panel, publication by two persons."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.rehearsal.forms import Page, links_in
from app.rehearsal.founding import Staff
from auction_engine.rulepacks.cn_2016_18 import CN_2016_18

# What a notice of sale must hold (RULE-D3, D4); a rehearsal leaves nothing out.
ITEMS = sorted(CN_2016_18.staged.publication_items)
WARNINGS = sorted(CN_2016_18.staged.warnings)


@dataclass(frozen=True, slots=True)
class Thing:
    """What is sold, described as an officer would."""

    title: str
    title_zh: str
    category: str
    property_kind: str
    region: str
    picture: str = ""
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Price:
    """Amounts in minor units; the moments are legal time."""

    currency: str
    reference: int
    starting: int
    increment: int
    deposit: int
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Debt:
    """The case behind the sale: who owes, who asked for enforcement."""

    number: str
    debtor: str
    applicant: str
    debtor_kind: str = "natural_person"
    applicant_email: str = ""


def hold_clock(staff: Staff, at: datetime, rate: float = 0) -> None:
    """Set the court's legal clock to `at`, standing still unless it is given a rate."""
    staff.presidents[0].browser.submit(
        f"{staff.path}/clock", has="legal_from", legal_from=written(at), rate=rate
    )


def open_case(staff: Staff, debt: Debt, opened_on: date) -> str:
    """A case with its debtor and its applicant creditor; the public id."""
    clerk = staff.clerk.browser
    page = clerk.submit(
        f"{staff.path}/cases/new",
        has="number",
        number=debt.number,
        instrument="Civil judgment",
        debtor_kind=debt.debtor_kind,
        opened_on=opened_on.isoformat(),
    )
    case = _last_part(page)
    for role, name, email in (
        ("debtor", debt.debtor, ""),
        ("applicant", debt.applicant, debt.applicant_email),
    ):
        clerk.submit(
            f"{staff.path}/cases/{case}/parties/new", has="role", role=role, name=name, email=email
        )
    return case


def add_asset(staff: Staff, case: str, thing: Thing, seized_on: date) -> str:
    page = staff.clerk.browser.submit(
        f"{staff.path}/cases/{case}/assets/new",
        has="category",
        property_kind=thing.property_kind,
        category=thing.category,
        title=thing.title,
        title_zh=thing.title_zh,
        region=thing.region,
        picture=thing.picture,
        seized_on=seized_on.isoformat(),
        **{**_PLAIN_FACTS, **thing.facts},
    )
    found = links_in(page, rf"{staff.path}/assets/[^\"/]+/sales/new")
    return found[-1].split("/")[-3] if found else _last_part(page)


def draft_sale(staff: Staff, asset: str, price: Price) -> str:
    page = staff.clerk.browser.submit(
        f"{staff.path}/assets/{asset}/sales/new", has="starting_price", **_terms(price)
    )
    return page.url.rstrip("/").split("/")[-2]


def state_capital(staff: Staff, sale: str, price: Price) -> None:
    """What an announcement of shares states besides: all of their capital is paid in (RULE-D9)."""
    staff.clerk.browser.submit(
        f"{staff.path}/sales/{sale}/asks",
        has="subscribed",
        subscribed=amount(price.reference),
        paid_in=amount(price.reference),
        contribution_due_on="",
        approvals="none 无",
    )


def change_terms(staff: Staff, sale: str, price: Price) -> None:
    """Write other amounts and moments into a draft."""
    staff.clerk.browser.submit(
        f"{staff.path}/sales/{sale}/terms", has="starting_price", **_terms(price)
    )


def notify_parties(staff: Staff, sale: str, at: datetime) -> None:
    """Record for every party of the case how and when it was told (RULE-D6)."""
    page = staff.clerk.browser.get(f"{staff.path}/sales/{sale}/notices")
    for party in _options(page, "party"):
        page = staff.clerk.browser.submit(
            f"{staff.path}/sales/{sale}/notices",
            has="way",
            party=party,
            way="in_person",
            at=written(at),
            note="",
        )


def vote(staff: Staff, sale: str) -> None:
    """The panel of three decides on the five items (RULE-A10)."""
    for judge in staff.judges:
        judge.browser.submit(f"{staff.path}/sales/{sale}/panel", has="vote", vote="for", dissent="")


def publish(staff: Staff, sale: str) -> None:
    """A clerk proposes the announcement, a judge publishes it."""
    page = f"{staff.path}/sales/{sale}/publication"
    staff.clerk.browser.submit(page, action="/propose")
    staff.judges[0].browser.submit(page, action="/approve")


def list_sale(
    staff: Staff, debt: Debt, thing: Thing, price: Price, *, notice_days: int
) -> tuple[str, str]:
    """All of it, at the legal times that the law asks for; the public ids of case and sale.

    The court's clock stands `notice_days` and a week before the opening when this begins, and
    at the day of publication when it ends.
    """
    published_at = price.opens_at - timedelta(days=notice_days, hours=4)
    told_at = published_at - timedelta(days=5)
    hold_clock(staff, told_at)
    case = open_case(staff, debt, opened_on=(told_at - timedelta(days=60)).date())
    asset = add_asset(staff, case, thing, seized_on=(told_at - timedelta(days=50)).date())
    sale = draft_sale(staff, asset, price)
    if thing.category == "shares":
        state_capital(staff, sale, price)
    notify_parties(staff, sale, told_at)
    hold_clock(staff, published_at)
    vote(staff, sale)
    publish(staff, sale)
    return case, sale


def written(moment: datetime) -> str:
    """A moment as a form takes it, exact to the microsecond and in UTC."""
    return moment.astimezone(UTC).isoformat()


def amount(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


_PLAIN_FACTS: dict[str, str] = {
    "description": "As described in the valuer's report.",
    "address": "Harbour District",
    "ownership": "Sole owner is the debtor.",
    "possession": "Empty; the court holds the keys.",
    "burdens": "One mortgage, paid off out of the price.",
    "defects": "None known.",
}


def _terms(price: Price) -> dict[str, Any]:
    return {
        "currency": price.currency,
        "reference_price": amount(price.reference),
        "reference_price_method": "appraisal",
        "reference_price_valid_until": (price.opens_at + timedelta(days=90)).date().isoformat(),
        "starting_price": amount(price.starting),
        "increment": amount(price.increment),
        "multiples_only": "y",
        "deposit": amount(price.deposit),
        "opens_at": written(price.opens_at),
        "closes_at": written(price.closes_at),
        "balance_due_days": 10,
        "viewing": "Every Wednesday at 14:00, by appointment with the court. 每周三14:00，须预约。",
        "conditions": "Full civil capacity. 具有完全民事行为能力。",
        "taxes": "Each side bears its own. 税费依法由双方各自承担。",
        "publication_items": ITEMS,
        "warnings": WARNINGS,
    }


def _options(page: Page, name: str) -> list[str]:
    """The choices of a list, without the empty one."""
    return [value for value in page.choices.get(name, []) if value]


def _last_part(page: Page) -> str:
    return page.url.rstrip("/").rsplit("/", 1)[1]
