"""The background worker: hands events to their readers, and does what the clock starts.

Each event leaves one delivery a reader in its own transaction (core.events). Readers whose effect
is in the database (audit, messages) act and acknowledge in one transaction; the search index is a
thing outside, so its deliveries are leased first and acknowledged after the index has committed.
A worker killed at any point leaves work that the next one repeats without harm.
"""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from marketplace.audit import services as audit
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.events import Event, EventDelivery
from marketplace.jobs import indexing, schedule
from marketplace.notifications import services as notifications

log = structlog.get_logger()
PAUSE_SECONDS = 0.25
BATCH = 200
LEASE = timedelta(seconds=60)
RETRY = timedelta(seconds=5)


def _tell(events: list[Event]) -> None:
    for event in events:
        notifications.tell(event)


INSIDE: dict[str, Callable[[list[Event]], object]] = {"audit": audit.seal, "messages": _tell}
OUTSIDE: dict[str, Callable[[list[Event]], object]] = {"index": indexing.follow}


@dataclass
class Worker:
    """One loop; any number may run, here or elsewhere."""

    app: Flask
    of_auctions: bool = False  # their clock waits for no long job: it has a loop of its own
    stopping: threading.Event = field(default_factory=threading.Event)
    next_run: dict[str, datetime] = field(default_factory=dict)

    def run(self) -> None:
        """Until told to stop."""
        with self.app.app_context():
            while not self.stopping.is_set():
                busy = self.round()
                db.session.remove()
                if not busy:
                    self.stopping.wait(PAUSE_SECONDS)

    def round(self) -> bool:
        """Everything due now, once; whether there was anything."""
        busy = False
        readers = [] if self.of_auctions else _readers()
        for name, job in (*readers, *self._clocked()):
            try:
                busy = bool(job()) or busy
            except Exception:
                db.session.rollback()
                log.exception("job failed", job=name)
        return busy

    def _clocked(self) -> list[tuple[str, Callable[[], object]]]:
        now = clock.now()
        jobs = schedule.AUCTIONS if self.of_auctions else schedule.JOBS
        due = [j for j in jobs if self.next_run.get(j.name, now) <= now]
        for job in due:
            self.next_run[job.name] = now + job.every
        return [(job.name, job.run) for job in due]


def _readers() -> list[tuple[str, Callable[[], bool]]]:
    inside = [(r, lambda r=r: deliver_inside(r)) for r in INSIDE]
    outside = [(r, lambda r=r: deliver_outside(r)) for r in OUTSIDE]
    return [*inside, *outside]


def rebuild_index() -> int:
    """The index anew from the database; what had happened before is in it. How many documents."""
    last = db.session.scalar(
        select(func.max(EventDelivery.id)).where(EventDelivery.reader == "index")
    )
    documents = indexing.rebuild()
    with transaction():
        db.session.execute(
            update(EventDelivery)
            .where(
                EventDelivery.reader == "index",
                EventDelivery.done_at.is_(None),
                EventDelivery.id <= (last or 0),
            )
            .values(done_at=clock.now())
        )
    return documents


def run_until_idle(limit: int = 1000) -> None:
    """Hand over everything there is (seed, tests, command line)."""
    for _ in range(limit):
        if not sum(job() for _, job in _readers()):
            return
    raise RuntimeError("the event readers do not come to rest")


def _due(reader: str) -> list[int]:
    """The deliveries due, looked up without any lock."""
    found = db.session.scalars(
        select(EventDelivery.id)
        .where(
            EventDelivery.reader == reader,
            EventDelivery.done_at.is_(None),
            EventDelivery.due_at <= clock.now(),
        )
        .order_by(EventDelivery.id)
        .limit(BATCH)
    ).all()
    return list(found)


def _claim(ids: list[int]) -> list[EventDelivery]:
    """Those still to do, kept from other workers until the transaction ends."""
    return list(
        db.session.scalars(
            select(EventDelivery)
            .options(joinedload(EventDelivery.event))
            .where(EventDelivery.id.in_(ids), EventDelivery.done_at.is_(None))
            .order_by(EventDelivery.id)
            .with_for_update(skip_locked=True, of=EventDelivery)
        )
    )


def deliver_inside(reader: str) -> bool:
    """Effect and acknowledgement together. One bad event does not hold up the others."""
    ids = _due(reader)
    if not ids:
        return False
    try:
        _act_and_acknowledge(reader, ids)
    except Exception:
        if len(ids) == 1:
            raise
        for delivery_id in ids:
            _alone(reader, delivery_id)
    return True


def _act_and_acknowledge(reader: str, ids: list[int]) -> None:
    with transaction():
        claimed = _claim(ids)
        INSIDE[reader]([delivery.event for delivery in claimed])
        for delivery in claimed:
            delivery.done_at = clock.now()


def _alone(reader: str, delivery_id: int) -> None:
    try:
        _act_and_acknowledge(reader, [delivery_id])
    except Exception as error:
        log.exception("event not delivered", reader=reader, delivery=delivery_id)
        _put_off([delivery_id], error)


def deliver_outside(reader: str) -> bool:
    """Lease, act outside the transaction, acknowledge."""
    ids = _due(reader)
    if not ids:
        return False
    with transaction():
        claimed = _claim(ids)
        for delivery in claimed:
            delivery.due_at = clock.now() + LEASE
            delivery.attempts += 1
        ids = [delivery.id for delivery in claimed]
    events = [delivery.event for delivery in _claim_again(ids)]
    try:
        OUTSIDE[reader](events)
    except Exception as error:
        db.session.rollback()
        _put_off(ids, error)
        raise
    with transaction():
        for delivery in _claim(ids):
            delivery.done_at = clock.now()
    return True


def _claim_again(ids: list[int]) -> list[EventDelivery]:
    return list(
        db.session.scalars(
            select(EventDelivery)
            .options(joinedload(EventDelivery.event))
            .where(EventDelivery.id.in_(ids))
            .order_by(EventDelivery.id)
        )
    )


def _put_off(ids: list[int], error: Exception) -> None:
    with transaction():
        for delivery in _claim(ids):
            delivery.attempts += 1
            delivery.error = f"{type(error).__name__}: {error}"[:500]
            delivery.due_at = clock.now() + RETRY * min(2**delivery.attempts, 720)


def start_thread(app: Flask) -> Worker:
    """The embedded worker of `make run`: two threads of the one web process."""
    worker = Worker(app)
    _start(worker, Worker(app, of_auctions=True, stopping=worker.stopping), daemon=True)
    return worker


def _start(*workers: Worker, daemon: bool = False) -> list[threading.Thread]:
    threads = [
        threading.Thread(
            target=worker.run, name="auctions" if worker.of_auctions else "worker", daemon=daemon
        )
        for worker in workers
    ]
    for thread in threads:
        thread.start()
    return threads


def run_forever(app: Flask) -> None:
    """The worker as a process of its own, until a signal ends it."""
    worker = Worker(app)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: worker.stopping.set())
    log.info("worker started")
    threads = _start(worker, Worker(app, of_auctions=True, stopping=worker.stopping))
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.2)
