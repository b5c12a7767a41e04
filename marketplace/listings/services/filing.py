"""Papers of a listing: what the law asks for before it is public; a deal takes them over."""

from datetime import date

from marketplace.compliance import papers
from marketplace.compliance.models import EvidenceState
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.listings import policy
from marketplace.listings.models import Listing, ListingEvidence, ListingState

OVER = frozenset(
    {ListingState.CLOSED, ListingState.REFUSED, ListingState.WITHDRAWN, ListingState.EXPIRED}
)


def file_paper(
    actor: Actor,
    listing: Listing,
    *,
    name: str,
    document: Document,
    issuer: str,
    issued_on: date,
    number: str = "",
    valid_until: date | None = None,
) -> ListingEvidence:
    """File a paper with a listing; the same file under the same name twice is one.

    An older paper of that name that waits or was refused gives way to it.
    """
    require(actor, policy.file_paper, listing)
    lock(listing)
    if listing.state in OVER:
        raise WrongState("listing.file_paper", needs=["listing.published"])
    wrong = papers.problems(name=name, issuer=issuer, issued_on=issued_on, valid_until=valid_until)
    if wrong:
        raise Invalid("evidence.incomplete", fields=wrong)
    earlier = [one for one in listing.evidence if one.name == name]
    for known in earlier:
        if known.document_id == document.id and known.state is EvidenceState.FILED:
            return known
    documents.attach(actor, document, listing)
    paper = ListingEvidence(
        listing=listing,
        name=name,
        document=document,
        issuer=issuer.strip()[:200],
        issued_on=issued_on,
        number=number.strip()[:80],
        valid_until=valid_until,
        filed_by_id=actor.organisation_id,
        replaces_id=earlier[-1].id if earlier else None,
    )
    db.session.add(paper)
    events.record(paper, "evidence.file", by=actor, name=name, listing=listing.reference)
    for known in earlier:
        if known.state in {EvidenceState.FILED, EvidenceState.REFUSED}:
            advance(known, "replace", by=actor, name=name)
    return paper


def withdraw_paper(actor: Actor, paper: ListingEvidence) -> None:
    """Take back a paper that nobody has looked at yet."""
    require(actor, policy.file_paper, paper.listing)
    advance(paper, "withdraw", by=actor, name=paper.name)


def confirm_paper(actor: Actor, paper: ListingEvidence, *, because: str = "") -> None:
    """The exchange saw the paper and it is what it says; the one it replaces counts no more."""
    require(actor, policy.decide_paper, paper.listing)
    _decide(actor, paper, "confirm", because)
    older = db.session.get(ListingEvidence, paper.replaces_id) if paper.replaces_id else None
    if older is not None and older.state is EvidenceState.CONFIRMED:
        advance(older, "replace", by=actor, name=older.name)


def refuse_paper(actor: Actor, paper: ListingEvidence, *, because: str) -> None:
    """The paper does not prove what it should; the reason is told."""
    require(actor, policy.decide_paper, paper.listing)
    if not because.strip():
        raise Invalid("listing.reason_missing", fields={"because": "listing.reason_missing"})
    _decide(actor, paper, "refuse", because)


def _decide(actor: Actor, paper: ListingEvidence, action: str, because: str) -> None:
    advance(paper, action, by=actor, because=because.strip(), name=paper.name)
    paper.decided_by_id, paper.decided_at = actor.user_id, clock.now()
    paper.reason = because.strip()
