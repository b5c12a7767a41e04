"""The feed over HTTP/1.1 (RFC 9112) as server-sent events, on one event loop.

However many readers there are, the database is asked once a look for all auctions that somebody
watches. A reader who was cut off is served what he missed from memory, as far as it reaches back.
"""

import asyncio
import hashlib
import re
import time
from collections import Counter
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

import structlog

from marketplace.live.channel import Channel, Viewer, let_go
from marketplace.live.source import Source

PATH = "/live/auctions/"
LOOK_SECONDS = 0.04
GAP_SECONDS = 0.2  # at most five writes a second to a reader
FALL_SECONDS = 1.0  # how often a falling price is looked at
HEARTBEAT_SECONDS = 15
HEAD_BYTES = 16 * 1024
HEAD_SECONDS = 10
DRAIN_SECONDS = 10
REQUEST = re.compile(r"[A-Z]+ /[!-~]* HTTP/1\.[01]")
OPEN = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
    b"X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
)
log = structlog.get_logger()


class Feed:
    """The server: channels by auction, readers by address and by session."""

    def __init__(
        self,
        source: Source,
        *,
        proxies: int = 0,
        cookie: str = "session",
        per_address: int = 20,
        per_session: int = 3,
    ) -> None:
        self.source = source
        self.proxies, self.cookie = proxies, cookie
        self.limits = {"address": per_address, "session": per_session}
        self.channels: dict[str, asyncio.Task[Channel | None]] = {}
        self.counts: Counter[tuple[str, str]] = Counter()
        self.reads = asyncio.Semaphore(4)
        self.handlers: set[asyncio.Task[None]] = set()

    async def serve(self, host: str, port: int, ready: asyncio.Event | None = None) -> None:
        """Until cancelled."""
        server = await asyncio.start_server(self.handle, host, port, limit=HEAD_BYTES, backlog=2048)
        self.port = server.sockets[0].getsockname()[1]
        if ready:
            ready.set()
        try:
            async with server, asyncio.TaskGroup() as group:
                group.create_task(self._look())
                group.create_task(self._beat())
                await server.serve_forever()
        finally:
            for handler in self.handlers:
                handler.cancel()
            await asyncio.gather(*self.handlers, return_exceptions=True)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One reader, until he goes."""
        task = asyncio.current_task()
        if task is not None:
            self.handlers.add(task)
            task.add_done_callback(self.handlers.discard)
        try:
            await self._handled(reader, writer)
        except asyncio.CancelledError:
            pass  # the server stops; its readers come back
        except Exception:
            log.exception("feed.reader_failed")  # the database is away; he comes back
        let_go(writer)

    async def _handled(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(TimeoutError, OSError, asyncio.IncompleteReadError):
            try:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
                await self._answer(head.decode("latin-1"), reader, writer)
            except asyncio.LimitOverrunError:
                _short(writer, "400 Bad Request")

    async def _answer(
        self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        first, *rest = head.split("\r\n")
        if not REQUEST.fullmatch(first):
            return _short(writer, "400 Bad Request")
        method, target, _ = first.split(" ")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in rest)
        }
        path, _, query = target.partition("?")
        if method != "GET":
            return _short(writer, "405 Method Not Allowed")
        if path == "/live/health":
            return _short(writer, "200 OK")
        channel = None
        if path.startswith(PATH):
            try:
                channel = await self._channel(path.removeprefix(PATH).upper()[:20])
            except Exception:
                log.exception("feed.find_failed")  # the database is away; readers come back
                return _short(writer, "503 Service Unavailable", "Retry-After: 5\r\n")
        if channel is None:
            return _short(writer, "404 Not Found")
        who = self._who(headers, writer)
        if any(self.counts[key] >= self.limits[key[0]] for key in who):
            return _short(writer, "503 Service Unavailable", "Retry-After: 5\r\n")
        self.counts.update(who)
        try:
            asked = headers.get("last-event-id") or parse_qs(query).get("after", [""])[0]
            viewer = await self._welcome(channel, writer, _number(asked))
            if channel.running:
                await reader.read(1)  # he goes; whoever speaks again is let go, nothing is kept
            channel.viewers.discard(viewer)
        finally:
            self.counts.subtract(who)
            self.counts += Counter()  # forget who has none left

    def _who(self, headers: dict[str, str], writer: asyncio.StreamWriter) -> list[tuple[str, str]]:
        address = str(writer.get_extra_info("peername")[0])
        if self.proxies:
            hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",")]
            address = hops[-self.proxies] if len(hops) >= self.proxies else address
        who = [("address", address)]
        with suppress(CookieError):
            session = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
            if session:
                who.append(("session", hashlib.sha256(session.value.encode()).hexdigest()))
        return who

    async def _channel(self, reference: str) -> Channel | None:
        """The channel of an auction; a thousand who come at once cause one read."""
        task = self.channels.get(reference)
        if task is None:
            task = self.channels[reference] = asyncio.create_task(self._opened(reference))
        try:
            found = await asyncio.shield(task)
        except Exception:
            self.channels.pop(reference, None)
            raise
        if found is None or not found.running:
            self.channels.pop(reference, None)
        return found

    async def _opened(self, reference: str) -> Channel | None:
        async with self.reads:
            seen = await asyncio.to_thread(self.source.find, reference)
        return None if seen is None else Channel.of(seen)

    async def _welcome(
        self, channel: Channel, writer: asyncio.StreamWriter, after: int | None
    ) -> Viewer:
        known = after is not None and after <= channel.shown_seq
        if after is not None and not known:  # he may have read further than our last look
            async with self.reads:
                newer = await asyncio.to_thread(
                    self.source.since, channel.auction_id, channel.shown_seq
                )
            known = bool(newer) and after <= newer[-1]["seq"]
        viewer = Viewer(writer, after if known and after is not None else channel.shown_seq)
        writer.write(OPEN + channel.greeting(viewer.seq if known else None))
        while not channel.remembers(viewer.seq):
            async with self.reads:
                lines = await asyncio.to_thread(self.source.since, channel.auction_id, viewer.seq)
            if not lines:
                viewer.seq = channel.shown_seq
                break
            writer.write(channel.text(lines))
            await asyncio.wait_for(writer.drain(), DRAIN_SECONDS)
            viewer.seq = lines[-1]["seq"]
        missed = channel.behind(viewer.seq)
        if missed:
            writer.write(channel.text(missed))
        viewer.seq = max(viewer.seq, channel.shown_seq)
        if channel.running:
            channel.viewers.add(viewer)  # nothing was awaited since the ring was read
        else:
            writer.write(channel.standing("over"))
        await asyncio.wait_for(writer.drain(), DRAIN_SECONDS)
        return viewer

    def _watched(self) -> dict[str, Channel]:
        found = {}
        for reference, task in list(self.channels.items()):
            if task.done() and not task.cancelled() and not task.exception():
                channel = task.result()
                if channel is not None:
                    found[reference] = channel
        return found

    async def _look(self) -> None:
        fell = 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = time.monotonic()
            watched = {
                channel.auction_id: channel
                for channel in self._watched().values()
                if now - channel.told_at >= GAP_SECONDS
            }
            if not watched:
                continue
            falling = frozenset[int]()
            if now - fell >= FALL_SECONDS:
                fell, falling = now, frozenset(k for k, one in watched.items() if one.falling)
            try:
                seen = await asyncio.to_thread(
                    self.source.look,
                    {key: (one.shown_seq, one.seq) for key, one in watched.items()},
                    falling,
                )
            except Exception:
                log.exception("feed.look_failed")  # the database is away; readers keep waiting
                await asyncio.sleep(1)
                continue
            for one in seen:
                watched[one.auction_id].take(one)
                watched[one.auction_id].told_at = now
            self._forget()

    def _forget(self) -> None:
        """Channels that ended: their readers go, and whoever comes is told by a fresh look."""
        for reference, channel in self._watched().items():
            if not channel.running:
                self.channels.pop(reference, None)
                for viewer in channel.viewers:
                    let_go(viewer.writer)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for reference, channel in self._watched().items():
                channel.tell(b":hb\n\n")
                if not channel.viewers:
                    self.channels.pop(reference, None)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _short(writer: asyncio.StreamWriter, status: str, more: str = "") -> None:
    writer.write(
        f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n{more}Connection: close\r\n\r\n".encode()
    )
