"""A mail server of a few lines, for tests: takes letters, and can refuse, stall or drop them."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class PostOffice:
    """What arrived, and how the server behaves."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    recipient: str = "250 ok"  # the answer to RCPT TO
    accepted: str = "250 taken"  # the answer to the letter; empty: hang up without one


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        office: PostOffice = self.server.office  # type: ignore[attr-defined]
        self._say("220 test ESMTP")
        while line := self.rfile.readline():
            said = line.decode().strip()
            office.spoken.append(said)
            verb = said.upper().split(" ")[0]
            if verb == "EHLO":
                self._say("250-test\r\n250 AUTH PLAIN")
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
