"""A broker close to both sides: declared, and consented to by both before anything goes on."""

from collections.abc import Collection

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.policy import Actor, require
from marketplace.mandates import policy, queries
from marketplace.mandates.models import Conflict


def must_be_clear(
    *,
    listing_reference: str,
    seller_id: int,
    buyer_id: int,
    asset_ids: Collection[int],
    kinds: Collection[str],
) -> None:
    """No broker stands by both sides unless both have consented in writing (民法典 art. 168)."""
    for broker_id in queries.conflicted_brokers(
        seller_id=seller_id, buyer_id=buyer_id, asset_ids=asset_ids, kinds=kinds
    ):
        said = queries.conflict_of(broker_id, listing_reference, seller_id, buyer_id)
        if said is None:
            raise Refused("conflict.undeclared")
        if not said.is_consented:
            raise Refused("conflict.not_consented")


def declare(
    actor: Actor, *, listing_reference: str, seller_id: int, buyer_id: int, statement: str
) -> Conflict:
    """Say that one stands by both sides of a trade; both are asked. Saying it twice is once."""
    require(actor, policy.declare_conflict)
    if not statement.strip():
        raise Invalid("conflict.statement", fields={"statement": "conflict.statement"})
    known = queries.conflict_of(actor.organisation, listing_reference, seller_id, buyer_id)
    if known is not None:
        return known
    principals = {mandate.principal_id for mandate in queries.held(actor)}
    if not principals & {seller_id, buyer_id} or seller_id == buyer_id:
        raise Invalid("conflict.not_yours", fields={"listing": "conflict.not_yours"})
    made = Conflict(
        broker_id=actor.organisation,
        listing_reference=listing_reference,
        seller_id=seller_id,
        buyer_id=buyer_id,
        statement=statement.strip(),
    )
    db.session.add(made)
    events.record(made, "conflict.declare", by=actor, listing=listing_reference)
    return made


def consent(actor: Actor, conflict: Conflict, *, words: str) -> None:
    """One side consents, in its own words; once given it stands for this trade."""
    require(actor, policy.consent_to_conflict, conflict)
    lock(conflict)
    if not words.strip():
        raise Invalid("conflict.words", fields={"words": "conflict.words"})
    now = clock.now()
    if actor.organisation == conflict.seller_id and conflict.seller_at is None:
        conflict.seller_words, conflict.seller_at = words.strip(), now
    elif actor.organisation == conflict.buyer_id and conflict.buyer_at is None:
        conflict.buyer_words, conflict.buyer_at = words.strip(), now
    else:
        return
    events.record(conflict, "conflict.consent", by=actor)
