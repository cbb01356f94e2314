"""The picture of a lot: its own drawing, or the one of its kind."""

from __future__ import annotations

from app.web.assets import asset

# Where the drawings of a kind are named otherwise than the kind.
_DRAWN_AS = {"land_use_right": "land"}


def picture_address(picture: str, category: str) -> str:
    name = picture or f"{_DRAWN_AS.get(category, category)}-1"
    return asset(f"img/lots/{name.removesuffix('.svg')}.svg")
