"""How many bids an auction takes, beside the same bid as a bare SQL transaction; how fast 300 close.

    python benchmarks/auction.py [--seconds 15] [--bidders 64] [--at-once 4] [--closing 300]

Serves the site with gunicorn on a scratch database of the PostgreSQL at 127.0.0.1:5432 (and Redis at
6379), and bids over HTTP with keep-alive from this process: signed in, with tokens, a key each.
Amounts come from one counter, so a bid that arrives out of turn may be refused as too low: refusals
are counted beside. The limit is pgbench with the bare statements of a bid on tables of the same
shape, with as many connections, in the same run. What was answered is compared with the log.
"""

import argparse
import http.client
import itertools
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402 -- the path comes first

SERVER = "postgresql://postgres@127.0.0.1:5432"
NAME = f"bench_auction_{os.getpid()}"
PORT = 8765
GAP = 20_000  # fen between two amounts of the counter: two steps
STEP = 10_000

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


@contextmanager
def scratch() -> Iterator[str]:
    """A database of our own, gone afterwards."""
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{NAME}"')
    try:
        yield f"{SERVER}/{NAME}"
    finally:
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{NAME}" WITH (FORCE)')


@contextmanager
def served(environment: dict[str, str]) -> Iterator[None]:
    """The site under gunicorn, two processes."""
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"]
    site = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        for _ in range(120):
            try:
                http.client.HTTPConnection("127.0.0.1", PORT, timeout=1).request(
                    "GET", "/robots.txt"
                )
                break
            except OSError:
                time.sleep(0.5)
        yield
    finally:
        site.send_signal(signal.SIGTERM)
        site.wait(30)


