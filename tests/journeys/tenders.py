"""Weighted tenders for the walk through all pages: one open, one before its jury, one awarded."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from marketplace.auctions.models import Auction, Award, Juror, Participant
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.listings.models import Listing
from marketplace.organisations.models import Organisation, User
from tests import factories as a
from tests.auctions.auctioning import bidder, code_of
from tests.auctions.sealed.test_opening import now
from tests.auctions.tendering import a_jury, a_tender, gives, puts, to_jury

LONG = "两年内建成示范线并投产，首年完成中试，次年达到年产十万套；未达到的，许可方可以收回许可。"


@dataclass(frozen=True)
class Tenders:
    """A buyer may answer the first, a juror judges the second, the third was awarded."""

    open: Auction
    judged: Auction
    awarded: Auction
    juror: Juror  # of the second, ready to give points
    named: Juror  # of the first, has not declared yet


def tenders(listing: Listing, buyer: Organisation, judge: User) -> Tenders:
    """All three, of one listing."""
    opened, judged, awarded = (a_tender(listing=listing) for _ in range(3))
    puts(bidder(opened, of=buyer), opened, 12_000_000, (LONG, "派驻工程师两名，为期一年。"))
    _answered(judged, None)
    jury = [_seat(judged, judge, "ready"), *(juror for _, juror in a_jury(judged, 2))]
    to_jury(judged)
    codes = _answered(awarded, buyer)
    members = a_jury(awarded)
    to_jury(awarded)
    for (actor, juror), row in zip(members, ((90, 80), (85, 70), (95, 75)), strict=True):
        gives(actor, juror, {codes[0]: list(row), codes[1]: [60, 40], codes[2]: [70, 88]})
    winner = db.session.scalar(
        select(Participant).where(
            Participant.auction_id == awarded.id, Participant.code == now(awarded).leader_code
        )
    )
    with transaction():
        a.keep(_award(awarded, winner))
    return Tenders(opened, judged, awarded, jury[0], _seat(opened, judge, "named"))


def _award(auction: Auction, winner: Any) -> Award:
    return Award(
        auction_id=auction.id, participant_id=winner.id, event_seq=1, price_minor=11_000_000,
        currency="CNY", awarded_at=clock.now(),
    )  # fmt: skip


def _answered(auction: Auction, buyer: Organisation | None) -> list[str]:
    firms = [bidder(auction, of=buyer), bidder(auction), bidder(auction)]
    for firm, amount in zip(firms, (11_000_000, 14_000_000, 12_500_000), strict=True):
        puts(firm, auction, amount, (LONG, "电话和现场支持，每季度培训一次。"))
    return [code_of(firm, auction) for firm in firms]


def _seat(auction: Auction, person: User, state: str) -> Juror:
    with transaction():
        return a.keep(
            Juror(
                auction_id=auction.id,
                user_id=person.id,
                organisation_id=person.memberships[0].organisation_id,
                state=state,
            )
        )
