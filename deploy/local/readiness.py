"""Whether a port is free, and whether somebody answers on it."""

import http.client
import socket
from collections.abc import Iterable

from deploy.local.processes import PLATFORM, Addresses


def first_busy(addresses: Addresses, afters: Iterable[int]) -> int | None:
    for after in afters:
        with socket.socket() as trial:
            # As servers do, so that connections of a run just ended are no obstacle.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((addresses.host, addresses.port + after))
            except OSError:
                return addresses.port + after
    return None


def answers(addresses: Addresses, path: str) -> bool:
    """Asked directly: a proxy in the environment must not come between.

    Behind a proxy of their own, people name other hosts than ours, and a refusal of our name is an
    answer too; only a server that is broken gives none.
    """
    host = addresses.url(PLATFORM).partition("//")[2].partition(":")[0]
    connection = http.client.HTTPConnection(host, addresses.port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
