"""Lines between two programs of the rig that can be slow, dead, cut, or lose what comes back.

    python -m tests.faults.proxy

A process of its own, told by one JSON object a line on its standard input; it answers each with
`ok`. Listens on loopback ports and on Unix sockets, and ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

PASS, HOLE, CUT = "pass", "hole", "cut"


@dataclass(slots=True)
class Line:
    """`listen` and `target` are a port on loopback or the path of a Unix socket."""

    target: int | str
    mode: str = PASS
    delay_s: float = 0.0
    # How many answers of a hundred are thrown away, with the connection they came on.
    lost_answers: float = 0.0
    random: Random = field(default_factory=lambda: Random(0))
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    lost: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == CUT:
            writer.transport.abort()
            return
        self.open.add(writer)
        try:
            await self._carry(reader, writer)
        except OSError:
            pass
        finally:
            self.open.discard(writer)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await _connected(self.target)
        self.open.add(back)
        both = (
            asyncio.create_task(self._pump(reader, back)),
            asyncio.create_task(self._answer(there, writer)),
        )
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            self.open.discard(back)
            back.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while content := await reader.read(65536):
            await self._wait()
            writer.write(content)
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while content := await reader.read(65536):
            if self.random.random() * 100 < self.lost_answers:
                self.lost += 1
                return
            await self._wait()
            writer.write(content)
            await writer.drain()

    async def _wait(self) -> None:
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        while self.mode == HOLE:
            await asyncio.sleep(0.02)

    def cut(self) -> None:
        for writer in list(self.open):
            writer.transport.abort()


async def _connected(target: int | str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(target, int):
        return await asyncio.open_connection("127.0.0.1", target)
    return await asyncio.open_unix_connection(target)


async def _listen(line: Line, where: int | str) -> None:
    if isinstance(where, int):
        await asyncio.start_server(line.serve, "127.0.0.1", where)
    else:
        Path(where).unlink(missing_ok=True)
        await asyncio.start_unix_server(line.serve, where)
        Path(where).chmod(0o777)


async def _obey(lines: dict[str, Line], told: dict[str, Any]) -> object:
    name = told.pop("line")
    if "listen" in told:
        lines[name] = Line(target=told["target"])
        await _listen(lines[name], told["listen"])
        return "ok"
    line = lines[name]
    if "seed" in told:
        line.random = Random(told.pop("seed"))
    for setting, value in told.items():
        setattr(line, setting, value)
    if line.mode == CUT:
        line.cut()
    return {"lost": line.lost}


async def main() -> None:
    lines: dict[str, Line] = {}
    loop = asyncio.get_running_loop()
    while told := await loop.run_in_executor(None, sys.stdin.readline):
        answer = await _obey(lines, json.loads(told))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
