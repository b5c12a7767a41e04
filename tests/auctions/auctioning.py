"""Auctions for tests: published through the door, open, with bidders that may bid.

an_auction(step=20_000)          open for free bidding, start 100,000 yuan
first, second = bidders(auction, 2)
bid(first, auction, 10_000_000)
"""

import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from marketplace.auctions.engine.canonical import reserve_commitment
from marketplace.auctions.engine.rules import Format, Rules
from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Auction, Participant, ParticipantState
from marketplace.auctions.services import bidding, door, sealing
from marketplace.auctions.services.intake import micros
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import SYSTEM, Actor
from tests import factories as a

START = 10_000_000  # fen
_serial = count(1)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def an_auction(
    format: Format | str = Format.ENGLISH,  # noqa: A002 -- the rules call it so
    *,
    reserve: int | None = None,
    opened: bool = True,
    approved: bool = True,
    listing: Any = None,
    parent: Auction | None = None,
    opens_at: datetime | None = None,
    free_ends_at: datetime | None = None,
    ends_at: datetime | None = None,
    **rules: Any,
) -> Auction:
    """An auction that opened a minute ago and takes bids; ENGLISH ends its free period in an hour."""
    n = next(_serial)
    made_for = listing or a.listing()
    opens = opens_at or clock.now() - timedelta(minutes=1)
    ends = ends_at or (free_ends_at or opens + timedelta(hours=1))
    english = Format(format) is Format.ENGLISH
    cycle = timedelta(seconds=rules.get("cycle", 300))
    free_ends = free_ends_at or (ends_at - cycle if ends_at else opens + timedelta(hours=1))
    if english and not ends_at:
        ends = free_ends + cycle
    salt = secrets.token_hex(32)
    reference = f"J-{90_000_000 + n}"  # far from those that the exchange gives
    hidden = {"reserve": reserve, "reserve_salt": salt}
    if reserve is not None:
        rules |= {
            "has_reserve": True,
            "reserve_commitment": reserve_commitment(reference, reserve, salt),
        }
    published = Rules(
        **{
            "auction": reference,
            "format": Format(format),
            "start": START,
            "opens_at": micros(opens),
            "free_ends_at": micros(free_ends) if english else None,
            "ends_at": micros(ends),
            **rules,
        }
    )
    with transaction():  # beside a site's worker a write may not begin as a read
        auction = a.keep(
            Auction(
                reference=reference,
                listing=made_for,
                seller=made_for.seller,
                parent_id=parent and parent.id,
                format=published.format,
                rules_data=published.to_json(),
                sealed_secrets=sealing.seal_values(hidden),
                state=Phase.SUBMITTED,
            )
        )
    if not approved:
        return auction
    at(opens - timedelta(days=8), SYSTEM, auction, Command("publish"))
    if opened:
        at(opens, SYSTEM, auction, Command("clock"))
    return auction


def bidders(auction: Auction, n: int = 2, *, ranks: Sequence[int] = ()) -> list[Actor]:
    """Firms admitted to an auction, each with somebody who may bid; ranks of priority rights."""
    return [bidder(auction, rank=rank) for rank in [*ranks, *[0] * (n - len(ranks))]]


def bidder(auction: Auction, *, rank: int = 0, of: Any = None, **over: Any) -> Actor:
    """One firm admitted to an auction."""
    with transaction():  # beside a site's worker, as above
        firm = of or a.organisation()
        actor = a.actor(firm)
        participant = a.keep(
            Participant(
                **{
                    "auction": auction,
                    "organisation": firm,
                    "user_id": actor.user_id,
                    "code": _code(),
                    "rank": rank,
                    "state": ParticipantState.ACTIVE,
                }
                | over
            )
        )
    do(SYSTEM, auction, Command("admit", participant.code, {"rank": rank}))
    return actor


def _code() -> str:
    n, letters = next(_serial), ""
    for _ in range(5):
        n, rest = divmod(n, len(_ALPHABET))
        letters = _ALPHABET[rest] + letters
    return letters


def code_of(actor: Actor, auction: Auction) -> str:
    """The pseudonym of a bidder's firm."""
    found = db.session.query(Participant.code).filter_by(
        auction_id=auction.id, organisation_id=actor.organisation_id
    )
    return str(found.scalar())


def do(actor: Actor, auction: Auction, command: Command, key: str | None = None) -> door.Reply:
    """A command through the door, in a transaction of its own."""
    asked = "" if actor is SYSTEM else key or new_key()
    with transaction():
        return door.execute(actor, auction.id, command, key=asked)


def at(moment: datetime | None, actor: Actor, auction: Auction, command: Command) -> door.Reply:
    """The same at a moment of its own."""
    with ExitStack() as stack:
        if moment is not None:
            stack.enter_context(clock.freeze(moment))
        return do(actor, auction, command)


def bid(
    actor: Actor,
    auction: Auction | str,
    amount: Any,
    *,
    key: str | None = None,
    confirm: str | None = None,
) -> door.Reply:
    """A bid, as a page would hand it on."""
    reference = auction if isinstance(auction, str) else auction.reference
    with transaction():
        return bidding.place_bid(actor, reference, amount, key or new_key(), confirm)


def tick(auction: Auction) -> door.Reply:
    """Let the clock do what is due in one auction."""
    return do(SYSTEM, auction, Command("clock"))


def new_key() -> str:
    """A key that nobody has used."""
    return secrets.token_hex(16)
