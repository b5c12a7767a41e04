"""Files carried to where the settings want them: sealed, under the current key, in the bucket.

One file after another; each is read back and proven before the old one goes. So it may be broken
off at any moment and started again, while the site runs.
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from marketplace.core.errors import Refused
from marketplace.documents import sealing, storage
from marketplace.documents.places import Place

CHUNK = 1 << 20


@dataclass(frozen=True)
class Outcome:
    """One file: `done` or the code of the refusal."""

    sha256: str
    outcome: str


def counts() -> dict[str, dict[str, int]]:
    """Place → plain, or the name of the key → how many files."""
    found: dict[str, dict[str, int]] = {}
    for place in storage.places():
        mine = found.setdefault(type(place).__name__.lower(), {})
        for name in place.names():
            under = _key_of(place, name) if name.endswith(storage.SEALED) else "plain"
            mine[under] = mine.get(under, 0) + 1
    return found


def _key_of(place: Place, name: str) -> str:
    file = place.open(name)
    if file is None:
        return "gone"
    with file:
        try:
            return sealing.Head.read(file).key_name
        except Refused:
            return "unreadable"


def seal_all() -> Iterator[Outcome]:
    """Seal what lies plain; `storage.no_key` where there is no key to seal it under."""
    if storage.keys() is None:
        raise Refused("storage.no_key")
    for place in storage.places():
        for name in _only(place.names(), sealed=False):
            yield _one(name, partial(_seal, place, name))


def _seal(place: Place, name: str) -> None:
    keys, file = storage.keys(), place.open(name)
    if keys is None or file is None:
        return
    with file:
        place.write(name + storage.SEALED, sealing.seal(file, keys, name), over=True)
    _prove(place, name + storage.SEALED)
    place.remove(name)


def rotate() -> Iterator[Outcome]:
    """Put every sealed file under the current key: its head is written anew, its chunks stay."""
    if storage.keys() is None:
        raise Refused("storage.no_key")
    for place in storage.places():
        for name in _only(place.names(), sealed=True):
            if _needs_rotation(place, name):
                yield _one(name, partial(_rotate, place, name))


def _needs_rotation(place: Place, name: str) -> bool:
    keys = storage.keys()
    return keys is not None and _key_of(place, name) not in {keys.current, "gone"}


def _rotate(place: Place, name: str) -> None:
    keys, file = storage.keys(), place.open(name)
    if keys is None or file is None:
        return
    sha256 = name.removesuffix(storage.SEALED)
    with file:
        head = sealing.under_other_key(sealing.Head.read(file), keys, sha256)
        chunks = iter(partial(file.read, CHUNK), b"")
        place.write(name, itertools.chain([bytes(head)], chunks), over=True)


def move() -> Iterator[Outcome]:
    """From the folder into the bucket, sealed as they lie; `storage.no_bucket` where none is set."""
    target, source = storage.home(), storage.folder()
    if isinstance(target, type(source)):
        raise Refused("storage.no_bucket")
    for name in source.names():
        yield _one(name, partial(_move, source, target, name))


def _move(source: Place, target: Place, name: str) -> None:
    file = source.open(name)
    if file is None:
        return
    with file:
        target.write(name, iter(partial(file.read, CHUNK), b""), over=True)
    _prove(target, name)
    source.remove(name)


def check() -> Iterator[Outcome]:
    """Every file read and proven; only those that are not as they were."""
    for place in storage.places():
        for name in place.names():
            result = _one(name, partial(_prove, place, name))
            if result.outcome != "done":
                yield result


def _prove(place: Place, name: str) -> None:
    """What lies there opens, and has the hash of its name."""
    file, sha256 = place.open(name), name.removesuffix(storage.SEALED)
    if file is None:
        raise Refused("document.missing")
    with storage.plain(file, name, sha256) as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != sha256:
        raise Refused("document.unreadable")


def _only(names: Iterable[str], *, sealed: bool) -> Iterator[str]:
    return (name for name in names if name.endswith(storage.SEALED) is sealed)


def _one(name: str, act: "partial[None]") -> Outcome:
    sha256 = name.removesuffix(storage.SEALED)
    try:
        act()
    except Refused as refusal:
        return Outcome(sha256, refusal.code)
    return Outcome(sha256, "done")
