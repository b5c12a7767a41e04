"""A mail server of a few lines, for tests: takes letters, and can refuse, stall or drop them."""

import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from marketplace.core import clock


@dataclass
class PostOffice:
    """What arrived, and how the server behaves."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    recipient: str = "250 ok"  # the answer to RCPT TO
    accepted: str = "250 taken"  # the answer to the letter; empty: hang up without one
    tls: ssl.SSLContext | None = None  # what STARTTLS is answered with


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        office: PostOffice = self.server.office  # type: ignore[attr-defined]
        self._say("220 test ESMTP")
        while line := self.rfile.readline():
            said = line.decode().strip()
            office.spoken.append(said)
            verb = said.upper().split(" ")[0]
            if verb == "EHLO":
                self._say(
                    f"250-test\r\n{'250-STARTTLS' if office.tls else '250-HELP'}\r\n250 AUTH PLAIN"
                )
            elif verb == "STARTTLS" and office.tls:
                self._say("220 go on")
                self._wrap(office.tls)
            elif verb == "DATA":
                self._say("354 go on")
                self._take(office)
                if not office.accepted:
                    return
                self._say(office.accepted)
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say({"RCPT": office.recipient, "AUTH": "235 in"}.get(verb, "250 ok"))

    def _wrap(self, tls: ssl.SSLContext) -> None:
        try:
            self.request = tls.wrap_socket(self.request, server_side=True)
        except (ssl.SSLError, OSError):  # the client did not like our certificate
            self.rfile.close()
            self.rfile = BytesIO()
            return
        for file in (self.rfile, self.wfile):
            file.close()
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)

    def finish(self) -> None:
        super().finish()
        self.request.close()  # the server knows only of the one that was wrapped

    def _take(self, office: PostOffice) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        made = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(made, EmailMessage)
        office.letters.append(made)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def open_office() -> Iterator[PostOffice]:
    """A server on a free port of this machine."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk) as server:
        server.daemon_threads = True
        server.office = office = PostOffice(server.server_address[1])  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield office
        finally:
            server.shutdown()
            thread.join()


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """A certificate for an address, signed by itself: the server's side, and a file to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = clock.now()
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file, secret = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(pem))
    secret.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    return context, file
