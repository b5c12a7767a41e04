"""The exchange's own organisation, and who works in it: for whoever holds the server."""

import secrets

from sqlalchemy import select

from marketplace.core import clock, events, settings
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.policy import SYSTEM, Actor
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

TAX_OFFICE = "tax-office-"


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


def tax_office(by: Actor, *, name: str, bank: str, account: str) -> Organisation:
    """The tax office of this name, as a payee without members; put on record when it is first paid.

    Its account becomes the one that is named now: earlier orders that are still out are held up until
    somebody has asked. Answers for its callers.
    """
    said = name.strip()
    found = db.session.scalar(
        select(Organisation).where(
            Organisation.name == said,
            Organisation.kind == OrganisationKind.GOVERNMENT,
            Organisation.slug.startswith(TAX_OFFICE),
        )
    )
    if found is None:
        found = Organisation(
            name=said, slug=f"{TAX_OFFICE}{secrets.token_hex(4)}", kind=OrganisationKind.GOVERNMENT
        )
        db.session.add(found)
        events.record(found, "organisation.tax_office", by=by, name=said)
    found.bank_name, found.bank_account = bank.strip(), "".join(account.split())
    db.session.flush()
    return found


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
