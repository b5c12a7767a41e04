"""Files sealed at rest: AES-256-GCM in chunks under a key of the file's own.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, 2015): each chunk has the number
of its place in its nonce, and the last one says that it is the last. So a chunk that is changed,
moved, left out or cut off is found before a byte of it is given out. The file's key is itself sealed
under a master key of the environment, whose name stands in the head: to change the master key, the
head is written anew and the chunks stay. Both are bound to the SHA-256 of the plain content, so that
one sealed file cannot stand in for another.
"""

import io
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from marketplace.core.errors import Refused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAGIC = b"\x00GIPX\x01\r\n"
CHUNK = 64 << 10  # plain bytes a chunk
TAG, NONCE, KEY, WRAPPED = 16, 12, 32, 32 + 16
LONGEST_NAME = 40


class Readable(Protocol):
    """Bytes come out of it."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        ...


@dataclass(frozen=True)
class Keys:
    """The master keys by name; `current` seals, all of them open."""

    current: str
    all: dict[str, bytes]

    @classmethod
    def read(cls, key: str, old_keys: str = "") -> "Keys | None":
        """From `name:64 hexadecimal digits`, and older ones separated by commas or spaces.

        Nothing set is no sealing at all; anything else that is no key is a ValueError.
        """
        if not key.strip():
            return None
        names: dict[str, bytes] = {}
        for each in [key, *old_keys.replace(",", " ").split()]:
            name, _, digits = each.strip().partition(":")
            if not name.isascii() or not 0 < len(name) <= LONGEST_NAME or len(digits) != 2 * KEY:
                raise ValueError("a key is written name:64 hexadecimal digits")
            if name in names:
                raise ValueError(f"two keys have the name {name}")
            names[name] = bytes.fromhex(digits)
        return cls(key.strip().partition(":")[0], names)


@dataclass(frozen=True)
class Head:
    """What stands before the chunks."""

    key_name: str
    nonce: bytes
    wrapped: bytes

    def __bytes__(self) -> bytes:
        name = self.key_name.encode()
        return MAGIC + struct.pack(">B", len(name)) + name + self.nonce + self.wrapped

    @classmethod
    def read(cls, file: Readable) -> "Head":
        """From the start of a sealed file; `document.unreadable` where there is none."""
        start = file.read(len(MAGIC) + 1)
        if len(start) != len(MAGIC) + 1 or not start.startswith(MAGIC):
            raise Refused("document.unreadable")
        name = file.read(start[-1])
        nonce, wrapped = file.read(NONCE), file.read(WRAPPED)
        if len(wrapped) != WRAPPED or not name.isascii():
            raise Refused("document.unreadable")
        return cls(name.decode(), nonce, wrapped)


def _wrap(keys: Keys, file_key: bytes, sha256: str) -> Head:
    nonce = os.urandom(NONCE)
    about = _about(keys.current, sha256)
    sealed = AESGCM(keys.all[keys.current]).encrypt(nonce, file_key, about)
    return Head(keys.current, nonce, sealed)


def _unwrap(keys: Keys, head: Head, sha256: str) -> bytes:
    master = keys.all.get(head.key_name)
    if master is None:
        raise Refused("document.key_unknown", key=head.key_name)
    try:
        return AESGCM(master).decrypt(head.nonce, head.wrapped, _about(head.key_name, sha256))
    except InvalidTag as error:
        raise Refused("document.unreadable") from error


def _about(key_name: str, sha256: str) -> bytes:
    return MAGIC + key_name.encode() + b"\0" + sha256.encode()


def _place(number: int, *, last: bool) -> bytes:
    return struct.pack(">7xIB", number, last)


def seal(plain: Readable, keys: Keys, sha256: str) -> Iterator[bytes]:
    """The sealed file, piece by piece: the head, then the chunks. No plain chunk waits on disk."""
    file_key = AESGCM.generate_key(8 * KEY)
    yield bytes(_wrap(keys, file_key, sha256))
    cipher, number = AESGCM(file_key), 0
    piece = _fill(plain)
    while True:
        following = _fill(plain) if len(piece) == CHUNK else b""
        last = not following
        yield cipher.encrypt(_place(number, last=last), piece, None)
        if last:
            return
        piece, number = following, number + 1


def _fill(plain: Readable) -> bytes:
    """A whole chunk, however small the pieces it comes in; less only at the end."""
    found = bytearray()
    while len(found) < CHUNK and (piece := plain.read(CHUNK - len(found))):
        found += piece
    return bytes(found)


def under_other_key(head: Head, keys: Keys, sha256: str) -> Head:
    """The head with the file's key sealed under the current master key."""
    return _wrap(keys, _unwrap(keys, head, sha256), sha256)


class Opened(io.RawIOBase):
    """A sealed file read as if it were plain; it can be sought, and gives out nothing unproven."""

    def __init__(self, sealed: IO[bytes], keys: Keys, sha256: str) -> None:
        super().__init__()
        self._sealed = sealed
        head = Head.read(sealed)
        self._start = sealed.tell()
        self._cipher = AESGCM(_unwrap(keys, head, sha256))
        whole = sealed.seek(0, io.SEEK_END) - self._start
        self._chunks = max(1, -(-whole // (CHUNK + TAG)))
        self._size = whole - self._chunks * TAG
        if self._size < 0:
            raise Refused("document.unreadable")
        self._at, self._held, self._number = 0, b"", -1

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where one is in the plain content."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """To a place in the plain content."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer from the chunk one is in; nothing at the end."""
        if self._at >= self._size:
            if self._number < 0:
                self._load(self._chunks - 1)  # also an empty file is proven
            return 0
        number, within = divmod(self._at, CHUNK)
        if number != self._number:
            self._load(number)
        room = memoryview(buffer).cast("B")
        piece = self._held[within : within + len(room)]
        room[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _load(self, number: int) -> None:
        self._sealed.seek(self._start + number * (CHUNK + TAG))
        sealed = self._sealed.read(CHUNK + TAG)
        try:
            nonce = _place(number, last=number == self._chunks - 1)
            self._held = self._cipher.decrypt(nonce, sealed, None)
        except InvalidTag as error:
            raise Refused("document.unreadable") from error
        self._number = number

    def close(self) -> None:
        """And what lies below."""
        self._sealed.close()
        super().close()
