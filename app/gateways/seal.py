"""Sealed envelopes and blind indexes: what the platform holds and cannot read (RULE-E13).

An envelope is sealed with a public key by a process that cannot open it again. The key that opens
lives in another process: the closer's for persons, the notifier's for contacts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from nacl.public import PrivateKey, PublicKey, SealedBox


class Sealer:
    """Seals for whoever holds the private key to `public_key` (base64, X25519)."""

    def __init__(self, public_key: str) -> None:
        self._box = SealedBox(PublicKey(base64.b64decode(public_key)))

    def seal(self, content: dict[str, Any]) -> bytes:
        written = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
        sealed: bytes = self._box.encrypt(written)
        return sealed


class Opener:
    """Opens what was sealed with the public half of `private_key` (base64, X25519)."""

    def __init__(self, private_key: str) -> None:
        self._box = SealedBox(PrivateKey(base64.b64decode(private_key)))

    def open(self, sealed: bytes) -> dict[str, Any]:
        """The content; raises `nacl.exceptions.CryptoError` when it is not for this key."""
        content: dict[str, Any] = json.loads(self._box.decrypt(sealed))
        return content


def blind_index(key: str, *parts: str | int) -> bytes:
    """HMAC-SHA256 over `parts`: equal for equal parts, and tells nothing without the key.

    Each part is preceded by its length, so that no two lists of parts read alike.
    """
    written = b"".join(
        len(part).to_bytes(4) + part for part in (str(part).encode() for part in parts)
    )
    return hmac.new(key.encode(), written, hashlib.sha256).digest()
