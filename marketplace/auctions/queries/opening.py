"""Parts of opening keys for those who keep them; envelopes for the opening alone."""

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import joinedload

from marketplace.auctions import policy_opening as policy
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import (
    Answer,
    Auction,
    Envelope,
    KeyShare,
    Participant,
    ShareHolder,
)
from marketplace.auctions.queries.reading import SEALED, UNOPENED
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor


def hides_envelopes(auction: Auction) -> bool:
    """Nobody is told yet how many envelopes there are, nor whose (I-18)."""
    return auction.format in SEALED and auction.state in UNOPENED


def mine(actor: Actor) -> list[KeyShare]:
    """The parts that the actor's organisation keeps, those of auctions to be opened first."""
    kept: list[ColumnElement[bool]] = [
        KeyShare.organisation_id == actor.organisation,
        KeyShare.kind == ShareHolder.EXCHANGE if actor.is_operator else false(),
        KeyShare.kind == ShareHolder.AUTHORITY if actor.is_regulator else false(),
    ]
    rows = (
        select(KeyShare)
        .join(KeyShare.auction)
        .options(joinedload(KeyShare.auction).joinedload(Auction.listing))
        .where(or_(*kept))
        .order_by(Auction.state != Phase.OPENING, Auction.ends_at, KeyShare.id)
    )
    return list(db.session.scalars(rows))


def share(actor: Actor, share_id: int) -> KeyShare:
    """One part, for its keeper; others find nothing."""
    found = db.session.get(KeyShare, share_id)
    if found is None or not policy.see_share.allows(actor, found):
        raise NotFound("auction_key_share")
    return found


def shares_of(auction: Auction) -> list[KeyShare]:
    """All three parts: what has become of them, never what they are."""
    rows = select(KeyShare).where(KeyShare.auction_id == auction.id).order_by(KeyShare.number)
    return list(db.session.scalars(rows))


def active(auction: Auction) -> list[tuple[Envelope, str]]:
    """The envelopes that count, with the codes of their bidders. For services.opening only."""
    rows = (
        select(Envelope, Participant.code)
        .join(Participant, Participant.id == Envelope.participant_id)
        .where(Envelope.auction_id == auction.id, Envelope.active)
        .order_by(Envelope.seq)
    )
    return [(row[0], row[1] or "") for row in db.session.execute(rows)]


def answer(auction: Auction, actor: Actor, key: str) -> Answer | None:
    """What a request with this key was answered."""
    return db.session.scalar(
        select(Answer)
        .outerjoin(Participant, Participant.id == Answer.participant_id)
        .where(
            Answer.auction_id == auction.id,
            Answer.user_id == actor.user,
            Answer.key == key,
            func.coalesce(Participant.organisation_id, actor.organisation) == actor.organisation,
        )
    )
