"""The tables are those that the models describe."""

from __future__ import annotations

from typing import Any

from flask_migrate import check

from app import create_app
from tests.conftest import ROOT


def test_the_migrations_make_what_the_models_say(test_settings: dict[str, Any]) -> None:
    migrator = create_app("migrator", test_settings)

    with migrator.app_context():
        check(directory=str(ROOT / "migrations"))  # ends the process where something differs
