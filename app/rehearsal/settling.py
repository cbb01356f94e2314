"""After the close: the price by bank credit, a plan by two persons, payment to every creditor."""

from __future__ import annotations

import time

import requests

from app.rehearsal.bidding import BiddersSale, reference_on, transfer
from app.rehearsal.browser import TurnedAway
from app.rehearsal.forms import Page, links_in
from app.rehearsal.founding import Staff
from app.rehearsal.people import Human

SECONDS_TO_WAIT = 30


def pay_price(staff: Staff, buyer: BiddersSale, amount: int, currency: str) -> None:
    """The buyer transfers the balance; the finance desk reads the bank's notice in.

    What a notice says is matched a moment later; this returns when the court may rule.
    """
    reference = reference_on(buyer.human.browser.get(f"{buyer.path}/won"))
    notice = transfer(
        buyer.human.place.outside_url, reference, amount, currency, payer=buyer.human.name
    )
    read_statement(staff.finance[0], staff, notice)
    page = f"{staff.path}/sales/{buyer.sale}/after"
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while not any("/ruling" in form.action for form in staff.clerk.browser.get(page).forms):
        if time.monotonic() > deadline:
            raise TurnedAway(f"the price was not booked within {SECONDS_TO_WAIT} s")
        time.sleep(0.3)


def read_statement(officer: Human, staff: Staff, content: bytes) -> Page:
    """Upload a file from the bank at the finance desk."""
    return officer.browser.submit(
        f"{staff.path}/finance",
        action="/finance/statements",
        files={"statement": ("notice.xml", content, "application/xml")},
    )


def draft_and_serve(staff: Staff, sale: str, costs: dict[str, str]) -> None:
    """One finance officer drafts the plan and serves it on everybody."""
    page = f"{staff.path}/sales/{sale}/distribution"
    browser = staff.finance[0].browser
    browser.submit(page, action="/draft", cost_name=list(costs), cost_amount=list(costs.values()))
    browser.submit(page, action="/serve")


def make_final(staff: Staff, sale: str) -> None:
    """The other officer makes it final, after the last day for objections."""
    staff.finance[1].browser.submit(f"{staff.path}/sales/{sale}/distribution", action="/finalise")


def pay_out(staff: Staff, outside_url: str) -> None:
    """The payment file goes to the bank, and the bank's notice comes back."""
    officer = staff.finance[0]
    desk = f"{staff.path}/finance"
    known = set(_payment_files(officer, desk))
    officer.browser.submit(desk, action="/payment-files")
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while not (made := [path for path in _payment_files(officer, desk) if path not in known]):
        if time.monotonic() > deadline:
            raise TurnedAway(f"no payment file was made within {SECONDS_TO_WAIT} s")
        time.sleep(0.3)
    for path in made:
        answer = requests.post(
            f"{outside_url}/bank/payments",
            data=officer.browser.download(path),
            headers={"Content-Type": "application/xml"},
            timeout=30,
        )
        answer.raise_for_status()
        read_statement(officer, staff, answer.content)


def _payment_files(officer: Human, desk: str) -> list[str]:
    return links_in(officer.browser.get(desk), rf"{desk}/payment-files/[^\"]+\.xml")
