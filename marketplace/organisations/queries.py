"""Reading people and organisations."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.organisations.models import Membership, Organisation, SignIn, User


def sign_in_by_hash(token_hash: str) -> SignIn | None:
    """The sign-in of a session token, unless revoked or its account closed."""
    return db.session.scalar(
        select(SignIn)
        .join(SignIn.user)
        .options(joinedload(SignIn.user))
        .where(
            SignIn.token_hash == token_hash, SignIn.revoked_at.is_(None), User.closed_at.is_(None)
        )
    )


def memberships_of(user: User) -> list[Membership]:
    """The organisations of a person, by name."""
    return list(
        db.session.scalars(
            select(Membership)
            .join(Membership.organisation)
            .options(joinedload(Membership.organisation))
            .where(Membership.user_id == user.id, Organisation.closed_at.is_(None))
            .order_by(Organisation.name, Membership.id)
        )
    )


def actor_of(sign_in: SignIn) -> Actor:
    """The person acting for the organisation chosen at this sign-in.

    Someone whose address is not confirmed may look but acts for nobody.
    """
    user = sign_in.user
    if sign_in.organisation_id is None or user.confirmed_at is None:
        return Actor(user.id, None, "visitor")
    membership = db.session.scalar(
        select(Membership)
        .options(joinedload(Membership.organisation).selectinload(Organisation.grants))
        .where(
            Membership.user_id == user.id, Membership.organisation_id == sign_in.organisation_id
        )
    )
    if membership is None:
        return Actor(user.id, None, "visitor")
    return actor_for(membership)


def actor_for(membership: Membership) -> Actor:
    """The actor that a membership makes."""
    return Actor(
        user_id=membership.user_id,
        organisation_id=membership.organisation_id,
        role=membership.role.value,
        capabilities=membership.organisation.capabilities,
    )


def members_of(organisation_id: int) -> list[Membership]:
    """The members of an organisation, oldest first."""
    return list(
        db.session.scalars(
            select(Membership)
            .options(joinedload(Membership.user), selectinload(Membership.organisation))
            .where(Membership.organisation_id == organisation_id)
            .order_by(Membership.id)
        )
    )
