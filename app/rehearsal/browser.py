"""A browser without JavaScript, for people who rehearse: pages, forms, and a session."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urljoin

import requests

from app.rehearsal.forms import Page, read_page

SECONDS = 60


class TurnedAway(Exception):
    """The platform did not do what somebody asked; the message is what the page said."""


class Browser:
    """One person's browser at one platform."""

    def __init__(self, address: str, language: str = "en") -> None:
        self.address = address.rstrip("/")
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = language
        # What a browser says of a request that its own page made.
        self._session.headers["Sec-Fetch-Site"] = "same-origin"

    @property
    def cookies(self) -> dict[str, str]:
        """What the platform gave this browser to be known again."""
        return self._session.cookies.get_dict()

    def bring(self, cookies: dict[str, str]) -> None:
        """Come back as the browser that had these cookies."""
        self._session.cookies.update(cookies)

    def close(self) -> None:
        self._session.close()

    def get(self, path: str) -> Page:
        """Open a page; what is not there, or not for this person, turns away."""
        return self._page(self._session.get(self._url(path), timeout=SECONDS))

    def json(self, path: str) -> Any:
        answer = self._session.get(self._url(path), timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()

    def download(self, path: str) -> bytes:
        answer = self._session.get(self._url(path), timeout=SECONDS)
        answer.raise_for_status()
        return answer.content

    def submit(
        self,
        page: str | Page,
        *,
        action: str = "",
        has: str = "",
        files: dict[str, tuple[str, bytes, str]] | None = None,
        **given: Any,
    ) -> Page:
        """Open a page, fill in its form and send it, as a person does; errors turn away."""
        opened = self.get(page) if isinstance(page, str) else page
        form = opened.form(action, has)
        answer = self._session.post(
            urljoin(opened.url, form.action or opened.url),
            data=form.filled(given),
            files=files,
            headers={"Referer": opened.url},
            timeout=SECONDS,
        )
        return self._page(answer)

    def post_json(self, path: str, content: dict[str, Any], csrf: str) -> tuple[int, Any]:
        """What the page's script sends: JSON with the CSRF header. Status and answer come back."""
        answer = self._session.post(
            self._url(path),
            json=content,
            headers={
                "X-CSRFToken": csrf,
                "Idempotency-Key": str(content.get("key") or uuid.uuid4()),
                "Referer": self.address + "/",
            },
            timeout=SECONDS,
        )
        return answer.status_code, answer.json()

    def _url(self, path: str) -> str:
        return urljoin(self.address + "/", path)

    def _page(self, answer: requests.Response) -> Page:
        page = read_page(answer.url, answer.status_code, answer.text)
        if answer.status_code >= 400 or page.errors:
            said = " / ".join(page.errors) or page.heading or answer.reason
            raise TurnedAway(f"{answer.request.method} {page.url}: {answer.status_code} {said}")
        return page
