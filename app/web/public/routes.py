"""Public pages: everybody may see what the law makes public."""

from __future__ import annotations

from app.web.public import draw, info, live_data, lots
from app.web.public.blueprint import bp

__all__ = ["bp", "draw", "info", "live_data", "lots"]
