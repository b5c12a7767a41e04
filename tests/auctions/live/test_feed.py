"""The feed as a process of its own: nothing missed, nothing twice, little asked of the database."""

import asyncio
import json
import random
import re
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from marketplace.auctions.engine.state import Command
from marketplace.auctions.models import AuctionEvent
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM
from marketplace.live.channel import BEHIND, RING, Channel, Viewer
from marketplace.live.server import Feed
from marketplace.live.source import Seen, Source
from tests.auctions.auctioning import START, an_auction, bid, bidders, do
from tests.auctions.live.loops import in_a_loop

PATIENCE = 20
# Readers cut off at once: a thousand, where one process may hold both ends of so many.
CROWD = min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 3)


class Counted(Source):
    """A source that counts how often the database is asked for one reader's sake."""

    reads = 0

    def find(self, reference):
        self.reads += 1
        return super().find(reference)

    def since(self, auction_id, seq):
        self.reads += 1
        return super().since(auction_id, seq)


@contextmanager
def feeding(app, **limits) -> Iterator[Feed]:
    """A feed beside the test, on a port of its own."""
    feed = Feed(Counted(app), **({"per_address": 10_000} | limits))
    loop, started = asyncio.new_event_loop(), threading.Event()
    tasks = []

    async def serve():
        ready = asyncio.Event()
        tasks.append(asyncio.create_task(feed.serve("127.0.0.1", 0, ready)))
        await ready.wait()
        started.set()
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(PATIENCE)
    try:
        yield feed
    finally:
        loop.call_soon_threadsafe(tasks[0].cancel)
        thread.join(PATIENCE)
        assert not thread.is_alive()
        loop.close()


async def connect(feed, reference, last=None, more=""):
    reader, writer = await asyncio.open_connection("127.0.0.1", feed.port)
    asked = f"Last-Event-ID: {last}\r\n" if last is not None else ""
    writer.write(f"GET /live/auctions/{reference} HTTP/1.1\r\n{asked}{more}\r\n".encode())
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    return reader, writer, head.decode()


async def events(reader):
    """Events as they come: (kind, data)."""
    while True:
        text = (await asyncio.wait_for(reader.readuntil(b"\n\n"), PATIENCE)).decode()
        lines = dict(line.split(": ", 1) for line in text.strip().split("\n") if ": " in line)
        if "event" in lines:
            yield lines["event"], json.loads(lines["data"])


def told(auction):
    db.session.rollback()
    found = select(AuctionEvent.seq).filter_by(auction_id=auction.id).order_by(AuctionEvent.seq)
    return list(db.session.scalars(found))


def test_i26_a_reader_who_drops_at_random_and_resumes_sees_every_event_once(own_database):
    auction = an_auction(step=20_000)
    firms = bidders(auction, 10)
    reference, chance, seen = auction.reference, random.Random(26), []  # noqa: S311

    async def follow(feed, last):
        seq = 0
        while seq < last:
            reader, writer, _ = await connect(feed, reference, seq)
            left = chance.randint(1, 5)
            async for kind, data in events(reader):
                if kind == "bid":
                    assert data["seq"] > seq
                    seq = data["seq"]
                    seen.append(seq)
                    left -= 1
                if left <= 0 or seq >= last:
                    break
            writer.close()
            await writer.wait_closed()

    with feeding(own_database) as feed:
        last = told(auction)[-1] + 20
        watcher = threading.Thread(target=lambda: asyncio.run(follow(feed, last)))
        watcher.start()
        for n in range(20):
            assert bid(firms[n % 10], reference, START + n * 20_000).status == 201
        watcher.join(2 * PATIENCE)
        assert not watcher.is_alive()
    assert seen == [*range(1, last + 1)]


def test_i28_no_event_tells_a_maximum_or_who_a_code_is(own_database):
    auction = an_auction(step=20_000)
    first, second = bidders(auction, 2)
    bid(first, auction, START + 77_777_700)
    bid(second, auction, START + 20_000)
    reference, last = auction.reference, told(auction)[-1]

    async def all_of_it(feed):
        reader, writer, _ = await connect(feed, reference, 0)
        text = ""
        async for _kind, data in events(reader):
            text += json.dumps(data)
            if data["seq"] == last and "hash" in data:
                break
        writer.close()
        return text

    with feeding(own_database) as feed:
        text = in_a_loop(all_of_it(feed))
    assert str(START + 77_777_700) not in text
    assert not any(word in text for word in ("maximum", "salt", "organisation", "user"))


