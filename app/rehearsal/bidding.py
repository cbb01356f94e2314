"""A bidder: registers for a lot, pays the deposit, bids, pays the rest."""

from __future__ import annotations

import html
import re
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests
from stdnum.cn import ric

from app.rehearsal.browser import TurnedAway
from app.rehearsal.forms import Page, links_in
from app.rehearsal.people import Human

GOOD_CARD = "4242 4242 4242 4242"
LARGEST_CARD_AMOUNT = 99_999_999
SECONDS_TO_WAIT = 30


@dataclass(slots=True)
class BiddersSale:
    """A sale as one bidder sees it, with what the bid panel of their page holds."""

    human: Human
    sale: str
    csrf: str = ""
    terms_hash: str = ""
    code: str = ""

    @property
    def path(self) -> str:
        return f"/bid/{self.sale}"

    def take_part(self, number: int, *, with_code: bool = True) -> None:
        """Details, second step, terms: everything before the deposit.

        A code by mail is asked for once in a session; whoever gave one goes on `with_code` False.
        """
        browser = self.human.browser
        browser.submit(
            f"{self.path}/details",
            has="id_number",
            name=self.human.name,
            id_number=identity_number(number),
            address=f"{number} Harbour Street, Shenzhen",
            phone="138 0013 8000",
        )
        if with_code:
            self.human.give_mail_code()
        browser.submit(
            f"{self.path}/register",
            has="terms_read",
            terms_read="y",
            not_excluded="y",
            binding="y",
            behalf="self",
        )

    def pay_deposit(self, amount: int, currency: str, card: str = GOOD_CARD) -> None:
        """By card where the provider takes so much, else by transfer; returns when admitted."""
        if amount <= LARGEST_CARD_AMOUNT:
            self.pay_by_card(f"{self.path}/deposit/card", card)
        else:
            reference = self.transfer_reference()
            self.transfer(reference, amount, currency)
        self.wait_until_admitted()

    def pay_by_card(self, page: str, card: str = GOOD_CARD) -> None:
        """Press the button, follow to the provider's page, type the card in."""
        opened = self._follow_to_provider(self.human.browser.submit(page, has="csrf_token"))
        answer = requests.post(
            opened.url,
            data={
                "card_number": card,
                "expiry": "12/30",
                "cvc": "123",
                "holder": self.human.name,
            },
            allow_redirects=False,
            timeout=30,
        )
        if answer.status_code != 303:
            raise TurnedAway(f"the card was not taken: {answer.status_code}")
        self.human.browser.get(answer.headers["Location"])

    def transfer_reference(self) -> str:
        """Choose the transfer, and read the reference to write on it."""
        page = self.human.browser.submit(f"{self.path}/deposit/bank", has="csrf_token")
        return reference_on(page)

    def transfer(self, reference: str, amount: int, currency: str) -> bytes:
        """Order a transfer at the bank; its credit notice."""
        return transfer(
            self.human.place.outside_url, reference, amount, currency, payer=self.human.name
        )

    def wait_until_admitted(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while time.monotonic() < deadline:
            page = self.human.browser.get(f"{self.path}/prepare")
            if links_in(page, f"{self.path}/room"):
                return
            time.sleep(0.3)
        raise TurnedAway(f"{self.human.name} was not admitted within {SECONDS_TO_WAIT} s")

    def enter_room(self) -> bool:
        """Open the bid room; False while bidding is not open to this person."""
        page = self.human.browser.get(f"{self.path}/room")
        settings = html.unescape(page.text)
        csrf = re.search(r'"csrf_token":\s*"([^"]+)"', settings)
        terms = re.search(r'"terms_hash":\s*"([0-9a-f]{64})"', settings)
        code = re.search(r'data-my-code="([^"]+)"', page.text)
        if code is not None:
            self.code = code.group(1)
        if csrf is None or terms is None:
            return False
        self.csrf, self.terms_hash = csrf.group(1), terms.group(1)
        return True

    def snapshot(self) -> dict[str, Any]:
        """The sale as everybody may see it now."""
        found: dict[str, Any] = self.human.browser.json(f"/sales/{self.sale}/snapshot.json")
        return found

    def bid(self, amount: int, key: uuid.UUID | None = None) -> dict[str, Any]:
        """Place a bid as the page's script does; the answer as it came."""
        if not self.csrf and not self.enter_room():
            raise TurnedAway(f"{self.human.name} cannot bid: the room is closed to them")
        _status, answer = self.human.browser.post_json(
            f"{self.path}/bid",
            {
                "amount": amount,
                "key": str(key or uuid.uuid4()),
                "terms_hash": self.terms_hash,
            },
            self.csrf,
        )
        result: dict[str, Any] = answer
        return result

    def _follow_to_provider(self, page: Page) -> Page:
        """The provider's page opens in a moment; until then ours says so and asks again."""
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while time.monotonic() < deadline:
            if page.url.startswith(self.human.place.outside_url):
                return page
            again = re.search(r'url=([^"\s]+)"', page.text)
            if again is None:
                break
            time.sleep(0.3)
            page = self.human.browser.get(html.unescape(urljoin(page.url, again.group(1))))
        raise TurnedAway(f"{page.url} did not lead to the payment page: {page.heading}")


def transfer(outside_url: str, reference: str, amount: int, currency: str, payer: str) -> bytes:
    """A transfer to the platform's account; the bank's credit notice (camt.054)."""
    answer = requests.post(
        f"{outside_url}/bank/transfers",
        data={
            "reference": reference,
            "amount_minor": amount,
            "currency": currency,
            "payer_name": payer,
            "payer_account": "6222020200112233445",
        },
        headers={"Accept": "application/xml"},
        timeout=30,
    )
    answer.raise_for_status()
    return answer.content


def reference_on(page: Page) -> str:
    """The payment reference that a page tells to write on the transfer."""
    found = re.search(r"\bLC[0-9]{14}\b", page.text.replace(" ", "").replace("&nbsp;", ""))
    if found is None:
        raise TurnedAway(f"{page.url} names no payment reference")
    return found.group(0)


def identity_number(number: int) -> str:
    """A well-formed identity number that belongs to nobody: born 1980, and so on."""
    body = f"11010119800101{number % 1000:03d}"
    return body + ric.calc_check_digit(f"{body}0")
