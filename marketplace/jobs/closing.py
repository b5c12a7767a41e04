"""The clock of auctions: opens, limits, ends and closes whatever is due, while time runs evenly."""

import time
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import func, select

from marketplace.auctions.services import beating, closing
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.jobs.fuse import Clock, Fuse

log = structlog.get_logger()
A_MOMENT = timedelta(seconds=1)
AT_A_STRETCH = 5.0  # seconds; then the pulse is looked at again


def _wall() -> float:
    """The clock that bids are judged by: the database's where it has one."""
    if db.engine.dialect.name != "postgresql":
        return clock.now().timestamp()
    now = db.session.scalar(select(func.clock_timestamp()))
    db.session.rollback()
    return float(now.timestamp()) if isinstance(now, datetime) else 0.0


FUSE = Fuse(_wall)


def run(fuse: Fuse = FUSE) -> bool:
    """Everything due, once; what fails in one auction does not hold up the others."""
    if not clock.is_stopped():  # a stopped clock is moved by hand: that is no jump and no outage
        if not _time_runs_evenly(fuse):
            return False
        _pulse()
    done, started = False, time.monotonic()
    for auction_id in closing.due():
        if time.monotonic() - started > AT_A_STRETCH:
            return True
        try:
            with transaction():
                done = closing.act(auction_id) or done
        except Exception:
            db.session.rollback()
            log.exception("auction not moved", auction=auction_id)
    return done


def _time_runs_evenly(fuse: Fuse) -> bool:
    said = fuse.look()
    if said is Clock.EVEN_AGAIN:
        now = clock.now()
        good = datetime.fromtimestamp(fuse.good_until, UTC)
        with transaction():
            touched = beating.prolong(beating.Interval(min(good, now - A_MOMENT), now))
        log.warning("the clock runs evenly again", auctions_prolonged=touched)
    elif said is Clock.JUMPS:
        log.error("the clock jumps: no auction is moved")
    return said is not Clock.JUMPS


def _pulse() -> None:
    last = beating.last_beat()
    db.session.rollback()
    if last is not None and timedelta(0) <= clock.now() - last < beating.EVERY:
        return
    with transaction():
        outage = beating.beat()
    if outage:
        log.warning("outage", start=outage.start.isoformat(), end=outage.end.isoformat())
