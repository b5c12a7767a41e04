"""Brokers kept from new mandates for a while; `trust` asks for it when the authority says so."""

from datetime import date

from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.mandates import queries
from marketplace.mandates.models import Credential, Suspension
from marketplace.organisations.models import Organisation


def suspend(
    by: Actor,
    broker: Organisation,
    *,
    cause: str,
    starts_on: date,
    ends_on: date | None,
    credential: Credential | None = None,
) -> Suspension:
    """No listing and no new mandates from a day on; mandates in force may be brought to their end.

    With a credential, one of its people alone. Answers for `trust`, which has asked permission.
    """
    made = Suspension(
        organisation_id=broker.id,
        credential_id=None if credential is None else credential.id,
        cause=cause,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    db.session.add(made)
    events.record(made, "broker_suspension.begin", by=by, cause=cause, until=ends_on)
    return made


def lift_suspension(by: Actor, cause: str) -> None:
    """What brought it about was taken back. Answers for `trust`."""
    found = queries.suspension_for(cause)
    if found is not None and found.lifted_at is None:
        found.lifted_at = clock.now()
        events.record(found, "broker_suspension.lift", by=by, cause=cause)
