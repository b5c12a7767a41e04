"""The live feed under many readers while bids go on: the closing minute of a busy day.

    python -m benchmarks.auction_feed [--viewers 1000] [--rate 50] [--auctions 10] [--seconds 30]

The site under gunicorn and `python -m marketplace.live` on a scratch database of the PostgreSQL at
127.0.0.1:5432 (and Redis at 6379), readers of one auction in a process of their own, bids over HTTP
from this one, spread evenly over the auctions, at moments fixed beforehand. A delay is from the moment
that a bid was due to be sent to the moment that a reader has its line, on one machine's steady clock:
it holds the bid itself and the feed's gathering of what comes within 0.2 s.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import socket
import sys
import time
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from flask import Flask

import config
from benchmarks import served
from benchmarks.served import GAP, STEP, Caller, milliseconds, refusal_of
from marketplace.app import create_app
from marketplace.core.db import db
from tests import factories as a
from tests.auctions import auctioning

BIDDERS = 8  # of each auction
DELAY_MS, BID_MS = 250, 400  # p95 of the feed, p99 of a bid
NUMBER = re.compile(rb"id: (\d+)\nevent: bid\n")
LATE = 3.0  # seconds after the last bid


class _Viewer(asyncio.Protocol):
    """Notes when the number of a line arrived; of the rest it reads nothing."""

    def __init__(self, reference: str, seen: list[tuple[int, float]]) -> None:
        self.reference, self.seen, self.rest = reference, seen, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(f"GET /live/auctions/{self.reference} HTTP/1.1\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        whole, end, self.rest = (self.rest + data).rpartition(b"\n\n")
        self.seen += [(int(number), now) for number in NUMBER.findall(whole + end)]


async def _viewers(port: int, reference: str, number: int, seconds: float, out: Connection) -> None:
    seen: list[tuple[int, float]] = []
    loop = asyncio.get_running_loop()
    links = [
        await loop.create_connection(lambda: _Viewer(reference, seen), "127.0.0.1", port)
        for _ in range(number)
    ]
    await asyncio.sleep(5)
    out.send("ready")
    await asyncio.sleep(seconds + LATE)
    for transport, _ in links:
        transport.close()
    out.send(seen)


def _watch(port: int, reference: str, number: int, seconds: float, out: Connection) -> None:
    asyncio.run(_viewers(port, reference, number, seconds, out))


async def _bids(
    lanes: list[list[Caller]], rate: float, seconds: float, watcher: Process, told: Connection
) -> tuple[dict[int, float], list[float], dict[str, int]]:
    """When each line of the first auction was due to be sent, how long bids took, their answers."""
    for caller in (one for lane in lanes for one in lane):
        await caller.enter()
    watcher.start()
    await asyncio.to_thread(told.recv)
    sent: dict[int, float] = {}
    spent: list[float] = []
    statuses: dict[str, int] = {}
    began = time.monotonic()

    async def one(n: int) -> None:
        due = began + n / rate
        await asyncio.sleep(due - time.monotonic())
        place, turn = n % len(lanes), n // len(lanes)
        caller = lanes[place][turn % BIDDERS]
        status, said = await caller.bid(auctioning.START + turn * GAP, f"bench-{n}")
        spent.append(time.monotonic() - due)
        name = refusal_of(status, said)
        statuses[name] = statuses.get(name, 0) + 1
        if status == 201 and place == 0:
            sent[said["body"]["seq"]] = due

    await asyncio.gather(*(one(n) for n in range(int(rate * seconds))))
    return sent, spent, statuses


def measured(
    app: Flask, given: argparse.Namespace, environment: dict[str, str]
) -> dict[str, object]:
    """The figures."""
    lanes = []
    for _ in range(given.auctions):
        auction = auctioning.an_auction(step=STEP)
        firms = [a.organisation() for _ in range(BIDDERS)]
        for firm in firms:
            auctioning.bidder(auction, of=firm)
        lanes.append([Caller(served.cookie_of(app, firm), auction.reference) for firm in firms])
    db.session.commit()
    db.session.remove()
    watched = lanes[0][0].reference
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    feed = ("marketplace.live", f"--port={port}", "--per-address=100000")
    with served.site(environment), served.running(feed, environment, port) as number:
        ours, theirs = Pipe()
        watcher = Process(
            target=_watch, args=(port, watched, given.viewers, given.seconds, theirs), daemon=True
        )
        sent, spent, statuses = asyncio.run(_bids(lanes, given.rate, given.seconds, watcher, ours))
        seen = ours.recv()
        watcher.join()
        used = served.processor_seconds(number)
    delays = [at - sent[seq] for seq, at in seen if seq in sent]
    return {
        "viewers": given.viewers,
        "events": len(sent),
        "delivered": len(delays),
        "missing": len(sent) * given.viewers - len(delays),
        "feed": {f"p{p}_ms": milliseconds(delays, p / 100) for p in (50, 95, 99)},
        "feed_cpu_s": round(used, 2),
        "bids_per_second": round(len(spent) / given.seconds, 1),
        "bid": {f"p{p}_ms": milliseconds(spent, p / 100) for p in (50, 95, 99)},
        "statuses": statuses,
    }


def main() -> int:
    """Print the figures as one JSON object; 1 where a line is missing or a target missed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--viewers", type=int, default=1000)
    asked.add_argument("--rate", type=float, default=50, help="bids a second in all auctions")
    asked.add_argument("--auctions", type=int, default=10)
    asked.add_argument("--seconds", type=float, default=30)
    given = asked.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(2 * given.viewers + 200, most), most))
    with served.scratch() as environment:
        os.environ.update(environment)
        app = create_app(config.load(environment))
        with app.app_context():
            found = measured(app, given, environment)
            db.session.remove()
            db.engine.dispose()
    print(json.dumps(found))
    in_time = found["feed"]["p95_ms"] <= DELAY_MS and found["bid"]["p99_ms"] <= BID_MS  # type: ignore[index]
    return int(not in_time or bool(found["missing"]))


if __name__ == "__main__":
    sys.exit(main())
