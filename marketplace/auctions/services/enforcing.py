"""A winner who neither signs nor pays: reminded, then in default by the clock, once, unless given time.

The clock finds a default only where it is the winner's alone: the seller has signed and the winner has
not, or the contract is signed and not paid. Everything else (a deal still being prepared, a right that is
gone, a cancellation under way) is told to the desk, which decides by hand.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from marketplace.auctions import policy
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction, Award
from marketplace.auctions.queries import guarding
from marketplace.auctions.services import awarding
from marketplace.core import clock, events, working_days
from marketplace.core.db import Record, db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.core.words import say
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, DealState

GRACE = 2  # working days after the day it was due
SOON = timedelta(days=3)
LONGEST = timedelta(days=90)  # of an extension, from today
LATE = frozenset({DealState.CHECKLIST, DealState.SIGNING, DealState.PAYMENT})
AT_ONCE = 1000


def to_look_at() -> list[int]:
    """Standing awards whose deal is due within three days, or was."""
    return list(
        db.session.scalars(
            select(Award.id)
            .join(Award.auction)
            .join(Award.deal)
            .where(
                Award.ended_at.is_(None),
                Auction.state == Phase.AWARDED,
                Deal.state.in_(LATE),
                Deal.due_at <= clock.now() + SOON,
            )
            .order_by(Deal.due_at, Award.id)
            .limit(AT_ONCE)
        )
    )


def look(award_id: int) -> bool:
    """Remind, or declare the default: whichever is due, once, however many workers look."""
    award = db.session.get_one(Award, award_id)
    auction, deal = award.auction, award.deal
    lock(auction)
    if award.ended_at is not None or auction.state is not Phase.AWARDED or deal is None:
        return False
    lock(deal)
    if deal.state not in LATE or deal.due_at is None:
        return False
    ends = ends_at(deal.due_at)
    if clock.now() < (ends or deal.due_at + awarding.GRACE):
        kind = "overdue" if clock.now() >= deal.due_at else "due_soon"
        return _once(award.participant, f"participant.{kind}", deal)
    reason = _of_the_winner(auction, deal) if ends else None
    if reason is None:
        return _once(auction, "auction.default_undecided", deal)
    awarding.find_default(SYSTEM, auction, award, because=_in_both(reason))
    return True


def ends_at(due_at: datetime) -> datetime | None:
    """When the grace is over: the end of the second working day after the day it was due.

    None: the calendar of that year is not out yet, so the clock declares nothing.
    """
    try:
        day = working_days.add(due_at.astimezone(clock.BEIJING).date(), GRACE)
    except working_days.Unpublished:
        return None
    return clock.start_of(day + timedelta(days=1))


def extend(actor: Actor, auction: Auction, *, until: date | None, because: str) -> None:
    """Give the winner time, and say why; reminders and default count from the new day."""
    require(actor, policy.operate, auction)
    if not (because := because.strip()):
        raise Invalid("auction.reason", fields={"because": "auction.reason"})
    lock(auction)
    award = awarding.standing(auction)
    if award is None or auction.state is not Phase.AWARDED or award.deal is None:
        raise Refused("auction.no_award")
    due = award.deal.due_at
    end = None if until is None else clock.start_of(until + timedelta(days=1))
    if end is None or due is None or not max(due, clock.now()) < end <= clock.now() + LONGEST:
        raise Invalid("auction.extension", fields={"until": "auction.extension"})
    deals.extend(actor, award.deal, until=end, because=because)


def _of_the_winner(auction: Auction, deal: Deal) -> str | None:
    """What the winner alone has failed to do; none: somebody has to look at it."""
    if deal.cancel_requested_by_id is not None or guarding.bar(auction) is not None:
        return None
    if deal.state is DealState.PAYMENT:
        return "unpaid"
    waits = deal.signed_by(deal.seller_id) and not deal.signed_by(deal.buyer_id)
    return "unsigned" if deal.state is DealState.SIGNING and waits else None


def _in_both(reason: str) -> str:
    code = f"auction_default.{reason}"
    return f"{say('enums', code, 'zh')} / {say('enums', code, 'en')}"


def _once(subject: Record, kind: str, deal: Deal) -> bool:
    """Say it once for a due day. The auction is locked, so nobody says it at the same moment."""
    due = events.plain(deal.due_at)
    known = db.session.scalars(
        select(events.Event).where(
            events.Event.subject_kind == subject.__tablename__,
            events.Event.subject_id == subject.id,
            events.Event.kind == kind,
        )
    )
    if any(one.facts.get("due_at") == due for one in known):
        return False
    events.record(subject, kind, by=SYSTEM, due_at=deal.due_at, deal=deal.reference)
    return True
