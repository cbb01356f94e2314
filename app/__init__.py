"""The platform. `create_app` makes the application of one process; see `app.application`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(role: str = "web", overrides: dict[str, Any] | None = None) -> Flask:
    """An application whose database session is that of `role`; everything is loaded only now."""
    from app.application import create_app as make

    return make(role, overrides)
