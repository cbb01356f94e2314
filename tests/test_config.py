"""Production starts with secrets of its own, or not at all and says why."""

from __future__ import annotations

import pytest

from config import SettingsUnfit, settings

SOUND = {
    "APP_ENV": "production",
    "DATABASE_URL_WEB": "postgresql://luochui_web@primary/luochui",
    "SECRET_KEY": "k" * 48,
    "BLIND_INDEX_KEY": "b" * 44,
    "STRIPE_SECRET_KEY": "sk_live_of_ours",
    "STRIPE_WEBHOOK_SECRET": "whsec_of_ours",
    "PUBLIC_URL": "https://auctions.example",
}


def test_production_starts_with_settings_of_its_own() -> None:
    assert settings(SOUND)["PRODUCTION"] is True


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "changeme"}, "SECRET_KEY is a value that everybody knows"),
        ({"SECRET_KEY": "k" * 31}, "SECRET_KEY is shorter than 32"),
        ({"BLIND_INDEX_KEY": "secret"}, "BLIND_INDEX_KEY is a value that everybody knows"),
        ({"STRIPE_WEBHOOK_SECRET": "test"}, "STRIPE_WEBHOOK_SECRET is a value"),
        ({"STRIPE_SECRET_KEY": "sk_test_of_a_sandbox"}, "STRIPE_SECRET_KEY is a test key"),
        ({"PUBLIC_URL": "http://auctions.example"}, "PUBLIC_URL is not https"),
    ],
)
def test_production_refuses_and_names_what_is_wrong(changed: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsUnfit, match=says):
        settings(SOUND | changed)


def test_a_process_that_opens_no_sessions_starts_without_the_key_that_signs_them() -> None:
    given = {"APP_ENV": "production", "PUBLIC_URL": SOUND["PUBLIC_URL"]}

    assert settings(given | {"DATABASE_URL_CLOSER": "postgresql://closer@primary/luochui"})


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(SettingsUnfit) as refused:
        settings({"APP_ENV": "production", "DATABASE_URL_WEB": "postgresql://web@primary/luochui"})

    assert "SECRET_KEY" in str(refused.value) and "PUBLIC_URL" in str(refused.value)


def test_where_nobody_says_otherwise_it_is_production() -> None:
    with pytest.raises(SettingsUnfit):
        settings({})
