"""The payments gateway against the local Stripe server, as it runs on a newcomer's machine."""

from collections.abc import Iterator

import pytest

from app.gateways.payments import Payments, PaymentsConfig
from tests.outside.world import API_KEY, SECRET, World, running_world


@pytest.fixture(scope="session")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("outside")) as world:
        yield world


@pytest.fixture
def world(_world: World) -> World:
    _world.server.account.store.forget_everything()
    return _world


@pytest.fixture
def payments(world: World) -> Iterator[Payments]:
    config = PaymentsConfig(
        secret_key=API_KEY,
        webhook_secret=SECRET,
        api_base=world.url,
        production=False,
        read_timeout_seconds=5,
        max_network_retries=0,
    )
    gateway = Payments(config)
    yield gateway
    gateway.close()
