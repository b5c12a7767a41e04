"""Free-to-deal certificates: issued for a right and a day, replaced, revoked."""

from marketplace.assets import bundle, certificate, papers, policy
from marketplace.assets.bundle import Wish
from marketplace.assets.models import Asset, CertificateState, FreeToDealCertificate
from marketplace.assets.queries import certificates
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.documents import services as documents
from marketplace.documents import typeset
from marketplace.payments import codes


def issue_certificate(
    actor: Actor, asset: Asset, *, wish: Wish | None = None
) -> FreeToDealCertificate:
    """Certify what can be done with a right today, or answer one wish besides.

    An earlier one for the same right and wish is superseded: of two papers the newer counts.
    """
    require(actor, policy.issue_certificate, asset)
    lock(asset)
    if asset.title_verification is None:
        raise Invalid("free_to_deal.unverified")
    right = certificates.right_without_persons(asset)
    made = FreeToDealCertificate(
        code=codes.new(),
        asset=asset,
        organisation=asset.keeper,
        issued_by_id=actor.user_id,
        as_of=clock.today(),
        wish=wish and bundle.wish_as_dict(wish),
        verdict=bundle.can(right, wish, clock.today()).verdict.value if wish else "",
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    content = certificates.certificate_content(made, right, wish)
    made.sha256 = certificate.fingerprint(content)
    made.content = documents.keep(
        actor,
        certificate.canonical(content),
        f"{made.code}.json",
        purpose="free_to_deal_content",
        subject=made,
        media_type="application/json",
        organisation_id=made.organisation.id,
    )
    made.paper = documents.keep(
        actor,
        typeset.print_paper(papers.free_to_deal(content, made.sha256)),
        f"{made.code}.pdf",
        purpose="free_to_deal",
        subject=made,
        organisation_id=made.organisation.id,
    )
    events.record(made, "free_to_deal.issue", by=actor, asset=asset.reference, code=made.code)
    _supersede(actor, made)
    return made


def _supersede(actor: Actor, newer: FreeToDealCertificate) -> None:
    for earlier in certificates.certificates_of(newer.asset):
        standing = earlier.state is CertificateState.ISSUED and earlier is not newer
        if standing and _asks_the_same(earlier, newer):
            advance(earlier, "supersede", by=actor, asset=newer.asset.reference, code=earlier.code)
            earlier.superseded_by_id, earlier.decided_at = newer.id, clock.now()


def _asks_the_same(one: FreeToDealCertificate, other: FreeToDealCertificate) -> bool:
    """The same wish, whatever the days: a scope that begins a day later is the same question."""
    days = {"starts", "ends"}
    first, second = (
        {name: value for name, value in (each.wish or {}).items() if name not in days}
        for each in (one, other)
    )
    return first == second


def revoke_certificate(actor: Actor, found: FreeToDealCertificate, *, because: str) -> None:
    """Say that nobody may rely on it any more, and why: the reason is public."""
    require(actor, policy.revoke_certificate, found)
    if not because.strip():
        raise Invalid("reason.required", fields={"because": "reason.required"})
    advance(found, "revoke", by=actor, because=because, asset=found.asset.reference)
    found.reason, found.decided_at = because.strip(), clock.now()
