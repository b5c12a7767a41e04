"""Tables of auctions."""

from marketplace.auctions.models.alerts import ALERT, Alert, AlertState
from marketplace.auctions.models.auction import (
    AUCTION,
    Answer,
    Auction,
    AuctionEvent,
    Award,
    Participant,
    ParticipantState,
)
from marketplace.auctions.models.beat import Beat
from marketplace.auctions.models.control import ORDER, Order, OrderKind, OrderState
from marketplace.auctions.models.deposits import (
    Hold,
    HoldResolution,
    HoldState,
    Resolution,
)
from marketplace.auctions.models.following import AuctionLetter, AuctionWatch
from marketplace.auctions.models.ink import IN_INK
from marketplace.auctions.models.log import LogCheckpoint, LogLeaf, LogNode
from marketplace.auctions.models.priority import PriorityHolder, PriorityState
from marketplace.auctions.models.sealed import Envelope, KeyShare, ShareHolder
from marketplace.auctions.models.tender import JUROR, Juror, JurorState

__all__ = [
    "ALERT",
    "AUCTION",
    "IN_INK",
    "JUROR",
    "ORDER",
    "Alert",
    "AlertState",
    "Answer",
    "Auction",
    "AuctionEvent",
    "AuctionLetter",
    "AuctionWatch",
    "Award",
    "Beat",
    "Envelope",
    "Hold",
    "HoldResolution",
    "HoldState",
    "Juror",
    "JurorState",
    "KeyShare",
    "LogCheckpoint",
    "LogLeaf",
    "LogNode",
    "Order",
    "OrderKind",
    "OrderState",
    "Participant",
    "ParticipantState",
    "PriorityHolder",
    "PriorityState",
    "Resolution",
    "ShareHolder",
]
