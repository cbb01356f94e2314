"""A flood of strangers is answered from one rendering; nobody's own page is ever kept."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.db import engine_for
from app.web.public.kept_pages import Page, Pages
from app.web.public.news import news
from tests.world import World

KEY = ("http://localhost/", "/sales/x/live", "", "en")


@pytest.fixture
def sale(app: Flask, world: World) -> str:
    app.config["SNAPSHOT_SECONDS"] = 60.0
    for name in ("luochui_pages", "luochui_snapshots", "luochui_news"):
        app.extensions.pop(name, None)
    world.sale(world.court())
    named = """UPDATE public_lots SET announcement = announcement || '{"rules": "cn-2016-18"}'"""
    return str(world.rows(f"{named} RETURNING public_id")[0][0])


@pytest.fixture
def questions(app: Flask, sale: str) -> Any:
    """Every statement that the public role sends."""
    asked: list[str] = []
    engine = engine_for("public")

    def note(_c: Any, _cur: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("page", ["/", "/notices", "/sales/{sale}/live"])
def test_a_flood_of_strangers_asks_the_database_once(
    app: Flask, sale: str, questions: list[str], page: str
) -> None:
    address = page.format(sale=sale)
    first = app.test_client().get(address)
    asked = len(questions)

    answers = [app.test_client().get(address) for _ in range(20)]

    assert len(questions) == asked
    assert {answer.status_code for answer in answers} == {200}
    assert without_nonce(answers[-1].text) == without_nonce(first.text)


def test_each_answer_has_a_nonce_of_its_own(app: Flask, sale: str) -> None:
    answers = [app.test_client().get(f"/sales/{sale}/live") for _ in range(2)]

    nonces = [nonce_of(answer.headers["Content-Security-Policy"]) for answer in answers]
    assert nonces[0] != nonces[1]
    for answer, nonce in zip(answers, nonces, strict=True):
        assert set(re.findall(r'nonce="([^"]+)"', answer.text)) == {nonce}


def test_an_announcement_makes_the_page_anew(app: Flask, sale: str, questions: list[str]) -> None:
    app.test_client().get(f"/sales/{sale}/live")
    asked = len(questions)

    news().hear({"sale": sale})
    app.test_client().get(f"/sales/{sale}/live")

    assert len(questions) > asked


def test_one_rendering_answers_all_who_asked_before_it_began(app: Flask, sale: str) -> None:
    """FAULT-F19: a sale that is bid on changes faster than its page can be made."""
    with app.app_context():
        pages, asked_at = Pages(60.0), time.monotonic()
        pages.keep(KEY, Page(b"", b"", "text/html", sale, began=time.monotonic()))
        news().hear({"sale": sale})

        assert pages.find(KEY, asked_at) is not None
        assert pages.find(KEY, time.monotonic()) is None


def test_a_sale_that_changes_all_the_time_leaves_time_for_others(app: Flask, sale: str) -> None:
    with app.app_context():
        pages, now = Pages(60.0), time.monotonic()
        for seconds_ago in (2.0, 1.0):
            pages.keep(KEY, Page(b"", b"", "text/html", sale, began=now - seconds_ago))
        news().hear({"sale": sale})

        assert pages.find(KEY, time.monotonic()) is not None, "it took a second: it rests for four"


def test_whoever_is_signed_in_gets_a_page_of_their_own(
    app: Flask, sale: str, world: World, client_for: Any
) -> None:
    app.test_client().get("/")
    person = world.person(name="Zhang Wei")

    mine = client_for(person).get("/")
    theirs = app.test_client().get("/")

    assert mine.headers["Cache-Control"] == "no-store"
    assert "/account/sign-out" in mine.text or "Sign out" in mine.text
    assert "Sign out" not in theirs.text


def test_languages_are_kept_apart(app: Flask, sale: str) -> None:
    english = app.test_client().get("/", headers={"Accept-Language": "en"})
    chinese = app.test_client().get("/", headers={"Accept-Language": "zh"})

    assert 'lang="en"' in english.text
    assert 'lang="zh"' in chinese.text


def test_a_chosen_language_still_sets_its_cookie(app: Flask, sale: str) -> None:
    answers = [app.test_client().get("/?lang=zh") for _ in range(2)]

    assert all("lang=zh" in answer.headers["Set-Cookie"] for answer in answers)


def test_a_page_that_failed_is_not_kept(app: Flask, sale: str) -> None:
    assert app.test_client().get("/sales/nothing000").status_code == 404
    assert app.test_client().get("/sales/nothing000").status_code == 404


def without_nonce(text: str) -> str:
    return re.sub(r'nonce="[^"]+"', "", text)


def nonce_of(policy: str) -> str:
    found = re.search(r"'nonce-([^']+)'", policy)
    assert found is not None
    return found.group(1)
