"""Files on disk, named by their SHA-256: the same content is stored once and can be proven.

A file is written beside its place and renamed into it, so that a reader sees all of it or none.
The folder is private to the site: nothing in it is served except through a permission.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Protocol

from marketplace.core.errors import Invalid, NotFound

CHUNK = 1 << 20
_folder: dict[str, Path] = {}


class Readable(Protocol):
    """What an upload looks like: bytes come out of it."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        ...


@dataclass(frozen=True)
class Incoming:
    """A file that has arrived and lies in the ante-room: it may be inspected, then kept."""

    path: Path
    sha256: str
    size: int

    def keep(self) -> Path:
        """Move it to its place. The same content twice is one file."""
        place = path(self.sha256)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            self.path.replace(place)
            _sync_folder(place.parent)
        return place


def configure(folder: Path) -> None:
    """Where files are kept. Called once by the application factory."""
    _folder["root"] = Path(folder)


def root() -> Path:
    """The folder of all files."""
    return _folder["root"]


@contextmanager
def receive(stream: Readable, *, cap: int) -> Iterator[Incoming]:
    """Write a stream down, at most `cap` bytes of it; unless kept it is gone afterwards.

    More than that is refused as `document.too_large`, nothing at all as `document.empty`.
    """
    ante_room = root() / "incoming"
    ante_room.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=ante_room, delete=False) as target:
        try:
            digest, size = _pour(stream, target, cap)
        except BaseException:
            Path(target.name).unlink(missing_ok=True)
            raise
    arrived = Path(target.name)
    try:
        yield Incoming(arrived, digest, size)
    finally:
        arrived.unlink(missing_ok=True)


def put(content: bytes) -> str:
    """Keep bytes of our own making; returns their SHA-256."""
    digest = hashlib.sha256(content).hexdigest()
    place = path(digest)
    if place.exists():
        return digest
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=".", delete=False) as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    Path(target.name).replace(place)
    _sync_folder(place.parent)
    return digest


def path(sha256: str) -> Path:
    """Where the file with this hash lies, or would."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError("not a SHA-256 in lower-case hexadecimal")
    return root() / sha256[:2] / sha256[2:4] / sha256


def exists(sha256: str) -> bool:
    """Whether the content is here."""
    return path(sha256).is_file()


def open_file(sha256: str) -> BufferedReader:
    """The content, to read; `document.missing` where it is lost."""
    try:
        return path(sha256).open("rb")
    except FileNotFoundError as error:
        raise NotFound("document.missing") from error


def read(sha256: str) -> bytes:
    """All of the content at once."""
    with open_file(sha256) as file:
        return file.read()


def verify(sha256: str) -> bool:
    """Whether what lies there is still what was put there."""
    with open_file(sha256) as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def free_bytes() -> int:
    """Room left on the disk of the files; for the settings check."""
    root().mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root()).free


def _pour(
    stream: Readable, target: "tempfile._TemporaryFileWrapper[bytes]", cap: int
) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(CHUNK):
        size += len(piece)
        if size > cap:
            raise Invalid("document.too_large", limit=f"{cap >> 20} MB")
        digest.update(piece)
        target.write(piece)
    if not size:
        raise Invalid("document.empty")
    target.flush()
    os.fsync(target.fileno())
    return digest.hexdigest(), size


def _sync_folder(folder: Path) -> None:
    # A rename lasts through a power cut only once its folder is on disk too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
