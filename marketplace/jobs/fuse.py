"""The fuse of the clock: while the time by which auctions are judged jumps, nothing is closed by it.

A clock on the wall may be set; the steady one of the machine only counts. What the two counted since
the last look must agree to a fifth of a second. After a jump the fuse stays out until the wall has run
evenly for a while, and then says once that it was out, so that the limited periods get their time back.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

LARGEST_JUMP = 0.2  # seconds
EVEN_FOR = 3.0  # seconds without a jump before the clock is believed again
LOOK_EVERY = 1.0
LONGEST_READING = 0.1  # a reading that took longer tells nothing


class Clock(Enum):
    """What the fuse says."""

    EVEN = "even"
    JUMPS = "jumps"
    EVEN_AGAIN = "even again"  # said once


@dataclass
class Fuse:
    """Compares a clock on the wall with one that only counts, both in seconds."""

    wall: Callable[[], float]
    steady: Callable[[], float] = time.monotonic
    _anchor: tuple[float, float] | None = None
    _jumped_at: float | None = None
    good_until: float = 0.0  # the wall's reading when it was last believed

    def look(self) -> Clock:
        """How the wall's clock does."""
        before = self.steady()
        wall = self.wall()
        now = self.steady()
        if now - before > LONGEST_READING:
            return Clock.EVEN if self._jumped_at is None else Clock.JUMPS
        if self._anchor is None:
            self._anchor = (wall, now)
        jumped = abs((wall - self._anchor[0]) - (now - self._anchor[1])) > LARGEST_JUMP
        if jumped and self._jumped_at is None:
            self.good_until = self._anchor[0]
        if jumped:
            self._jumped_at = now
        if jumped or now - self._anchor[1] >= LOOK_EVERY:
            self._anchor = (wall, now)
        if self._jumped_at is None:
            return Clock.EVEN
        if now - self._jumped_at < EVEN_FOR:
            return Clock.JUMPS
        self._jumped_at = None
        return Clock.EVEN_AGAIN
