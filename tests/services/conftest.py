"""Money's surroundings: a strict local Stripe, the web beside the worker, a day in a court."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine

from app.db import Tenant, act_for, engine_options
from app.extensions import db
from app.gateways.payments import Payments, PaymentsConfig
from app.gateways.seal import Sealer
from app.services.checkouts import Provider
from app.services.registration import Declaration, Seals, register
from app.web.desk import desk
from tests.conftest import application_for, no_server_goes_away
from tests.outside.world import World as Outside
from tests.outside.world import running_world
from tests.services.money import Money
from tests.world import World


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


@pytest.fixture
def seals(world: World) -> Seals:
    """What a registration is sealed with."""
    settings = world.settings
    return Seals(
        settings["BLIND_INDEX_KEY"],
        Sealer(settings["ENVELOPE_PUBLIC_KEY"]),
        Sealer(settings["CONTACT_PUBLIC_KEY"]),
    )


@pytest.fixture
def enter(app: Flask, seals: Seals) -> Any:
    """Register a person as a request of theirs would; the terms are those of `world.sale`."""
    found = desk()

    def enter(person_id: int, sale_id: int, **declared: Any) -> Any:
        db.session.remove()
        act_for(Tenant(person_id=person_id))
        return register(seals, found, person_id, sale_id, Declaration("0" * 64, **declared))

    return enter


@pytest.fixture
def closing(clean_database: dict[str, str]) -> Iterator[Engine]:
    """The database as the closing process has it."""
    engine = create_engine(clean_database["closer"], **engine_options("closer"))
    yield engine
    engine.dispose()
