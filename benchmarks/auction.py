"""How many bids an auction takes, beside the same bid as a bare SQL transaction; how fast 300 close.

    python -m benchmarks.auction [--seconds 15] [--bidders 64] [--at-once 4] [--closing 300] [--workers 2] [--sqlite]

Serves the site with gunicorn on a scratch database of the PostgreSQL at 127.0.0.1:5432 (and Redis at
6379), and bids over HTTP with keep-alive from this process: signed in, with tokens, a key each.
Amounts come from one counter, so a bid that arrives out of turn may be refused as too low: refusals
are counted beside. The limit is pgbench with the bare statements of a bid on tables of the same
shape, with as many connections, in the same run. What was answered is compared with the log.

The auctions that close in one moment have three bidders each with deposits held; measured is until
two workers, processes of their own, have closed all, and until one of them has awarded all and ordered
every loser's deposit back.
With --sqlite: the hot auction only, on SQLite, served by one process.
"""

import argparse
import asyncio
import itertools
import json
import os
import sys
import time
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg
from flask import Flask
from sqlalchemy import func, select

import config
from benchmarks import served
from benchmarks.served import GAP, STEP, Caller, milliseconds, refusal_of
from marketplace.app import create_app
from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import (
    Answer,
    Auction,
    AuctionEvent,
    Award,
    Hold,
    HoldResolution,
    Resolution,
)
from marketplace.auctions.services import deposits, participating
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor
from marketplace.jobs import auctioning as following
from marketplace.jobs import closing
from marketplace.payments import services as payments
from tests import factories as a
from tests.auctions import auctioning

RATIO = 0.35  # of the bare transaction, at least
CLOSED_WITHIN, FOLLOWED_WITHIN = 5.0, 60.0  # seconds
DEPOSIT, BIDDERS = 1_000_000, 3

BARE = """
CREATE TABLE bare_auction (id int PRIMARY KEY, seq bigint, head text, state bytea, at timestamp)
    WITH (fillfactor = 50);
CREATE TABLE bare_event (id bigserial PRIMARY KEY, auction_id int, seq bigint, body text, hash text,
    sealed bytea, UNIQUE (auction_id, seq));
CREATE TABLE bare_answer (id bigserial PRIMARY KEY, auction_id int, user_id int, key text,
    receipt text, UNIQUE (auction_id, user_id, key));
INSERT INTO bare_auction VALUES (1, 0, '', NULL, now());
"""
BARE_BID = r"""
\set u random(1, 64)
BEGIN;
SELECT seq FROM bare_auction WHERE id = 1 FOR UPDATE;
INSERT INTO bare_event (auction_id, seq, body, hash, sealed)
    SELECT 1, seq + 1, repeat('x', 500), repeat('h', 64), decode(repeat('ab', 120), 'hex')
    FROM bare_auction WHERE id = 1;
INSERT INTO bare_answer (auction_id, user_id, key, receipt)
    VALUES (1, :u, gen_random_uuid()::text, repeat('r', 900));
UPDATE bare_auction SET seq = seq + 1, state = decode(repeat('cd', 2000), 'hex'), at = now()
    WHERE id = 1;
COMMIT;
"""


async def _hot(
    site: int, callers: list[Caller], start: int, asked: argparse.Namespace
) -> dict[str, Any]:
    """One auction, as many bids as it takes; each lane drives its own share of the bidders."""
    counter = itertools.count(1)
    spent: list[float] = []
    statuses: dict[str, int] = {}
    accepted: list[str] = []
    for caller in callers:
        await caller.enter()
    used, end = served.processor_seconds(site), time.monotonic() + asked.seconds

    async def drive(mine: list[Caller]) -> None:
        for caller in itertools.cycle(mine):
            if time.monotonic() > end:
                return
            n = next(counter)
            began = time.perf_counter()
            status, said = await caller.bid(start + n * GAP, f"bench-{n}")
            spent.append(time.perf_counter() - began)
            name = refusal_of(status, said)
            statuses[name] = statuses.get(name, 0) + 1
            if status == 201:
                accepted.append(f"bench-{n}")

    began = time.monotonic()
    await asyncio.gather(*(drive(callers[i :: asked.at_once]) for i in range(asked.at_once)))
    took = time.monotonic() - began
    used = served.processor_seconds(site) - used
    return {
        "accepted_per_second": round(len(accepted) / took, 1),
        "requests_per_second": round(len(spent) / took, 1),
        "p50_ms": milliseconds(spent, 0.5),
        "p99_ms": milliseconds(spent, 0.99),
        "site_cpu_ms_a_request": round(used / len(spent) * 1000, 2),
        "statuses": statuses,
        "keys": accepted,
    }


