"""Letters to people: by SMTP over TLS, or on a development machine into a folder.

SMTP knows no idempotency, so a letter whose answer got lost may be sent twice; it then carries the
same Message-ID, and the reader's mail program shows it once.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import smtplib
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

_PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one person. `key` names it for ever; `body` is plain text."""

    to: str
    subject: str
    body: str
    key: str
    locale: str


class LetterUndelivered(Exception):
    """The letter did not leave. `trying_again_helps` is false when it never will, as it is."""

    def __init__(self, why: str, *, trying_again_helps: bool) -> None:
        super().__init__(why)
        self.trying_again_helps = trying_again_helps

    @property
    def retryable(self) -> bool:
        return self.trying_again_helps


class Notifier(Protocol):
    def send(self, letter: Letter) -> None: ...

    def close(self) -> None: ...


def notifier_from(settings: Mapping[str, Any]) -> Notifier:
    """By SMTP where `SMTP_URL` is set, else into `MAIL_DIR`."""
    if settings.get("SMTP_URL"):
        return SmtpNotifier(SmtpConfig.from_url(settings["SMTP_URL"], settings["MAIL_SENDER"]))
    return FolderNotifier(Path(settings["MAIL_DIR"]), settings["MAIL_SENDER"])


def problems_in(settings: Mapping[str, Any]) -> list[str]:
    """Sentences for whoever starts the notifier, which does not start with any."""
    url = settings.get("SMTP_URL", "")
    if not url:
        missing = "SMTP_URL is missing: letters would stay in a folder of this machine."
        return [missing] if settings.get("PRODUCTION") else []
    scheme = urlsplit(url).scheme
    if scheme not in _PORTS:
        return [f"SMTP_URL begins with one of {', '.join(_PORTS)}."]
    sender = settings.get("MAIL_SENDER", "")
    if settings.get("PRODUCTION") and sender.endswith(".example"):
        return [f"MAIL_SENDER is {sender}: many mail servers would refuse it."]
    if scheme == "smtp+plain" and settings.get("PRODUCTION"):
        return ["SMTP_URL is smtp+plain: letters and passwords would travel in the open."]
    return []


class FolderNotifier:
    """Writes each letter as an .eml file, once for its key."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, letter: Letter) -> None:
        message = _message(letter, self._sender)
        self._folder.mkdir(parents=True, exist_ok=True)
        place = self._folder / _file_name(letter.key)
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".unfinished") as unfinished:
            unfinished.write(message.as_bytes())
            unfinished.flush()
            # Linked when whole, and never over an earlier letter.
            with contextlib.suppress(FileExistsError):
                place.hardlink_to(unfinished.name)

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class SmtpConfig:
    host: str
    port: int
    sender: str
    scheme: str = "smtp"
    user: str | None = None
    password: str | None = None
    timeout_seconds: float = 20.0
    ca_file: str | None = None

    @classmethod
    def from_url(cls, url: str, sender: str) -> SmtpConfig:
        """`smtp://user:password@host:587` (STARTTLS), or `smtps://` (TLS from the first byte)."""
        parts = urlsplit(url)
        return cls(
            host=parts.hostname or "",
            port=parts.port or _PORTS[parts.scheme],
            sender=sender,
            scheme=parts.scheme,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )

    def __repr__(self) -> str:
        # The password does not belong in a log.
        return f"SmtpConfig({self.scheme}://{self.host}:{self.port})"


class SmtpNotifier:
    """Keeps one connection for letter after letter; one thread uses it at a time."""

    def __init__(self, config: SmtpConfig) -> None:
        self._config = config
        self._connection: smtplib.SMTP | None = None

    def send(self, letter: Letter) -> None:
        message = _message(letter, self._config.sender)
        try:
            self._open_connection().send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            raise _undelivered(refused, for_good=min(codes) >= 500) from refused
        except smtplib.SMTPDataError as refused:
            raise _undelivered(refused, for_good=refused.smtp_code >= 500) from refused
        except smtplib.SMTPNotSupportedError as refused:
            # The address needs letters this mail server cannot write.
            raise _undelivered(refused, for_good=True) from refused
        except OSError as failure:
            # Everything else, a wrong password included, an operator or time can mend.
            self.close()
            raise _undelivered(failure, for_good=False) from failure

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.quit()
            connection.close()

    def _open_connection(self) -> smtplib.SMTP:
        if self._connection is not None and not _is_alive(self._connection):
            self.close()
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        config = self._config
        tls = ssl.create_default_context(cafile=config.ca_file)
        seconds = config.timeout_seconds
        if config.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                config.host, config.port, timeout=seconds, context=tls
            )
        else:
            connection = smtplib.SMTP(config.host, config.port, timeout=seconds)
        try:
            if config.scheme == "smtp":
                _encrypt(connection, tls)
            if config.user is not None:
                connection.login(config.user, config.password or "")
        except OSError:
            connection.close()
            raise
        return connection


def _encrypt(connection: smtplib.SMTP, tls: ssl.SSLContext) -> None:
    connection.ehlo()
    if not connection.has_extn("starttls"):
        # A server that hides STARTTLS, or somebody between, gets no letter in the open.
        raise ConnectionError("the mail server does not offer STARTTLS")
    connection.starttls(context=tls)


def _is_alive(connection: smtplib.SMTP) -> bool:
    try:
        return connection.noop()[0] == 250
    except OSError:
        return False


def _undelivered(failure: Exception, *, for_good: bool) -> LetterUndelivered:
    return LetterUndelivered(
        f"{type(failure).__name__}: {failure}", trying_again_helps=not for_good
    )


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    try:
        # One address, and nothing that could become a second one or another header.
        message["To"] = _address(letter.to)
        message["From"] = _address(sender)
        message["Subject"] = letter.subject
        message.set_content(letter.body)
    except (ValueError, IndexError, MessageError) as unfit:
        raise LetterUndelivered(
            f"the letter cannot be written: {unfit}", trying_again_helps=False
        ) from unfit
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{_digest(letter.key)[:32]}@{message['From'].addresses[0].domain}>"
    message["Content-Language"] = letter.locale.replace("_", "-")
    message["Auto-Submitted"] = "auto-generated"
    return message


def _address(text: str) -> Address:
    name, at, domain = text.rpartition("@")
    if not at or any(not c.isprintable() or c in ' ,;:<>"()' for c in text):
        raise ValueError(f"not one address: {text!r}")
    return Address(addr_spec=f"{name}@{domain.encode('idna').decode()}")


def _file_name(key: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")[:60]
    return f"{readable}-{_digest(key)[:12]}.eml"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
