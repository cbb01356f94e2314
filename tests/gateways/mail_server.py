"""A mail server for tests: takes letters, refuses what it is told to, with TLS or without."""

from __future__ import annotations

import base64
import ipaddress
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class MailServer:
    """`replies` overrides the answer to a verb ("RCPT": "550 nobody"), once per entry."""

    def __init__(self, tls: ssl.SSLContext | None = None, *, offers_tls: bool = True) -> None:
        self.tls = tls
        self.offers_tls = offers_tls and tls is not None
        self.replies: list[tuple[str, str]] = []
        self.letters: list[bytes] = []
        self.heard: list[str] = []
        self.connections = 0
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> MailServer:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reply_to(self, verb: str, usual: str) -> str:
        for place, (asked, reply) in enumerate(self.replies):
            if asked == verb:
                del self.replies[place]
                return reply
        return usual

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        server = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = 5

            def handle(self) -> None:
                server.connections += 1
                self.say("220 ready")
                while line := self.rfile.readline():
                    if not self.obey(line.decode().strip()):
                        return

            def obey(self, line: str) -> bool:
                server.heard.append(line)
                verb = line.partition(" ")[0].upper()
                usual = {"MAIL": "250 ok", "RCPT": "250 ok", "NOOP": "250 ok", "AUTH": "235 ok"}
                reply = server.reply_to(verb, usual.get(verb, "250 ok"))
                if reply == "hang up":
                    return False
                if verb == "EHLO":
                    offered = "250-STARTTLS\r\n" if server.offers_tls else ""
                    reply = f"250-here\r\n{offered}250-8BITMIME\r\n250 AUTH PLAIN"
                if verb == "STARTTLS":
                    self.say("220 go ahead")
                    return self.wrap()
                if verb == "DATA":
                    self.say("354 go on")
                    reply = server.reply_to("END", "250 taken")
                    self.take(keep=reply.startswith("2"))
                if verb == "QUIT":
                    reply = "221 bye"
                self.say(reply)
                return verb != "QUIT"

            def take(self, *, keep: bool) -> None:
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line)
                if keep:
                    server.letters.append(b"".join(lines))

            def wrap(self) -> bool:
                assert server.tls is not None
                try:
                    self.connection = server.tls.wrap_socket(self.connection, server_side=True)
                except (ssl.SSLError, OSError):
                    return False
                self.rfile = self.connection.makefile("rb")
                self.wfile = self.connection.makefile("wb")
                return True

            def say(self, text: str) -> None:
                self.wfile.write(text.encode() + b"\r\n")
                self.wfile.flush()

            def finish(self) -> None:
                for file in (self.rfile, self.wfile):
                    file.close()
                self.connection.close()

        return Handler


def certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A server's context with a certificate of its own for 127.0.0.1, and the file to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail for tests")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "cert.pem", folder / "key.pem"
    trusted.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(trusted, private)
    return context, str(trusted)


def auth_plain(user: str, password: str) -> Any:
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()
