"""The forms of a page, as a browser without JavaScript sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Form:
    """A form with what stands in its fields; `buttons` are the names that a click would send."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def filled(self, given: dict[str, object]) -> list[tuple[str, str]]:
        """What is sent when somebody fills in `given` and leaves the rest as it is.

        A list sends its field several times; None takes a field out (an unticked box).
        """
        kept = [(name, value) for name, value in self.fields if name not in given]
        for name, value in given.items():
            values = value if isinstance(value, list | tuple) else [value]
            kept += [(name, str(each)) for each in values if each is not None]
        return kept


@dataclass(slots=True)
class Page:
    """A page that was fetched: its address, its forms, and its errors in words."""

    url: str
    status: int
    text: str
    forms: list[Form]
    errors: list[str]
    heading: str
    # What may be chosen in the page's lists and radio buttons, by field.
    choices: dict[str, list[str]]

    def form(self, action_part: str = "", has: str = "") -> Form:
        """The first POST form whose address contains `action_part` and that has the field `has`."""
        for form in self.forms:
            fits = action_part in (form.action or self.url) and (not has or has in form.names)
            if form.method == "post" and fits:
                return form
        raise NoSuchForm(f"{self.url} has no form for {action_part or has or 'posting'}")


class NoSuchForm(Exception):
    """The page does not offer what somebody wanted to do there."""


def read_page(url: str, status: int, text: str) -> Page:
    reader = _Reader()
    reader.feed(text)
    return Page(
        url,
        status,
        text,
        reader.forms,
        reader.errors,
        " ".join(reader.heading.split()),
        reader.choices,
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.errors: list[str] = []
        self.heading = ""
        self.choices: dict[str, list[str]] = {}
        self._select: str | None = None
        self._chosen: str | None = None
        self._textarea: str | None = None
        self._written = ""
        self._in_summary = 0
        self._in_heading = False
        # A field may stand outside its form and name it.
        self._by_id: dict[str, Form] = {}
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "h1":
            self._in_heading = not self.heading
        if "govuk-error-summary" in given.get("class", "").split():
            self._in_summary = 1
        elif self._in_summary and tag not in _VOID:
            self._in_summary += 1
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
            if "id" in given:
                self._by_id[given["id"]] = self._open
            return
        self._read_field(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "h1":
            self._in_heading = False
        if self._in_summary and tag not in _VOID:
            self._in_summary -= 1
        if tag == "form":
            self._open = None
        elif tag == "select":
            if self._select is not None and self._chosen is not None:
                self._add(self._select, self._chosen)
            self._select = self._chosen = None
        elif tag == "textarea" and self._textarea is not None:
            self._add(self._textarea, self._written.removeprefix("\n"))
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._written += data
        elif self._in_summary and data.strip():
            self.errors.append(data.strip())
        if self._in_heading:
            self.heading += data

    def _read_field(self, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "option" and self._select is not None:
            self.choices.setdefault(self._select, []).append(given.get("value", ""))
            if "selected" in given or self._chosen is None:
                self._chosen = given.get("value", "")
            return
        if not name or "disabled" in given:
            return
        form = self._by_id.get(given.get("form", ""), self._open)
        if form is None:
            return
        form.names.add(name)
        if tag == "input":
            kind = given.get("type", "text")
            if kind in ("submit", "button", "image", "file"):
                return
            if kind in ("checkbox", "radio"):
                self.choices.setdefault(name, []).append(given.get("value", "on"))
                if "checked" not in given:
                    return
            form.fields.append((name, given.get("value", "on" if kind == "checkbox" else "")))
        elif tag == "select":
            self._select, self._chosen = name, None
        elif tag == "textarea":
            self._textarea, self._written = name, ""

    def _add(self, name: str, value: str) -> None:
        if self._open is not None:
            self._open.fields.append((name, value))


_VOID = frozenset(
    {"input", "img", "br", "hr", "meta", "link", "source", "path", "circle", "rect", "wbr", "col"}
)


def links_in(page: Page, pattern: str) -> list[str]:
    """The addresses on a page that fit `pattern`, in order, each once."""
    found = re.findall(rf'href="({pattern})"', page.text)
    return list(dict.fromkeys(found))
