"""Secrets of this checkout's own: made on the first start, kept in var/, readable by nobody else.

Never imported by the name `secrets` alone: run modules as `python -m deploy.local.…`.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from nacl.public import PrivateKey
from nacl.signing import SigningKey

# `migrator` owns the tables; what the others may do is granted by the migrations.
ROLES = ("migrator", "web", "drain", "closer", "notifier", "public")


def load_secrets(file: Path) -> dict[str, str]:
    """What `file` holds, after adding whatever it does not hold yet."""
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    complete = _add_missing(known)
    if complete != known:
        write_private(file, complete)
    file.chmod(0o600)
    return complete


def password_name(role: str) -> str:
    return f"DATABASE_PASSWORD_{role.upper()}"


def _add_missing(known: dict[str, str]) -> dict[str, str]:
    complete = dict(known)
    for name, make in _SINGLE.items():
        complete.setdefault(name, make())
    for role in ROLES:
        complete.setdefault(password_name(role), secrets.token_urlsafe(24))
    # What one half sealed only the other opens: a pair is made together.
    for name in ("ENVELOPE", "CONTACT"):
        if f"{name}_PRIVATE_KEY" not in complete:
            private = PrivateKey.generate()
            complete[f"{name}_PRIVATE_KEY"] = _base64(bytes(private))
            complete[f"{name}_PUBLIC_KEY"] = _base64(bytes(private.public_key))
    return complete


def _base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


_SINGLE: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "BLIND_INDEX_KEY": lambda: _base64(secrets.token_bytes(32)),
    "LIVE_PASS_KEY": lambda: secrets.token_urlsafe(32),
    "SIGNING_KEY": lambda: _base64(bytes(SigningKey.generate())),
    "STRIPE_SECRET_KEY": lambda: f"sk_test_{secrets.token_hex(24)}",
    "STRIPE_WEBHOOK_SECRET": lambda: f"whsec_{secrets.token_hex(24)}",
}


def write_private(file: Path, values: Mapping[str, str]) -> None:
    write_private_text(file, json.dumps(dict(values), indent=1))


def write_private_text(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    # Private from its first byte, not only after a chmod.
    opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w") as out:
        out.write(content)
    unfinished.rename(file)
