"""People with an account: registered, confirmed by mail, with a second factor."""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field

import pyotp

from app.rehearsal.browser import Browser, TurnedAway
from app.rehearsal.forms import Page
from app.rehearsal.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rehearsal takes place: the platform, and the world outside of it."""

    url: str
    live_url: str
    outside_url: str

    @property
    def mailbox(self) -> Mailbox:
        return Mailbox(self.outside_url)

    @property
    def origin(self) -> str:
        return self.url


@dataclass(slots=True)
class Human:
    """Somebody with a browser. `key` is the authenticator app's, for staff and operators."""

    place: Place
    name: str
    email: str
    password: str = field(default_factory=lambda: f"{secrets.token_hex(6)} rehearsal")
    key: str = ""
    language: str = "en"
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = Browser(self.place.url, self.language)

    def register(self) -> Human:
        """Make an account and confirm it by the link in the letter; signed in afterwards."""
        self.browser.submit(
            "/account/register",
            has="email",
            name=self.name,
            email=self.email,
            password=self.password,
            locale=self.language,
        )
        self.browser.submit(
            self.place.mailbox.link(self.email, "/account/confirm/"),
            has="password",
            password=self.password,
        )
        return self

    def sign_in(self) -> Human:
        """Sign in with the password, and with the app's code where there is one."""
        page = self.browser.submit(
            "/account/sign-in", has="password", email=self.email, password=self.password
        )
        if self.key:
            self._give_app_code(page)
        return self

    def give_mail_code(self) -> Human:
        """The second step of a bidder: a code by mail."""
        known = self.place.mailbox.count(self.email)
        page = self.browser.submit("/account/second-factor", action="/send")
        code = self.place.mailbox.code(self.email, after=known)
        self.browser.submit(page, has="code", code=code)
        return self

    def set_up_app(self) -> Human:
        """The second step of staff: an app, which vouches for this session at once."""
        page = self.browser.get("/account/authenticator")
        self.key = _key_in(page.text)
        self.browser.submit(page, has="code", code=pyotp.TOTP(self.key).now())
        return self

    def _give_app_code(self, page: Page) -> None:
        """The app's code; where that was used already, the next one, which is good early."""
        app = pyotp.TOTP(self.key)
        for ahead in (0, 1):
            with suppress(TurnedAway):
                code = app.at(time.time() + ahead * app.interval)
                self.browser.submit(page, has="code", code=code)
                return
        # Both were used: once the second's own time has come, the one after it is good.
        time.sleep(app.interval)
        self.browser.submit(page, has="code", code=app.at(time.time() + app.interval))

    def accept_invitation(self, after: int = 0) -> Human:
        """Take a role by the link in a letter; whoever has no account makes one there.

        `after` letters had come before this invitation; an older link leads nowhere any more.
        """
        path = self.place.mailbox.link(self.email, "/account/invitation/", after)
        page = self.browser.get(path)
        if page.form("").names & {"password"}:
            self.browser.submit(page, name=self.name, password=self.password, locale=self.language)
        else:
            self.browser.submit(page)
        return self


def _key_in(text: str) -> str:
    """The key of the app as the page writes it: groups of letters, or one long word."""
    found = re.search(r"(?<![A-Z2-7])((?:[A-Z2-7]{4}[ -]?){7}[A-Z2-7]{4})(?![A-Z2-7])", text)
    if found is None:
        raise TurnedAway("the page of the authenticator app shows no key")
    return re.sub("[ -]", "", found.group(1))
