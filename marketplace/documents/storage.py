"""Files named by their SHA-256: the same content is stored once and can be proven.

They lie in a private folder or, by setting, in a bucket (places), and sealed by setting (sealing).
Nothing is served except through a permission. What was there before a setting changed is still
found: plain beside sealed, in the folder beside the bucket, until `moving` has carried it over.
"""

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Protocol, cast

from marketplace.core.errors import Invalid, NotFound, Refused
from marketplace.documents import sealing
from marketplace.documents.places import Bucket, Folder, Place
from marketplace.documents.sealing import Keys

CHUNK = 1 << 20
SEALED = ".sealed"
_folder: dict[str, Path] = {}
_bucket: dict[str, Bucket] = {}
_keys: dict[str, Keys] = {}


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

    def keep(self) -> None:
        """Put it in its place. The same content twice is one file."""
        if not exists(self.sha256):
            with self.path.open("rb") as file:
                write(self.sha256, file)


def configure(folder: Path, *, bucket: Bucket | None = None, keys: Keys | None = None) -> None:
    """Where files are kept and under which keys. Called once by the application factory."""
    _folder["root"] = Path(folder)
    _bucket.clear()
    _keys.clear()
    if bucket is not None:
        _bucket["bucket"] = bucket
    if keys is not None:
        _keys["keys"] = keys


def root() -> Path:
    """The folder of all files; with a bucket, the one where they arrive."""
    return _folder["root"]


def keys() -> Keys | None:
    """The master keys; none where files are not sealed."""
    return _keys.get("keys")


def folder() -> Folder:
    """The folder as a place."""
    return Folder(root())


def home() -> Place:
    """Where new files go."""
    return _bucket.get("bucket") or folder()


def places() -> list[Place]:
    """Where files may be, the likeliest first."""
    return [home(), folder()] if _bucket else [folder()]


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
    if not exists(digest):
        write(digest, io.BytesIO(content))
    return digest


def write(sha256: str, content: Readable) -> None:
    """Into its place, sealed where there are keys."""
    sealed_by = keys()
    if sealed_by is None:
        home().write(sha256, iter(partial(content.read, CHUNK), b""))
    else:
        home().write(sha256 + SEALED, sealing.seal(content, sealed_by, sha256))


def path(sha256: str) -> Path:
    """Where the plain file with this hash lies in the folder, or would."""
    return folder().path(_checked(sha256))


def _checked(sha256: str) -> str:
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError("not a SHA-256 in lower-case hexadecimal")
    return sha256


def _names(sha256: str) -> tuple[str, ...]:
    """Under which names it may lie, the likeliest first."""
    bare, sealed = _checked(sha256), sha256 + SEALED
    return (sealed, bare) if keys() else (bare, sealed)


def exists(sha256: str) -> bool:
    """Whether the content is here."""
    return any(place.holds(name) for place in places() for name in _names(sha256))


def open_file(sha256: str) -> io.BufferedReader:
    """The content, to read and seek; `document.missing` where it is lost.

    What was changed while it lay sealed is refused (`document.unreadable`) as it is read.
    """
    for place in places():
        for name in _names(sha256):
            file = place.open(name)
            if file is not None:
                return plain(file, name, sha256)
    raise NotFound("document.missing")


def plain(file: IO[bytes], name: str, sha256: str) -> io.BufferedReader:
    """What lies under a name, opened where it is sealed."""
    if not name.endswith(SEALED):
        return cast("io.BufferedReader", file)
    try:
        opened = sealing.Opened(file, keys() or Keys("", {}), sha256)
    except Refused:
        file.close()
        raise
    return io.BufferedReader(opened, sealing.CHUNK)


def read(sha256: str) -> bytes:
    """All of the content at once."""
    with open_file(sha256) as file:
        return file.read()


def verify(sha256: str) -> bool:
    """Whether what lies there is still what was put there."""
    try:
        with open_file(sha256) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except NotFound:
        raise
    except Refused as refusal:
        if refusal.code != "document.unreadable":
            raise
        return False


@contextmanager
def on_disk(sha256: str) -> Iterator[Path]:
    """The content as a file, for a library that wants a path.

    What does not lie plain in the folder is written out for as long as it is needed.
    """
    if path(sha256).is_file():
        yield path(sha256)
        return
    with open_file(sha256) as file, receive(file, cap=1 << 40) as copy:
        yield copy.path


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
