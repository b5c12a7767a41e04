"""Weighted tenders for the walk through all pages: one open, one before its jury, one awarded.

The site's own workers write beside us: whatever is put on record here begins as a write.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from marketplace.auctions.engine.state import Command
from marketplace.auctions.models import Auction, Award, Juror, Participant, ParticipantState
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import SYSTEM, Actor
from marketplace.listings.models import Listing
from marketplace.organisations.models import Organisation, User
from tests import factories as a
from tests.auctions.auctioning import do
from tests.auctions.sealed.test_opening import now
from tests.auctions.tendering import a_tender, gives, puts, to_jury

LONG = "两年内建成示范线并投产，首年完成中试，次年达到年产十万套；未达到的，许可方可以收回许可。"
SHORT = "电话和现场支持，每季度培训一次。"
CODES = ("AAAAA", "BBBBB", "CCCCC")
AMOUNTS = (11_000_000, 14_000_000, 12_500_000)


@dataclass(frozen=True)
class Tenders:
    """A buyer may answer the first, a juror judges the second, the third was awarded."""

    open: Auction
    judged: Auction
    awarded: Auction
    juror: Juror  # of the second, ready to give points
    named: Juror  # of the first, has not declared yet
    won: bool  # the buyer has the third; the site's own worker may have seen it otherwise


def tenders(listing: Listing, buyer: Organisation, judge: User) -> Tenders:
    """All three, of one listing."""
    buyer_id, judge_id = buyer.id, judge.id
    opened, judged, awarded = (a_tender(listing=listing) for _ in range(3))
    puts(_bidder(opened, CODES[0], buyer_id), opened, AMOUNTS[0], (LONG, SHORT))
    _answered(judged, None)
    to_jury(judged)
    _answered(awarded, buyer_id)
    to_jury(awarded)
    for row in ((90, 80), (85, 70), (95, 75)):
        points = dict(zip(CODES, (list(row), [60, 40], [70, 88]), strict=True))
        gives(*_seat(awarded, None, "ready"), points)
    _award(awarded)
    _, juror = _seat(judged, judge_id, "ready")
    _, named = _seat(opened, judge_id, "named")
    return Tenders(now(opened), now(judged), now(awarded), juror, named, _won(awarded, buyer_id))


def _won(auction: Auction, buyer_id: int) -> bool:
    return buyer_id in db.session.scalars(
        select(Participant.organisation_id)
        .join(Award, Award.participant_id == Participant.id)
        .where(Award.auction_id == auction.id, Award.ended_at.is_(None))
    )


def _bidder(auction: Auction, code: str, firm_id: int | None) -> Actor:
    with transaction():
        firm = db.session.get_one(Organisation, firm_id) if firm_id else a.organisation()
        actor = a.actor(firm)
        a.keep(
            Participant(
                auction_id=auction.id,
                organisation_id=firm.id,
                user_id=actor.user_id,
                code=code,
                state=ParticipantState.ACTIVE,
            )
        )
    do(SYSTEM, auction, Command("admit", code, {"rank": 0}))
    return actor


def _answered(auction: Auction, buyer_id: int | None) -> None:
    for number, (code, amount) in enumerate(zip(CODES, AMOUNTS, strict=True)):
        bidder = _bidder(auction, code, None if number else buyer_id)
        puts(bidder, auction, amount, (LONG, SHORT))


def _seat(auction: Auction, person_id: int | None, state: str) -> tuple[Actor, Juror]:
    with transaction():
        if person_id is None:
            actor = a.actor(a.organisation("valuer"))
        else:
            house = db.session.get_one(User, person_id).memberships[0].organisation
            actor = Actor(person_id, house.id, "owner", house.capabilities)
        juror = a.keep(
            Juror(
                auction_id=auction.id,
                user_id=actor.user_id,
                organisation_id=actor.organisation_id,
                state=state,
            )
        )
    return actor, juror


def _award(auction: Auction) -> None:
    """By us, or by the site's worker if it came first; it leaves ours alone."""
    with transaction():
        if db.session.scalar(select(Award).where(Award.auction_id == auction.id)) is not None:
            return
        db.session.get_one(Auction, auction.id).due_at = clock.now() + timedelta(days=1000)
        winner = db.session.scalars(
            select(Participant).where(
                Participant.auction_id == auction.id, Participant.code == CODES[0]
            )
        ).one()
        a.keep(
            Award(
                auction_id=auction.id,
                participant_id=winner.id,
                event_seq=1,
                price_minor=AMOUNTS[0],
                currency="CNY",
                awarded_at=clock.now(),
            )
        )
