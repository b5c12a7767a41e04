"""The log of all auctions grows: every line gets its place, and the exchange signs what there is.

One at a time takes the lines that have no place yet. It goes by auction, not by number: numbers are
given before a transaction commits, so that whoever remembers the last one seen misses what commits
late; the lines of one auction follow each other under its lock, and a late one is taken next time.

Lines of sealed bids have to wait for the opening, with all that follow in their auction: a place in
a public log would tell that somebody bid, and when (I-18).
"""

import base64
import hashlib
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, insert, select
from sqlalchemy.orm import aliased

from marketplace.auctions import receipts
from marketplace.auctions.engine import merkle
from marketplace.auctions.models import Auction, AuctionEvent, LogCheckpoint, LogLeaf, LogNode
from marketplace.auctions.queries import log as reading
from marketplace.auctions.queries.reading import UNOPENED
from marketplace.auctions.services.positions import HIDDEN
from marketplace.core import clock, settings
from marketplace.core.db import db, one_at_a_time

AT_A_TIME = 1000
EVERY = timedelta(seconds=60)  # the longest that a line waits for a signature once it has its place
AT_ONCE = frozenset({"closed", "bought", "accepted", "failed"})  # an auction is over
ED25519 = b"\x01"  # C2SP signed-note: the kind of key


def is_due() -> bool:
    """There are lines without a place, or lines that wait for a signature long enough."""
    if _without_place(1):
        return True
    last = reading.newest()
    return _is_time(reading.size(), last)


def sequence(limit: int = AT_A_TIME) -> int:
    """Give lines that have none their places, and sign when it is time; how many lines there were."""
    one_at_a_time("auction log")
    lines = _without_place(limit)
    size = reading.size()
    if lines:
        _append(size, lines)
    over = any(line.kind in AT_ONCE for line in lines)
    _sign(size + len(lines), now=over)
    return len(lines)


def _without_place(limit: int) -> Sequence[AuctionEvent]:
    first_hidden = aliased(AuctionEvent)
    placed = (
        select(func.coalesce(func.max(LogLeaf.seq), 0))
        .where(LogLeaf.auction_id == Auction.id)
        .scalar_subquery()
    )
    hidden = (
        select(first_hidden.id)
        .where(
            first_hidden.auction_id == AuctionEvent.auction_id,
            first_hidden.seq <= AuctionEvent.seq,
            first_hidden.kind.in_(HIDDEN),
            Auction.state.in_(UNOPENED),
        )
        .exists()
    )
    return db.session.scalars(
        select(AuctionEvent)
        .join(Auction, Auction.id == AuctionEvent.auction_id)
        .where(Auction.seq > placed, AuctionEvent.seq > placed, ~hidden)
        .order_by(AuctionEvent.id)
        .limit(limit)
    ).all()


def _append(size: int, lines: Sequence[AuctionEvent]) -> None:
    now = clock.now()
    leaves = [
        {"place": place, "auction_id": line.auction_id, "seq": line.seq, "created_at": now}
        for place, line in enumerate(lines, start=size)
    ]
    nodes = [
        {"level": level, "place": place, "hash": found, "created_at": now}
        for (level, place), found in merkle.grown(
            size, [line.hash for line in lines], reading.node
        ).items()
    ]
    connection = db.session.connection()
    connection.execute(insert(LogLeaf), leaves)
    connection.execute(insert(LogNode), nodes)


def _sign(size: int, *, now: bool) -> None:
    """A checkpoint, where the log has grown and the last one is old enough."""
    last = reading.newest()
    if not now and not _is_time(size, last):
        return
    root = merkle.root(reading.node, size)
    db.session.add(LogCheckpoint(size=size, root=root, note=note(size, root)))


def _is_time(size: int, last: LogCheckpoint | None) -> bool:
    if last is None:
        return size > 0
    return size > last.size and clock.now() - last.created_at >= EVERY


def origin() -> str:
    """The log's name in what it signs: the site's host and a path, without a scheme."""
    return f"{urlsplit(settings.current().site_url).netloc}/log"


def note(size: int, root: str) -> str:
    """A checkpoint as a signed note (C2SP signed-note and tlog-checkpoint): text, blank line, signature.

    The key's number is the beginning of SHA-256 over its name, its kind and itself.
    """
    name = origin()
    text = f"{name}\n{size}\n{base64.b64encode(bytes.fromhex(root)).decode()}\n"
    key = ED25519 + bytes.fromhex(receipts.public_key())
    number = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    signature = base64.b64encode(number + receipts.sign_bytes(text.encode())).decode()
    return f"{text}\n— {name} {signature}\n"


def verifier_key() -> str:
    """The log's public key as tools for signed notes take it: name+number+key."""
    key = ED25519 + bytes.fromhex(receipts.public_key())
    number = hashlib.sha256(origin().encode() + b"\n" + key).hexdigest()[:8]
    return f"{origin()}+{number}+{base64.b64encode(key).decode()}"


def faults() -> list[str]:
    """What a rebuilding of the tree from the auctions' own lines finds against what was kept and signed."""
    leaves = list(
        db.session.scalars(
            select(AuctionEvent.hash)
            .join(
                LogLeaf,
                (LogLeaf.auction_id == AuctionEvent.auction_id) & (LogLeaf.seq == AuctionEvent.seq),
            )
            .order_by(LogLeaf.place)
        )
    )
    size, found = reading.size(), []
    if len(leaves) != size:
        return [f"{size - len(leaves)} leaves have no line"]
    tree = merkle.grown(0, leaves, reading.node)
    found += [
        f"node {kept.level}/{kept.place} is not what its leaves give"
        for kept in db.session.scalars(select(LogNode))
        if tree.pop((kept.level, kept.place), None) != kept.hash
    ]
    found += [f"node {level}/{place} is missing" for level, place in tree]
    whole = merkle.of(leaves)
    for signed in db.session.scalars(select(LogCheckpoint).order_by(LogCheckpoint.size)):
        if signed.size > size or merkle.root(whole, signed.size) != signed.root:
            found.append(f"checkpoint {signed.size} was signed over another tree")
    return found
