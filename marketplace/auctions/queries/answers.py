"""Receipts for those who were given them."""

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.auctions.models import Answer, Participant
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor


def of(participant: Participant, limit: int = 50) -> Sequence[Answer]:
    """A bidder's receipts, newest first."""
    return db.session.scalars(
        select(Answer)
        .where(Answer.participant_id == participant.id)
        .order_by(Answer.id.desc())
        .limit(limit)
    ).all()


def get(actor: Actor, answer_id: int) -> Answer:
    """One receipt of the reader's own organisation."""
    found = db.session.scalar(
        select(Answer)
        .join(Participant, Participant.id == Answer.participant_id)
        .where(Answer.id == answer_id, Participant.organisation_id == actor.organisation_id)
    )
    if found is None:
        raise NotFound("auction")
    return found
