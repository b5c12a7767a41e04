"""What follows in the same transaction once the door has let something in.

`AFTER` maps a kind of the log's events to functions of (auction, event, by), called in order after
log, projection and answer are written. Register by import here; a reaction may ask the door again.
"""

from collections.abc import Callable, Mapping, Sequence

from marketplace.auctions.engine.state import Event
from marketplace.auctions.models import Auction
from marketplace.auctions.services import controlling
from marketplace.core.policy import Actor

Reaction = Callable[[Auction, Event, Actor], object]

AFTER: Mapping[str, Sequence[Reaction]] = {
    "excluded": [controlling.keep_out],
}
