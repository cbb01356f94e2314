"""What the payments gateway is told at the start, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STRIPE_API = "https://api.stripe.com"
_SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True)
class PaymentsConfig:
    secret_key: str
    webhook_secret: str = ""
    api_base: str = STRIPE_API
    production: bool = True
    connect_timeout_seconds: float = 3.0
    # One try and one more are over before the lease of a promise is (models/outbox_queue.py); what
    # takes longer is asked again under the same key.
    read_timeout_seconds: float = 10.0
    max_network_retries: int = 1
    proxy: str | None = None

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> PaymentsConfig:
        """From the platform's settings (`config.py`)."""
        return cls(
            secret_key=settings.get("STRIPE_SECRET_KEY", ""),
            webhook_secret=settings.get("STRIPE_WEBHOOK_SECRET", ""),
            api_base=settings.get("STRIPE_API_BASE") or STRIPE_API,
            production=settings.get("PRODUCTION", True),
        )

    @property
    def live(self) -> bool:
        return self.secret_key.startswith(("sk_live_", "rk_live_"))

    def __repr__(self) -> str:
        # Secrets do not belong in a log or a traceback.
        return f"PaymentsConfig(api_base={self.api_base!r}, production={self.production})"


def problems_in(config: PaymentsConfig) -> list[str]:
    """Sentences for whoever starts the worker, which does not start with any."""
    if config.production:
        return _problems_in_production(config)
    if config.live:
        return ["STRIPE_SECRET_KEY is a live key outside production: it moves real money."]
    return []


def problems_in_hints(config: PaymentsConfig) -> list[str]:
    """The same for the web process, which hears the provider's hints and holds no key."""
    if config.webhook_secret and len(config.webhook_secret) < _SHORTEST_SECRET:
        return ["STRIPE_WEBHOOK_SECRET is too short to be the provider's."]
    known = "local" in config.webhook_secret or "development" in config.webhook_secret
    if config.production and known:
        return ["STRIPE_WEBHOOK_SECRET is a value that everybody knows."]
    return []


def _problems_in_production(config: PaymentsConfig) -> list[str]:
    problems = []
    if not config.secret_key:
        problems.append("STRIPE_SECRET_KEY is missing.")
    elif not config.live:
        problems.append("STRIPE_SECRET_KEY is a test key: nobody's money would arrive.")
    if config.api_base != STRIPE_API:
        problems.append(f"STRIPE_API_BASE is {config.api_base}, not {STRIPE_API}.")
    return problems
