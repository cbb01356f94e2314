"""What is told, encoded once for everybody who hears it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

_TEXT, _CLOSE, _PONG = 0x81, 0x88, 0x8A


@dataclass(frozen=True, slots=True)
class Packet:
    """A Socket.IO event of the default namespace: as text, and as the frame of a web socket."""

    text: str
    frame: bytes


def packet(event: str, message: Mapping[str, Any]) -> Packet:
    said = b'42["%s",%s]' % (event.encode(), orjson.dumps(message))
    return Packet(said.decode(), text_frame(said))


def text_frame(said: bytes) -> bytes:
    return _frame(_TEXT, said)


def pong_frame(said: bytes) -> bytes:
    return _frame(_PONG, said)


CLOSE_FRAME = bytes((_CLOSE, 2, 0x03, 0xE8))  # 1000: a normal end


def _frame(kind: int, said: bytes) -> bytes:
    """A server's frames are not masked, so they are the same for everybody (RFC 6455, 5.1)."""
    size = len(said)
    if size < 126:
        return bytes((kind, size)) + said
    if size < 65_536:
        return bytes((kind, 126)) + size.to_bytes(2, "big") + said
    return bytes((kind, 127)) + size.to_bytes(8, "big") + said