def test_f12_when_all_are_cut_off_at_once_they_resume_with_few_reads(own_database):
    auction = an_auction(step=20_000)
    (first,) = bidders(auction, 1)
    reference = auction.reference

    async def crowd(feed, last):
        async def one():
            reader, writer, _ = await connect(feed, reference, last - 1)
            async for kind, data in events(reader):
                if kind == "bid":
                    writer.close()
                    return data["seq"]
            return None

        return await asyncio.gather(*(one() for _ in range(CROWD)))

    with feeding(own_database) as feed:
        last = told(auction)[-1]
        in_a_loop(crowd(feed, last))
        first_wave = feed.source.reads
        assert bid(first, reference, START).status == 201
        found = in_a_loop(crowd(feed, last + 1))
        assert found == [last + 1] * CROWD
        # what nobody remembered before the first wave is read for each, four at a time; now nothing
        assert feed.source.reads == first_wave


def test_one_session_gets_three_streams_and_then_is_told_to_poll(own_database):
    auction = an_auction()
    reference = auction.reference

    async def four(feed):
        cookie = "Cookie: session=abc\r\n"
        kept = [await connect(feed, reference, more=cookie) for _ in range(4)]
        for _, writer, _ in kept:
            writer.close()
        return [head.split()[1] for _, _, head in kept], kept[3][2]

    with feeding(own_database) as feed:
        answers, refusal = in_a_loop(four(feed))
    assert answers == ["200", "200", "200", "503"]
    assert "Retry-After" in refusal


def test_a_draft_is_not_there_and_the_end_closes_the_stream(own_database):
    draft, auction = an_auction(approved=False), an_auction()
    names = draft.reference, auction.reference

    async def look(feed):
        _, writer, head = await connect(feed, names[0])
        writer.close()
        reader, writer, _ = await connect(feed, names[1])
        kinds = []
        await asyncio.to_thread(end)
        with_end = events(reader)
        async for kind, _data in with_end:
            kinds.append(kind)
            if kind == "over":
                break
        assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
        writer.close()
        return head, kinds

    def end():
        with own_database.app_context():
            stopped = db.session.merge(auction, load=False)
            do(SYSTEM, stopped, Command("suspend", None, {"reason": "checked"}))
            do(SYSTEM, stopped, Command("cancel", None, {"reason": "checked"}))
            db.session.remove()

    with feeding(own_database) as feed:
        head, kinds = in_a_loop(look(feed))
    assert " 404 " in head
    assert (kinds[0], kinds[-1]) == ("state", "over")


class Slow:
    """A reader's connection whose buffer is full."""

    def __init__(self):
        self.transport, self.said, self.closed = self, b"", False

    def is_closing(self):
        return False

    def get_write_buffer_size(self):
        return BEHIND + 1

    def write(self, data):
        self.said += data

    def close(self):
        self.closed = True

    def abort(self):
        pass


def test_a_reader_who_takes_too_little_is_sent_away_to_come_back():
    state = {"seq": 1, "state": "free", "price": None, "ends_at": None}
    channel = Channel.of(Seen(1, 1, state, [], True, False))
    slow = Slow()
    channel.viewers.add(Viewer(slow, 1))

    async def look():
        channel.take(Seen(1, 2, state | {"seq": 2}, [{"seq": 2}], True, False))

    in_a_loop(look())

    assert b"resync" in slow.said
    assert slow.closed
    assert not channel.viewers


def test_the_ring_forgets_its_oldest_lines_and_says_so():
    state = {"seq": 0, "state": "free", "price": None, "ends_at": None}
    channel = Channel.of(Seen(1, 0, state, [], True, False))
    lines = [{"seq": n} for n in range(1, RING + 11)]
    channel.take(Seen(1, RING + 10, state, lines, True, False))

    assert not channel.remembers(9)
    assert channel.remembers(10)
    assert len(channel.behind(10)) == RING


def test_i18_asking_with_numbers_does_not_count_sealed_bids(own_database, monkeypatch):
    """In either feed the first number is the same whatever the reader claims to have."""
    monkeypatch.setattr("marketplace.web.auction_feed.LONGEST_SECONDS", 0.05)
    auction = an_auction("sealed_first")
    for firm in bidders(auction, 3):
        command = Command("envelope", None, {"ciphertext": "00", "commitment": "0" * 64})
        assert do(firm, auction, command).accepted
    reference = auction.reference

    async def first_number(feed, claimed):
        reader, writer, _ = await connect(feed, reference, claimed)
        text = (await reader.readuntil(b"\n\n")).decode()
        writer.close()
        return re.search(r"^id: (\d+)$", text, re.MULTILINE).group(1)

    with feeding(own_database) as feed:
        apart = {in_a_loop(first_number(feed, n)) for n in range(12)}
    client = own_database.test_client()
    inside = set()
    for n in range(12):
        answer = client.get(f"/live/auctions/{reference}", headers={"Last-Event-ID": str(n)})
        text = answer.get_data(as_text=True)
        inside.add(re.search(r"^id: (\d+)\nevent: state$", text, re.MULTILINE).group(1))
    assert (apart, inside) == ({"0"}, {"0"})
