"""What kind of browser asks: coarse enough to survive an update, fine enough to notice a theft."""

from __future__ import annotations

from werkzeug.wrappers import Request

# In this order: most browsers also claim to be the ones further down.
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("HarmonyOS", "HarmonyOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_class(request: Request) -> str:
    """`Firefox, Linux`: the family and the system, never a version."""
    agent = request.headers.get("User-Agent", "")
    return f"{_first(_BROWSERS, agent)}, {_first(_SYSTEMS, agent)}"


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in known if mark in agent), "other")
