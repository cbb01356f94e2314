"""A window of a real Chromium, which looks at every page as somebody who cannot see would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import requests

from app.rehearsal.people import Human
from tests.chromium import AXE

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
RUN_AXE = "rules => axe.run(document, {runOnly: rules}).then((result) => result.violations)"
PATIENCE = 40_000
NARROW = 320

# Written before any page's own script runs: what the browser refused, and why.
WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy ${event.violatedDirective} refused ${event.blockedURI}`));
"""
# Boxes that scroll by themselves are meant to; the page must not.
TOO_WIDE = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.querySelectorAll("body *")].filter((element) =>
    element.getBoundingClientRect().right > width + 1);
  return wide.slice(-3).map((element) => element.outerHTML.slice(0, 120));
}
"""


@dataclass
class Findings:
    """What was wrong on the pages that were passed, one line each: page, rule, element."""

    lines: list[str] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    # Told of every page that is looked at; `take_screens.py` takes its pictures here.
    watcher: Callable[[str, Any], None] | None = None

    def add(self, page: str, what: str) -> None:
        line = f"{page}: {what}"
        if line not in self.lines:
            self.lines.append(line)


@dataclass
class Window:
    """One person's window, with what it found on the way."""

    page: Any
    address: str
    findings: Findings
    expected: str = ""  # what the console may say: a page that is not there says so

    @classmethod
    def open(
        cls, browser: Any, address: str, findings: Findings, *, human: Human | None = None,
        **options: Any,
    ) -> Window:  # fmt: skip
        """A window of a stranger, or of somebody who is signed in elsewhere already."""
        if human is not None:
            # A session belongs to the kind of browser that it began in.
            options["user_agent"] = requests.utils.default_user_agent()
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(WATCH_POLICY)
        if human is not None:
            held = human.browser._session.cookies
            context.add_cookies(
                [{"name": one.name, "value": one.value or "", "url": address} for one in held]
            )
        window = cls(context.new_page(), address, findings)
        window.page.on("console", window._heard)
        window.page.on("pageerror", lambda error: window._found(f"script failed: {error}"))
        return window

    def go(self, path: str) -> Window:
        """Open a page; where another one was still on its way, once more."""
        from playwright.sync_api import Error

        try:
            self.page.goto(urljoin(self.address, path))
        except Error as overtaken:
            if "ERR_ABORTED" not in str(overtaken):
                raise
            self.page.wait_for_load_state()
            self.page.goto(urljoin(self.address, path))
        return self

    def look(self, name: str) -> Window:
        """Check the page as it stands; nothing is thrown here, everything is told at the end."""
        self.findings.looked_at.append(name)
        self.ready()
        found = self._violations()
        for violation in found:
            for node in violation["nodes"]:
                self.findings.add(name, f"{violation['id']}: {node['html'][:140]}")
        self._look_at_width(name)
        if self.findings.watcher is not None:
            self.findings.watcher(name, self.page)
        return self

    def ready(self) -> None:
        """Every part that a script brings to life is alive."""
        unready = self.page.locator("[data-luo]:not([data-ready]):not([data-luo=room] *)")
        unready.first.wait_for(state="detached")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def send(self, name: str) -> None:
        """Press the button of a form, and wait for the page that answers."""
        with self.page.expect_navigation():
            self.press(name)

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").fill(value)

    def heading(self, text: str) -> None:
        self.page.get_by_role("heading", name=text).first.wait_for()

    def close(self) -> None:
        self.page.context.close()

    def _violations(self) -> list[dict[str, Any]]:
        def run_axe() -> list[dict[str, Any]]:
            self.page.evaluate(AXE.read_text())
            found: list[dict[str, Any]] = self.page.evaluate(RUN_AXE, RULES)
            return found

        violations: list[dict[str, Any]] = self._ask(run_axe)
        return violations

    def _ask(self, question: Callable[[], Any]) -> Any:
        """The answer of the page; one that loads itself anew meanwhile is asked again."""
        from playwright.sync_api import Error

        for _ in range(2):
            try:
                return question()
            except Error as moved:
                if "Execution context was destroyed" not in str(moved):
                    raise
                self.page.wait_for_load_state()
        return question()

    def _look_at_width(self, name: str) -> None:
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": NARROW, "height": 800})
        wide = self._ask(lambda: self.page.evaluate(TOO_WIDE))
        if wide:
            # A drawing follows its box a moment later.
            self.page.wait_for_timeout(500)
            wide = self._ask(lambda: self.page.evaluate(TOO_WIDE))
        for element in wide:
            self.findings.add(name, f"wider than {NARROW} px: {element}")
        self.page.set_viewport_size(size)

    def _heard(self, message: Any) -> None:
        if message.type == "error" and not (self.expected and self.expected in message.text):
            self._found(f"console: {message.text}")

    def _found(self, what: str) -> None:
        path = self.page.url.removeprefix(self.address).partition("?")[0] or self.page.url
        self.findings.add(path, what)
