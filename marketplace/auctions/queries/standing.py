"""Who somebody is in an auction: asked by the door under the lock, in one statement.

No accepted bid comes from the seller, from his affiliates, from the exchange's own people, or from
whoever defaulted on the auction that this one repeats (最高人民法院关于人民法院网络司法拍卖若干问题的规定
art. 24; 拍卖法 art. 22, 30).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, and_, false, select, true
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
        )
        return next((code for found, code in checks if found), None)


def standing(
    actor: Actor, auction_id: int, *, seller_id: int, parent_id: int | None, key: str
) -> OnFile:
    """All of it about an actor; of a key used before, what was answered."""
    one = select(true().label("one")).subquery()
    row = db.session.execute(
        select(
            Participant.id,
            Participant.code,
            Participant.state,
            _affiliated(actor, seller_id),
            _of_staff(actor),
            _defaulted(actor, auction_id, parent_id),
            _fifth_last(),
            Answer.fingerprint,
            Answer.status,
            Answer.receipt,
        )
        .select_from(one)
        .outerjoin(
            Participant,
            and_(
                Participant.auction_id == auction_id,
                Participant.organisation_id == actor.organisation_id,
            ),
        )
        .outerjoin(
            Answer,
            and_(
                Answer.auction_id == auction_id,
                Answer.user_id == (actor.user_id or 0),
                Answer.key == key,
            ),
        )
    ).one()
    return OnFile(*row)


def _fifth_last() -> ScalarSelect[datetime]:
    return (
        select(Answer.created_at)
        .where(Answer.participant_id == Participant.id, Answer.status != TOO_OFTEN)
        .order_by(Answer.id.desc())
        .offset(AT_ONCE - 1)
        .limit(1)
        .correlate(Participant)
        .scalar_subquery()
    )


def _affiliated(actor: Actor, seller_id: int) -> ColumnElement[bool]:
    """A person of his organisation is a person of the seller's too."""
    if actor.organisation_id is None or actor.organisation_id == seller_id:
        return false()
    theirs = aliased(Membership)
    return (
        select(Membership.id)
        .join(theirs, theirs.user_id == Membership.user_id)
        .where(
            Membership.organisation_id == actor.organisation_id,
            theirs.organisation_id == seller_id,
        )
        .exists()
    )


def _of_staff(actor: Actor) -> ColumnElement[bool]:
    """He, whoever he acts for now, works for the exchange or for the authority."""
    if actor.is_operator or actor.is_regulator:
        return true()
    return (
        select(CapabilityGrant.id)
        .join(Membership, Membership.organisation_id == CapabilityGrant.organisation_id)
        .where(
            Membership.user_id == actor.user_id,
            CapabilityGrant.capability.in_((Capability.OPERATOR, Capability.REGULATOR)),
            CapabilityGrant.state == GrantState.GRANTED,
        )
        .exists()
    )


def _defaulted(actor: Actor, auction_id: int, parent_id: int | None) -> ColumnElement[bool]:
    """His award in this auction, or in one that it repeats, ended without payment."""
    if parent_id is None:
        return false()
    line = select(Auction.id, Auction.parent_id).where(Auction.id == auction_id).cte(recursive=True)
    line = line.union_all(
        select(Auction.id, Auction.parent_id).join(line, line.c.parent_id == Auction.id)
    )
    theirs = aliased(Participant)
    return (
        select(Award.id)
        .join(theirs, theirs.id == Award.participant_id)
        .where(
            Award.auction_id.in_(select(line.c.id)),
            theirs.organisation_id == actor.organisation_id,
            Award.ended_at.is_not(None),
        )
        .exists()
    )
