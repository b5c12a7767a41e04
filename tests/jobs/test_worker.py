"""Whatever happens to workers, each event reaches each reader once."""

import time
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from marketplace.audit import services as audit
from marketplace.audit.models import Seal
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.events import Event, EventDelivery
from marketplace.jobs import worker as background
from marketplace.notifications.models import Notification
from tests.jobs.workers import many_events, worker

PATIENCE_SECONDS = 120


def url_of(app) -> str:
    return str(app.config["SQLALCHEMY_DATABASE_URI"])


def waiting() -> int:
    db.session.rollback()
    owed = select(func.count(EventDelivery.id)).where(EventDelivery.done_at.is_(None))
    return int(db.session.scalar(owed) or 0)


def until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False


def assert_each_once(count: int) -> None:
    told = db.session.scalar(select(func.count(Notification.id)))
    events = db.session.scalar(select(func.count(Event.id)))
    sealed = db.session.scalar(select(func.count(Seal.id)))
    assert told == count
    assert sealed == events
    assert audit.verify().valid


def test_two_workers_at_once_hand_over_five_hundred_events_once_each(own_database, tmp_path):
    many_events(500)
    two = [worker(url_of(own_database), tmp_path) for _ in range(2)]
    try:
        assert until(lambda: waiting() == 0)
    finally:
        for one in two:
            one.terminate()
        logs = [one.communicate()[1] for one in two]
    assert [one.returncode for one in two] == [0, 0]
    assert_each_once(500)
    assert not [line for log in logs for line in log.splitlines() if '"error"' in line]


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(own_database, tmp_path):
    many_events(400)
    everything = waiting()
    for _ in range(3):
        one = worker(url_of(own_database), tmp_path)
        before = waiting()
        until(lambda before=before: waiting() < before)
        one.kill()
        one.communicate()
    db.session.rollback()
    last = worker(url_of(own_database), tmp_path)
    try:
        assert until(lambda: leased_or_done() == everything)
    finally:
        last.terminate()
        last.communicate()
    assert_each_once(400)


def leased_or_done() -> int:
    """What is done, and what a killed worker had leased for the index (repeated after a minute)."""
    db.session.rollback()
    settled = EventDelivery.done_at.is_not(None) | (
        (EventDelivery.reader == "index") & (EventDelivery.due_at > clock.now())
    )
    return int(db.session.scalar(select(func.count(EventDelivery.id)).where(settled)) or 0)


@pytest.mark.usefixtures("app")
def test_one_bad_event_does_not_hold_up_the_others(monkeypatch):
    many_events(3)
    bad = db.session.scalar(select(Event.id).where(Event.because == "1"))

    def tell(events):
        if any(event.id == bad for event in events):
            raise ValueError("indigestible")

    monkeypatch.setitem(background.INSIDE, "messages", tell)
    background.deliver_inside("messages")
    [left] = db.session.scalars(
        select(EventDelivery).where(
            EventDelivery.reader == "messages", EventDelivery.done_at.is_(None)
        )
    )
    assert (left.event_id, left.attempts, left.error) == (bad, 1, "ValueError: indigestible")
    assert left.due_at > clock.now()


@pytest.mark.usefixtures("app")
def test_what_fails_outside_is_put_off_and_told_again(monkeypatch):
    many_events(1)

    def fail(_):
        raise OSError("disk full")

    monkeypatch.setitem(background.OUTSIDE, "index", fail)
    with pytest.raises(OSError, match="disk full"):
        background.deliver_outside("index")
    monkeypatch.setitem(background.OUTSIDE, "index", lambda _: None)
    assert background.deliver_outside("index") is False  # not yet due
    with clock.freeze(clock.now() + background.RETRY * 720):
        assert background.deliver_outside("index") is True


def test_a_job_that_fails_does_not_stop_the_round(own_database, monkeypatch):
    many_events(1)
    monkeypatch.setitem(background.INSIDE, "audit", lambda _: 1 / 0)
    one = background.Worker(own_database)
    assert one.round()
    told = select(func.count(EventDelivery.id)).where(
        EventDelivery.reader == "messages", EventDelivery.done_at.is_not(None)
    )
    assert db.session.scalar(told) == 1
