"""An open licence: the firm's notice to the patentee, and the day from which it holds.

The published statement is the offer; written notice and payment of the published fee take it
(专利法 art. 51), so no contract is drawn up and nobody signs. What the exchange has seen of both
it confirms under its own seal.
"""

from datetime import date, datetime, time

from sqlalchemy import select

from marketplace.assets.bundle import BurdenKind
from marketplace.assets.models import Asset, Burden, BurdenState
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.deals import checklist, notice_papers, policy, queries, steps
from marketplace.deals.models import Deal, DealState, LicenceNotice
from marketplace.deals.services.following import follow
from marketplace.deals.services.instalments import expect_price
from marketplace.deals.services.preparing import must_be_free, must_be_lawful
from marketplace.documents import services as documents
from marketplace.documents import signing, typeset
from marketplace.documents.models import Document
from marketplace.documents.signing import evidence
from marketplace.organisations.models import User

NOTICE = "licence_notice"


def notify(actor: Actor, deal: Deal) -> LicenceNotice:
    """Give the patentee written notice that the licence is taken; the published fee is due.

    Where nothing is to be paid at the beginning the licence holds from now on. Twice is once.
    Refused when a statement no longer stands in the register, or the rules are not met.
    """
    require(actor, policy.notify, deal)
    lock(deal)
    if deal.notice is not None:
        return deal.notice
    if not deal.by_notice:
        raise Refused("deal.not_by_notice")
    deal.lifecycle.target(deal.state, "notify")
    _must_be_published(deal)
    must_be_lawful(deal, "signing")
    must_be_free(deal)
    given = _notice(actor, deal, at=clock.now())
    if deal.goes_through_escrow:
        _await_fee(actor, deal, given)
    else:
        advance(deal, "notify_without_payment", by=actor, sha256=given.document.sha256)
        deal.due_at = steps.deadline(DealState.RECORDAL, given.created_at)
        take_effect(actor, deal)
    follow(deal, by=actor)
    return given


def notify_if_clear(actor: Actor, deal: Deal) -> None:
    """Give the notice with the taking itself, where the checklist leaves nothing to do first."""
    if checklist.of(deal).clear_to_sign:
        notify(actor, deal)


def take_effect(by: Actor, deal: Deal) -> Document:
    """Notice is given and the fee paid: the licence holds, and the exchange confirms it.

    Answers for its callers, who hold the deal. The bank's day counts, not the day of our book.
    """
    given = deal.notice
    if given is None:
        raise Refused("deal.not_by_notice")
    given.paid_on = _paid_on(deal)
    deal.signed_at = _effective(given)
    pdf = typeset.print_paper(notice_papers.confirmation(deal, given, drawn_at=clock.now()))
    deal.contract = _kept(by, deal, signing.seal(pdf), "confirmation", evidence.EXECUTED)
    events.record(deal, "deal.take_effect", by=by, sha256=deal.contract.sha256, on=deal.signed_at)
    return deal.contract


def _must_be_published(deal: Deal) -> None:
    """Every right is still under a statement that an operator has seen published (art. 50)."""
    ids = sorted(asset.id for asset in deal.assets)
    db.session.execute(
        select(Asset.id).where(Asset.id.in_(ids)).order_by(Asset.id).with_for_update(key_share=True)
    )
    stated = db.session.scalars(
        select(Burden.asset_id).where(
            Burden.asset_id.in_(ids),
            Burden.kind == BurdenKind.OPEN_LICENCE,
            Burden.state == BurdenState.CONFIRMED,
        )
    )
    if set(stated) != set(ids):
        raise Refused("deal.statement_withdrawn")


def _notice(actor: Actor, deal: Deal, *, at: datetime) -> LicenceNotice:
    signer = db.session.get_one(User, actor.user).name
    paper = notice_papers.notice(deal, actor, signer, given_at=at)
    document = _kept(actor, deal, signing.seal(typeset.print_paper(paper)), "notice", NOTICE)
    given = LicenceNotice(
        deal=deal,
        organisation_id=deal.buyer_id,
        user_id=actor.user,
        under=actor.under.reference if actor.under else "",
        document=document,
        created_at=at,
    )
    db.session.add(given)
    db.session.flush()
    return given


def _await_fee(actor: Actor, deal: Deal, given: LicenceNotice) -> None:
    advance(deal, "notify", by=actor, sha256=given.document.sha256)
    deal.due_at = steps.deadline(DealState.PAYMENT, given.created_at)
    expect_price(actor, deal, until=deal.due_at)


def _paid_on(deal: Deal) -> date | None:
    days = [receipt.received_on for one in queries.payments_for(deal) for receipt in one.receipts]
    return max(days, default=None) if deal.goes_through_escrow else None


def _effective(given: LicenceNotice) -> datetime:
    """The later of notice and payment; of a day of the bank, its beginning in Beijing."""
    if given.paid_on is None:
        return given.created_at
    paid = datetime.combine(given.paid_on, time(), clock.BEIJING)
    return max(paid, given.created_at)


def _kept(by: Actor, deal: Deal, content: bytes, what: str, purpose: str) -> Document:
    return documents.keep(
        by,
        content,
        f"{deal.reference}-{what}.pdf",
        purpose=purpose,
        subject=deal,
        readers=[deal.seller_id, deal.buyer_id],
    )
