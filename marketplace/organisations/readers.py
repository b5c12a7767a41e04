"""Who is asking: a session token, the person behind it, the organisation acted for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, select
from sqlalchemy.orm import joinedload

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import VISITOR, Actor
from marketplace.organisations import policy
from marketplace.organisations.models import (
    Capability,
    CapabilityGrant,
    GrantState,
    Membership,
    Organisation,
    Role,
    SignIn,
    User,
)

SIGN_IN_LASTS = timedelta(days=30)  # without being seen
LOOKING = frozenset({Role.VIEWER})  # looks, and never acts: not for the exchange either


def token_hash(token: str) -> str:
    """What is kept of a session token."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class Reader:
    """Somebody signed in, as far as every request has to know."""

    sign_in_id: int
    user_id: int
    locale: str
    last_seen_at: datetime
    actor: Actor


def reader_by_hash(hashed: str) -> Reader | None:
    """Whose session token it is, unless revoked, asleep for 30 days, or its account closed.

    One statement, put together once: every request of somebody signed in begins with it.
    """
    asleep = clock.now() - SIGN_IN_LASTS
    return _reader(_BY_HASH, {"hash": hashed, "asleep": asleep})


def load_actor(sign_in: SignIn) -> Actor:
    """The person acting for the organisation chosen at this sign-in.

    Someone whose address is not confirmed may look but acts for nobody.
    """
    db.session.flush()
    found = _reader(_BY_NUMBER, {"number": sign_in.id})
    return found.actor if found else VISITOR


def own_sign_in(reader: Reader) -> SignIn:
    """The row of a reader's sign-in, with its person."""
    return db.session.get_one(SignIn, reader.sign_in_id, options=[joinedload(SignIn.user)])


def _reader(statement: Select[Any], values: dict[str, Any]) -> Reader | None:
    """A row a capability, or one without any."""
    rows = db.session.connection().execute(statement, values).all()
    if not rows:
        return None
    first = rows[0]
    if first.confirmed_at is None:
        actor = Actor(first.user_id, None, policy.UNCONFIRMED)
    elif first.role is None:
        actor = Actor(first.user_id, None)
    else:
        capabilities = {row.capability for row in rows if row.capability is not None}
        actor = _acting(first.user_id, first.organisation_id, first.role, capabilities)
    return Reader(first.sign_in_id, first.user_id, first.locale, first.last_seen_at, actor)


def _reading(*conditions: ColumnElement[bool]) -> Select[Any]:
    mine = and_(
        Membership.user_id == User.id,
        Membership.organisation_id == SignIn.organisation_id,
        select(Organisation.id)
        .where(Organisation.id == SignIn.organisation_id, Organisation.closed_at.is_(None))
        .exists(),
    )
    granted = and_(
        CapabilityGrant.organisation_id == Membership.organisation_id,
        CapabilityGrant.state == GrantState.GRANTED,
    )
    return (
        select(
            SignIn.id.label("sign_in_id"),
            SignIn.last_seen_at,
            User.id.label("user_id"),
            User.locale,
            User.confirmed_at,
            Membership.organisation_id,
            Membership.role,
            CapabilityGrant.capability,
        )
        .join(User, User.id == SignIn.user_id)
        .outerjoin(Membership, mine)
        .outerjoin(CapabilityGrant, granted)
        .where(*conditions)
    )


_BY_HASH = _reading(
    SignIn.token_hash == bindparam("hash"),
    SignIn.revoked_at.is_(None),
    SignIn.last_seen_at > bindparam("asleep"),
    User.closed_at.is_(None),
)
_BY_NUMBER = _reading(SignIn.id == bindparam("number"))


def actor_for(membership: Membership) -> Actor:
    """The actor that a membership makes."""
    organisation = membership.organisation
    return _acting(
        membership.user_id,
        organisation.id,
        membership.role,
        set(map(Capability, organisation.capabilities)),
    )


def _acting(user_id: int, organisation_id: int, role: Role, capabilities: set[Capability]) -> Actor:
    """A viewer at the exchange is no operator."""
    if role in LOOKING:
        capabilities = capabilities - {Capability.OPERATOR}
    return Actor(user_id, organisation_id, role.value, frozenset(c.value for c in capabilities))
