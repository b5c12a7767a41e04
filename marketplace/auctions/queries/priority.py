"""Rights of first refusal in an auction: for their holders, for the exchange, for the services."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from marketplace.auctions import policy_priority as policy
from marketplace.auctions.engine.rules import PriorityMode
from marketplace.auctions.models import Auction, Participant, PriorityHolder, PriorityState
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor, require

OPEN = (PriorityState.RECORDED, PriorityState.NOTIFIED)


def mine(actor: Actor) -> list[PriorityHolder]:
    """What an organisation holds, what waits for its answer first."""
    rows = (
        select(PriorityHolder)
        .options(joinedload(PriorityHolder.auction).joinedload(Auction.listing))
        .where(PriorityHolder.holder_id == actor.organisation)
        .order_by(PriorityHolder.due_at.is_(None), PriorityHolder.due_at, PriorityHolder.id.desc())
    )
    return list(db.session.scalars(rows))


def right(actor: Actor, right_id: int) -> PriorityHolder:
    """One, for its holder and for the exchange; others find nothing."""
    found = db.session.get(PriorityHolder, right_id)
    if found is None or not policy.see.allows(actor, found):
        raise NotFound("auction_priority")
    require(actor, policy.see, found)
    return found


def of_auction(
    auction: Auction, states: Iterable[PriorityState] = tuple(PriorityState)
) -> list[PriorityHolder]:
    """Those of an auction, in their rank."""
    rows = (
        select(PriorityHolder)
        .where(PriorityHolder.auction_id == auction.id, PriorityHolder.state.in_(list(states)))
        .order_by(PriorityHolder.rank, PriorityHolder.id)
    )
    return list(db.session.scalars(rows))


def stands_in_the_way(auction: Auction) -> bool:
    """Whether a holder may still step in: until then nobody is awarded (I-36)."""
    return bool(of_auction(auction, OPEN))


def due() -> list[PriorityHolder]:
    """Notified, and the days, or the hours for the deposit, are over."""
    now = clock.now()
    rows = (
        select(PriorityHolder)
        .where(PriorityHolder.state == PriorityState.NOTIFIED, PriorityHolder.due_at.is_not(None))
        .order_by(PriorityHolder.id)
        .limit(500)
    )
    return [one for one in db.session.scalars(rows) if last_moment(one) <= now]


def last_moment(right: PriorityHolder) -> datetime:
    """When it is too late: for the answer, or once that is given for the deposit."""
    last = right.deposit_due_at or right.due_at
    if last is None:
        raise ValueError("the days do not run yet")
    return last


def participation_of(auction: Auction, organisation_id: int | None) -> Participant | None:
    """The organisation as a bidder in the auction."""
    if organisation_id is None:
        return None
    return db.session.scalar(
        select(Participant).where(
            Participant.auction_id == auction.id, Participant.organisation_id == organisation_id
        )
    )


def codes_waiting(auction: Auction) -> set[str]:
    """Bidders' codes of those who may still step in: their deposits stay."""
    rows = (
        select(Participant.code)
        .join(
            PriorityHolder,
            (PriorityHolder.auction_id == Participant.auction_id)
            & (PriorityHolder.holder_id == Participant.organisation_id),
        )
        .where(
            Participant.auction_id == auction.id,
            PriorityHolder.state == PriorityState.NOTIFIED,
            Participant.code.is_not(None),
        )
    )
    return {code for code in db.session.scalars(rows) if code}


def may_step_in(participant: Participant) -> bool:
    """The bidder holds a right of first refusal too, to be exercised after the close, and has not let it go."""
    auction = participant.auction
    return auction.rules.priority is PriorityMode.AFTER and any(
        one.holder_id == participant.organisation_id for one in of_auction(auction, OPEN)
    )


def terms_of(right: PriorityHolder) -> dict[str, Any]:
    """What the notice says; of a right that was not notified, nothing."""
    return dict(json.loads(right.notice)) if right.notice else {}
