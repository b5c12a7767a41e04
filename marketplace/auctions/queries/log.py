"""The log of all auctions for readers: what was signed, proofs, tiles.

Tiles are as C2SP tlog-tiles lays them out: 256 hashes of subtrees eight levels high, so that anybody may
fetch the whole tree as files that never change. Nothing beyond the newest checkpoint is given out.
"""

import base64
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import func, select, tuple_

from marketplace.auctions.engine import merkle
from marketplace.auctions.models import AuctionEvent, LogCheckpoint, LogLeaf, LogNode
from marketplace.core.db import db
from marketplace.core.errors import NotFound

WIDTH = 256  # hashes of a full tile
HEIGHT = 8  # levels from a tile to the one above
AT_A_TIME = 300  # coordinates of one question to the database
TALLEST = 63
Found = TypeVar("Found")


def size() -> int:
    """How many lines have their place."""
    last = db.session.scalar(select(func.max(LogLeaf.place)))
    return 0 if last is None else last + 1


def node(level: int, place: int) -> str:
    """The hash of one whole subtree."""
    found = db.session.scalar(
        select(LogNode.hash).where(LogNode.level == level, LogNode.place == place)
    )
    if found is None:
        raise NotFound("auction_log")
    return found


def newest() -> LogCheckpoint | None:
    """The last checkpoint."""
    return db.session.scalar(select(LogCheckpoint).order_by(LogCheckpoint.size.desc()).limit(1))


def checkpoints(limit: int = 20) -> Sequence[LogCheckpoint]:
    """The last checkpoints, newest first."""
    return db.session.scalars(
        select(LogCheckpoint).order_by(LogCheckpoint.size.desc()).limit(limit)
    ).all()


def signed_size(wanted: int | None = None) -> int:
    """The size of the newest checkpoint, or one wanted that lies within it."""
    last = newest()
    if last is None or not 0 < (wanted or last.size) <= last.size:
        raise NotFound("auction_log")
    return wanted or last.size


def proofs(places: Iterable[int], of_size: int) -> dict[int, list[str]]:
    """The audit paths of leaves in the tree of the first `of_size`, in a few questions for all of them."""
    wanted = sorted(set(places))
    return _asked_once(
        lambda get: {place: merkle.inclusion(get, place, of_size) for place in wanted}
    )


def consistency(before: int, of_size: int) -> list[str]:
    """The proof that the tree of `before` is a beginning of that of `of_size`."""
    if not 0 < before <= of_size:
        raise NotFound("auction_log")
    return _asked_once(lambda get: merkle.consistency(get, before, of_size))


def _asked_once(work: Callable[[merkle.Get], Found]) -> Found:
    """Work done twice: first to learn which hashes it needs, then with all of them at hand."""
    needed: set[tuple[int, int]] = set()

    def note(level: int, place: int) -> str:
        needed.add((level, place))
        return merkle.EMPTY

    work(note)
    known: dict[tuple[int, int], str] = {}
    asked = sorted(needed)
    for start in range(0, len(asked), AT_A_TIME):
        rows = db.session.execute(
            select(LogNode.level, LogNode.place, LogNode.hash).where(
                tuple_(LogNode.level, LogNode.place).in_(asked[start : start + AT_A_TIME])
            )
        )
        known |= {(level, place): found for level, place, found in rows}
    return work(lambda level, place: known[level, place])


def places_of(auction_id: int) -> dict[int, int]:
    """Where the lines of an auction are, by their numbers."""
    rows = db.session.execute(
        select(LogLeaf.seq, LogLeaf.place).where(LogLeaf.auction_id == auction_id)
    )
    return {row.seq: row.place for row in rows}


def place_of(line: str) -> int:
    """Where the line with a hash is."""
    found = db.session.scalar(
        select(LogLeaf.place)
        .join(
            AuctionEvent,
            (AuctionEvent.auction_id == LogLeaf.auction_id) & (AuctionEvent.seq == LogLeaf.seq),
        )
        .where(AuctionEvent.hash == line)
    )
    if found is None:
        raise NotFound("auction_log")
    return found


def evidence(
    auction_id: int, seqs: Sequence[int], since: int | None = None
) -> dict[str, Any] | None:
    """For a bundle: the newest checkpoint and the proof of every line below it, in the form `verify` reads.

    `since` asks also that the log continue the one of that size, which a reader remembers.
    """
    last = newest()
    if last is None:
        return None
    where = places_of(auction_id)
    below = {seq: where[seq] for seq in seqs if seq in where and where[seq] < last.size}
    if not below:
        return None
    paths = proofs(below.values(), last.size)
    found: dict[str, Any] = {
        "checkpoint": last.note,
        "proofs": {
            str(seq): {"index": place, "path": paths[place]} for seq, place in below.items()
        },
    }
    if since is not None and 0 < since <= last.size:
        found["continues"] = {"size": since, "path": consistency(since, last.size)}
    return found


def tile(level: int, number: int, width: int = WIDTH) -> bytes:
    """The hashes of a tile, 32 bytes each; one that is not full yet is asked for by its width."""
    if not (0 <= level <= TALLEST // HEIGHT and number >= 0 and 1 <= width <= WIDTH):
        raise NotFound("auction_log")
    within = signed_size() >> (HEIGHT * level)  # whole subtrees of this level
    if number * WIDTH + width > within:
        raise NotFound("auction_log")
    rows = db.session.scalars(
        select(LogNode.hash)
        .where(
            LogNode.level == HEIGHT * level,
            LogNode.place >= number * WIDTH,
            LogNode.place < number * WIDTH + width,
        )
        .order_by(LogNode.place)
    )
    return b"".join(bytes.fromhex(row) for row in rows)


def entries(number: int, width: int = WIDTH) -> bytes:
    """The lines themselves behind the hashes of a bottom tile, each after its length in two bytes."""
    if not (number >= 0 and 1 <= width <= WIDTH) or number * WIDTH + width > signed_size():
        raise NotFound("auction_log")
    rows = db.session.scalars(
        select(AuctionEvent.body)
        .join(
            LogLeaf,
            (AuctionEvent.auction_id == LogLeaf.auction_id) & (AuctionEvent.seq == LogLeaf.seq),
        )
        .where(LogLeaf.place >= number * WIDTH, LogLeaf.place < number * WIDTH + width)
        .order_by(LogLeaf.place)
    )
    bodies = [row.encode() for row in rows]
    return b"".join(len(body).to_bytes(2, "big") + body for body in bodies)


def root_in_base64(checkpoint: LogCheckpoint) -> str:
    """As the note has it."""
    return base64.b64encode(bytes.fromhex(checkpoint.root)).decode()
