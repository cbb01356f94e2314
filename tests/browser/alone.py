"""A window of a real browser whose pages the application gives itself, with no process running.

For pages that need no live line: a state is built by rows and services as in `tests/web`, and seen
as people see it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from tests.browser.bidders import ready, session_of, violations

HOST = "http://localhost"
PHONE, SCREEN, NARROWEST = (360, 780), (1280, 900), (320, 780)
SHEET = "/static/css/luochui.css"

# `tests/journeys/take_screens.py` takes its pictures here.
watchers: list[Callable[[str, Any], None]] = []

# The page itself, and boxes that scroll: on a telephone a table is a list of cards.
_TOO_WIDE = """() => {
  const wide = (box) => box.scrollWidth > box.clientWidth + 1;
  const inside = [...document.querySelectorAll(".luo-scroll:not(.luo-bids__scroll)")].filter(wide);
  const page = wide(document.documentElement)
    ? [...document.querySelectorAll("body *")].filter(
        (element) => element.getBoundingClientRect().right > innerWidth + 1).slice(-2)
    : [];
  return [...page, ...inside].map((element) => element.outerHTML.slice(0, 100));
}"""
# What stands beyond the edge of its own box covers or loses something.
_SPILT = """() => [...document.querySelectorAll("main :is(.govuk-tag, .luo-state, dd, td)")]
  .filter((element) => element.clientWidth && element.scrollWidth > element.clientWidth + 1)
  .map((element) => element.outerHTML.slice(0, 100))"""
# Names, numbers and public ids stay as they are; a word of three letters and more is English.
_ENGLISH = r"""(names) => {
  const found = [];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (text.parentElement.closest("script, style, template, code, .luo-mono, [lang=en]")) continue;
    let said = text.data.trim().replace(/\b[a-z0-9]{10}\b/g, "");
    for (const name of names) said = said.replaceAll(name, "");
    if (/[A-Za-z]{3,}/.test(said)) found.push(said.slice(0, 80));
  }
  return found;
}"""
# A busy browser scrolls to what has the focus a few frames later.
_FOCUS_IS_SEEN = """async () => {
  const held = document.activeElement;
  if (!held || held === document.body) return null;
  for (let frame = 0; frame < 60; frame += 1) {
    await new Promise((shown) => requestAnimationFrame(shown));
    // Of what is larger than the window, what stands in it; of a large field the line to write in.
    const { x, y, width, height } = held.getBoundingClientRect();
    const down = y < 0 ? 16 : y + Math.min(height / 2, 16);
    const on = document.elementFromPoint(x + width / 2, down);
    const seen = on && (held.contains(on) || on.contains(held) || held.labels?.[0]?.contains(on));
    if (seen) return ["", true];
  }
  return [held.outerHTML.slice(0, 100), false];
}"""
NAMES = ("UTC", "SHA", "JSON Lines", "JSON", "camt.05", "CNY", "Reh. Exec.", "desk@court.example")
PEOPLE = ("Bank of Rehearsal", "Court", "Anna", "Boris", "Chloe", "Bidder", "WIN7", "LOS3")
# A document keeps the name that it was published under.
DOCUMENTS = ("Confirmation of sale: Home in Harbour Street",)


@dataclass
class Alone:
    """`alone.visit("K6, answers", "/claims/…", person)`: looked at in both languages."""

    app: Flask
    browser: Any
    built: Path
    names: tuple[str, ...] = NAMES + PEOPLE + DOCUMENTS
    found: list[str] = field(default_factory=list)

    def visit(self, name: str, path: str, person_id: int | None = None) -> None:
        for language, locale in (("", "en"), (", in Chinese", "zh-CN")):
            page = self.open(path, person_id, locale=locale)
            self._look(f"{name}{language}", page, in_chinese=bool(language))
            page.context.close()

    def open(self, path: str, person_id: int | None = None, **options: Any) -> Any:
        width, height = PHONE
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, **{"locale": "en", **options}
        )
        context.set_default_timeout(25_000)
        context.route("**/*", self._answer)
        page = context.new_page()
        page.on("pageerror", lambda error: self.found.append(f"{path}: {error}"))
        if person_id is not None:
            agent = page.evaluate("navigator.userAgent")
            cookie = session_of(self.app, person_id, agent)
            context.add_cookies([{"name": "luochui", "value": cookie, "url": HOST}])
        page.goto(HOST + path)
        ready(page)
        return page

    def _look(self, name: str, page: Any, *, in_chinese: bool) -> None:
        # In the other language the same elements stand in the same order.
        broken = [] if in_chinese else violations(page)
        broken += [] if in_chinese else [f"focus hidden: {held}" for held in _hidden_focus(page)]
        for width, height in (SCREEN, NARROWEST, PHONE):
            page.set_viewport_size({"width": width, "height": height})
            broken += [f"wider than {width}: {box}" for box in page.evaluate(_TOO_WIDE)]
            broken += [f"spilt at {width}: {box}" for box in page.evaluate(_SPILT)]
        if in_chinese:
            broken += [f"English: {said}" for said in page.evaluate(_ENGLISH, list(self.names))]
        self.found += [f"{name}: {what}" for what in broken]
        for watch in watchers:
            watch(name, page)

    def _answer(self, route: Any) -> None:
        """What a server would: the browser's own request, and the application's own answer."""
        asked = route.request
        parts = urlsplit(asked.url)
        if parts.path == SHEET:
            route.fulfill(path=str(self.built / "css/luochui.css"), content_type="text/css")
            return
        kept = {name: each for name, each in asked.all_headers().items() if name != "host"}
        # Chromium writes this later than we read it.
        kept["sec-fetch-site"] = "same-origin"
        answer = self.app.test_client(use_cookies=False).open(
            f"{parts.path}?{parts.query}",
            method=asked.method,
            data=asked.post_data_buffer,
            headers=kept,
        )
        headers, body = dict(answer.headers.items()), answer.get_data()
        answer.close()
        if 300 <= answer.status_code < 400:
            # What a browser is sent on to by an answer of ours, it asks of the network.
            kept = {name: each for name, each in headers.items() if name == "Set-Cookie"}
            on = f'<meta http-equiv="refresh" content="0;url={headers["Location"]}">'
            route.fulfill(content_type="text/html", headers=kept, body=on)
            return
        route.fulfill(status=answer.status_code, headers=headers, body=body)


def _hidden_focus(page: Any) -> list[str]:
    """Everything that the keyboard reaches, in its order, and is not to be seen."""
    hidden: list[str] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        held = page.evaluate(_FOCUS_IS_SEEN)
        if held is None:
            break
        if not held[1]:
            hidden.append(held[0])
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    return hidden
