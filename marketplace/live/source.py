"""What the feed reads: committed, published fields of auctions that anybody may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select

from marketplace.auctions.engine.rules import Format
from marketplace.auctions.models import Auction
from marketplace.auctions.queries import reading
from marketplace.auctions.services.positions import shown
from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.web.auction_feed import LIVE
from marketplace.web.auction_room import snapshot

VISITOR = Actor(None, None)


@dataclass(frozen=True)
class Seen:
    """An auction at one look: where it stands, and its lines behind a number."""

    auction_id: int
    seq: int  # of the auction, whether or not its last lines may be shown yet
    state: dict[str, Any]
    lines: list[dict[str, Any]]
    running: bool
    falling: bool  # its price changes without an event


class Source:
    """Reads for the feed. Every call is a transaction of its own, and may run in any thread."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def find(self, reference: str) -> Seen | None:
        """A published auction by its reference."""
        with self.app.app_context():
            found = db.session.scalar(
                reading.visible_to(VISITOR).where(Auction.reference == reference)
            )
            return None if found is None else _seen(found, found.seq)

    def since(self, auction_id: int, seq: int) -> list[dict[str, Any]]:
        """Lines that no ring remembers any more."""
        with self.app.app_context():
            auction = db.session.get_one(Auction, auction_id)
            return shown(auction, reading.events_after(auction_id, seq))

    def look(self, watched: Mapping[int, tuple[int, int]], falling: frozenset[int]) -> list[Seen]:
        """What changed among the auctions watched: their last shown and last known numbers."""
        with self.app.app_context():
            now = db.session.execute(
                select(Auction.id, Auction.seq).where(Auction.id.in_(sorted(watched)))
            ).all()
            changed = [key for key, seq in now if seq > watched[key][1] or key in falling]
            return [_seen(db.session.get_one(Auction, key), watched[key][0]) for key in changed]


def _seen(auction: Auction, after: int) -> Seen:
    return Seen(
        auction.id,
        auction.seq,
        snapshot(auction),
        shown(auction, reading.events_after(auction.id, after)),
        auction.state in LIVE,
        auction.format is Format.DUTCH,
    )
