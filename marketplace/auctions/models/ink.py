"""Logs in ink: whoever speaks to the database, nothing of them changes, and no number is left out.

The same as the migrations give a database (0010, 0012, 0016).
"""

from marketplace.auctions.models.auction import AuctionEvent
from marketplace.auctions.models.log import LogCheckpoint, LogLeaf, LogNode
from marketplace.core.ink import in_ink

IN_INK = (AuctionEvent, LogLeaf, LogNode, LogCheckpoint)
# What the next number of a log is: one more than the last, in its auction or in the whole tree.
NEXT = {
    AuctionEvent: (
        "seq",
        "1 + COALESCE((SELECT max(seq) FROM auction_event WHERE auction_id = NEW.auction_id), 0)",
    ),
    LogLeaf: ("place", "1 + COALESCE((SELECT max(place) FROM log_leaf), -1)"),
}

for _model in IN_INK:
    in_ink(_model, following=NEXT.get(_model))