def bare(url: str, seconds: int, at_once: int) -> float:
    """Transactions a second of the bare statements."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(BARE)
    return served.pgbench(url, BARE_BID, seconds=seconds, at_once=at_once)


def hot(app: Flask, environment: dict[str, str], asked: argparse.Namespace) -> bool:
    """The hot auction: figures on one line; whether something is missed."""
    auction = auctioning.an_auction(step=STEP, free_ends_at=clock.now() + timedelta(days=1))
    callers = []
    for _ in range(asked.bidders):
        firm = a.organisation()
        auctioning.bidder(auction, of=firm)
        callers.append(Caller(served.cookie_of(app, firm), auction.reference))
    start, auction_id = auction.rules.start, auction.id
    db.session.commit()
    with served.site(environment) as site:
        found = asyncio.run(_hot(site, callers, start, asked))
    db.session.rollback()
    bids = db.session.query(AuctionEvent).filter_by(auction_id=auction_id, kind="bid").count()
    kept = set(db.session.scalars(select(Answer.key).filter_by(auction_id=auction_id, status=201)))
    found |= {"lost": len(set(found.pop("keys")) - kept), "doubled": bids - len(kept)}
    missed = bool(found["lost"] or found["doubled"])
    db.session.rollback()
    if not asked.sqlite:
        limit = bare(environment["DATABASE_URL"], asked.seconds, asked.at_once)
        ratio = found["accepted_per_second"] / limit
        found |= {"bare_per_second": round(limit, 1), "ratio": round(ratio, 3)}
        missed |= ratio < RATIO
    database = "SQLite" if asked.sqlite else "PostgreSQL"
    print(json.dumps({"scenario": f"hot auction over HTTP, {database}", **found}))
    return missed


def _work(
    environment: dict[str, str], last: datetime, ready: Barrier, told: "Queue[float]"
) -> None:
    """A worker of its own: closes whatever is due from the moment that all are ready."""
    app = create_app(config.load(environment))
    with app.app_context(), clock.freeze(last):
        db.session.scalar(select(func.count(Auction.id)))  # connected, and awake
        db.session.rollback()
        ready.wait()
        used = time.process_time()
        while closing.run():
            pass
        told.put(time.process_time() - used)
        db.session.remove()
        db.engine.dispose()


def _closed_by(workers: int, environment: dict[str, str], last: datetime) -> tuple[float, float]:
    """Seconds until all workers are through, and what they spent of the processor."""
    spawning = get_context("spawn")
    ready, told = spawning.Barrier(workers + 1), spawning.Queue()
    started = [
        spawning.Process(target=_work, args=(environment, last, ready, told))
        for _ in range(workers)
    ]
    for each in started:
        each.start()
    ready.wait()
    began = time.monotonic()
    used = sum(told.get() for _ in started)
    took = time.monotonic() - began
    for each in started:
        each.join()
    return took, used


def closes(number: int, workers: int, environment: dict[str, str]) -> bool:
    """Many auctions that end in one moment, and what follows: figures on one line."""
    free_ends = clock.now() + timedelta(hours=1)
    staff = a.operator()
    made = [_with_deposits(staff, free_ends) for _ in range(number)]
    for auction in made:
        auctioning.at(free_ends, SYSTEM, auction, Command("clock"))  # the limited period begins
    numbers = [auction.id for auction in made]
    mine = db.session.query(Auction).filter(Auction.id.in_(numbers))
    waiting = mine.filter(Auction.state == Phase.LIMITED).count()
    last = mine.with_entities(func.max(Auction.due_at)).scalar()
    back = db.session.query(HoldResolution).join(Hold, Hold.id == HoldResolution.hold_id)
    back = back.filter(Hold.auction_id.in_(numbers), HoldResolution.kind == Resolution.RELEASED)
    db.session.rollback()
    closed_after, used = _closed_by(workers, environment, last)
    with clock.freeze(last):
        began = time.monotonic()
        while following.follow():
            pass
        followed_after = closed_after + time.monotonic() - began
    report = {
        "waiting": waiting,
        "closed": mine.filter(Auction.closed_at.is_not(None)).count(),
        "closed_after_s": round(closed_after, 2),
        "closing_cpu_s": round(used, 2),
        "awards": db.session.query(Award).filter(Award.auction_id.in_(numbers)).count(),
        "deposits_back": back.count(),
        "awarded_and_released_after_s": round(followed_after, 2),
    }
    print(json.dumps({"scenario": f"auctions closing at once, workers: {workers}", **report}))
    all_done = report["waiting"] == report["closed"] == report["awards"] == number
    all_back = report["deposits_back"] == (BIDDERS - 1) * number
    in_time = closed_after <= CLOSED_WITHIN and followed_after <= FOLLOWED_WITHIN
    return not (all_done and all_back and in_time)


def _with_deposits(staff: Actor, free_ends: Any) -> Auction:
    """An auction whose bidders applied, were qualified, paid their deposits and bid."""
    auction = auctioning.an_auction(step=STEP, free_ends_at=free_ends, deposit=DEPOSIT)
    declared = dict.fromkeys(participating.DECLARATIONS, True)
    for n in range(BIDDERS):
        who = a.actor(a.organisation())
        with transaction():
            mine = participating.apply(who, auction, declarations=declared)
        with transaction():
            participating.qualify(staff, mine)
        with transaction():
            hold = deposits.of(mine)
            if hold is None:
                raise SystemExit("no deposit was asked for")
            seen = payments.Seen(Money("CNY", DEPOSIT), f"BENCH-{hold.id}", "某公司", clock.today())
            payments.book_receipt(staff, hold.payment, seen)
            number = hold.id
        with transaction():
            deposits.take_in(number)
        if not auctioning.bid(who, auction, auction.rules.start + n * GAP).accepted:
            raise SystemExit("a bid was refused")
    return auction


def main() -> int:
    """One line of figures a scenario; 1 where a target is missed or a bid is lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--bidders", type=int, default=64)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--closing", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sqlite", action="store_true")
    asked = parser.parse_args()
    with served.scratch(sqlite=asked.sqlite) as environment:
        os.environ.update(environment)
        app = create_app(config.load(environment))
        with app.app_context():
            missed = hot(app, environment, asked) if asked.seconds else False
            if asked.closing and not asked.sqlite:
                missed |= closes(asked.closing, asked.workers, environment)
            db.session.remove()
            db.engine.dispose()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
