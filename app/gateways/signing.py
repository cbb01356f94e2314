"""The platform's signature: Ed25519 over bytes that anyone can check without asking us."""

from __future__ import annotations

import base64
import binascii
import hashlib

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

_KEY_BYTES = 32
_SIGNATURE_BYTES = 64


class SigningKeyUnfit(Exception):
    """The text is no signing key. The message never repeats it."""


class Signer:
    """Signs with the seed given as base64 (`SIGNING_KEY`)."""

    def __init__(self, seed: str) -> None:
        self._key = SigningKey(_seed_bytes(seed))

    def sign(self, message: bytes) -> bytes:
        """64 bytes; the same message always has the same signature."""
        return bytes(self._key.sign(message).signature)

    @property
    def public_key(self) -> bytes:
        return bytes(self._key.verify_key)

    @property
    def public_key_base64(self) -> str:
        return base64.b64encode(self.public_key).decode()

    @property
    def public_key_hex(self) -> str:
        return self.public_key.hex()

    @property
    def key_id(self) -> str:
        """A short name for the public key, to find it again among older ones."""
        return hashlib.sha256(self.public_key).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"Signer(key_id={self.key_id!r})"


def verify(public_key: bytes | str, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is of `message` by the holder of `public_key` (raw, base64 or hex)."""
    key = _public_bytes(public_key)
    if key is None or len(signature) != _SIGNATURE_BYTES:
        return False
    try:
        VerifyKey(key).verify(message, signature)
    except BadSignatureError:
        return False
    return True


def new_seed() -> str:
    return base64.b64encode(bytes(SigningKey.generate())).decode()


def _seed_bytes(seed: str) -> bytes:
    try:
        read = base64.b64decode(seed, validate=True)
    except (binascii.Error, ValueError) as unreadable:
        raise SigningKeyUnfit("a signing key is base64") from unreadable
    if len(read) != _KEY_BYTES:
        raise SigningKeyUnfit(f"a signing key has {_KEY_BYTES} bytes")
    return read


def _public_bytes(key: bytes | str) -> bytes | None:
    if isinstance(key, str):
        try:
            is_hex = len(key) == 2 * _KEY_BYTES
            key = bytes.fromhex(key) if is_hex else base64.b64decode(key, validate=True)
        except ValueError:
            return None
    return key if len(key) == _KEY_BYTES else None
