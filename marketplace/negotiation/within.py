"""Verbs inside one organisation: private notes, and its own rule on who may accept.

The other side sees nothing of it, so nothing of it is an event of the offer.
"""

from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError

from marketplace.core import clock, events
from marketplace.core.db import db, lock, one_at_a_time
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.deals.models import Deal
from marketplace.documents.models import Document
from marketplace.listings import terms as agreed
from marketplace.listings.terms import LARGEST, Terms
from marketplace.negotiation import own_rule, policy, queries, services
from marketplace.negotiation.models import (
    AcceptanceRule,
    Approval,
    ApprovalState,
    ClauseSide,
    Needs,
    Offer,
    OfferNote,
)
from marketplace.organisations.models import Organisation, Role, User

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
    actor: Actor,
    organisation: Organisation,
    *,
    above: Money | None,
    needs: Needs,
    keep_clauses: bool = False,
    owners_offer: bool = False,
) -> AcceptanceRule | None:
    """From which amount an acceptance needs an owner, or two people; no amount: from none.

    `keep_clauses`: terms off the standard clauses need an owner, to be accepted or offered. `owners_offer`:
    so does every offer. A rule that asks for nothing is none.
    """
    require(actor, policy.set_rule, organisation)
    if above is not None and not 0 <= above.minor <= LARGEST:
        raise Invalid("rule.amount_out_of_range", fields={"above": "rule.amount_out_of_range"})
    one_at_a_time(f"acceptance_rule:{organisation.id}")
    rule = queries.rule_of(organisation.id)
    if above is None and not keep_clauses and not owners_offer:
        if rule is not None:
            db.session.delete(rule)
        return None
    if rule is None:
        rule = AcceptanceRule(organisation_id=organisation.id)
        db.session.add(rule)
    rule.above_minor = None if above is None else above.minor
    rule.currency = above.currency if above is not None else "CNY"
    rule.needs, rule.keep_clauses, rule.owners_offer = needs, keep_clauses, owners_offer
    return rule


def ask_approval(actor: Actor, offer: Offer, *, version: int, because: str = "") -> Approval:
    """Ask a colleague to agree to accepting the version one has read; it is asked once a version."""
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


def ask_counter(
    actor: Actor,
    offer: Offer,
    *,
    version: int,
    terms: Terms,
    message: str = "",
    valid_days: int = services.VALID_DAYS,
    attachments: Sequence[Document] | None = None,
    because: str = "",
) -> Approval:
    """Ask an owner to send these terms, with these files, in answer to the version one has read.

    One request waits at a time (approval.waiting); the same form twice is one. After a refusal other
    terms may be asked for.
    """
    require(actor, policy.counter, offer)
    terms = agreed.normalised(terms)
    lock(offer)
    papers = offer.versions[-1].papers if attachments is None else attachments
    services.must_be_answerable(
        actor, offer, terms, papers, version=version, message=message, days=valid_days
    )
    waiting = queries.approval_asked(actor.organisation, offer, version, to_counter=True)
    if waiting is not None and waiting.terms == terms and waiting.message == message.strip():
        return waiting
    if waiting is not None:
        raise Refused("approval.waiting")
    before = [one.turn for one in queries.approvals(actor, offer) if one.version == version]
    asked = Approval(
        offer=offer,
        organisation_id=actor.organisation,
        version=version,
        turn=max(before, default=0) + 1,
        terms_data=events.plain(terms.to_json()),
        message=message.strip(),
        valid_days=valid_days,
        files=[one.id for one in papers],
        asked_by_id=actor.user,
        because=because.strip()[:LONGEST_NOTE],
    )
    db.session.add(asked)
    events.record(asked, "approval.ask_counter", by=actor, version=version)
    return asked


def approve(actor: Actor, approval: Approval) -> Deal | None:
    """Agree as a second person: the act is carried out at once, in the approver's name.

    The deal, where the act was an acceptance.
    """
    require(actor, policy.approve, approval)
    offer = approval.offer
    lock(offer.listing)
    lock(approval)
    if approval.state is ApprovalState.APPROVED:
        return offer.deal  # the same form twice
    if approval.asked_by_id == actor.user_id:
        raise Refused("approval.by_another")
    if needs_owner(approval) and actor.role != "owner":
        raise Refused("approval.by_an_owner")
    advance(approval, "approve", by=actor)
    approval.decided_by_id, approval.decided_at = actor.user, clock.now()
    if approval.terms is None:
        return services.accept_approved(actor, offer, version=approval.version)
    services.counter(
        actor,
        offer,
        version=approval.version,
        terms=approval.terms,
        message=approval.message,
        valid_days=approval.valid_days or services.VALID_DAYS,
        attachments=queries.papers_of(approval),
        approved=True,
    )
    return None


def needs_owner(approval: Approval) -> bool:
    """Whether only an owner may agree, by the organisation's rule as it is now.

    To a counter-offer only owners agree; to an acceptance where the rule says so for the amount, or
    where a term is off the standard clauses and no owner asked.
    """
    rule = queries.rule_of(approval.organisation_id)
    if approval.terms is not None or (rule is not None and rule.needs is Needs.OWNER):
        return True
    if _is_owner(approval.asked_by, approval.organisation_id):
        return False
    offer = approval.offer
    is_seller = approval.organisation_id == offer.listing.seller_id
    side = ClauseSide.SELL if is_seller else ClauseSide.BUY
    return bool(own_rule.off_clauses(approval.organisation_id, offer.terms, side))


def _is_owner(user: User, organisation_id: int) -> bool:
    return any(
        one.organisation_id == organisation_id and one.role is Role.OWNER
        for one in user.memberships
    )


def refuse(actor: Actor, approval: Approval, *, because: str = "") -> None:
    """Do not agree; the offer stays as it is."""
    require(actor, policy.approve, approval)
    advance(approval, "refuse", by=actor)
    approval.decided_by_id, approval.decided_at = actor.user, clock.now()
    approval.answer = because.strip()[:LONGEST_NOTE]
