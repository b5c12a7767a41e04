"""The exchange's own organisation, and who works in it: for whoever holds the server."""

from sqlalchemy import select

from marketplace.core import clock, events, settings
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.policy import SYSTEM
from marketplace.organisations.models import (
    Capability,
    CapabilityGrant,
    GrantState,
    Membership,
    Organisation,
    OrganisationKind,
    Role,
    User,
)


def appoint_operator(email: str, role: Role = Role.OWNER) -> Membership:
    """Make a person with a confirmed address a member of the exchange; found it if need be."""
    user = db.session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is None or user.confirmed_at is None:
        raise Invalid("operator.no_account", email=email)
    exchange = _exchange()
    known = next((m for m in exchange.memberships if m.user_id == user.id), None)
    if known is not None:
        return known
    membership = Membership(user=user, organisation=exchange, role=role)
    db.session.add(membership)
    events.record(exchange, "operator.appoint", by=SYSTEM, user=user.id, role=role)
    return membership


def _exchange() -> Organisation:
    found = db.session.scalar(
        select(Organisation)
        .join(Organisation.grants)
        .where(
            CapabilityGrant.capability == Capability.OPERATOR,
            CapabilityGrant.state == GrantState.GRANTED,
        )
    )
    if found is not None:
        return found
    trade = settings.current()
    made = Organisation(
        name=trade.site_name,
        name_en=trade.site_name_en,
        slug="exchange",
        kind=OrganisationKind.INTERMEDIARY,
        province="广东省",
        city="广州市",
        verified_at=clock.now(),
        grants=[CapabilityGrant(capability=Capability.OPERATOR, state=GrantState.GRANTED)],
    )
    db.session.add(made)
    events.record(made, "exchange.found", by=SYSTEM)
    return made
