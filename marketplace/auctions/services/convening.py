"""Juries that are not complete, or late: the desk is reminded before the end and alarmed after it.

Every seat is to be filled, and every juror to have declared, by the end of the tender; points are due
five days after it. Each reminder goes out once, each alarm stands among the alerts until dismissed.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.auctions.models import Alert, Auction, Juror, JurorState
from marketplace.auctions.queries import alerts, jury
from marketplace.auctions.services import scoring, tendering
from marketplace.core import clock, events
from marketplace.core.db import Record, db, one_at_a_time
from marketplace.core.events import Event
from marketplace.core.policy import SYSTEM

BEFORE = timedelta(days=3)
POINTS_WITHIN = timedelta(days=5)
REMIND_JURORS = timedelta(days=2)  # before their points are due


def points_due(auction: Auction) -> datetime | None:
    """Until when all points are to be given."""
    return auction.ends_at + POINTS_WITHIN if auction.ends_at else None


def look() -> int:
    """Look at every tender whose end is near or past and whose points are not frozen; how much was said."""
    one_at_a_time("juries")
    found = jury.to_convene(clock.now() + BEFORE, scoring.TAKES_JURORS)
    return sum(_look_at(auction) for auction in found if scoring.takes_jurors(auction))


def _look_at(auction: Auction) -> int:
    sitting, now = jury.sitting(auction), clock.now()
    ends_at, due = auction.ends_at or now, points_due(auction) or now
    waiting = [one for one in sitting if one.state is JurorState.NAMED]
    complete = len(sitting) >= (auction.rules.evaluators or 0) and not waiting
    if not complete:
        said = sum(_once(one, "auction_juror.remind", user=one.user_id) for one in waiting)
        if now < ends_at:
            return said + _once(auction, "auction.jury_reminder")
        return said + _alarm(auction, "jury_incomplete")
    if not tendering.are_open(auction):
        return 0
    late = [one for one in sitting if one.state is JurorState.READY]
    if not late or now < due - REMIND_JURORS:
        return 0
    said = sum(_once(one, "auction_juror.hurry", user=one.user_id) for one in late)
    return said + (_alarm(auction, "jury_late") if now >= due else 0)


def _once(subject: Auction | Juror, kind: str, **facts: Any) -> bool:
    """Say it, unless it was said of this record before."""
    if _was_said(subject, kind):
        return False
    events.record(subject, kind, by=SYSTEM, **facts)
    return True


def _was_said(subject: Record, kind: str) -> bool:
    found = select(Event.id).where(
        Event.subject_kind == subject.__tablename__,
        Event.subject_id == subject.id,
        Event.kind == kind,
    )
    return db.session.scalar(found.limit(1)) is not None


def _alarm(auction: Auction, kind: str) -> bool:
    """An alert on the desk, and word of it, once."""
    fingerprint = hashlib.sha256(kind.encode()).hexdigest()
    if fingerprint in alerts.known_fingerprints(auction):
        return False
    db.session.add(Alert(auction=auction, kind=kind, codes=[], facts={}, fingerprint=fingerprint))
    return _once(auction, f"auction.{kind}")
