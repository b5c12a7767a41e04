"""Alerts for the exchange's people, and what surveillance may look at. Codes go out, names do not."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from marketplace.auctions import policy_control as policy
from marketplace.auctions.engine.state import RUNNING
from marketplace.auctions.models import (
    Alert,
    AlertState,
    Auction,
    AuctionEvent,
    Award,
    Participant,
)
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor, require
from marketplace.organisations.models import Membership, Organisation, SignIn

AFTERWARDS = timedelta(hours=1)  # closed auctions are looked at once more
SIGN_INS_OF = timedelta(days=30)
BACK = timedelta(days=730)


def alerts(actor: Actor, *, state: str = "open") -> Select[tuple[Alert]]:
    """What to look at, newest first."""
    require(actor, policy.watch_over)
    rows = select(Alert).options(joinedload(Alert.auction).joinedload(Auction.listing))
    if state in set(AlertState):
        rows = rows.where(Alert.state == AlertState(state))
    return rows.order_by(Alert.id.desc())


def alert(actor: Actor, alert_id: int) -> Alert:
    """One alert."""
    require(actor, policy.watch_over)
    found = db.session.get(Alert, alert_id)
    if found is None:
        raise NotFound("auction_alert")
    return found


def of_auction(actor: Actor, auction: Auction) -> list[Alert]:
    """All alerts of an auction."""
    require(actor, policy.watch_over)
    rows = select(Alert).where(Alert.auction_id == auction.id).order_by(Alert.id.desc())
    return list(db.session.scalars(rows))


# ---- for surveillance alone ----------------------------------------------------------------------


def to_watch() -> list[int]:
    """Auctions under way, and those that have just closed."""
    rows = select(Auction.id).where(
        or_(
            Auction.state.in_(sorted(RUNNING)),
            Auction.closed_at > clock.now() - AFTERWARDS,
        )
    )
    return list(db.session.scalars(rows.order_by(Auction.id)))


def known_fingerprints(auction: Auction) -> set[str]:
    """The patterns that were told already."""
    rows = select(Alert.fingerprint).where(Alert.auction_id == auction.id)
    return set(db.session.scalars(rows))


def bidders(auction: Auction) -> dict[int, str]:
    """Organisation → code, of those who were let in."""
    rows = db.session.execute(
        select(Participant.organisation_id, Participant.code).where(
            Participant.auction_id == auction.id, Participant.code.is_not(None)
        )
    )
    return {row[0]: row[1] for row in rows}


def organisations(ids: Iterable[int]) -> list[Organisation]:
    """Those behind the codes, and the seller."""
    return list(db.session.scalars(select(Organisation).where(Organisation.id.in_(list(ids)))))


def people(ids: Iterable[int]) -> list[tuple[int, int]]:
    """Organisation and person, of those who act for them."""
    rows = db.session.execute(
        select(Membership.organisation_id, Membership.user_id).where(
            Membership.organisation_id.in_(list(ids))
        )
    )
    return [(row[0], row[1]) for row in rows]


def browsers(ids: Iterable[int]) -> list[tuple[int, str, str]]:
    """Organisation, browser and network of recent sign-ins that acted for it."""
    rows = db.session.execute(
        select(SignIn.organisation_id, SignIn.user_agent, SignIn.network).where(
            SignIn.organisation_id.in_(list(ids)),
            SignIn.last_seen_at > clock.now() - SIGN_INS_OF,
        )
    )
    return [(row[0], row[1], row[2]) for row in rows if row[0] is not None]


def past_bids(auction: Auction, ids: Iterable[int]) -> list[tuple[int, int, int]]:
    """Organisation, auctions of this seller that are over and in which it bid, bids there."""
    rows = db.session.execute(
        select(
            Participant.organisation_id,
            func.count(func.distinct(AuctionEvent.auction_id)),
            func.count(AuctionEvent.id),
        )
        .join(Auction, Auction.id == Participant.auction_id)
        .join(
            AuctionEvent,
            (AuctionEvent.auction_id == Participant.auction_id)
            & (AuctionEvent.code == Participant.code)
            & AuctionEvent.kind.in_(["bid", "enveloped"]),
        )
        .where(
            Participant.organisation_id.in_(list(ids)),
            Auction.seller_id == auction.seller_id,
            Auction.closed_at > clock.now() - BACK,
        )
        .group_by(Participant.organisation_id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def past_wins(auction: Auction, ids: Iterable[int]) -> dict[int, int]:
    """Organisation → awards from this seller's auctions."""
    rows = db.session.execute(
        select(Participant.organisation_id, func.count(Award.id))
        .join(Award, Award.participant_id == Participant.id)
        .join(Auction, Auction.id == Participant.auction_id)
        .where(Participant.organisation_id.in_(list(ids)), Auction.seller_id == auction.seller_id)
        .group_by(Participant.organisation_id)
    )
    return {row[0]: row[1] for row in rows}
