"""The virus scanner: clamd's INSTREAM over TCP or a Unix socket, where one is set.

The protocol is in clamd(8): `zINSTREAM`, then pieces with their length before them (four bytes, the
largest first), a length of nought, and one answer. A scanner that is set and does not answer is a
refusal: what has not been looked at is not kept.
"""

import contextlib
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from marketplace.core.errors import Invalid, Refused

PIECE = 64 << 10
SECONDS = 60  # clamd may unpack for a while
LONGEST_ANSWER = 4096
_address = {"clamd": ""}


def configure(address: str) -> None:
    """`tcp://host:port` or `unix:///path`; empty: no scanner. A ValueError for anything else."""
    if address:
        _parts(address)
    _address["clamd"] = address


def scan(path: Path) -> None:
    """Refuse an infected file (`document.infected`); without a scanner nothing is looked at."""
    if not _address["clamd"]:
        return
    try:
        with path.open("rb") as file, _connected() as clamd:
            clamd.sendall(b"zINSTREAM\0")
            while piece := file.read(PIECE):
                clamd.sendall(struct.pack(">I", len(piece)) + piece)
            clamd.sendall(struct.pack(">I", 0))
            answer = _answer(clamd)
    except OSError as error:
        raise Refused("document.scanner_away") from error
    if answer.endswith(" FOUND"):
        raise Invalid("document.infected", name=answer.removeprefix("stream: ")[:-6][:100])
    if answer != "stream: OK":
        raise Refused("document.scanner_away")


def fault() -> str:
    """Why the scanner cannot be used, as a class name; empty where it can or none is set."""
    if not _address["clamd"]:
        return ""
    try:
        with _connected() as clamd:
            clamd.sendall(b"zPING\0")
            return "" if _answer(clamd) == "PONG" else "UnexpectedAnswer"
    except OSError as error:
        return type(error).__name__


def _parts(address: str) -> tuple[str, int] | str:
    parts = urlsplit(address)
    if parts.scheme == "tcp" and parts.hostname and parts.port:
        return parts.hostname, parts.port
    if parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/"):
        return parts.path
    raise ValueError("CLAMAV_ADDRESS must be tcp://host:port or unix:///path.")


@contextlib.contextmanager
def _connected() -> Iterator[socket.socket]:
    place = _parts(_address["clamd"])
    if isinstance(place, str):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(SECONDS)
            connection.connect(place)
            yield connection
    else:
        with socket.create_connection(place, timeout=SECONDS) as connection:
            yield connection


def _answer(clamd: socket.socket) -> str:
    """Up to the NUL that ends it, or to the end of what comes."""
    found = bytearray()
    while b"\0" not in found and len(found) < LONGEST_ANSWER and (piece := clamd.recv(1024)):
        found += piece
    return found.partition(b"\0")[0].decode("utf-8", "replace").strip()
