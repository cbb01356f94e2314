"""As much of WebSocket as a crowd that only listens has to speak."""

from __future__ import annotations

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def request(port: int, origin: str, *, socketio: bool) -> bytes:
    path = "/socket.io/?EIO=4&transport=websocket" if socketio else "/"
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nOrigin: {origin}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


def masked(said: bytes, kind: int = TEXT) -> bytes:
    """A client's frame; masked with noughts, so that it reads as what it says."""
    assert len(said) < 126
    return bytes((0x80 | kind, 0x80 | len(said), 0, 0, 0, 0)) + said


def frames_in(came: bytes) -> tuple[list[bytes], bytes]:
    """The whole frames of what came, and what is left over."""
    frames, start = [], 0
    while (end := _end_of_frame(came, start)) is not None:
        frames.append(came[start:end])
        start = end
    return frames, came[start:]


def payload(frame: bytes) -> bytes:
    return frame[_head(frame, 0) :]


def _end_of_frame(came: bytes, start: int) -> int | None:
    if len(came) < start + 2 or len(came) < start + _head(came, start):
        return None
    short, head = came[start + 1] & 0x7F, _head(came, start)
    size = short if short < 126 else int.from_bytes(came[start + 2 : start + head], "big")
    end = start + head + size
    return end if end <= len(came) else None


def _head(came: bytes, start: int) -> int:
    return {126: 4, 127: 10}.get(came[start + 1] & 0x7F, 2)
