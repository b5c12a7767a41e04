"""Work an auction out again from its log: numbers, chain, state and what the lists show (I-01, F-15)."""

from collections.abc import Iterator

from sqlalchemy import select

from marketplace.auctions.engine import canonical
from marketplace.auctions.engine.applying import replay
from marketplace.auctions.models import Auction, AuctionEvent
from marketplace.auctions.services.writing import log_of, state_of
from marketplace.core.db import db


def faults() -> Iterator[dict[str, object]]:
    """Every published auction whose records do not agree: its reference and what is wrong, where."""
    ids = db.session.scalars(select(Auction.id).where(Auction.seq > 0).order_by(Auction.id)).all()
    for auction_id in ids:
        auction = db.session.get_one(Auction, auction_id)
        if found := faults_of(auction):
            yield {"auction": auction.reference, "faults": found}
        db.session.expunge(auction)


def faults_of(auction: Auction) -> list[str]:
    """What does not agree in one auction; nothing is as it should be."""
    lines = db.session.execute(
        select(AuctionEvent.seq, AuctionEvent.body, AuctionEvent.hash)
        .where(AuctionEvent.auction_id == auction.id)
        .order_by(AuctionEvent.seq)
    ).all()
    found, prev = [], ""
    for place, (seq, body, digest) in enumerate(lines, start=1):
        if seq != place:
            found.append(f"line {place}: number {seq}")
        if canonical.leaf_hash(body.encode()) != digest:
            found.append(f"line {seq}: body and hash differ")
        if f'"prev":"{prev}"' not in body:
            found.append(f"line {seq}: does not follow the line before")
        prev = digest
    if (auction.seq, auction.head) != (len(lines), prev):
        found.append("row: number or head is not the log's")
    return found or _state_faults(auction)


def _state_faults(auction: Auction) -> list[str]:
    state = replay(auction.rules, log_of(auction.id))
    shown = (auction.state, auction.price_minor, auction.leader_code, auction.reserve_met)
    found = []
    if state.to_json() != state_of(auction).to_json():
        found.append("state: not what the log leads to")
    if shown != (state.phase, state.price, state.leader, state.reserve_met):
        found.append("row: phase, price, leader or reserve is not what the log leads to")
    if canonical.rules_hash(auction.rules) != auction.rules_hash:
        found.append("rules: changed since the publication")
    return found
