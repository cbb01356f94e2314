"""The people of the demonstration: made once, signed in again at every start."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from app.rehearsal.bidding import BiddersSale
from app.rehearsal.browser import TurnedAway
from app.rehearsal.creditors import Creditor
from app.rehearsal.demonstration.book import Account, Book
from app.rehearsal.founding import STAFF, Staff, call_staff
from app.rehearsal.people import Human, Place

# Makes an operator and gives back the authenticator key; None where the address is taken.
MakeOperator = Callable[[str, str, str], str | None]

OPERATORS = (("operator-1", "Gao Yuan"), ("operator-2", "Lin Xi"))
# Places in a court as `founding` names them, with the names of whoever takes them.
COURT_PLACES = (
    ("president-1", "He Jing"),
    ("president-2", "Xu Qiang"),
    *((f"{role}-{number}", name) for number, (role, name) in enumerate(STAFF)),
)
BIDDERS = (("bidder-1", "Ma Chao"), ("bidder-2", "Hu Lan"), ("bidder-3", "Deng Wei"))
BUYERS = (("buyer-1", "Tang Yi"), ("buyer-2", "Song Ping"), ("buyer-3", "Pan Rui"))
NEWCOMER = ("newcomer", "Wang Xin")
CREDITORS = (("creditor-1", "Linjiang Commercial Bank"), ("creditor-2", "Haiwan Building Supplies"))


@dataclass(slots=True)
class Bidder:
    """Somebody who bids in several sales; one thing at a time with one browser."""

    place: str
    human: Human
    number: int
    # The places of all who have given a code by mail in the session they are in.
    with_code: set[str]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take_part(self, sale: str, deposit: int, currency: str) -> BiddersSale:
        """Register for a sale and pay the deposit; admitted when this returns."""
        entered = BiddersSale(self.human, sale)
        with self.lock:
            entered.take_part(self.number, with_code=self.place not in self.with_code)
            self.with_code.add(self.place)
            entered.pay_deposit(deposit, currency)
        return entered


class Company:
    """Everybody who takes part, each with a browser that stays signed in."""

    def __init__(self, place: Place, book: Book, make_operator: MakeOperator) -> None:
        self.place, self._book, self._make_operator = place, book, make_operator
        self._here: dict[str, Human] = {}
        self._bidders: dict[str, Bidder] = {}
        # Who has given a code by mail in the session they are in.
        self._with_code: set[str] = set()
        # The court's people by their places, as `founding.call_staff` takes and fills them.
        self._staff: dict[str, Human] = {}

    def operators(self) -> tuple[Human, Human]:
        first, second = (self._operator(place, name) for place, name in OPERATORS)
        return first, second

    def come_back(self) -> None:
        """Whoever was idle for too long is signed in again."""
        for place, human in {**self._here, **self._staff}.items():
            if not _is_signed_in(human):
                self._with_code.discard(place)
                human.sign_in()
        self.write_down()

    def write_down(self) -> None:
        """Everybody as they are now: a session has another cookie after each step up."""
        for place, human in {**self._here, **self._staff}.items():
            if place in self._book.accounts:
                self._write_down(place, human)

    def staff_of(self, court: str) -> Staff:
        """Call everybody into a court; whoever was in one before comes with their account."""
        for place, name in COURT_PLACES:
            self._staff[place] = self._member(place) or self._stranger(place, name)
        try:
            return call_staff(self.place, self.operators(), court, self._staff)
        finally:
            for place, human in self._staff.items():
                if human.key:
                    self._write_down(place, human)

    def staff_again(self, court: str) -> Staff:
        """The same people in a court where they took their places before."""
        members = []
        for place, name in COURT_PLACES:
            member = self._member(place)
            if member is None:
                raise LookupError(f"{name} cannot come in any more")
            self._staff[place] = member
            members.append(member)
        president_1, president_2, clerk, *others = members
        judge_1, judge_2, judge_3, finance_1, finance_2 = others
        return Staff(
            court,
            (president_1, president_2),
            clerk,
            (judge_1, judge_2, judge_3),
            (finance_1, finance_2),
        )

    def person(self, place: str, name: str) -> Human:
        """Somebody with an account of their own and no duties."""
        if place not in self._here:
            human = self._known(place) or self._stranger(place, name).register()
            self._write_down(place, human)
        return self._here[place]

    def bidder(self, place: str, name: str, number: int) -> Bidder:
        if place not in self._bidders:
            self._bidders[place] = Bidder(place, self.person(place, name), number, self._with_code)
        return self._bidders[place]

    def bidders(self) -> list[Bidder]:
        return [self.bidder(*each, number) for number, each in enumerate(BIDDERS, start=101)]

    def buyers(self) -> list[Bidder]:
        return [self.bidder(*each, number) for number, each in enumerate(BUYERS, start=201)]

    def creditor(self, place: str, name: str) -> Creditor:
        """Somebody who may file claims in this session: the code by mail is asked for once."""
        human = self.person(place, name)
        if place not in self._with_code:
            human.give_mail_code()
            self._with_code.add(place)
        return Creditor(human)

    def newcomer(self) -> Bidder:
        return self.bidder(*NEWCOMER, 301)

    def accounts_for_newcomers(self) -> list[dict[str, str]]:
        """What `make run` reads out; a replay finds its operators here, too."""
        return [
            self._row(place, who, role)
            for place, who, role in _TOLD
            if place in self._book.accounts
        ]

    def _operator(self, place: str, name: str) -> Human:
        if place in self._here:
            return self._here[place]
        human = self._known(place)
        if human is None:
            human = self._stranger(place, name)
            key = self._make_operator(human.email, human.name, human.password)
            if key is None:
                raise TurnedAway(f"{human.email} has an account already")
            human.key = key
            self._write_down(place, human)
            human.sign_in()
        self._here[place] = human
        return human

    def _member(self, place: str) -> Human | None:
        """Who takes this place in every court."""
        return self._staff.get(place) or self._known(place)

    def _known(self, place: str) -> Human | None:
        """Who took this place before, signed in; None where they cannot come in any more."""
        account = self._book.accounts.get(place)
        if account is None:
            return None
        human = Human(self.place, account.name, account.email, account.password, account.key)
        human.browser.bring(account.cookies)
        if _is_signed_in(human):
            if account.has_given_code:
                self._with_code.add(place)
            return human
        try:
            return human.sign_in()
        except TurnedAway:
            self._book.forget(place)
            return None

    def _stranger(self, place: str, name: str) -> Human:
        email = f"{place}.{secrets.token_hex(2)}@rehearsal.example"
        return Human(self.place, name, email, password=f"rehearse-{secrets.token_hex(4)}")

    def _write_down(self, place: str, human: Human) -> None:
        self._here[place] = human
        account = Account(
            human.name,
            human.email,
            human.password,
            human.key,
            human.browser.cookies,
            place in self._with_code,
        )
        if self._book.accounts.get(place) != account:
            self._book.remember(place, account)

    def _row(self, place: str, who: str, role: str) -> dict[str, str]:
        account = self._book.accounts[place]
        app = f"authenticator key {account.key}" if account.key else "code by mail: see the mailbox"
        return {
            "who": who,
            "role": role,
            "name": account.name,
            "email": account.email,
            "password": account.password,
            "note": app,
            "key": account.key,
        }


def _is_signed_in(human: Human) -> bool:
    try:
        return "/sign-in" not in human.browser.get("/account/security").url
    except TurnedAway:
        return False


# Everybody twice where the law wants a second person.
_TOLD = (
    ("operator-1", "Operator", "operator"),
    ("operator-2", "Operator, second", "operator"),
    ("president-1", "Court president", "president"),
    ("president-2", "President, second", "president"),
    ("clerk-0", "Clerk", "clerk"),
    ("judge-1", "Judge", "judge"),
    ("judge-2", "Judge, second", "judge"),
    ("finance-4", "Finance officer", "finance"),
    ("finance-5", "Finance, second", "finance"),
    ("newcomer", "Bidder", "bidder"),
    ("creditor-1", "Creditor", "creditor"),
)
