"""HTTP/1.1 by hand, one kept connection for each bidder: who measures must not be what is slow."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


class Connection(asyncio.Protocol):
    """One request at a time; made again when the server has closed it in between."""

    def __init__(self, host: str, ports: Sequence[int]) -> None:
        """The first of `ports` is asked; another one only where it gave no answer."""
        self._host = host
        self._ports = list(ports)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._got = b""
        # How often no answer came and the same was asked again.
        self.asked_again = 0

    @property
    def port(self) -> int:
        return self._ports[0]

    async def ask(self, request: bytes) -> Answer:
        """As a browser or a proxy does it: where no answer comes, the same request is sent again on
        a new connection, and elsewhere where there is an elsewhere. Its key makes that harmless."""
        was_kept = self._transport is not None
        answer = await self._ask(request)
        if answer.status or not (was_kept or len(self._ports) > 1):
            return answer
        self.asked_again += 1
        self._ports.append(self._ports.pop(0))
        return await self._ask(request)

    async def _ask(self, request: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            try:
                await loop.create_connection(lambda: self, self._host, self.port)
            except ConnectionError:
                return Answer(0, b"")
        assert self._transport is not None
        self._waiting = loop.create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._got = transport, b""

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(_END)
        if not found:
            return
        length = _LENGTH.search(head)
        assert length is not None, "every answer to a bid says how long it is"
        if len(body) >= int(length[1]) and self._waiting is not None:
            self._got, waiting, self._waiting = b"", self._waiting, None
            waiting.set_result(Answer(int(head[9:12]), body))

    def connection_lost(self, _why: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            # Nobody knows what became of this bid, and it is counted so.
            self._waiting.set_result(Answer(0, b""))


_numbers = count(1)


def new_key() -> str:
    """A key that nobody else makes in this run; cheaper than a random one."""
    return f"00000000-0000-4000-8000-{next(_numbers):012x}"


def bid_request(path: str, headers: str, amount: int, terms: str, key: str) -> bytes:
    body = f'{{"amount":{amount},"key":"{key}","terms_hash":"{terms}"}}'
    return f"POST {path} HTTP/1.1\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode()
