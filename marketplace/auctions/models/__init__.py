"""Tables of auctions."""

from marketplace.auctions.models.auction import (
    AUCTION,
    Answer,
    Auction,
    AuctionEvent,
    Award,
    Participant,
    ParticipantState,
)
from marketplace.auctions.models.deposits import (
    Hold,
    HoldResolution,
    HoldState,
    Resolution,
)

__all__ = [
    "AUCTION",
    "Answer",
    "Auction",
    "AuctionEvent",
    "Award",
    "Hold",
    "HoldResolution",
    "HoldState",
    "Participant",
    "ParticipantState",
    "Resolution",
]
