"""Telling what happened in the order in which it happened, each step at its own moment.

A story is a generator: it acts, then yields the moment at which it goes on. All stories are played
together, so that references, events and the audit log run in the order of time, as on a real site.
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import structlog

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Refused

Story = Iterator[datetime]
log = structlog.get_logger()
BEGINNING = datetime.min.replace(tzinfo=UTC)


def after(moment: datetime, days: float) -> datetime:
    """So many days later."""
    return moment + timedelta(days=days)


def play(stories: Iterable[Story], until: datetime) -> list[str]:
    """Play every story to its end or to the given moment; the codes of what was refused.

    A refused step ends its story there and leaves what was done before it: a law that comes into
    force tomorrow may ask more than the demonstration has.
    """
    refused: list[str] = []
    turn = count()
    waiting: list[tuple[datetime, int, Story]] = []
    for story in stories:
        _go_on(story, waiting, turn, refused, reached=BEGINNING)
    while waiting:
        moment, _, story = heapq.heappop(waiting)
        if moment > until:
            break
        with clock.freeze(moment):
            _go_on(story, waiting, turn, refused, reached=moment)
    return refused


def _go_on(
    story: Story,
    waiting: list[tuple[datetime, int, Story]],
    turn: Iterator[int],
    refused: list[str],
    *,
    reached: datetime,
) -> None:
    try:
        with db.session.begin_nested():
            moment = next(story, None)
    except Refused as refusal:
        log.warning(
            "a story of the demonstration was refused", code=refusal.code, needs=refusal.needs
        )
        refused.append(refusal.code)
        return
    if moment is not None:  # nobody goes back in time
        heapq.heappush(waiting, (max(moment, reached), next(turn), story))
