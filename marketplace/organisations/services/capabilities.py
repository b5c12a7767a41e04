"""What an organisation may do: asked for with documents, granted or refused with a reason."""

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.organisations import policy, queries
from marketplace.organisations.models import (
    Capability,
    CapabilityGrant,
    GrantState,
    Organisation,
    OrganisationKind,
)

IDENTIFYING = {Capability.HOLDER, Capability.ACQUIRER}  # granting one proves who they are


def apply_for(
    actor: Actor, organisation: Organisation, capability: Capability, *, statement: str
) -> CapabilityGrant:
    """Ask for a capability, or once more after a refusal. The documents are stored with it."""
    require(actor, policy.apply_for_capability, organisation)
    if capability is Capability.OPERATOR:
        raise Invalid("capability.operator", fields={"capability": "capability.operator"})
    if capability is Capability.REGULATOR and organisation.kind is not OrganisationKind.GOVERNMENT:
        code = "capability.regulator_government"
        raise Invalid(code, fields={"capability": code})
    lock(organisation)
    grant = queries.grant_of(organisation, capability)
    if grant is None:
        grant = CapabilityGrant(
            organisation=organisation,
            capability=capability,
            statement=statement.strip(),
            state=GrantState.REQUESTED,
        )
        db.session.add(grant)
        events.record(grant, "capability.request", by=actor, capability=capability)
        return grant
    advance(grant, "request_again", by=actor, capability=capability)
    grant.statement = statement.strip()
    grant.reason, grant.decided_at, grant.decided_by_id = "", None, None
    return grant


def grant(actor: Actor, application: CapabilityGrant, *, because: str = "") -> None:
    """Grant it. The first as holder or acquirer proves the organisation's identity."""
    require(actor, policy.decide_capability, application)
    _decide(actor, application, "grant", because)
    organisation = application.organisation
    if application.capability in IDENTIFYING and organisation.verified_at is None:
        organisation.verified_at = clock.now()
        events.record(organisation, "organisation.verify", by=actor, because=because)


def refuse(actor: Actor, application: CapabilityGrant, *, because: str) -> None:
    """Refuse it with a reason; they may ask again."""
    require(actor, policy.decide_capability, application)
    _needs_reason(because)
    _decide(actor, application, "refuse", because)


def revoke(actor: Actor, application: CapabilityGrant, *, because: str) -> None:
    """Take a granted capability away with a reason; it counts from the next request on."""
    require(actor, policy.decide_capability, application)
    _needs_reason(because)
    _decide(actor, application, "revoke", because)


def _decide(actor: Actor, application: CapabilityGrant, action: str, because: str) -> None:
    advance(application, action, by=actor, because=because, capability=application.capability)
    application.reason = because.strip()
    application.decided_by_id, application.decided_at = actor.user_id, clock.now()


def _needs_reason(because: str) -> None:
    if not because.strip():
        raise Invalid("reason.missing", fields={"because": "reason.missing"})
