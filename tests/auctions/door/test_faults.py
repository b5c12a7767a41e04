"""Whatever dies, stands still or jumps: all or nothing, once, and nobody is told what did not happen."""

import signal
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Answer, Auction, AuctionEvent, Beat
from marketplace.auctions.services import beating, closing
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import SYSTEM
from marketplace.jobs import closing as job
from marketplace.jobs.fuse import EVEN_FOR, Clock, Fuse
from tests.auctions.auctioning import START, an_auction, at, bid, bidder, bidders
from tests.auctions.door.dying import fork, goes_on, killed, stands_still
from tests.auctions.door.racing import until_answered

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
STATEMENTS = 15  # more than any bid or closing has


def lines(auction_id: int) -> list[str]:
    db.session.rollback()
    kinds = select(AuctionEvent.kind).filter_by(auction_id=auction_id).order_by(AuctionEvent.seq)
    return list(db.session.scalars(kinds))


def standing(auction_id: int):
    """Everything that a command may change."""
    db.session.rollback()
    row = db.session.execute(select(Auction.__table__).filter_by(id=auction_id)).one()
    answers = db.session.scalar(select(func.count()).select_from(Answer))
    return tuple(row), tuple(lines(auction_id)), answers


def ended(cycle: int = 300):
    """In its limited period with a leader; the end, drain included, is past."""
    ends_at = clock.now() - timedelta(seconds=5)
    auction = an_auction(ends_at=ends_at, opens_at=ends_at - timedelta(hours=2), cycle=cycle)
    with clock.freeze(ends_at - timedelta(hours=1)):
        assert bid(bidder(auction), auction, START).accepted
    at(ends_at - timedelta(seconds=cycle), SYSTEM, auction, Command("clock"))
    return auction


@pytest.mark.usefixtures("own_database")
def test_f01_a_worker_killed_after_the_commit_has_its_answer_given_by_the_next():
    auction = an_auction()
    (one,) = bidders(auction, 1)
    reference = auction.reference
    assert killed(lambda: bid(one, reference, START, key="k"))
    reply = until_answered(lambda: bid(one, reference, START, key="k"))
    assert (reply.status, reply.replayed) == (201, True)
    assert lines(auction.id).count("bid") == 1


@pytest.mark.usefixtures("app")
def test_f05_requests_that_come_twice_in_another_order_and_a_day_late_have_one_effect_each():
    auction = an_auction(free_ends_at=clock.now() + timedelta(days=3))
    first, second = bidders(auction)
    sent = [(first, START, "a"), (second, START + 200_000, "b"), (first, START + 400_000, "c")]
    answers = {key: bid(who, auction, amount, key=key) for who, amount, key in sent}
    with clock.freeze(clock.now() + timedelta(hours=24)):
        again = [
            (key, bid(who, auction, amount, key=key))
            for who, amount, key in [sent[2], sent[0], sent[0], sent[1], sent[2]]
        ]

    assert all(reply.accepted for reply in answers.values())
    assert all(reply.replayed for _, reply in again)
    assert all(reply.receipt == answers[key].receipt for key, reply in again)
    assert lines(auction.id).count("bid") == 3


@pytest.mark.usefixtures("own_database")
def test_f02_a_bid_killed_between_any_two_statements_is_all_or_nothing():
    auction = an_auction()
    (one,) = bidders(auction, 1)
    auction_id, reference = auction.id, auction.reference
    before, deaths = standing(auction_id), 0
    for step in range(1, STATEMENTS):
        if not killed(lambda: bid(one, reference, START, key="k"), at=step):
            break
        deaths += 1
        assert standing(auction_id) == before
    on_postgresql = db.engine.dialect.name == "postgresql"
    assert deaths >= (4 if on_postgresql else 6)  # lock, who asks, what is written, commit
    assert until_answered(lambda: bid(one, reference, START, key="k")).status == 201
    assert lines(auction_id).count("bid") == 1


def close_it(auction_id: int) -> None:
    with transaction():
        closing.act(auction_id)


@pytest.mark.usefixtures("own_database")
def test_f02_a_closing_killed_between_any_two_statements_is_all_or_nothing():
    auction_id = ended().id
    before, deaths = standing(auction_id), 0
    for step in range(1, 5 * STATEMENTS):
        if not killed(lambda: close_it(auction_id), at=step):
            break
        deaths += 1
        assert standing(auction_id) == before
    assert deaths >= 5
    assert lines(auction_id).count("closed") == 1


@pytest.mark.usefixtures("own_database")
def test_c05_i23_two_closers_one_of_them_killed_anywhere_close_once():
    for step in (1, 2, 4, 6):
        auction_id = ended().id
        killed(lambda: job.run(Fuse(time.monotonic)), at=step)
        end = time.monotonic() + 10
        while "closed" not in lines(auction_id) and time.monotonic() < end:
            job.run(Fuse(time.monotonic))
        before = standing(auction_id)
        job.run(Fuse(time.monotonic))
        assert lines(auction_id).count("closed") == 1
        assert standing(auction_id) == before


@pytest.mark.usefixtures("own_database")
@pytest.mark.parametrize("step", [1, 2, 3])
def test_f06_a_closer_that_stood_still_finds_the_work_done(step):
    """It stands still before it looks, before it has the lock, or while it has it (PostgreSQL)."""
    if db.engine.dialect.name == "sqlite":
        step = 1  # whoever holds SQLite's one lock stops everybody
    first, second = ended().id, ended().id

    def both():
        for auction_id in (first, second):
            close_it(auction_id)

    paused = fork(both, signal_at=step, by=signal.SIGSTOP)
    assert stands_still(paused)
    close_it(second)
    goes_on(paused)
    close_it(first)
    assert [lines(one).count("closed") for one in (first, second)] == [1, 1]


