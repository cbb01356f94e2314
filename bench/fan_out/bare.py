"""The baseline: a bare broadcast with the `websockets` library, and nothing else.

`python -m bench.fan_out.bare` prints its port; for each line it reads, which is a JSON list of
seconds between broadcasts, how many and the text, it broadcasts so and prints when it did.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from websockets.asyncio.server import ServerConnection, broadcast, serve


async def main() -> None:
    everybody: set[ServerConnection] = set()

    async def watch(connection: ServerConnection) -> None:
        everybody.add(connection)
        try:
            await connection.wait_closed()
        finally:
            everybody.discard(connection)

    async with serve(watch, "127.0.0.1", 0, open_timeout=60) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        loop = asyncio.get_running_loop()
        while order := await loop.run_in_executor(None, sys.stdin.readline):
            pause, count, said = json.loads(order)
            told_at: list[float] = []
            due = time.monotonic()
            for number in range(count):
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                told_at.append(time.monotonic())
                broadcast(everybody, said.replace("NUMBER", f"{number + 1:06d}"))
                due += pause
            print(json.dumps(told_at), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
