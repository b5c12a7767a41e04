"""Auctions of the demonstration: one running, one falling, one sealed, one announced, one sold, one failed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count

from sqlalchemy import select

from marketplace.auctions.engine.bidding import SEALED
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Command
from marketplace.auctions.models import Auction, Participant
from marketplace.auctions.services import (
    awarding,
    bidding,
    deposits,
    door,
    drafting,
    opening,
    participating,
    planning,
)
from marketplace.core import clock, working_days
from marketplace.core.db import db
from marketplace.core.money import yuan
from marketplace.core.policy import SYSTEM
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, ListingState, PriceMode
from marketplace.listings.terms import DealKind
from marketplace.negotiation.models import Offer
from marketplace.payments import services as payments
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story

DAY = timedelta(days=1)
_serial = count(1)


@dataclass(frozen=True)
class Script:
    """Whose right, how, when it opens (days from the present), who bids what (per cent of the start)."""

    seller: str
    format: Format
    opens: int
    lasts: int
    bids: tuple[tuple[str, int], ...] = ()
    deposit: bool = True
    reserve: int = 0  # per cent of the start


SCRIPTS = (
    Script(
        "shunde",
        Format.ENGLISH,
        -2,
        4,
        (("bay", 100), ("qianhai", 112), ("huizhou", 118), ("bay", 135), ("qianhai", 128)),
        reserve=125,
    ),
    Script("zhongshan", Format.DUTCH, -1, 6),
    Script(
        "chaozhou",
        Format.SEALED_FIRST,
        -2,
        5,
        (("bay", 104), ("qianhai", 121), ("zhuhai", 115)),
    ),
    Script("dongguan", Format.ENGLISH, 4, 3, (("huizhou", 0),)),
    Script(
        "jiangmen",
        Format.ENGLISH,
        -12,
        5,
        (("bay", 100), ("zhuhai", 110), ("bay", 119), ("zhuhai", 128)),
    ),
    Script("yangjiang", Format.ENGLISH, -13, 5, deposit=False),
)


def stories(cast: Cast) -> Iterator[Story]:
    """One a script."""
    for script in SCRIPTS:
        yield _auction(cast, script)


def _auction(cast: Cast, script: Script) -> Story:
    opens = cast.ago(-script.opens) if script.opens > 0 else cast.ago(-script.opens, 9)
    if script.opens > 0:
        opens = cast.present + script.opens * DAY
    yield opens - 9 * DAY
    listing = _quiet(cast, script.seller)
    if listing is None:
        return
    seller = cast.actors[script.seller]
    price = listing.terms.price or yuan(300_000)
    listings.reprice(seller, listing, price=price, price_mode=PriceMode.AUCTION)
    auction = drafting.draft(seller, listing, _plan(script, price.minor, opens))
    drafting.submit(seller, auction)
    drafting.approve(cast.operator, auction)
    yield opens - 3 * DAY
    bidders = {key: _apply(cast, auction, key) for key in dict.fromkeys(k for k, _ in script.bids)}
    yield opens - 2 * DAY
    for participant in bidders.values():
        participating.qualify(cast.operator, participant)
    if any(share for _, share in script.bids):
        yield opens - 1 * DAY
        for participant in bidders.values():
            _pay(cast, participant)
    yield from _played(cast, script, auction, opens)


def _played(cast: Cast, script: Script, auction: Auction, opens: datetime) -> Story:
    """It opens, bids come in, the clock goes on; what lies in the future has not happened."""
    yield opens
    _tick(auction)
    start = int(auction.rules_data["start"])
    for number, (key, share) in enumerate(script.bids, start=1):
        if share:
            yield min(opens + number * timedelta(hours=5), cast.present)
            amount = start * share // 100 // 100 * 100
            say = opening.submit if auction.format in SEALED else bidding.place_bid
            say(cast.actors[key], auction.reference, amount, f"seed-{number}")
    while True:
        db.session.refresh(auction)
        if auction.due_at is None:
            break
        yield auction.due_at
        _tick(auction)
    if auction.reserve_met and script.bids and auction.closed_at:
        yield auction.closed_at + timedelta(minutes=1)
        awarding.award(auction.id)


def _tick(auction: Auction) -> None:
    door.execute(SYSTEM, auction.id, Command("clock"))


def _quiet(cast: Cast, seller: str) -> Listing | None:
    """A public transfer that nobody has made an offer on."""
    taken = select(Offer.listing_id)
    found = db.session.scalars(
        select(Listing)
        .where(
            Listing.seller_id == cast.organisations[seller].id,
            Listing.state == ListingState.PUBLISHED,
            Listing.id.not_in(taken),
        )
        .order_by(Listing.id)
    )
    return next((one for one in found if one.terms.kind is DealKind.TRANSFER), None)


def _plan(script: Script, price: int, opens: datetime) -> planning.Plan:
    start = max(price * 8 // 10 // 100_000 * 100_000, 1_000_000)
    ends = _working(opens + script.lasts * DAY)
    dutch = script.format is Format.DUTCH
    return planning.Plan(
        format=script.format,
        start=start,
        opens_at=opens,
        ends_at=ends,
        deposit=start // 10 if script.deposit else 0,
        guide=price,
        reserve=start * script.reserve // 100 if script.reserve else None,
        floor=start // 2 if dutch else None,
        decrement=start // 20 // 100 * 100 if dutch else None,
        interval=6 * 3600 if dutch else None,
    )


def _working(moment: datetime) -> datetime:
    """Ten in the morning of that day or of the next working one, in Guangdong."""
    day = moment.astimezone(clock.BEIJING).date()
    if not working_days.is_working(day):
        day = working_days.next_working(day)
    return datetime.combine(day, time(10), clock.BEIJING)


def _apply(cast: Cast, auction: Auction, key: str) -> Participant:
    declared = dict.fromkeys(participating.DECLARATIONS, True)
    return participating.apply(cast.actors[key], auction, declarations=declared, backup=True)


def _pay(cast: Cast, participant: Participant) -> None:
    hold = deposits.of(participant)
    if hold is None:
        return
    seen = payments.Seen(
        amount=hold.amount,
        bank_reference=f"YSBZJ{next(_serial):07d}",
        payer_name=participant.organisation.name,
        received_on=clock.today(),
    )
    payments.book_receipt(cast.cashier, hold.payment, seen)
    db.session.flush()
    deposits.take_in(hold.id)
