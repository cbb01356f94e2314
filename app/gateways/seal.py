"""Sealed envelopes and blind indexes: what the platform holds and cannot read (RULE-E13).

An envelope is sealed with a public key by a process that cannot open it again. The key that opens
lives in another process: the closer's for persons, the notifier's for contacts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from nacl.bindings import sodium_pad, sodium_unpad
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from auction_engine.sale.id_numbers import normalised

# Every envelope is a multiple of this long, so that its length does not tell a name from a firm's.
_BLOCK_BYTES = 256
_SHORTEST_INDEX_KEY = 32


class EnvelopeUnreadable(Exception):
    """It was sealed for another key, or changed since; nothing of it was read."""


class KeyUnfit(Exception):
    """The text is no key of this kind. The message never repeats it."""


class Sealer:
    """Seals for whoever holds the private key to `public_key` (base64, X25519)."""

    def __init__(self, public_key: str) -> None:
        self._box = SealedBox(PublicKey(_key_bytes(public_key)))

    def seal(self, content: dict[str, Any]) -> bytes:
        written = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
        sealed: bytes = self._box.encrypt(sodium_pad(written, _BLOCK_BYTES))
        return sealed


class Opener:
    """Opens what was sealed with the public half of `private_key` (base64, X25519)."""

    def __init__(self, private_key: str) -> None:
        self._box = SealedBox(PrivateKey(_key_bytes(private_key)))

    def open(self, sealed: bytes) -> dict[str, Any]:
        try:
            written = sodium_unpad(self._box.decrypt(sealed), _BLOCK_BYTES)
        except CryptoError as failure:
            raise EnvelopeUnreadable("the envelope is not for this key, or changed") from failure
        content: dict[str, Any] = json.loads(written)
        return content


class Locker:
    """Locks numbers away from whoever reads the database; this same process unlocks them."""

    def __init__(self, key: str, purpose: str) -> None:
        self._box = SecretBox(blind_index(key, "lock", purpose))

    def lock(self, number: int) -> bytes:
        """As long for one number as for another, so that its size tells nothing."""
        return bytes(self._box.encrypt(number.to_bytes(8)))

    def unlock(self, locked: bytes) -> int:
        try:
            return int.from_bytes(self._box.decrypt(locked))
        except CryptoError as failure:
            raise EnvelopeUnreadable("locked with another key, or changed") from failure


class TextLocker:
    """Locks a few words away from whoever reads the database; this same process unlocks them."""

    def __init__(self, key: str, purpose: str) -> None:
        self._box = SecretBox(blind_index(key, "lock", purpose))

    def lock(self, content: Any) -> bytes:
        written = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
        return bytes(self._box.encrypt(sodium_pad(written, _BLOCK_BYTES)))

    def unlock(self, locked: bytes) -> Any:
        try:
            return json.loads(sodium_unpad(self._box.decrypt(locked), _BLOCK_BYTES))
        except CryptoError as failure:
            raise EnvelopeUnreadable("locked with another key, or changed") from failure


def new_key_pair() -> tuple[str, str]:
    """A private key and its public half, as texts."""
    private = PrivateKey.generate()
    return _text(bytes(private)), _text(bytes(private.public_key))


def blind_index(key: str, *parts: str | int) -> bytes:
    """HMAC-SHA256 over `parts`: equal for equal parts, and tells nothing without the key.

    Each part is preceded by its length, so that no two lists of parts read alike. Name the purpose
    in the first part, and bring the parts into one spelling before.
    """
    if len(key) < _SHORTEST_INDEX_KEY:
        raise KeyUnfit("a short key can be found by trying, and with it every indexed person")
    written = b"".join(
        len(part).to_bytes(4) + part for part in (str(part).encode() for part in parts)
    )
    return hmac.new(key.encode(), written, hashlib.sha256).digest()


def index_of_id_number(key: str, id_number: str) -> bytes:
    """What somebody's id number comes to, however it was typed: compared, never read (RULE-E9)."""
    return blind_index(key, "id-number", normalised(id_number))


def index_in_sale(key: str, sale_id: int, id_number: str) -> bytes:
    """The same in one sale alone: rows of two sales do not show that one number is in both."""
    return blind_index(key, "number-in-sale", sale_id, normalised(id_number))


def joint_draft_lock(key: str, sale_id: int, person_id: int) -> tuple[bytes, TextLocker]:
    """Under which index, and with what, a person's list of joint buyers is kept until sealed."""
    return blind_index(key, "joint", sale_id, person_id), TextLocker(key, "joint")


def _key_bytes(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as unreadable:
        raise KeyUnfit("an envelope key is base64") from unreadable
    if len(key) != PrivateKey.SIZE:
        raise KeyUnfit(f"an envelope key has {PrivateKey.SIZE} bytes")
    return key


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
