"""The letter to a bidder who lost the lead: after the bid, never in its transaction, and seldom.

Whoever loses it again and again is written to once in ten minutes, and only while another leads.
"""

import json
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import (
    Auction,
    AuctionEvent,
    AuctionLetter,
    Participant,
    ParticipantState,
)
from marketplace.auctions.queries import following
from marketplace.auctions.services.reminding import write
from marketplace.core import clock
from marketplace.core.db import db, one_at_a_time

KIND = "outbid"
QUIET = timedelta(minutes=10)
MOVES_THE_LEAD = ("bid", "turned", "excluded", "voided")
LOOKED_AT = 1000  # of the last lines of a log


def to_look_at() -> list[int]:
    """Auctions in which somebody leads and others may still bid."""
    return list(
        db.session.scalars(
            select(Auction.id)
            .where(
                Auction.state.in_((Phase.FREE, Phase.LIMITED)),
                Auction.leader_code.is_not(None),
                Auction.ends_at > clock.now(),
            )
            .order_by(Auction.id)
        )
    )


def tell(auction_id: int) -> int:
    """Write to those who lost the lead of an auction and have not been told; how many letters."""
    one_at_a_time(f"letters of auction {auction_id}")
    auction = db.session.get_one(Auction, auction_id)
    if auction.state not in {Phase.FREE, Phase.LIMITED} or auction.ends_at is None:
        return 0
    if auction.ends_at <= clock.now():
        return 0
    told = 0
    for participant, seq in _losers(auction):
        for user_id in following.people_of(participant):
            if _is_news(auction, user_id, seq):
                write(auction, user_id, KIND, auction.ends_at, slot=seq)
                told += 1
    return told


def lost(lines: Iterable[tuple[int, str | None]]) -> dict[str, int]:
    """Who has lost the lead and not got it back, and by which line; `lines`: number and leader."""
    found: dict[str, int] = {}
    leader: str | None = None
    for seq, now in lines:
        if leader is not None and leader != now:
            found[leader] = seq
        if now is not None:
            found.pop(now, None)
        leader = now
    return found


def _losers(auction: Auction) -> list[tuple[Participant, int]]:
    rows = db.session.execute(
        select(AuctionEvent.seq, AuctionEvent.body)
        .where(
            AuctionEvent.auction_id == auction.id,
            AuctionEvent.kind.in_(MOVES_THE_LEAD),
            AuctionEvent.seq > auction.seq - LOOKED_AT,
        )
        .order_by(AuctionEvent.seq)
    )
    gone = lost((seq, json.loads(body)["public"].get("leader")) for seq, body in rows)
    if not gone:
        return []
    bidders = db.session.scalars(
        select(Participant)
        .where(
            Participant.auction_id == auction.id,
            Participant.state == ParticipantState.ACTIVE,
            Participant.code.in_(gone),
        )
        .order_by(Participant.id)
    )
    return [(one, gone[str(one.code)]) for one in bidders]


def _is_news(auction: Auction, user_id: int, seq: int) -> bool:
    last = db.session.scalar(
        select(AuctionLetter)
        .where(
            AuctionLetter.auction_id == auction.id,
            AuctionLetter.user_id == user_id,
            AuctionLetter.kind == KIND,
        )
        .order_by(AuctionLetter.slot.desc())
        .limit(1)
    )
    return last is None or (last.slot < seq and clock.now() - last.created_at >= QUIET)
