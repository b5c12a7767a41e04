"""Reminders a day and an hour ahead, and the news of a lost lead: each once, to whom it concerns."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.auctions.engine.state import Command
from marketplace.auctions.models import AuctionLetter, Participant, ParticipantState
from marketplace.auctions.services import following, reminding
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from marketplace.core.policy import SYSTEM
from marketplace.jobs import auction_letters as job
from marketplace.notifications import queries as post
from marketplace.notifications import services as notifications
from marketplace.notifications.models import Mail, Notification
from marketplace.organisations.models import User
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, at, bid, bidder, bidders, tick

pytestmark = pytest.mark.usefixtures("app")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
STEP = 1_000_000


def watcher(auction):
    """A person who has watched an auction from its announcement."""
    person = a.actor(a.organisation())
    with clock.freeze(auction.published_at), transaction():
        following.watch(person, auction)
    return person


def announced(**over):
    """An auction that opens in three days and is free for three."""
    opens = clock.now() + timedelta(days=3)
    return an_auction(opened=False, opens_at=opens, free_ends_at=opens + timedelta(days=3), **over)


def looks(moment):
    with clock.freeze(moment):
        return job.remind()


def letters(person):
    """The kinds of letters written to somebody, in their order."""
    rows = select(AuctionLetter.kind).where(AuctionLetter.user_id == person.user_id)
    return list(db.session.scalars(rows.order_by(AuctionLetter.id)))


def sent(kind):
    """What the post made of them: mails and inbox."""
    with transaction():
        found = list(
            db.session.scalars(select(Event).where(Event.kind == f"auction_letter.{kind}"))
        )
        for event in found:
            notifications.tell(event)
    keys = [event.id for event in found]
    told = db.session.query(Notification).filter(Notification.event_id.in_(keys)).count()
    return db.session.query(Mail).all(), told


def test_whoever_watches_is_reminded_a_day_and_an_hour_before_the_opening_and_the_end():
    auction = announced()
    person, opens, ends = watcher(auction), auction.opens_at, auction.ends_at

    for moment in (opens - 25 * HOUR, opens - 24 * HOUR, opens - 2 * HOUR, opens - HOUR):
        looks(moment)
    at(opens, SYSTEM, auction, Command("clock"))
    for moment in (opens, ends - 25 * HOUR, ends - 23 * HOUR, ends - HOUR, ends - MINUTE):
        looks(moment)

    assert letters(person) == ["opens_day", "opens_hour", "ends_day", "ends_hour"]


def test_a_bidder_is_reminded_as_if_he_watched_and_a_stranger_is_not():
    auction, stranger = announced(), a.actor(a.organisation())
    with clock.freeze(auction.published_at):
        applicant = bidder(auction, state=ParticipantState.APPLIED)
        gone = bidder(auction, state=ParticipantState.LEFT)

    looks(auction.opens_at - HOUR)

    assert letters(applicant) == ["opens_hour"]
    assert letters(gone) == letters(stranger) == []


def test_a_letter_is_written_once_however_often_the_clock_looks_and_wherever_it_was_killed(
    monkeypatch,
):
    auction = announced()
    people = [watcher(auction) for _ in range(3)]
    monkeypatch.setattr(reminding, "AT_ONCE", 2)
    moment, write, wrote = auction.opens_at - HOUR, reminding.write, []

    def dying(*args):
        write(*args)
        wrote.append(args)
        if len(wrote) == 2:
            raise RuntimeError("killed")

    monkeypatch.setattr(reminding, "write", dying)
    looks(moment)  # dies in its first lot: nothing of it stands
    assert [letters(one) for one in people] == [[], [], []]
    for _ in range(4):
        looks(moment)

    assert [letters(one) for one in people] == [["opens_hour"]] * 3
    assert db.session.query(Event).filter_by(kind="auction_letter.opens_hour").count() == 3


def test_whoever_begins_to_watch_within_the_day_gets_only_what_is_still_ahead():
    auction = announced()
    late = a.actor(a.organisation())
    with clock.freeze(auction.opens_at - 5 * HOUR), transaction():
        following.watch(late, auction)

    looks(auction.opens_at - 4 * HOUR)
    assert letters(late) == []
    looks(auction.opens_at - HOUR)
    assert letters(late) == ["opens_hour"]


def test_a_short_auction_is_not_announced_to_end_before_it_began():
    auction = an_auction(opened=False, opens_at=clock.now() + 50 * HOUR)  # free for an hour
    person = watcher(auction)
    at(auction.opens_at, SYSTEM, auction, Command("clock"))

    looks(auction.opens_at + MINUTE)

    assert letters(person) == ["ends_hour"]


@pytest.mark.parametrize("then", ["suspend", "cancel"])
def test_a_suspended_or_cancelled_auction_reminds_nobody(then):
    auction = an_auction(opens_at=clock.now() - HOUR, free_ends_at=clock.now() + 3 * HOUR)
    person, ends = watcher(auction), auction.ends_at
    at(None, SYSTEM, auction, Command("suspend", None, {"reason": "court_order"}))
    if then == "cancel":
        at(None, SYSTEM, auction, Command("cancel", None, {"reason": "court_order"}))

    looks(ends - HOUR)

    assert letters(person) == []


def test_a_withdrawn_auction_reminds_nobody():
    auction = announced()
    person = watcher(auction)
    at(None, SYSTEM, auction, Command("withdraw", None, {"reason": "sold"}))

    looks(auction.opens_at - HOUR)

    assert letters(person) == []


def test_a_reminder_comes_in_the_reader_s_language_with_the_moment_and_the_page():
    auction = announced()
    chinese, english, quiet = (watcher(auction) for _ in range(3))
    with transaction():
        db.session.get_one(User, english.user_id).locale = "en"
        db.session.get_one(User, quiet.user_id).mail_wanted = False

    looks(auction.opens_at - HOUR)
    mails, told = sent("opens_hour")

    assert told == 3  # in the inbox of all three
    by_reader = {mail.user_id: mail for mail in mails}
    assert set(by_reader) == {chinese.user_id, english.user_id}
    moment = auction.opens_at.astimezone(clock.BEIJING).strftime("%Y-%m-%d %H:%M")
    assert "将在一小时内开始" in by_reader[chinese.user_id].body
    assert "opens within an hour" in by_reader[english.user_id].body
    for mail in mails:
        assert f"{moment} (UTC+8)" in mail.body
        assert f"/auctions/{auction.reference}" in mail.body


# ---- a lost lead ---------------------------------------------------------------------------------


def duel():
    """Two bidders; the first leads and is outbid by the second."""
    auction = an_auction(step=20_000)
    first, second = bidders(auction, 2)
    bid(first, auction, START)
    bid(second, auction, START + STEP)
    return auction, first, second


def test_whoever_loses_the_lead_is_told_once_and_whoever_leads_is_not():
    _, first, second = duel()

    assert job.tell_outbid()
    assert not job.tell_outbid()

    assert (letters(first), letters(second)) == (["outbid"], [])


def test_who_loses_it_again_within_ten_minutes_is_told_at_their_end_if_it_is_still_lost():
    auction, first, second = duel()
    job.tell_outbid()
    bid(first, auction, START + 2 * STEP)
    bid(second, auction, START + 3 * STEP)

    job.tell_outbid()
    assert letters(first) == ["outbid"]
    assert letters(second) == []  # lost it and got it back between two looks

    with clock.freeze(clock.now() + 11 * MINUTE):
        job.tell_outbid()
        job.tell_outbid()
    assert letters(first) == ["outbid", "outbid"]


def test_who_leads_again_by_then_is_not_told():
    auction, first, second = duel()
    job.tell_outbid()
    bid(first, auction, START + 2 * STEP)
    bid(second, auction, START + 3 * STEP)
    bid(first, auction, START + 4 * STEP)

    with clock.freeze(clock.now() + 11 * MINUTE):
        job.tell_outbid()

    assert (letters(first), letters(second)) == (["outbid"], ["outbid"])


def test_nobody_is_told_of_a_lost_lead_once_the_bidding_is_over():
    auction, first, _ = duel()
    with clock.freeze(auction.ends_at + timedelta(seconds=2)):
        tick(auction)
    db.session.refresh(auction)
    with clock.freeze(auction.ends_at):
        job.tell_outbid()  # past the end, and the clock has not closed it yet
    with clock.freeze(auction.ends_at + timedelta(seconds=2)):
        tick(auction)
        job.tell_outbid()

    assert letters(first) == []


def test_a_bidder_who_was_excluded_is_not_told_that_he_lost_the_lead():
    _, first, _ = duel()
    with transaction():
        bidding = select(Participant).where(Participant.organisation_id == first.organisation_id)
        db.session.scalars(bidding).one().state = ParticipantState.EXCLUDED

    job.tell_outbid()

    assert letters(first) == []


def test_staff_do_not_see_to_whom_such_a_letter_went():
    _, first, _ = duel()
    job.tell_outbid()
    mails, told = sent("outbid")
    operator = a.actor(a.exchange())

    assert told == len(mails) == 1
    assert "超过" in mails[0].body
    shown = db.session.scalars(post.outbox(operator)).all()
    assert not [mail for mail in shown if mail.user_id == first.user_id]
