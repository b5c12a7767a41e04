"""One auction being watched: its last lines, its readers, and who of them is too slow."""

from asyncio import StreamWriter, get_running_loop
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from marketplace.core import clock
from marketplace.live.source import Seen
from marketplace.web.auction_feed import event_text

RING = 1000  # lines kept for readers who come back
BEHIND = 64 * 512  # bytes not taken by a reader, about 64 events: he is sent away to come back
GRACE_SECONDS = 5  # to take what was written before the connection is cut


def let_go(writer: StreamWriter) -> None:
    """Close a connection, and cut it when its reader does not take what was written.

    To close waits for the buffer to empty, which a reader who takes nothing can put off for ever.
    """
    writer.close()
    get_running_loop().call_later(GRACE_SECONDS, writer.transport.abort)


@dataclass(eq=False)
class Viewer:
    """A reader and the last line he was sent."""

    writer: StreamWriter
    seq: int = 0
    told: bool = False  # apart from the others, of the look that is being handed out

    def send(self, data: bytes) -> bool:
        """Hand on; false: he takes too little, or has gone."""
        transport = self.writer.transport
        if transport.is_closing():
            return False
        if transport.get_write_buffer_size() > BEHIND:
            self.writer.write(b"event: resync\ndata: {}\n\n")
            return False
        self.writer.write(data)
        return True


@dataclass(eq=False)
class Channel:
    """The readers of one auction share one look, one ring and one text."""

    auction_id: int
    seq: int  # of the auction
    shown_seq: int  # of the last line shown
    state: dict[str, Any]
    running: bool
    falling: bool
    ring: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=RING))
    viewers: set[Viewer] = field(default_factory=set)
    told_at: float = 0.0

    @classmethod
    def of(cls, seen: Seen) -> "Channel":
        """From the first look."""
        return cls(seen.auction_id, seen.seq, seen.seq, seen.state, seen.running, seen.falling)

    def remembers(self, seq: int) -> bool:
        """Whether the ring holds every line behind a number."""
        return seq >= self.shown_seq or (bool(self.ring) and self.ring[0]["seq"] <= seq + 1)

    def greeting(self, has: int | None) -> bytes:
        """What every reader is sent first: how to come back, and where the auction stands.

        It is numbered by the last line that a returning reader has: were he cut off again before
        the lines he missed, a higher number would make him skip them.
        """
        return b"retry: 2000\n" + self.standing("state", has)

    def standing(self, kind: str, seq: int | None = None) -> bytes:
        """The state at this moment, numbered by what may be known."""
        told = self.state | {"server_now": clock.now().isoformat()}
        # While bids are sealed no number is given away, not even by repeating the reader's own.
        number = seq if seq is not None and told["seq"] else told["seq"]
        return event_text(kind, told, number).encode()

    def text(self, lines: list[dict[str, Any]]) -> bytes:
        """Lines as events; each says how the auction stands now."""
        now = {
            "state": self.state["state"],
            "ends_at": self.state["ends_at"],
            "server_now": clock.now().isoformat(),
        }
        return "".join(event_text("bid", line | now, line["seq"]) for line in lines).encode()

    def behind(self, seq: int) -> list[dict[str, Any]]:
        """The lines of the ring behind a number."""
        return [line for line in self.ring if line["seq"] > seq]

    def take(self, seen: Seen) -> None:
        """Tell every reader what a look brought: one text, one write each."""
        moved = any(seen.state[name] != self.state[name] for name in ("price", "state", "ends_at"))
        self.seq, self.state, self.running = seen.seq, seen.state, seen.running
        if seen.lines:
            self.shown_seq = seen.lines[-1]["seq"]
            self.ring.extend(seen.lines)
        beside = self.standing("state") if moved and not seen.lines else b""
        if not self.running:
            beside += self.standing("over")
        data = self.text(seen.lines) + beside
        # Who read the log himself while this look was under way may be ahead of it.
        for viewer in [v for v in self.viewers if seen.lines and v.seq >= seen.lines[0]["seq"]]:
            rest = self.text([line for line in seen.lines if line["seq"] > viewer.seq]) + beside
            self._send(viewer, rest)
            viewer.told = True
        if data:
            self.tell(data)

    def tell(self, data: bytes) -> None:
        """To every reader who was not told apart; those who cannot follow are let go."""
        for viewer in list(self.viewers):
            if viewer.told:
                viewer.told = False
            else:
                self._send(viewer, data)

    def _send(self, viewer: Viewer, data: bytes) -> None:
        if viewer.send(data):
            viewer.seq = max(viewer.seq, self.shown_seq)
        else:
            self.viewers.discard(viewer)
            let_go(viewer.writer)
