"""Two operators open a rehearsal court, and its people come in: all by two persons."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from app.rehearsal.browser import TurnedAway
from app.rehearsal.forms import links_in
from app.rehearsal.people import Human, Place

# Who works in a rehearsal court: a role of each, and two presidents for the two-person rule.
STAFF = (
    ("clerk", "Chen Jie"),
    ("judge", "Zhao Min"),
    ("judge", "Sun Hao"),
    ("judge", "Wu Ting"),
    ("finance", "Li Na"),
    ("finance", "Zhou Lei"),
)


@dataclass(slots=True)
class Staff:
    """The people of one court, each signed in."""

    court: str
    presidents: tuple[Human, Human]
    clerk: Human
    judges: tuple[Human, Human, Human]
    finance: tuple[Human, Human]

    @property
    def path(self) -> str:
        return f"/court/{self.court}"


# The platform's account at the bank of this machine (`deploy/local/outside`).
ACCOUNT = ("Rehearsal court, case account", "32050161863600000123", "Bank of Rehearsal")


@dataclass(frozen=True, slots=True)
class CourtFacts:
    name_en: str
    name_zh: str
    region: str
    timezone: str = "Asia/Shanghai"
    law: str = "cn"
    # Holder, number, bank.
    account: tuple[str, str, str] = ACCOUNT


def open_court(operators: tuple[Human, Human], facts: CourtFacts) -> str:
    """Propose a court as one operator, agree as the other; its public id."""
    first, second = operators
    name, number, bank = facts.account
    first.browser.submit(
        "/operator/courts/new",
        has="name_en",
        name_en=facts.name_en,
        name_zh=facts.name_zh,
        region=facts.region,
        contact="desk@rehearsal.example, 9:00 to 17:00",
        account_name=name,
        account_number=number,
        account_bank=bank,
        timezone=facts.timezone,
        rule_family=facts.law,
        is_rehearsal="yes",
    )
    page = _decide(second, "/operator/courts", r"/operator/courts/proposals/[^\"/]+", facts.name_zh)
    return page.rstrip("/").rsplit("/", 1)[1]


def call_staff(
    place: Place,
    operators: tuple[Human, Human],
    court: str,
    known: dict[str, Human] | None = None,
) -> Staff:
    """Ask everybody in who a court needs; `known` people take part again with their account."""
    known = known if known is not None else {}
    presidents = (
        _president(place, operators, court, known, "president-1", "He Jing"),
        _president(place, operators, court, known, "president-2", "Xu Qiang"),
    )
    members = [
        _member(place, presidents, court, known, f"{role}-{number}", name, role)
        for number, (role, name) in enumerate(STAFF)
    ]
    clerk, judge_1, judge_2, judge_3, finance_1, finance_2 = members
    return Staff(court, presidents, clerk, (judge_1, judge_2, judge_3), (finance_1, finance_2))


def _president(
    place: Place,
    operators: tuple[Human, Human],
    court: str,
    known: dict[str, Human],
    place_name: str,
    name: str,
) -> Human:
    human = known.get(place_name) or _new(place, name)
    letters = place.mailbox.count(human.email)
    page = f"/operator/courts/{court}"
    operators[0].browser.submit(page, action="/invite", email=human.email)
    _decide(operators[1], page, rf"{page}/proposals/[^\"/]+")
    return _joined(known, place_name, human, letters)


def _member(
    place: Place,
    presidents: tuple[Human, Human],
    court: str,
    known: dict[str, Human],
    place_name: str,
    name: str,
    role: str,
) -> Human:
    human = known.get(place_name) or _new(place, name)
    letters = place.mailbox.count(human.email)
    page = f"/court/{court}/people"
    presidents[0].browser.submit(f"{page}/invite", has="role", email=human.email, role=role)
    _decide(presidents[1], page, rf"{page}/proposals/[^\"/]+")
    return _joined(known, place_name, human, letters)


def _joined(known: dict[str, Human], place_name: str, human: Human, letters: int) -> Human:
    human.accept_invitation(after=letters)
    if not human.key:
        human.set_up_app()
    known[place_name] = human
    return human


def _decide(human: Human, page: str, pattern: str, named: str = "") -> str:
    """Agree to the newest proposal that fits; the address of the page that follows."""
    for path in reversed(links_in(human.browser.get(page), pattern)):
        try:
            proposal = human.browser.get(path)
        except TurnedAway:
            # Of another court that is opened beside this one, and decided meanwhile.
            continue
        if named in proposal.text:
            return human.browser.submit(proposal, has="word", word="approve").url
    raise LookupError(f"{page} shows no proposal {named}")


def _new(place: Place, name: str) -> Human:
    mark = secrets.token_hex(4)
    return Human(place, name, f"{name.lower().replace(' ', '.')}.{mark}@rehearsal.example")
