"""What the exchange sees of running auctions: health, log, proposals. Codes only, never a name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from marketplace.auctions import policy_control as policy
from marketplace.auctions.engine.state import RUNNING, Phase
from marketplace.auctions.models import (
    Alert,
    AlertState,
    Auction,
    AuctionEvent,
    Order,
    OrderKind,
    OrderState,
    Participant,
)
from marketplace.auctions.queries.reading import told_by_now
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor, require
from marketplace.listings.models import Listing
from marketplace.organisations.models import Organisation

WATCHED = RUNNING | {Phase.PUBLISHED, Phase.CLOSED, Phase.PRIORITY}
LATE = timedelta(seconds=5)  # past its moment by so much, the closer is behind
LOG_LINES = 500


@dataclass(frozen=True)
class Health:
    """How a running auction does."""

    auction: Auction
    lag: timedelta  # by how much the clock is behind; nought: nothing is due
    last_event: AuctionEvent | None
    alerts: int
    proposals: int

    @property
    def is_late(self) -> bool:
        """The clock should have acted by now."""
        return self.lag > LATE


def running(actor: Actor, *, state: str = "", text: str = "") -> Select[tuple[Auction]]:
    """Auctions under way, what is due first on top."""
    require(actor, policy.watch_over)
    rows = select(Auction).options(joinedload(Auction.listing), joinedload(Auction.seller))
    if state != "all":
        wanted = [Phase(state)] if state in set(Phase) else list(WATCHED)
        rows = rows.where(Auction.state.in_(wanted))
    if text:
        rows = rows.join(Auction.listing).where(
            or_(
                Auction.reference.icontains(text, autoescape=True),
                Listing.title.icontains(text, autoescape=True),
            )
        )
    return rows.order_by(Auction.due_at.is_(None), Auction.due_at, Auction.id)


def health(auctions: Sequence[Auction]) -> list[Health]:
    """Auction by auction, in four statements whatever their number."""
    ids = [auction.id for auction in auctions]
    newest = (
        select(AuctionEvent.auction_id, func.max(AuctionEvent.seq).label("seq"))
        .where(AuctionEvent.auction_id.in_(ids), told_by_now())
        .group_by(AuctionEvent.auction_id)
        .subquery()
    )
    last = {
        event.auction_id: event
        for event in db.session.scalars(
            select(AuctionEvent).join(
                newest,
                (AuctionEvent.auction_id == newest.c.auction_id)
                & (AuctionEvent.seq == newest.c.seq),
            )
        )
    }
    alerts = _counts(Alert, Alert.state == AlertState.OPEN, ids)
    orders = _counts(Order, Order.state == OrderState.PROPOSED, ids)
    now = clock.now()
    return [
        Health(
            auction,
            max(timedelta(), now - auction.due_at) if auction.due_at else timedelta(),
            last.get(auction.id),
            alerts.get(auction.id, 0),
            orders.get(auction.id, 0),
        )
        for auction in auctions
    ]


def _counts(model: type[Alert | Order], where: object, ids: Iterable[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(model.auction_id, func.count())
        .where(model.auction_id.in_(list(ids)), where)  # type: ignore[arg-type]
        .group_by(model.auction_id)
    )
    return {row[0]: row[1] for row in rows}


def auction(actor: Actor, reference: str) -> Auction:
    """An auction for those who watch over it."""
    require(actor, policy.watch_over)
    found = db.session.scalar(select(Auction).where(Auction.reference == reference))
    if found is None:
        raise NotFound("auction")
    return found


def log_of(actor: Actor, of: Auction) -> list[AuctionEvent]:
    """Its log, newest first, as the public will read it: no sealed part, no name."""
    require(actor, policy.watch_over)
    rows = (
        select(AuctionEvent)
        .where(AuctionEvent.auction_id == of.id, told_by_now())
        .order_by(AuctionEvent.seq.desc())
        .limit(LOG_LINES)
    )
    return list(db.session.scalars(rows))


def moment(event: AuctionEvent) -> datetime:
    """When it was decided by, from whole microseconds."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=event.at)


def orders_of(actor: Actor, of: Auction) -> list[Order]:
    """Every proposal about an auction, newest first."""
    require(actor, policy.watch_over)
    rows = select(Order).where(Order.auction_id == of.id).order_by(Order.id.desc())
    return list(db.session.scalars(rows))


def waiting_for(actor: Actor) -> list[Order]:
    """Proposals of others that this person may check, oldest first."""
    require(actor, policy.watch_over)
    rows = (
        select(Order)
        .options(joinedload(Order.auction))
        .where(Order.state == OrderState.PROPOSED, Order.made_by_id != actor.user)
        .order_by(Order.id)
    )
    return [order for order in db.session.scalars(rows) if order.expires_at > clock.now()]


def order(actor: Actor, order_id: int) -> Order:
    """One proposal."""
    require(actor, policy.watch_over)
    found = db.session.get(Order, order_id)
    if found is None:
        raise NotFound("auction_order")
    return found


def open_order(of: Auction, kind: OrderKind) -> Order | None:
    """The proposal of a kind that waits now."""
    return db.session.scalar(
        select(Order).where(
            Order.auction_id == of.id,
            Order.kind == kind,
            Order.state == OrderState.PROPOSED,
            Order.expires_at > clock.now(),
        )
    )


def stale_orders(limit: int = 500) -> list[Order]:
    """Proposals that nobody checked in time."""
    rows = (
        select(Order)
        .where(Order.state == OrderState.PROPOSED, Order.expires_at <= clock.now())
        .order_by(Order.id)
        .limit(limit)
    )
    return list(db.session.scalars(rows))


def event_at(of: Auction, seq: int) -> AuctionEvent | None:
    """A line of the log by its number."""
    return db.session.scalar(
        select(AuctionEvent).where(AuctionEvent.auction_id == of.id, AuctionEvent.seq == seq)
    )


def rival_after(of: Auction, seq: int, code: str | None) -> bool:
    """Whether somebody else has bid since."""
    found = db.session.scalar(
        select(AuctionEvent.id).where(
            AuctionEvent.auction_id == of.id,
            AuctionEvent.seq > seq,
            AuctionEvent.kind.in_(["bid", "bought", "accepted", "voided"]),
            AuctionEvent.code != code,
        )
    )
    return found is not None


def participant_of(of: Auction, code: str) -> Participant | None:
    """Who takes part under a code. For services only: no page joins the two before the close."""
    return db.session.scalar(
        select(Participant).where(Participant.auction_id == of.id, Participant.code == code)
    )


def announcements(of: Auction) -> list[AuctionEvent]:
    """Of a suspended auction: its last suspension, and after it when it goes on, in order."""
    if of.state is not Phase.SUSPENDED:
        return []
    since = (
        select(func.max(AuctionEvent.seq))
        .where(AuctionEvent.auction_id == of.id, AuctionEvent.kind == "suspended")
        .scalar_subquery()
    )
    rows = (
        select(AuctionEvent)
        .where(
            AuctionEvent.auction_id == of.id,
            AuctionEvent.seq >= since,
            AuctionEvent.kind.in_(["suspended", "resuming"]),
        )
        .order_by(AuctionEvent.seq)
    )
    return list(db.session.scalars(rows))


def organisation_behind(of: Auction, code: str) -> Organisation:
    """Whom a code stands for. Only services.controlling asks, and leaves a mark."""
    found = db.session.scalar(
        select(Organisation)
        .join(Participant, Participant.organisation_id == Organisation.id)
        .where(Participant.auction_id == of.id, Participant.code == code)
    )
    if found is None:
        raise NotFound("auction_order.no_such_bidder")
    return found
