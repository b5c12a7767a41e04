"""Papers in a deal: filed, used again, replaced, withdrawn, decided."""

from collections.abc import Iterable
from datetime import date

from marketplace.assets.models import Asset
from marketplace.compliance import papers
from marketplace.compliance.models import EvidenceState, Paper
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.deals import policy
from marketplace.deals.models import Deal, DealState, Evidence, Recordal
from marketplace.deals.services.following import follow
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.deals.services.preparing import must_stand
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.listings.models import ListingEvidence

REPORT = "valuation_report"  # its signers, day and value count: on record with the right it values
STANDS = set(DealState) - {DealState.CANCELLED}


def file_evidence(
    actor: Actor,
    deal: Deal,
    *,
    name: str,
    document: Document,
    issuer: str,
    issued_on: date,
    number: str = "",
    valid_until: date | None = None,
    replaces: Evidence | None = None,
    recordal: Recordal | None = None,
) -> Evidence:
    """File a paper that settles a rule, or proves the recordal. Both parties may read it.

    The same paper under the same name twice is one. What it `replaces` counts until the exchange
    has confirmed the new one. For a `recordal` it proves that entry alone, otherwise every entry of
    the deal that it can prove.
    """
    require(actor, policy.file_evidence, deal)
    lock(deal)
    must_stand(deal, STANDS, "deal.file_evidence")
    wrong = papers.problems(name=name, issuer=issuer, issued_on=issued_on, valid_until=valid_until)
    if name == REPORT:
        wrong["name"] = "evidence.report_by_right"
    if wrong:
        raise Invalid("evidence.incomplete", fields=wrong)
    for known in deal.evidence:
        if (known.name, known.document_id, known.state, known.recordal_id) == (
            name,
            document.id,
            EvidenceState.FILED,
            recordal.id if recordal else None,
        ):
            return known
    documents.attach(actor, document, deal)
    documents.share(actor, document, [deal.seller_id, deal.buyer_id])
    evidence = Evidence(
        deal=deal,
        name=name,
        document=document,
        issuer=issuer.strip()[:200],
        issued_on=issued_on,
        number=number.strip()[:80],
        valid_until=valid_until,
        filed_by_id=actor.organisation_id,
        replaces_id=replaces.id if replaces and replaces.deal_id == deal.id else None,
        recordal_id=recordal.id if recordal and recordal.deal_id == deal.id else None,
    )
    db.session.add(evidence)
    events.record(evidence, "evidence.file", by=actor, name=name, deal=deal.reference)
    if replaces is not None and replaces.state in {EvidenceState.FILED, EvidenceState.REFUSED}:
        advance(replaces, "replace", by=actor, name=replaces.name)
    return evidence


def use_again(actor: Actor, deal: Deal, paper: Paper) -> Evidence:
    """Use a paper of one's own that was confirmed elsewhere.

    The check holds where it says the same here (compliance.papers); otherwise the exchange looks
    at it again.
    """
    require(actor, policy.file_evidence, deal)
    lock(deal)
    must_stand(deal, STANDS, "deal.file_evidence")
    if not paper.counts or not (actor.is_operator or policy.filed_it(actor, paper)):
        raise NotFound("evidence.not_yours")
    evidence = _take(deal, paper, by=actor)
    follow(deal, by=actor)
    return evidence


def carry_over(deal: Deal, *, by: Actor) -> None:
    """The papers of the listing become papers of the deal that came of it."""
    for paper in deal.listing.evidence:
        if paper.counts:
            _take(deal, paper, by=by)


def _take(deal: Deal, paper: Paper, *, by: Actor) -> Evidence:
    origin = f"{paper.__tablename__}:{paper.id}"
    for known in deal.evidence:
        if known.taken_from == origin and known.state is not EvidenceState.WITHDRAWN:
            return known
    documents.share(SYSTEM, paper.document, [deal.seller_id, deal.buyer_id])
    evidence = Evidence(
        deal=deal,
        name=paper.name,
        document=paper.document,
        issuer=paper.issuer,
        issued_on=paper.issued_on,
        number=paper.number,
        valid_until=paper.valid_until,
        filed_by_id=paper.filed_by_id,
        taken_from=origin,
    )
    db.session.add(evidence)
    events.record(evidence, "evidence.reuse", by=by, name=paper.name, deal=deal.reference)
    if check_holds(deal, paper):
        advance(evidence, "confirm", by=SYSTEM, name=paper.name)
        evidence.decided_by_id, evidence.decided_at = paper.decided_by_id, paper.decided_at
    return evidence


def check_holds(deal: Deal, paper: Paper) -> bool:
    """Whether the exchange's look at a paper filed elsewhere counts in this deal too."""
    return papers.check_holds(paper, _ids(_rights(paper)), _ids(deal.assets))


def _rights(paper: Paper) -> Iterable[Asset]:
    if isinstance(paper, ListingEvidence):
        return paper.listing.assets
    return paper.deal.assets if isinstance(paper, Evidence) else ()


def _ids(assets: Iterable[Asset]) -> frozenset[int]:
    return frozenset(asset.id for asset in assets)


def withdraw_evidence(actor: Actor, evidence: Evidence, *, because: str = "") -> None:
    """Take back a paper that nobody has looked at yet."""
    require(actor, policy.withdraw_evidence, evidence)
    advance(evidence, "withdraw", by=actor, because=because, name=evidence.name)


def confirm_evidence(actor: Actor, evidence: Evidence, *, because: str = "") -> None:
    """The exchange saw the paper and it is what it says; what it replaces counts no more."""
    require(actor, policy.decide_evidence, evidence)
    lock(evidence.deal)
    _decide(actor, evidence, "confirm", because)
    older = db.session.get(Evidence, evidence.replaces_id) if evidence.replaces_id else None
    if older is not None and older.state is EvidenceState.CONFIRMED:
        advance(older, "replace", by=actor, name=older.name)
    follow(evidence.deal, by=actor)


def refuse_evidence(actor: Actor, evidence: Evidence, *, because: str) -> None:
    """The paper does not prove what it should; the reason is told."""
    require(actor, policy.decide_evidence, evidence)
    if not because.strip():
        raise Invalid("deal.reason", fields={"because": "deal.reason"})
    _decide(actor, evidence, "refuse", because)


def _decide(actor: Actor, evidence: Evidence, action: str, because: str) -> None:
    must_be_impartial(actor, evidence.deal)
    advance(evidence, action, by=actor, because=because, name=evidence.name)
    evidence.decided_by_id, evidence.decided_at = actor.user_id, clock.now()
    evidence.reason = because.strip()
    db.session.flush()
