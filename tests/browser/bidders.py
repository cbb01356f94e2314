"""What a bidder does in the room, and what a test reads off it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask

from app.extensions import db
from app.models.people import Person
from app.web.sessions import StoredSession
from tests.chromium import AXE
from tests.world import World

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]

# Before any script of the page: a computer whose clock is three hours slow.
THREE_HOURS_SLOW = """(() => {
    const True = Date, off = -3 * 3_600_000;
    window.Date = class extends True {
        constructor(...parts) { parts.length ? super(...parts) : super(True.now() + off); }
        static now() { return True.now() + off; }
    };
})()"""

# For a page that comes anew: the bid it remembers was sent long ago.
AS_IF_SENT_A_MINUTE_AGO = """(() => {
    const place = Object.keys(sessionStorage).find((name) => name.includes(".bid."));
    const sent = JSON.parse(sessionStorage.getItem(place));
    sessionStorage.setItem(place, JSON.stringify({ ...sent, last: sent.last - 60000 }));
})()"""

# All that is put into live regions, in order; the same text twice in a row counts once.
_LISTEN = """() => {
    window.heard = [];
    const note = (records) => records.forEach(({ target }) => {
        const region = target.closest?.("[role=status],[role=alert]") ?? target.parentElement;
        const text = region?.textContent.replace(/\\s+/g, " ").trim();
        const [last] = window.heard.slice(-1);
        if (text && last?.[1] !== text) window.heard.push([region.getAttribute("role"), text]);
    });
    for (const region of document.querySelectorAll("[role=status],[role=alert]")) {
        new MutationObserver(note).observe(region, { childList: true, subtree: true });
    }
}"""


def session_of(app: Flask, person_id: int, agent: str) -> str:
    """A signed-in session as the sign-in leaves it, for a browser that names itself so."""
    content = {"_fresh": True, "second_factor_at": datetime.now(UTC), "second_factor_by": "app"}
    content["_user_id"] = db.session.get_one(Person, person_id).fs_uniquifier
    with app.test_request_context(headers={"User-Agent": agent}):
        opened, response = StoredSession(), app.response_class()
        opened.update(content)
        app.session_interface.save_session(app, opened, response)
    db.session.remove()
    return str(response.headers["Set-Cookie"].partition(";")[0].partition("=")[2])


def review(page: Any, amount: str) -> None:
    page.get_by_label("Amount of your bid").fill(amount)
    page.get_by_role("button", name="Review bid").click()


def confirm(page: Any) -> None:
    page.get_by_role("button", name="Place binding bid of").click()


def place(page: Any, amount: str) -> None:
    review(page, amount)
    confirm(page)


def sees(page: Any, heading: str) -> None:
    """Wait until the panel says so."""
    page.get_by_role("heading", name=heading).wait_for()


def ready(page: Any) -> None:
    """Wait until every script of the page has begun."""
    unready = page.locator("[data-luo]:not([data-ready]):not([data-luo=room] *)")
    unready.first.wait_for(state="detached")


def price(page: Any) -> str:
    return str(page.locator("[data-room=price]").inner_text())


def bids_in(world: World) -> list[tuple[str, int]]:
    """Every accepted bid of the sale, oldest first."""
    return world.rows("SELECT code, amount FROM bids ORDER BY seq")


def keys_in(world: World) -> int:
    """How many bids were entered, whatever became of them."""
    [(count,)] = world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'")
    return int(count)


def listen(page: Any) -> None:
    page.evaluate(_LISTEN)


def heard(page: Any, role: str) -> list[str]:
    return [text for spoken, text in page.evaluate("window.heard") if spoken == role]


def violations(page: Any) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{broken['id']}: {node['target']}"
        for broken in result["violations"]
        for node in broken["nodes"]
    ]
