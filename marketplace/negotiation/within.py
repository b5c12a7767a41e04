"""Verbs inside one organisation: private notes, and its own rule on who may accept.

The other side sees nothing of it, so nothing of it is an event of the offer.
"""

from sqlalchemy.exc import IntegrityError

from marketplace.core import clock, events
from marketplace.core.db import db, lock, one_at_a_time
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.deals.models import Deal
from marketplace.listings.terms import LARGEST
from marketplace.negotiation import policy, queries, services
from marketplace.negotiation.models import (
    AcceptanceRule,
    Approval,
    ApprovalState,
    Needs,
    Offer,
    OfferNote,
)
from marketplace.organisations.models import Organisation

LONGEST_NOTE = 2000


def note(actor: Actor, offer: Offer, *, text: str, key: str = "") -> OfferNote:
    """Write down what only one's own organisation reads. The same key again is the same note."""
    require(actor, policy.note, offer)
    own_key = f"{actor.organisation}:{key}"[:64] if key else None
    text = text.strip()
    if not text:
        raise Invalid("enquiry.text_missing", fields={"text": "enquiry.text_missing"})
    if len(text) > LONGEST_NOTE:
        raise Invalid("offer.note_too_long", fields={"text": "offer.note_too_long"})
    lock(offer)  # the same form twice at once is one note
    written = queries.note_by_key(own_key) if own_key else None
    if written is not None:
        return written
    made = OfferNote(
        offer=offer,
        organisation_id=actor.organisation,
        user_id=actor.user,
        text=text,
        key=own_key,
    )
    db.session.add(made)
    return made


def set_rule(
    actor: Actor, organisation: Organisation, *, above: Money | None, needs: Needs
) -> AcceptanceRule | None:
    """From which amount an acceptance needs an owner, or two people; no amount ends the rule."""
    require(actor, policy.set_rule, organisation)
    if above is not None and not 0 <= above.minor <= LARGEST:
        raise Invalid("rule.amount_out_of_range", fields={"above": "rule.amount_out_of_range"})
    one_at_a_time(f"acceptance_rule:{organisation.id}")
    rule = queries.rule_of(organisation.id)
    if above is None:
        if rule is not None:
            db.session.delete(rule)
        return None
    if rule is None:
        rule = AcceptanceRule(organisation_id=organisation.id)
        db.session.add(rule)
    rule.above_minor, rule.currency, rule.needs = above.minor, above.currency, needs
    return rule


def ask_approval(actor: Actor, offer: Offer, *, version: int, because: str = "") -> Approval:
    """Ask a colleague to agree to the version one has read; it is asked once a version."""
    require(actor, policy.accept, offer)
    lock(offer)
    services.must_be_acceptable(actor, offer, version=version)
    standing = queries.approval_asked(actor.organisation, offer, version)
    if standing is not None:
        return standing
    asked = Approval(
        offer=offer,
        organisation_id=actor.organisation,
        version=version,
        asked_by_id=actor.user,
        because=because.strip()[:LONGEST_NOTE],
    )
    try:
        with db.session.begin_nested():
            db.session.add(asked)
    except IntegrityError:  # refused before: this version is not asked again
        raise Refused("approval.refused_before") from None
    events.record(asked, "approval.ask", by=actor, version=version)
    return asked


def approve(actor: Actor, approval: Approval) -> Deal:
    """Agree as a second person: the acceptance is carried out at once, in the approver's name."""
    require(actor, policy.approve, approval)
    lock(approval.offer.listing)
    lock(approval)
    if approval.state is ApprovalState.APPROVED and approval.offer.deal is not None:
        return approval.offer.deal  # the same form twice
    if approval.asked_by_id == actor.user_id:
        raise Refused("approval.by_another")
    rule = queries.rule_of(actor.organisation)
    if rule is not None and rule.needs is Needs.OWNER and actor.role != "owner":
        raise Refused("approval.by_an_owner")
    advance(approval, "approve", by=actor)
    approval.decided_by_id, approval.decided_at = actor.user, clock.now()
    return services.accept_approved(actor, approval.offer, version=approval.version)


def refuse(actor: Actor, approval: Approval, *, because: str = "") -> None:
    """Do not agree; the offer stays as it is."""
    require(actor, policy.approve, approval)
    advance(approval, "refuse", by=actor)
    approval.decided_by_id, approval.decided_at = actor.user, clock.now()
    approval.answer = because.strip()[:LONGEST_NOTE]
