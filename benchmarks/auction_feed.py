"""The live feed under many readers: how long from the commit of an event to the reader's socket.

    python -m benchmarks.auction_feed [--viewers 1000] [--rate 5] [--seconds 20] [--database URL]

An auction of its own on an empty database, `python -m marketplace.live` as a process of its own on one
core, readers in a second process, bids in this one. Delay is from the return of the committing
transaction to the moment the reader has the line, on one machine's steady clock.
"""

import argparse
import asyncio
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path

import config
from marketplace.app import create_app
from marketplace.core.db import db


async def _viewers(port: int, reference: str, number: int, seconds: float, out: Connection) -> None:
    seen: list[tuple[int, float]] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /live/auctions/{reference} HTTP/1.1\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        while line := await reader.readline():
            if line.startswith(b"id: "):
                seen.append((int(line[4:]), time.monotonic()))

    tasks = [asyncio.create_task(one()) for _ in range(number)]
    await asyncio.sleep(5)
    out.send("ready")
    await asyncio.sleep(seconds + 3)
    for task in tasks:
        task.cancel()
    out.send(seen)


def _watch(port: int, reference: str, number: int, seconds: float, out: Connection) -> None:
    asyncio.run(_viewers(port, reference, number, seconds, out))


def main() -> None:
    """Print the figures as one JSON object."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--viewers", type=int, default=1000)
    asked.add_argument("--rate", type=float, default=5)
    asked.add_argument("--seconds", type=float, default=20)
    asked.add_argument("--database")
    given = asked.parse_args()
    wanted = 2 * given.viewers + 100
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, most), most))
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{Path(folder) / 'feed.db'}"
        env = {"INSTANCE_DIR": folder, "DATABASE_URL": url, "SECRET_KEY": "for this run only"}
        app = create_app(config.load(env))
        with app.app_context():
            db.create_all()
            print(json.dumps(_measured(given, env)))


def _measured(given: argparse.Namespace, env: dict[str, str]) -> dict[str, object]:
    from tests.auctions.auctioning import START, an_auction, bid, bidders  # noqa: PLC0415

    auction = an_auction(step=100)
    both, reference = bidders(auction, 2), auction.reference
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    feed = subprocess.Popen(  # noqa: S603 -- ours
        [sys.executable, "-m", "marketplace.live", f"--port={port}", "--per-address=100000"],
        env=os.environ | env,
    )
    try:
        time.sleep(6)
        ours, theirs = Pipe()
        watcher = Process(
            target=_watch, args=(port, reference, given.viewers, given.seconds, theirs)
        )
        watcher.start()
        ours.recv()
        committed: dict[int, float] = {}
        began = time.monotonic()
        for n in range(int(given.rate * given.seconds)):
            time.sleep(max(0.0, began + n / given.rate - time.monotonic()))
            reply = bid(both[n % 2], reference, START + n * 100)
            committed[int(reply.body["seq"])] = time.monotonic()
        seen = ours.recv()
        watcher.join()
        used = Path(f"/proc/{feed.pid}/stat").read_text(encoding="ascii").split()
    finally:
        feed.terminate()
        feed.wait()
    delays = sorted((at - committed[seq]) * 1000 for seq, at in seen if seq in committed)
    due = len(committed) * given.viewers
    return {
        "viewers": given.viewers,
        "events": len(committed),
        "delivered": len(delays),
        "missing": due - len(delays),
        **{f"p{p}_ms": round(delays[int(len(delays) * p / 100)], 1) for p in (50, 95, 99)},
        "feed_cpu_s": (int(used[13]) + int(used[14])) / os.sysconf("SC_CLK_TCK"),
    }


if __name__ == "__main__":
    main()
