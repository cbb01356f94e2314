"""Strangers who open a page, so many a second, whether they are answered or not.

    python -m tests.faults.strangers PORT PATH RATE

Each opens a line of their own, as somebody does who came by a link. Who is not answered within ten
seconds goes away. Runs until it is ended.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress

PATIENCE_S = 10.0
# More do not come to one door: their own lines would not carry them.
MOST_AT_ONCE = 500


async def look(port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        )
        while await reader.read(65_536):
            pass
    finally:
        writer.close()


async def visit(port: int, path: str) -> None:
    with suppress(OSError, TimeoutError):
        await asyncio.wait_for(look(port, path), PATIENCE_S)


async def main(port: int, path: str, rate: float) -> None:
    looking: set[asyncio.Task[None]] = set()
    due = time.monotonic()
    while True:
        due += 1 / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if len(looking) < MOST_AT_ONCE:
            one = asyncio.create_task(visit(port, path))
            looking.add(one)
            one.add_done_callback(looking.discard)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
