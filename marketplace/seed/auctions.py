"""Auctions of the demonstration, one a format and a way to end: each planned, reviewed, played."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count

from sqlalchemy import select

from marketplace.auctions.engine.bidding import SEALED
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import RUNNING, Command, Phase
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
from marketplace.core.policy import SYSTEM, Actor
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, ListingState, PriceMode
from marketplace.listings.terms import DealKind
from marketplace.negotiation.models import Offer
from marketplace.payments import services as payments
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story

Told = Generator[datetime, None, Auction | None]
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
    Script("huizhou", Format.ANNOUNCED, -3, 9, (("zhuhai", 0),)),
    Script("dongguan", Format.SEALED_SECOND, 8, 4),
)


def stories(cast: Cast) -> Iterator[Story]:
    """One a script."""
    for script in SCRIPTS:
        yield _auction(cast, script)


def _auction(cast: Cast, script: Script) -> Story:
    auction = yield from let_in(cast, script)
    if auction is None:
        return
    yield from bids(cast, script, auction)
    yield from over(auction)
    if auction.reserve_met and auction.state is Phase.CLOSED:
        yield clock.now() + timedelta(minutes=1)
        awarding.award(auction.id)


def let_in(cast: Cast, script: Script, listing: Listing | None = None) -> Told:
    """Announced nine days before it opens, applied for, deposits paid; the auction, on its opening."""
    opens = opening_of(cast, script)
    yield opens - 9 * DAY
    listing = listing or quiet(cast, script.seller)
    if listing is None:
        return None
    auction = announced(cast, listing, lambda price: _plan(script, price, opens))
    yield opens - 3 * DAY
    keys = tuple(dict.fromkeys(key for key, _ in script.bids))
    bidders = [applied(cast, auction, key) for key in keys]
    yield opens - 2 * DAY
    for participant in bidders:
        participating.qualify(cast.operator, participant)
    if script.opens <= 0:
        yield opens - 1 * DAY
        for participant in bidders:
            paid(cast, participant)
    yield opens
    tick(auction)
    return auction


def opening_of(cast: Cast, script: Script) -> datetime:
    """At nine of its day, or so many whole days from now."""
    return cast.present + script.opens * DAY if script.opens > 0 else cast.ago(-script.opens, 9)


def announced(cast: Cast, listing: Listing, plan: Callable[[int], planning.Plan]) -> Auction:
    """Its price is to be formed by bidding: planned by the seller, handed in, published by staff."""
    seller = next(a for a in cast.actors.values() if a.organisation_id == listing.seller_id)
    auction = handed_in(seller, listing, plan)
    drafting.approve(cast.operator, auction)
    return auction


def handed_in(seller: Actor, listing: Listing, plan: Callable[[int], planning.Plan]) -> Auction:
    """Planned and handed in, to be reviewed."""
    price = listing.terms.price or yuan(120_000)
    listings.reprice(seller, listing, price=price, price_mode=PriceMode.AUCTION)
    auction = drafting.draft(seller, listing, plan(price.minor))
    drafting.submit(seller, auction)
    return auction


def bids(cast: Cast, script: Script, auction: Auction) -> Story:
    """One after another, five hours apart; what lies in the future has not happened."""
    opens, start = opening_of(cast, script), int(auction.rules_data["start"])
    for number, (key, share) in enumerate(script.bids, start=1):
        if share:
            yield min(opens + number * timedelta(hours=5), cast.present)
            amount = start * share // 100 // 100 * 100
            say = opening.submit if auction.format in SEALED else bidding.place_bid
            say(cast.actors[key], auction.reference, amount, f"seed-{number}")


def over(auction: Auction) -> Story:
    """The clock goes on to its end."""
    while auction.due_at is not None and auction.state in RUNNING | {Phase.PUBLISHED}:
        yield auction.due_at
        tick(auction)


def tick(auction: Auction) -> None:
    """What the site's clock would do."""
    door.execute(SYSTEM, auction.id, Command("clock"))
    db.session.refresh(auction)


def quiet(cast: Cast, seller: str, kind: DealKind = DealKind.TRANSFER) -> Listing | None:
    """A public listing that nobody has made an offer on, and that is in no auction."""
    taken = select(Offer.listing_id)
    found = db.session.scalars(
        select(Listing)
        .where(
            Listing.seller_id == cast.organisations[seller].id,
            Listing.state == ListingState.PUBLISHED,
            Listing.id.not_in(taken),
            Listing.id.not_in(select(Auction.listing_id)),
        )
        .order_by(Listing.id)
    )
    return next((one for one in found if one.terms.kind is kind), None)


def _plan(script: Script, price: int, opens: datetime) -> planning.Plan:
    start = max(price * 8 // 10 // 100_000 * 100_000, 1_000_000)
    ends = working(opens + script.lasts * DAY)
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
        decrement=start // 10 // 100 * 100 if dutch else None,
        interval=12 * 3600 if dutch else None,
    )


def working(moment: datetime) -> datetime:
    """Ten in the morning of that day or of the next working one, in Guangdong."""
    day = moment.astimezone(clock.BEIJING).date()
    if not working_days.is_working(day):
        day = working_days.next_working(day)
    return datetime.combine(day, time(10), clock.BEIJING)


def applied(cast: Cast, auction: Auction, key: str) -> Participant:
    """An application of theirs, with every declaration."""
    declared = dict.fromkeys(participating.DECLARATIONS, True)
    return participating.apply(cast.actors[key], auction, declarations=declared, backup=True)


def paid(cast: Cast, participant: Participant) -> None:
    """The deposit came, if one is asked for: the bidder is let in."""
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
