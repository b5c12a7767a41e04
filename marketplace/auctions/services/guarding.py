"""An auction does not go on selling a right that is gone, sealed by a court or newly pledged.

The clock looks; the auction stands still through the one door, with a cause in words for everybody. Only
two of the exchange's people let it go on, and not before a bar is out of the way.
"""

from marketplace.auctions.engine.state import Command
from marketplace.auctions.models import Auction
from marketplace.auctions.queries import guarding as queries
from marketplace.auctions.services import door
from marketplace.core import events
from marketplace.core.db import db, lock
from marketplace.core.policy import SYSTEM


def to_look_at() -> list[int]:
    """Auctions whose rights have something against them; most are found to be known already."""
    return queries.to_look_at()


def stop(auction_id: int) -> bool:
    """Suspend one, unless nothing stands against it or another worker was there before."""
    auction = db.session.get_one(Auction, auction_id)
    lock(auction)
    if auction.state not in queries.STOPPABLE:
        return False
    found = queries.hindrance(auction)
    if found is None:
        return False
    reply = door.execute(SYSTEM, auction.id, Command("suspend", None, {"reason": found.cause}))
    if not reply.accepted:
        return False
    events.record(auction, "auction.right_at_risk", by=SYSTEM, cause=found.cause, asset=found.asset)
    return True
