"""The feed as a process of its own: python -m marketplace.live [--host 127.0.0.1] [--port 8001]."""

import argparse
import asyncio
import signal
from contextlib import suppress

import config
from marketplace.app import create_app
from marketplace.live.server import Feed
from marketplace.live.source import Source


async def _run(feed: Feed, host: str, port: int) -> None:
    task = asyncio.create_task(feed.serve(host, port))
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def main() -> None:
    """Serve until told to stop; readers come back by themselves."""
    asked = argparse.ArgumentParser(prog="python -m marketplace.live", description=__doc__)
    asked.add_argument("--host", default="127.0.0.1")
    asked.add_argument("--port", type=int, default=8001)
    asked.add_argument("--per-address", type=int, default=20, help="streams of one address")
    given = asked.parse_args()
    app = create_app(config.load())
    feed = Feed(
        Source(app),
        proxies=int(app.config.get("PROXIES") or 0),
        cookie=app.config["SESSION_COOKIE_NAME"],
        per_address=given.per_address,
    )
    asyncio.run(_run(feed, given.host, given.port))


if __name__ == "__main__":
    main()