@pytest.mark.usefixtures("own_database")
def test_a_worker_that_stands_still_with_the_lock_does_not_hold_up_an_auction_for_long():
    if db.engine.dialect.name == "sqlite":
        return  # whoever holds SQLite's one lock stops everybody
    auction = an_auction()
    one, two = bidders(auction, 2)
    reference = auction.reference
    paused = fork(lambda: bid(one, reference, START), signal_at=4, by=signal.SIGSTOP)
    assert stands_still(paused)
    began = time.monotonic()
    assert until_answered(lambda: bid(two, reference, START, key="k")).status == 201
    assert time.monotonic() - began < 10
    goes_on(paused)
    assert lines(auction.id).count("bid") == 1


class Clocks:
    """A wall clock and a steady one that tests move."""

    def __init__(self):
        self.wall = self.steady = 1000.0

    def pass_(self, seconds, jump=0.0):
        self.steady += seconds
        self.wall += seconds + jump

    def fuse(self):
        return Fuse(lambda: self.wall, lambda: self.steady)


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 0.25, -0.25])
def test_f07_the_fuse_fires_at_a_jump_and_says_once_that_it_is_over(jump):
    clocks = Clocks()
    fuse = clocks.fuse()
    said = [fuse.look()]
    for step in range(20):
        clocks.pass_(0.5, jump if step == 4 else 0.0)
        said.append(fuse.look())
    waits = int(EVEN_FOR / 0.5)
    assert said[:5] == [Clock.EVEN] * 5
    assert said[5 : 5 + waits] == [Clock.JUMPS] * waits
    assert said[5 + waits :] == [Clock.EVEN_AGAIN, *[Clock.EVEN] * (len(said) - 6 - waits)]


def test_f07_a_clock_that_drifts_slowly_does_not_fire_the_fuse():
    clocks = Clocks()
    fuse = clocks.fuse()
    said = set()
    for _ in range(100):
        clocks.pass_(1.0, 0.0005)
        said.add(fuse.look())
    assert said == {Clock.EVEN}


def test_f07_a_reading_that_took_long_tells_nothing():
    clocks = Clocks()

    def slow():
        clocks.pass_(0.3)
        return clocks.wall + 3600

    fuse = Fuse(slow, lambda: clocks.steady)
    assert [fuse.look(), fuse.look()] == [Clock.EVEN, Clock.EVEN]


@pytest.mark.usefixtures("own_database")
def test_f07_while_the_clock_jumps_nothing_is_closed_and_then_time_is_given_back():
    over, running = ended().id, still_limited().id
    before = db.session.get(Auction, running).ends_at
    clocks = Clocks()
    fuse = clocks.fuse()
    fuse.look()
    clocks.wall = clock.now().timestamp() - 3600
    assert job.run(fuse) is False
    assert "closed" not in lines(over)
    clocks.wall = clock.now().timestamp()
    job.run(fuse)
    clocks.pass_(EVEN_FOR + 1)
    assert job.run(fuse) is not None
    assert lines(running)[-1] == "outage"
    assert db.session.get(Auction, running).ends_at > before


def still_limited():
    """In its limited period, with a minute to go."""
    ends_at = clock.now() + timedelta(minutes=1)
    auction = an_auction(ends_at=ends_at, opens_at=ends_at - timedelta(hours=2))
    at(ends_at - timedelta(minutes=5), SYSTEM, auction, Command("clock"))
    return auction


@pytest.mark.usefixtures("app")
class TestOutage:
    """The pulse of the clock: a pause of ten seconds is an outage."""

    def after_a_pause(self, seconds):
        now = clock.now()
        with clock.freeze(now - timedelta(seconds=seconds)), transaction():
            beating.beat()
        with clock.freeze(now), transaction():
            return beating.beat()

    def test_a_pause_in_the_last_cycle_gives_a_full_cycle(self):
        auction = still_limited()
        before = auction.ends_at
        outage = self.after_a_pause(12)
        db.session.refresh(auction)
        assert outage.end - outage.start == timedelta(seconds=12)
        assert auction.ends_at == max(before, outage.end) + timedelta(seconds=300)

    def test_an_end_that_passed_during_the_pause_is_given_back_before_anything_is_closed(self):
        auction = ended()
        self.after_a_pause(60)
        with transaction():
            assert closing.act(auction.id) is False
        db.session.refresh(auction)
        assert auction.state is Phase.LIMITED

    def test_an_end_that_passed_before_the_pause_stands(self):
        auction = ended()
        before = auction.ends_at
        with clock.freeze(before + timedelta(seconds=1)), transaction():
            beating.beat()
        with clock.freeze(before + timedelta(seconds=30)), transaction():
            beating.beat()
        db.session.refresh(auction)
        assert auction.ends_at == before

    @pytest.mark.parametrize("seconds", [1, 9])
    def test_a_short_pause_is_none(self, seconds):
        auction = still_limited()
        before = auction.ends_at
        assert self.after_a_pause(seconds) is None
        db.session.refresh(auction)
        assert auction.ends_at == before

    def test_a_period_that_is_not_in_its_last_cycle_stands(self):
        auction = an_auction()
        before = auction.ends_at
        self.after_a_pause(12)
        db.session.refresh(auction)
        assert auction.ends_at == before

    def test_one_row_tells_the_pulse(self):
        self.after_a_pause(12)
        self.after_a_pause(0)
        assert db.session.scalar(select(func.count()).select_from(Beat)) == 1
