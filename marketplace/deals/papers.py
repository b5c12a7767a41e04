"""The papers of a deal as the printer wants them: contract, certificate, payment instruction."""

from datetime import datetime

from marketplace.assets.printed import party, right
from marketplace.compliance.models import EvidenceState
from marketplace.core import clock, settings
from marketplace.core.words import say
from marketplace.deals import facts, steps
from marketplace.deals.models import Deal, DealState
from marketplace.documents import papers
from marketplace.documents.letterhead import site
from marketplace.payments import codes
from marketplace.payments.models import Payment


def contract(deal: Deal, *, drawn_at: datetime) -> papers.Contract:
    """The contract as the registers, the parties and the terms make it now."""
    return papers.Contract(
        number=deal.reference,
        drawn_at=drawn_at,
        site=site(),
        seller=party(deal.seller),
        buyer=party(deal.buyer),
        rights=[right(asset) for asset in deal.assets],
        terms=deal.terms,
        escrow=_escrow(),
        commission_bps=deal.commission_bps,
        bilingual=deal.bilingual,
        payment_days=steps.DAYS[DealState.PAYMENT],
        recordal_days=steps.DAYS[DealState.RECORDAL],
        release_days=steps.DAYS[DealState.SETTLEMENT],
        consents=consenting_pledgees(deal),
        burdens=_burdens(deal),
        annexes=[papers.Annex(one["name"], one["sha256"]) for one in deal.annexes],
    )


def certificate(deal: Deal, *, completed_at: datetime, code: str) -> papers.Certificate:
    """That the deal was completed, and by which papers."""
    recordal = {name for group in facts.recordal_wanted(deal) for name in group}
    proving = [
        e for e in deal.evidence if e.state is EvidenceState.CONFIRMED and e.name in recordal
    ]
    proofs = [
        papers.Proof(*_words(f"evidence.{e.name}"), e.document.sha256, e.decided_at)
        for e in proving
    ]
    if deal.contract is not None:
        made_by = "paper.confirmation" if deal.by_notice else "paper.contract"
        proofs.insert(0, papers.Proof(*_words(made_by), deal.contract.sha256, deal.signed_at))
    return papers.Certificate(
        number=deal.reference,
        completed_at=completed_at,
        site=site(),
        seller=party(deal.seller),
        buyer=party(deal.buyer),
        rights=[right(asset) for asset in deal.assets],
        terms=deal.terms,
        verification_code=code,
        verification_url=f"{settings.current().site_url.rstrip('/')}/certificates/{code}",
        proofs=proofs,
        signed_at=deal.signed_at,
        recorded_on=max((e.issued_on for e in proving), default=None),
        demo=settings.current().demo,
    )


def payment(deal: Deal, expected: Payment, *, demo: bool = False) -> papers.Payment:
    """What the buyer's bank needs."""
    due = expected.due_at and expected.due_at.astimezone(clock.BEIJING).date()
    return papers.Payment(
        number=deal.reference,
        drawn_at=expected.created_at,
        site=site(),
        payer=party(expected.payer),
        payee=party(deal.buyer if expected.payer_id == deal.seller_id else deal.seller),
        subject=deal.listing.title,
        amount=expected.outstanding if expected.outstanding.minor > 0 else expected.amount,
        escrow=_escrow(),
        reference=codes.shown(expected.reference),
        due_on=due,
        demo=demo,
    )


def consenting_pledgees(deal: Deal) -> list[str]:
    """Who holds a pledge on a right of the deal; the contract says that they agreed."""
    names = [pledge.lender_name for asset in deal.assets for pledge in asset.standing_pledges]
    return list(dict.fromkeys(names))


def _words(code: str) -> tuple[str, str]:
    return say("enums", code, "zh_Hans"), say("enums", code, "en")


def _escrow() -> papers.Escrow:
    now = settings.current()
    return papers.Escrow(now.escrow_bank, now.escrow_account_name, now.escrow_account)


def _burdens(deal: Deal) -> list[papers.Burden]:
    """Registered pledges, and licences in force other than the deal's own."""
    names = {asset.id: asset.number or asset.title for asset in deal.assets}
    pledges = [
        papers.Burden(
            right=names[asset.id],
            kind="pledge",
            holder=pledge.lender_name,
            number=pledge.register_number,
            since=pledge.registered_on,
            until=pledge.due_on,
        )
        for asset in deal.assets
        for pledge in asset.standing_pledges
    ]
    licences = [
        papers.Burden(
            right=names[licence.asset_id],
            kind=licence.grant,
            holder=licence.licensee_name,
            number=licence.recordal_number,
            since=licence.starts_on,
            until=licence.ends_on,
            territory=[code for code in licence.territory.split(",") if code],
            field=licence.field,
        )
        for licence in facts.standing_licences(deal)
    ]
    return pledges + licences
