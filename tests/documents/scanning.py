"""A small clamd for tests: it speaks INSTREAM and PING as clamd does, and knows one virus."""

import contextlib
import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Session(socketserver.StreamRequestHandler):
    """One command, one answer."""

    def handle(self) -> None:
        """As clamd(8) has it: `z` commands end in NUL."""
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zPING\0":
            self.wfile.write(b"PONG\0")
        elif command == b"zINSTREAM\0":
            self.wfile.write(self.look(self.stream()))

    def stream(self) -> bytes:
        """The pieces put together."""
        found = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            found += self.rfile.read(length)
        return found

    def look(self, content: bytes) -> bytes:
        """The limit of size is clamd's own answer too."""
        if len(content) > self.server.largest:  # type: ignore[attr-defined]
            return b"INSTREAM size limit exceeded. ERROR\0"
        return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


@contextlib.contextmanager
def clamd(socket_path: Path | None = None, *, largest: int = 25 << 20) -> Iterator[str]:
    """A running scanner; its address as the setting wants it."""
    server: socketserver.BaseServer
    if socket_path:
        server = socketserver.UnixStreamServer(str(socket_path), Session)
        address = f"unix://{socket_path}"
    else:
        server = socketserver.TCPServer(("127.0.0.1", 0), Session)
        address = f"tcp://127.0.0.1:{server.server_address[1]}"
    server.largest = largest  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
