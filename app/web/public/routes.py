"""Public pages: everybody may see what the law makes public."""

from __future__ import annotations

from app.web.public import info, live_data, lots
from app.web.public.blueprint import bp

__all__ = ["bp", "info", "live_data", "lots"]
