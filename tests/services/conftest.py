"""Money's surroundings: a strict local Stripe, the web beside the worker, a day in a court."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.gateways.payments import Payments, PaymentsConfig
from app.services.checkouts import Provider
from tests.conftest import application_for, no_server_goes_away
from tests.outside.world import World as Outside
from tests.outside.world import running_world
from tests.services.money import Money


@pytest.fixture(scope="package", autouse=True)
def _no_server_goes_away() -> Iterator[None]:
    with no_server_goes_away():
        yield


@pytest.fixture(scope="session")
def _outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    with running_world(tmp_path_factory.mktemp("outside")) as running:
        yield running


@pytest.fixture
def outside(_outside: Outside) -> Outside:
    """The local Stripe server, swept clean."""
    _outside.server.account.store.forget_everything()
    return _outside


@pytest.fixture
def provider(outside: Outside) -> Iterator[Provider]:
    """The real SDK, pointed at the local server, without its own retries."""
    yield from _provider(outside, patience=20)


@pytest.fixture
def impatient(outside: Outside) -> Iterator[Provider]:
    """One that gives a call up after a second."""
    yield from _provider(outside, patience=1)


def _provider(outside: Outside, *, patience: float) -> Iterator[Provider]:
    config = PaymentsConfig(
        secret_key="sk_test_of_the_tests",
        api_base=outside.url,
        production=False,
        max_network_retries=0,
        read_timeout_seconds=patience,
    )
    payments = Payments(config)
    yield Provider(payments, live=False)
    payments.close()


@pytest.fixture
def beside(clean_database: dict[str, str], test_settings: dict[str, Any]) -> Flask:
    """The web application, not entered: a test enters it as one bidder or one court at a time."""
    return application_for("web", test_settings)


@pytest.fixture
def money(closer: Flask, beside: Flask, outside: Outside, provider: Provider, world: Any) -> Money:
    """A bidder's hands, the worker's, and eyes for the ledger."""
    return Money(closer, beside, outside, provider, world)
