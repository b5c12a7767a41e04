"""Introductions on record, and what the introduced party says to it."""

from datetime import timedelta

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.mandates import policy, queries
from marketplace.mandates.models import Introduction, Mandate
from marketplace.organisations.models import Organisation

OBJECT_WITHIN = timedelta(days=7)
LONGEST = 5000


def introduce(
    actor: Actor, mandate: Mandate, party: Organisation, *, listing_reference: str, proof: str
) -> Introduction:
    """Put on record that one brought a party to a listing; principal and party are told.

    The party may object within seven days. The same introduction twice is one.
    """
    require(actor, policy.introduce, mandate)
    lock(mandate)
    if not mandate.is_in_force:
        raise Refused("mandate.not_in_force", reference=mandate.reference)
    if party.id in {mandate.principal_id, mandate.broker_id}:
        raise Invalid("introduction.own_side", fields={"party": "introduction.own_side"})
    if not proof.strip() or len(proof) > LONGEST:
        raise Invalid("introduction.proof_missing", fields={"proof": "introduction.proof_missing"})
    known = queries.introduction_of(mandate, party.id, listing_reference)
    if known is not None:
        return known
    now = clock.now()
    made = Introduction(
        mandate=mandate,
        party=party,
        listing_reference=listing_reference,
        introduced_at=now,
        proof=proof.strip(),
        object_until=now + OBJECT_WITHIN,
    )
    db.session.add(made)
    events.record(made, "introduction.record", by=actor, listing=listing_reference)
    return made


def object_to(actor: Actor, introduction: Introduction, *, because: str) -> None:
    """The party says that it was not brought by this broker; an operator decides."""
    require(actor, policy.object_to, introduction)
    if not because.strip():
        raise Invalid("mandate.reason_missing", fields={"because": "mandate.reason_missing"})
    if clock.now() > introduction.object_until:
        raise WrongState("introduction.too_late")
    advance(introduction, "object", by=actor, because=because.strip())
    introduction.objection = because.strip()


def uphold(actor: Actor, introduction: Introduction, *, because: str) -> None:
    """The introduction stands in spite of the objection."""
    require(actor, policy.decide_objection, introduction)
    _decide(actor, introduction, "uphold", because)


def reject(actor: Actor, introduction: Introduction, *, because: str) -> None:
    """There was no introduction; claims that rest on it fall."""
    require(actor, policy.decide_objection, introduction)
    _decide(actor, introduction, "reject", because)
    for claim in queries.claims_resting_on(introduction):
        advance(claim, "void", by=actor, because=because.strip())


def _decide(actor: Actor, introduction: Introduction, action: str, because: str) -> None:
    if not because.strip():
        raise Invalid("mandate.reason_missing", fields={"because": "mandate.reason_missing"})
    advance(introduction, action, by=actor, because=because.strip())
    introduction.decision = because.strip()


def note(actor: Actor, introduction: Introduction, text: str) -> None:
    """The broker's own note on the board; nobody else reads it."""
    require(actor, policy.write_note, introduction)
    introduction.note = text.strip()[:LONGEST]
