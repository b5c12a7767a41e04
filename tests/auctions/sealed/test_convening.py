"""A jury that is not complete in time reminds and alarms the desk; jurors who are late are told."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.auctions.models import Alert
from marketplace.auctions.services import convening, scoring
from marketplace.auctions.services.convening import BEFORE, POINTS_WITHIN, REMIND_JURORS
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from tests.auctions.auctioning import bidders, code_of
from tests.auctions.sealed.test_opening import now
from tests.auctions.tendering import a_juror, a_jury, a_tender, gives, puts, to_jury

pytestmark = pytest.mark.usefixtures("app")
MINUTE = timedelta(minutes=1)


def looked(moment):
    """What was said at that moment: the kinds of events, in their order."""
    last = db.session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1)) or 0
    with clock.freeze(moment), transaction():
        convening.look()
    return [one.kind for one in db.session.scalars(select(Event).where(Event.id > last))]


def alarms(auction):
    return set(db.session.scalars(select(Alert.kind).where(Alert.auction_id == auction.id)))


def test_an_unfilled_jury_reminds_the_desk_before_the_end_and_alarms_it_after_once():
    auction = a_tender()
    one = bidders(auction, 1)[0]
    puts(one, auction, 12_000_000)
    a_jury(auction, 2)
    ends_at = now(auction).ends_at
    assert looked(ends_at - BEFORE - MINUTE) == []
    assert looked(ends_at - BEFORE) == ["auction.jury_reminder"]
    assert looked(ends_at - MINUTE) == []
    to_jury(auction)
    assert looked(ends_at + MINUTE) == ["auction.jury_incomplete"]
    assert looked(ends_at + 2 * MINUTE) == []
    assert alarms(auction) == {"jury_incomplete"}


def test_a_juror_who_has_not_declared_is_asked_to_and_leaves_the_jury_incomplete():
    auction = a_tender()
    a_jury(auction, 2)
    a_juror(auction, ready=False)
    said = looked(now(auction).ends_at - BEFORE)
    assert said == ["auction_juror.remind", "auction.jury_reminder"]


def test_a_complete_jury_hears_nothing_until_its_points_are_due():
    auction = a_tender()
    one = bidders(auction, 1)[0]
    puts(one, auction, 12_000_000)
    jury = a_jury(auction)
    ends_at = now(auction).ends_at
    assert looked(ends_at - MINUTE) == []
    to_jury(auction)
    gives(*jury[0], {code_of(one, auction): [50, 50]})
    due = ends_at + POINTS_WITHIN
    assert looked(due - REMIND_JURORS - MINUTE) == []
    assert looked(due - REMIND_JURORS) == ["auction_juror.hurry", "auction_juror.hurry"]
    assert alarms(auction) == set()
    assert looked(due) == ["auction.jury_late"]
    assert looked(due + MINUTE) == []
    assert alarms(auction) == {"jury_late"}


def test_once_the_points_are_frozen_nothing_is_said():
    auction = a_tender()
    one = bidders(auction, 1)[0]
    puts(one, auction, 12_000_000)
    jury = a_jury(auction)
    to_jury(auction)
    for member in jury:
        gives(*member, {code_of(one, auction): [50, 50]})
    assert not scoring.takes_jurors(now(auction))
    assert looked(now(auction).ends_at + 2 * POINTS_WITHIN) == []
