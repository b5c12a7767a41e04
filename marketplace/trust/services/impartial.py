"""Staff keep out of what concerns a house they belong to; and how words are asked for."""

from collections.abc import Collection

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import Invalid, Refused
from marketplace.core.policy import Actor
from marketplace.organisations.models import Membership

LONGEST = 5000


def must_be_impartial(by: Actor, organisation_ids: Collection[int]) -> None:
    """Who belongs to one of these does not decide for the exchange or the authority (`trust.conflict`)."""
    if by.user_id is None:
        return
    stake = select(Membership.id).where(
        Membership.user_id == by.user_id,
        Membership.organisation_id.in_(list(organisation_ids)),
    )
    if db.session.scalar(stake.limit(1)) is not None:
        raise Refused("trust.conflict")


def said(text: str, field: str) -> str:
    """The words without what surrounds them; none, or too many, are refused."""
    words = text.strip()
    if not words:
        raise Invalid("trust.words_missing", fields={field: "trust.words_missing"})
    if len(words) > LONGEST:
        raise Invalid("trust.too_long", fields={field: "trust.too_long"})
    return words
