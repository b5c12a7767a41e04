"""The live feed of an auction as server-sent events (HTML Living Standard, 9.2).

On every connect `state`, then an event a committed line of the log, its number as the event's id, so
that a reader who was cut off asks for what he missed by Last-Event-ID. Only committed, published
fields are sent. The web process carries a bounded number of streams; beyond that readers are told to
come back and poll meanwhile. For many readers `marketplace.live` serves the same address.
"""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from marketplace.auctions.engine.state import RUNNING, Phase
from marketplace.auctions.models import Auction, AuctionEvent
from marketplace.auctions.queries import reading
from marketplace.auctions.services.positions import shown
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.web.auction_room import snapshot
from marketplace.web.session import current_actor

bp = Blueprint("auction_feed", __name__)
STREAMS = 16  # of the web process; readers beyond poll
LOOK_SECONDS = 0.3
HEARTBEAT_SECONDS = 15
LONGEST_SECONDS = 55  # then the reader connects again: no thread is held for ever
_free = threading.BoundedSemaphore(STREAMS)
LIVE = RUNNING | {Phase.PUBLISHED}


@bp.get("/live/auctions/<reference>")
def feed(reference: str) -> ResponseReturnValue:
    """The stream, from where the reader left off."""
    auction = reading.get(current_actor(), reference)
    if not _free.acquire(blocking=False):
        return Response(status=503, headers={"Retry-After": "5"})
    last = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    after = int(last) if last.isdecimal() and len(last) < 10 else None
    standing = snapshot(auction)
    known = auction.seq if after is None or after > auction.seq else after
    # A returning reader keeps his number until he has what he missed, should he be cut off again; while
    # bids are sealed no number is given away, not even by repeating the reader's own.
    keeps = known == after and standing["seq"]
    first = event_text("state", standing, known if keeps else standing["seq"])
    auction_id = auction.id
    db.session.rollback()

    def body() -> Iterator[str]:
        try:
            yield f"retry: 2000\n{first}"
            yield from _lines(auction_id, known)
        finally:
            _free.release()

    answer = Response(stream_with_context(body()), mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _lines(auction_id: int, known: int) -> Iterator[str]:
    began = beat = time.monotonic()
    while time.monotonic() - began < LONGEST_SECONDS:
        rows = reading.events_after(auction_id, known)
        if rows:
            auction = db.session.get_one(Auction, auction_id, populate_existing=True)
            yield from _told(auction, rows)
            known = rows[-1].seq
            if auction.state not in LIVE:
                standing = snapshot(auction)
                yield event_text("over", standing, standing["seq"])
                return
        db.session.remove()
        if time.monotonic() - beat > HEARTBEAT_SECONDS:
            beat = time.monotonic()
            yield ":hb\n\n"
        time.sleep(LOOK_SECONDS)


def _told(auction: Auction, rows: list[AuctionEvent]) -> Iterator[str]:
    ends_at = auction.ends_at.isoformat() if auction.ends_at else None
    for line in shown(auction, rows):
        told = {
            **line,
            "state": auction.state.value,
            "ends_at": ends_at,
            "server_now": clock.now().isoformat(),
        }
        yield event_text("bid", told, line["seq"])


def event_text(kind: str, data: dict[str, Any], seq: int) -> str:
    """An event as it goes over the line."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {seq}\nevent: {kind}\ndata: {text}\n\n"
