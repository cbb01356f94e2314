"""What is wrong is said in words, nothing internal is told, and the database may be away."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine

from app.extensions import db
from app.web.errors import WORDS


def test_a_page_that_is_not_there_says_so_in_both_languages(client: Any) -> None:
    english, chinese = client.get("/nowhere?lang=en"), client.get("/nowhere?lang=zh")

    assert (english.status_code, chinese.status_code) == (404, 404)
    assert "There is no such page" in english.text
    assert "没有这个页面" in chinese.text


def test_a_script_gets_the_same_words_as_json(client: Any) -> None:
    answer = client.get("/nowhere", headers={"Accept": "application/json"})

    assert answer.status_code == 404
    assert answer.get_json()["message"] == "There is no such page"


@pytest.mark.parametrize("code", sorted(WORDS))
def test_every_error_says_what_and_what_now(app: Flask, code: int) -> None:
    with app.test_request_context("/"):
        assert str(WORDS[code].heading) and all(str(each) for each in WORDS[code].sentences)


def test_a_failure_of_ours_has_a_reference_and_no_trace(app: Flask, client: Any) -> None:
    app.config["TESTING"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.view_functions["public.contact"], kept = _broken, app.view_functions["public.contact"]
    try:
        answer = client.get("/contact")
    finally:
        app.view_functions["public.contact"] = kept

    assert answer.status_code == 500
    assert "Reference for our support" in answer.text
    assert "a secret detail" not in answer.text and "Traceback" not in answer.text


def test_without_the_database_a_page_says_that_deposits_are_safe(
    app: Flask, client: Any, monkeypatch: Any
) -> None:
    """RULE-A7"""
    gone = create_engine(
        "postgresql://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 1}
    )
    monkeypatch.setitem(app.extensions, "luochui_engines", {"public": gone})

    answer = client.get("/")

    assert answer.status_code == 503
    assert "Deposits are safe" in answer.text
    assert answer.headers["Retry-After"] == "30"


def test_without_the_database_whoever_is_signed_in_is_told_so_and_asked_to_come_back(
    app: Flask, client: Any, monkeypatch: Any
) -> None:
    """RULE-A7: the session is the first thing that is read."""
    gone = create_engine(
        "postgresql://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 1}
    )
    monkeypatch.setitem(db._app_engines[app], None, gone)
    client.set_cookie(app.session_interface.get_cookie_name(app), "somebody")

    answer = client.post("/bid/any/bid", json={})

    assert answer.status_code == 503
    assert answer.get_json()["message"]
    assert answer.headers["Retry-After"] == "30"


def _broken() -> None:
    raise ValueError("a secret detail")
