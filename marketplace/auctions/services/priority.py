"""Who holds a right of first refusal (优先购买权) in an auction: taken from the registers at publication.

Where it is exercised inside the bidding, a holder bids with a rank and may equal the price; else after the
close (`first_refusal`).
"""

from collections.abc import Iterable

from marketplace.assets.bundle import BurdenKind, Party, Priority
from marketplace.assets.queries import registers
from marketplace.auctions.engine.rules import PriorityMode
from marketplace.auctions.engine.state import Event
from marketplace.auctions.models import (
    Auction,
    PriorityHolder,
)
from marketplace.auctions.queries import priority as queries
from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM, Actor
from marketplace.listings.terms import DealKind

RANKS = {ground: place for place, ground in enumerate(
    (
        Priority.COOWNER,
        Priority.JOINT_DEVELOPER,
        Priority.COMMISSIONER,
        Priority.INVENTOR,
        Priority.LICENSEE,
        Priority.CONTRACT,
    ),
    start=1,
)}  # fmt: skip


def record_holders(auction: Auction, _event: Event | None = None, by: Actor = SYSTEM) -> None:
    """Reaction to the publication: take the holders from the registers. Twice is once."""
    if auction.listing.terms.kind is not DealKind.TRANSFER:
        return  # a licence takes nothing from who has the first call on the right itself
    known = {one.holder_name for one in queries.of_auction(auction)}
    for party, (ground, source) in _found(auction).items():
        if party.name in known or party.id == auction.seller_id:
            continue
        holder = PriorityHolder(
            auction=auction,
            holder_id=party.id,
            holder_name=party.name,
            ground=ground,
            rank=RANKS[ground],
            source=source,
        )
        db.session.add(holder)
        events.record(holder, "auction_priority.record", by=by, ground=ground)


def _found(auction: Auction) -> dict[Party, tuple[Priority, str]]:
    """Holder → the best of their grounds, over all rights of the listing."""
    today = clock.today()
    found: dict[Party, tuple[Priority, str]] = {}

    def note(party: Party, ground: Priority, source: str) -> None:
        same = next((p for p in found if p.is_same(party)), party)
        if same not in found or RANKS[ground] < RANKS[found[same][0]]:
            found[same] = (ground, source)

    for right in registers.rights_of(auction.listing.assets).values():
        for owner in right.owners:
            if not owner.acts and owner.party.name:
                note(owner.party, Priority.COOWNER, right.reference)
        for burden in sorted(right.burdens, key=lambda b: b.reference):
            if burden.kind is BurdenKind.PRIORITY and burden.stands(today):
                note(burden.holder, burden.priority or Priority.CONTRACT, burden.reference)
    return found


def rank_of(auction: Auction, organisation_id: int) -> int:
    """The rank with which an organisation bids; 0: none, or the right is not exercised inside."""
    if auction.rules.priority is not PriorityMode.INSIDE:
        return 0
    own = [one.rank for one in _standing_of(auction, organisation_id)]
    return min(own, default=0)


def ground_of(auction: Auction, organisation_id: int) -> str:
    """On what a right of first refusal rests; empty: there is none."""
    own = sorted(_standing_of(auction, organisation_id), key=lambda one: one.rank)
    return own[0].ground.value if own else ""


def _standing_of(auction: Auction, organisation_id: int) -> Iterable[PriorityHolder]:
    return (
        one for one in queries.of_auction(auction, queries.OPEN) if one.holder_id == organisation_id
    )