class Caller:
    """A signed-in bidder with a connection that stays open."""

    def __init__(self, cookie: str, reference: str) -> None:
        self.reference = reference
        self.link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
        self.link.request("GET", f"/auctions/{reference}", headers={"Cookie": cookie})
        answer = self.link.getresponse()
        page = answer.read().decode()
        fresh = answer.headers.get("Set-Cookie", cookie).split(";")[0]
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        if token is None:
            raise SystemExit("no form on the page")
        self.headers = {
            "Cookie": fresh if fresh.startswith("session=") else cookie,
            "X-CSRFToken": token.group(1),
            "Content-Type": "application/json",
        }

    def bid(self, amount: int, key: str) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer."""
        body = json.dumps({"amount": amount})
        headers = self.headers | {"Idempotency-Key": key}
        self.link.request("POST", f"/auctions/{self.reference}/bids", body, headers)
        answer = self.link.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text[:1] == b"{" else {}


def hot(callers: list[Caller], start: int, seconds: float, at_once: int) -> dict[str, Any]:
    """One auction, as many bids as it takes; each thread drives its own share of the bidders."""
    counter, lock = itertools.count(1), threading.Lock()
    spent: list[float] = []
    statuses: dict[str, int] = {}
    accepted: list[str] = []
    end = time.monotonic() + seconds

    def drive(mine: list[Caller]) -> None:
        for caller in itertools.cycle(mine):
            if time.monotonic() > end:
                return
            with lock:
                n = next(counter)
            began = time.perf_counter()
            status, said = caller.bid(start + n * GAP, f"bench-{n}")
            took = time.perf_counter() - began
            with lock:
                spent.append(took)
                name = (
                    "accepted"
                    if status == 201
                    else str(said.get("body", {}).get("refusal", status))
                )
                statuses[name] = statuses.get(name, 0) + 1
                if status == 201:
                    accepted.append(f"bench-{n}")

    threads = [threading.Thread(target=drive, args=(callers[i::at_once],)) for i in range(at_once)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    spent.sort()
    return {
        "accepted_per_second": round(len(accepted) / took, 1),
        "requests_per_second": round(len(spent) / took, 1),
        "p50_ms": round(statistics.median(spent) * 1000, 1),
        "p99_ms": round(spent[int(len(spent) * 0.99)] * 1000, 1),
        "statuses": statuses,
        "keys": accepted,
    }


def bare(url: str, seconds: int, at_once: int) -> float:
    """Transactions a second of the bare statements."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(BARE)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(BARE_BID)
        script.flush()
        done = subprocess.run(  # noqa: S603 -- our own command
            ["pgbench", "-n", "-h", "127.0.0.1", "-U", "postgres", "-c", str(at_once), "-j", "1",  # noqa: S607
             "-T", str(seconds), "-f", script.name, NAME],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise SystemExit(done.stdout)
    return float(found.group(1))


def main() -> int:
    """One line of figures a scenario; 1 where a target is missed or a bid is lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--bidders", type=int, default=64)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--closing", type=int, default=300)
    asked = parser.parse_args()
    with scratch() as url:
        return _measured(url, asked)


def _measured(url: str, asked: argparse.Namespace) -> int:  # noqa: PLR0915 -- one run from end to end
    instance = tempfile.mkdtemp()
    environment = os.environ | {
        "DATABASE_URL": url, "INSTANCE_DIR": instance, "DEMO": "1", "EMBEDDED_WORKER": "0",
        "REDIS_URL": "redis://127.0.0.1:6379/9", "PORT": str(PORT), "WEB_CONCURRENCY": "2",
        "WEB_THREADS": "8", "SECRET_KEY": "for this run only, and of no use elsewhere",
    }  # fmt: skip
    os.environ.update(environment)
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
        cwd=ROOT, env=environment, check=True, capture_output=True,
    )  # fmt: skip
    # With the environment set: the application reads it.
    from sqlalchemy import func  # noqa: PLC0415

    import config  # noqa: PLC0415
    from marketplace.app import create_app  # noqa: PLC0415
    from marketplace.auctions.engine.state import Command, Phase  # noqa: PLC0415
    from marketplace.auctions.models import Answer, Auction, AuctionEvent  # noqa: PLC0415
    from marketplace.core import clock  # noqa: PLC0415
    from marketplace.core.db import db  # noqa: PLC0415
    from marketplace.core.policy import SYSTEM  # noqa: PLC0415
    from marketplace.jobs import closing  # noqa: PLC0415
    from tests import factories as a  # noqa: PLC0415
    from tests.auctions import auctioning  # noqa: PLC0415

    app = create_app(config.load())
    failed = False
    with app.app_context():
        auction = auctioning.an_auction(step=STEP, free_ends_at=clock.now() + timedelta(days=1))
        cookies = []
        for _ in range(asked.bidders):
            firm = a.organisation()
            auctioning.bidder(auction, of=firm)
            token = a.sign_in_token(firm)
            with app.test_client() as browser:
                with browser.session_transaction() as session:
                    session.update({"sign_in": token, "_user_id": "1", "_fresh": True})
                cookie = browser.get_cookie("session")
                if cookie is None:
                    raise SystemExit("no session")
                cookies.append(f"session={cookie.value}")
        reference, start, auction_id = auction.reference, auction.rules.start, auction.id
        db.session.commit()
        with served(environment):
            callers = [Caller(cookie, reference) for cookie in cookies]
            found = hot(callers, start, asked.seconds, asked.at_once)
        db.session.rollback()
        keys = found.pop("keys")
        bids = db.session.query(AuctionEvent).filter_by(auction_id=auction_id, kind="bid").count()
        kept = {
            key
            for (key,) in db.session.query(Answer.key).filter_by(auction_id=auction_id, status=201)
        }
        limit = bare(url, asked.seconds, asked.at_once)
        ratio = found["accepted_per_second"] / limit
        found |= {
            "lost": len(set(keys) - kept),
            "doubled": bids - len(kept),
            "bare_per_second": round(limit, 1),
            "ratio": round(ratio, 3),
        }
        print(json.dumps({"scenario": "hot auction over HTTP", **found}))
        failed |= bool(found["lost"] or found["doubled"]) or ratio < 0.35

        free_ends = clock.now() + timedelta(hours=1)
        for _ in range(asked.closing):
            made = auctioning.an_auction(step=STEP, free_ends_at=free_ends)
            auctioning.at(free_ends, SYSTEM, made, Command("clock"))  # the limited period begins
        mine = db.session.query(Auction).filter(Auction.id != auction_id)
        waiting = mine.filter(Auction.state == Phase.LIMITED).count()
        last = mine.with_entities(func.max(Auction.due_at)).scalar()
        db.session.rollback()
        with clock.freeze(last):
            began = time.monotonic()
            closing.run()
            took = time.monotonic() - began
        closed = mine.filter(Auction.closed_at.is_not(None)).count()
        report = {"seconds": round(took, 2), "waiting": waiting, "closed": closed}
        print(json.dumps({"scenario": "auctions closing at once, one worker", **report}))
        failed |= took > 5 or not waiting == closed == asked.closing
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
