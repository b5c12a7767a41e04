"""The feed and readers who misbehave, leave early or come while the database is away."""

import asyncio
import socket
from contextlib import suppress

import pytest

from marketplace.live import channel
from marketplace.live.server import Feed
from marketplace.live.source import Seen
from tests.auctions.auctioning import START, an_auction, bid, bidders
from tests.auctions.live.loops import in_a_loop

PATIENCE = 20
STATE = {"seq": 5, "state": "free", "price": None, "ends_at": None}


class Told:
    """A source that says what a test wants said."""

    def __init__(self, seq=5):
        self.seq, self.away = seq, False

    def find(self, _reference):
        if self.away:
            raise ConnectionError("the database is away")
        return Seen(1, self.seq, STATE | {"seq": self.seq}, [], True, False)

    def since(self, _auction_id, _seq):
        raise ConnectionError("cut off before the missed lines came")

    def look(self, watched, _falling):
        shown, known = watched[1]
        if self.seq == known:
            return []
        lines = [{"seq": n, "public": "x" * 400} for n in range(shown + 1, self.seq + 1)]
        return [Seen(1, self.seq, STATE | {"seq": self.seq}, lines, True, False)]


def served(story, source=None, **limits):
    """Run a story beside a feed on a port of its own."""

    async def run():
        feed, ready = Feed(source or Told(), **limits), asyncio.Event()
        serving = asyncio.create_task(feed.serve("127.0.0.1", 0, ready))
        await ready.wait()
        feed.opened = []
        try:
            return await asyncio.wait_for(story(feed), 2 * PATIENCE)
        finally:
            for writer in feed.opened:
                writer.close()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    return in_a_loop(run())


async def ask(feed, said):
    reader, writer = await asyncio.open_connection("127.0.0.1", feed.port)
    feed.opened.append(writer)
    writer.write(said)
    return reader, writer, (await asyncio.wait_for(reader.readline(), PATIENCE)).decode()


async def until(condition):
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 -- the feed knows nothing of the test
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "said",
    [
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"\x00\x01\r\n\r\n",
        b"GET /live/auctions/A\r\n\r\n",
        b"GET /live/auctions/A HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_request_is_answered_400(said):
    async def story(feed):
        return (await ask(feed, said))[2]

    assert " 400 " in served(story)


def test_while_the_database_is_away_readers_are_told_to_come_back_and_then_served():
    source = Told()
    source.away = True

    async def story(feed):
        asked = b"GET /live/auctions/A HTTP/1.1\r\n\r\n"
        _, _, before = await ask(feed, asked)
        source.away = False
        _, _, after = await ask(feed, asked)
        return before, after

    before, after = served(story, source)
    assert " 503 " in before
    assert " 200 " in after


def test_i26_a_reader_cut_off_before_the_missed_lines_keeps_his_number():
    async def story(feed):
        reader, _, _ = await ask(feed, b"GET /live/auctions/A HTTP/1.1\r\nLast-Event-ID: 2\r\n\r\n")
        return (await asyncio.wait_for(reader.read(), PATIENCE)).decode()

    ids = [line for line in served(story).splitlines() if line.startswith("id: ")]
    assert ids == ["id: 2"]


def test_i26_the_web_process_keeps_his_number_too(own_database):
    auction = an_auction(step=20_000)
    (first,) = bidders(auction, 1)
    assert bid(first, auction, START).status == 201

    answer = own_database.test_client().get(
        f"/live/auctions/{auction.reference}", headers={"Last-Event-ID": "1"}, buffered=False
    )
    greeting = next(iter(answer.response))
    answer.close()

    assert b"id: 1\nevent: state" in greeting


def test_a_reader_who_speaks_after_his_request_is_let_go():
    async def story(feed):
        reader, writer, _ = await ask(feed, b"GET /live/auctions/A HTTP/1.1\r\n\r\n")
        writer.write(b"x" * 1000)
        with suppress(ConnectionResetError):
            await asyncio.wait_for(reader.read(), PATIENCE)
        await until(lambda: not feed.counts)

    served(story)


def test_a_reader_who_takes_nothing_is_cut_and_his_place_is_free_again(monkeypatch):
    monkeypatch.setattr(channel, "GRACE_SECONDS", 0.2)
    source = Told()

    async def story(feed):
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        deaf.setblocking(False)
        await asyncio.get_running_loop().sock_connect(deaf, ("127.0.0.1", feed.port))
        deaf.send(b"GET /live/auctions/A HTTP/1.1\r\n\r\n")
        await until(lambda: feed.counts)
        while feed.counts:
            source.seq += 1000
            await asyncio.sleep(0.05)
        deaf.close()

    served(story, source)
