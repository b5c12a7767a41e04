"""Who somebody is in an auction: asked by the door under the lock, in one statement.

No accepted bid comes from the seller, from his affiliates, from the exchange's own people, or from
whoever defaulted on the auction that this one repeats (最高人民法院关于人民法院网络司法拍卖若干问题的规定
art. 24; 拍卖法 art. 22, 30).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    false,
    select,
    true,
)
from sqlalchemy.orm import aliased

from marketplace.auctions.models import Answer, Auction, Award, Participant, ParticipantState
from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.organisations.models import Capability, CapabilityGrant, GrantState, Membership

AT_ONCE = 5  # answers a bidder gets in a second
TOO_OFTEN = 429


@dataclass(frozen=True)
class OnFile:
    """What is on file about who asks."""

    participant_id: int | None = None
    code: str | None = None
    state: ParticipantState | None = None
    is_affiliate: bool = False
    is_staff: bool = False
    defaulted: bool = False
    fifth_last: datetime | None = None  # when he was given his fifth last answer
    fingerprint: str | None = None  # of the earlier request under the same key
    status: int | None = None
    receipt: str | None = None

    def obstacle(self, actor: Actor, seller_id: int) -> str | None:
        """Why he may not bid, as a code of a refusal; none: he may."""
        checks = (
            (actor.organisation_id == seller_id, "auction.own"),
            (self.is_affiliate, "auction.affiliate"),
            (self.is_staff, "auction.staff"),
            (self.defaulted, "auction.defaulter"),
            (self.state is not ParticipantState.ACTIVE, "auction.not_admitted"),
            (Capability.ACQUIRER not in actor.capabilities, "auction.not_admitted"),
        )
        return next((code for found, code in checks if found), None)


def standing(
    actor: Actor, auction_id: int, *, seller_id: int, parent_id: int | None, key: str
) -> OnFile:
    """All of it about an actor; of a key used before, what was answered."""
    by_exchange = actor.is_operator or actor.is_regulator
    found = db.session.connection().execute(
        _STATEMENT if parent_id is None else _STATEMENT_OF_REPEATED,
        {
            "auction": auction_id,
            "firm": actor.organisation_id,
            "seller": seller_id,
            "person": actor.user_id or 0,
            "key": key,
        },
    )
    row = OnFile(*found.one())
    return replace(row, is_staff=True) if by_exchange else row


# The statements are put together once: a bid has no time for it.
_auction: BindParameter[int] = bindparam("auction")
_firm: BindParameter[int | None] = bindparam("firm")
_seller: BindParameter[int] = bindparam("seller")
_person: BindParameter[int] = bindparam("person")
_key: BindParameter[str] = bindparam("key")
_PARTICIPANT, _ANSWER = Participant.__table__, Answer.__table__


def _statement(defaulted: ColumnElement[bool]) -> Select[Any]:
    one = select(true().label("one")).subquery()
    took_part = and_(Participant.auction_id == _auction, Participant.organisation_id == _firm)
    answered = and_(Answer.auction_id == _auction, Answer.user_id == _person, Answer.key == _key)
    return (
        select(
            _PARTICIPANT.c.id,
            _PARTICIPANT.c.code,
            _PARTICIPANT.c.state,
            _affiliated(),
            _of_staff(),
            defaulted,
            _fifth_last(),
            _ANSWER.c.fingerprint,
            _ANSWER.c.status,
            _ANSWER.c.receipt,
        )
        .select_from(one)
        .outerjoin(_PARTICIPANT, took_part)
        .outerjoin(_ANSWER, answered)
    )


def _fifth_last() -> ScalarSelect[datetime]:
    return (
        select(Answer.created_at)
        .where(Answer.participant_id == Participant.id, Answer.status != TOO_OFTEN)
        .order_by(Answer.id.desc())
        .offset(AT_ONCE - 1)
        .limit(1)
        .correlate(_PARTICIPANT)
        .scalar_subquery()
    )


def _affiliated() -> ColumnElement[bool]:
    """A person of his organisation is a person of the seller's too."""
    theirs = aliased(Membership)
    return (
        select(Membership.id)
        .join(theirs, theirs.user_id == Membership.user_id)
        .where(
            Membership.organisation_id == _firm,
            theirs.organisation_id == _seller,
            Membership.organisation_id != theirs.organisation_id,
        )
        .exists()
    )


def _of_staff() -> ColumnElement[bool]:
    """He, or anybody else of his organisation, works for the exchange or for the authority (拍卖法 art. 22)."""
    ours = aliased(Membership)
    return (
        select(CapabilityGrant.id)
        .join(Membership, Membership.organisation_id == CapabilityGrant.organisation_id)
        .join(ours, ours.user_id == Membership.user_id)
        .where(
            ours.organisation_id == _firm,
            CapabilityGrant.capability.in_((Capability.OPERATOR, Capability.REGULATOR)),
            CapabilityGrant.state == GrantState.GRANTED,
        )
        .exists()
    )


def _defaulted() -> ColumnElement[bool]:
    """His award in this auction, or in one that it repeats, ended without payment."""
    line = select(Auction.id, Auction.parent_id).where(Auction.id == _auction).cte(recursive=True)
    line = line.union_all(
        select(Auction.id, Auction.parent_id).join(line, line.c.parent_id == Auction.id)
    )
    theirs = aliased(Participant)
    return (
        select(Award.id)
        .join(theirs, theirs.id == Award.participant_id)
        .where(
            Award.auction_id.in_(select(line.c.id)),
            theirs.organisation_id == _firm,
            Award.ended_at.is_not(None),
        )
        .exists()
    )


_STATEMENT = _statement(false())
_STATEMENT_OF_REPEATED = _statement(_defaulted())
