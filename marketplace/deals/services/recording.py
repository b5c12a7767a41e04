"""What the exchange's own registers prove in a deal, put on file without anybody's hand."""

from datetime import date

from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM
from marketplace.deals.models import Deal, Evidence
from marketplace.documents import services as documents
from marketplace.documents.models import Document


def put_on_record(
    deal: Deal, name: str, *, document: Document, issuer: str, issued_on: date, number: str
) -> Evidence:
    """What the exchange's own registers prove: on file and confirmed at once, by nobody's hand.

    For a notice that has run its time, an opinion given at the authority's desk. Callers have
    proved it. The same paper under the same name twice is one.
    """
    for known in deal.evidence:
        if (known.name, known.document_id) == (name, document.id):
            return known
    documents.share(SYSTEM, document, [deal.seller_id, deal.buyer_id])
    evidence = Evidence(
        deal=deal,
        name=name,
        document=document,
        issuer=issuer[:200],
        issued_on=issued_on,
        number=number[:80],
        filed_by_id=deal.seller_id,
    )
    db.session.add(evidence)
    events.record(evidence, "evidence.file", by=SYSTEM, name=name, deal=deal.reference)
    advance(evidence, "confirm", by=SYSTEM, name=name)
    evidence.decided_at = clock.now()
    return evidence
