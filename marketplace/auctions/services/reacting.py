"""What follows in the same transaction once the door has let something in.

`after` gives the functions of (auction, event, by) for a kind of the log's events, called in order
after log, projection and answer are written. A reaction may ask the door again: hence the late import.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from marketplace.auctions.engine.state import Event
from marketplace.auctions.models import Auction
from marketplace.core.policy import Actor

Reaction = Callable[[Auction, Event, Actor], object]


def after(kind: str) -> Sequence[Reaction]:
    """What follows on an event of that kind."""
    return _reactions().get(kind, ())


@cache
def _reactions() -> Mapping[str, Sequence[Reaction]]:
    from marketplace.auctions.services import (  # noqa: PLC0415
        awarding,
        controlling,
        drafting,
        first_refusal,
        opening,
        participating,
        priority,
        telling,
    )

    return {
        "settled": (awarding.on_over, drafting.on_over),
        "published": (priority.record_holders, drafting.on_published),
        "closed": (first_refusal.after_close, awarding.on_closed, awarding.on_deadline),
        "enveloped": (opening.keep_envelope,),
        "scored": (opening.open_scored,),
        "failed": (awarding.on_over, drafting.on_over),
        "withdrawn": (awarding.on_over, drafting.on_over),
        "cancelled": (telling.on_cancelled, awarding.on_over, drafting.on_over),
        "suspended": (telling.on_suspended,),
        "resuming": (telling.on_resuming,),
        "awarded": (awarding.on_awarded,),
        "excluded": (controlling.keep_out, participating.on_excluded),
    }
