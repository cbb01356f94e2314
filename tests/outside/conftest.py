"""One outside world for the folder's tests, swept clean before each."""

from collections.abc import Iterator

import pytest
import stripe

from tests.outside.world import API_KEY, SECRET, Listener, World, running_world


@pytest.fixture(scope="session")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("outside")) as world:
        yield world


@pytest.fixture
def world(_world: World) -> World:
    _world.server.account.store.forget_everything()
    return _world


@pytest.fixture
def listener(world: World) -> Iterator[Listener]:
    with Listener() as listening:
        world.control("PUT", "/webhook", url=listening.url, secret=SECRET, retry_seconds=[0, 0])
        yield listening
        world.server.account.store.forget_everything()


@pytest.fixture(scope="session")
def sdk(_world: World) -> Iterator[stripe.V1Services]:
    """The real SDK, pointed at the local server."""
    import requests

    with requests.Session() as session:
        session.trust_env = False
        http = stripe.RequestsClient(timeout=10, session=session)
        client = stripe.StripeClient(
            API_KEY, base_addresses={"api": _world.url}, max_network_retries=0, http_client=http
        )
        yield client.v1
