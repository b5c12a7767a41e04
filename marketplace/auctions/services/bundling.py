"""The public bundle of an auction: everything that a stranger needs to work it out again.

While it runs only the log is given. After the close every maximum up to the final price is opened;
a winner's maximum above it stays closed (ADR 23).
"""

import json
from typing import Any

from sqlalchemy import select

from marketplace.auctions import receipts
from marketplace.auctions.engine.outcome import outcome
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction, AuctionEvent
from marketplace.auctions.queries import log
from marketplace.auctions.services import door, sealing
from marketplace.auctions.services.positions import BEFORE_OPENING, HIDDEN
from marketplace.core.db import db

FORMAT = "ipx/bundle/v1"
OPENED_AFTER = frozenset(Phase) - {
    Phase.DRAFT,
    Phase.SUBMITTED,
    Phase.PUBLISHED,
    Phase.FREE,
    Phase.LIMITED,
    Phase.OPEN,
    Phase.OPENING,
    Phase.SUSPENDED,
}


def bundle(auction: Auction, since: int | None = None) -> dict[str, Any]:
    """The bundle, for `marketplace.auctions.verify`; plain values.

    With the proof that the log of all auctions continues the one of size `since`, where that is asked.
    """
    rows = db.session.scalars(
        select(AuctionEvent).where(AuctionEvent.auction_id == auction.id).order_by(AuctionEvent.seq)
    ).all()
    if auction.state in BEFORE_OPENING:  # up to the first line that must not be seen yet
        first = next((i for i, row in enumerate(rows) if row.kind in HIDDEN), len(rows))
        rows = rows[:first]
    found = {
        "format": FORMAT,
        "auction": auction.reference,
        "rules": auction.rules_data,
        "public_keys": list(receipts.public_keys()),
        "events": [{"body": row.body, "hash": row.hash} for row in rows],
        "openings": {},
    }
    if evidence := log.evidence(auction.id, [row.seq for row in rows], since):
        found["log"] = evidence
    if auction.state not in OPENED_AFTER:
        return found
    result = outcome(auction.rules, door.state_of(auction))
    found["openings"] = _openings(rows)
    found["result"] = {"winner": result.winner, "price": result.price}
    return found


def _openings(rows: Any) -> dict[str, dict[str, Any]]:
    closing = next((row for row in rows if row.kind == "closed"), None)
    if closing is None:
        return {}

    public = json.loads(closing.body)["public"]
    price = public["price"] if public["reserve_met"] else None
    found = {}
    for row in rows:
        if row.kind not in {"bid", "quoted", "voided"} or row.sealed is None:
            continue
        private = sealing.unseal_values(row.sealed)
        above = price is not None and (private.get("maximum") or 0) > price
        if not (above and row.code == closing.code):
            found[str(row.seq)] = private
    return found
