"""Waivers in a deal: asked for by a party, confirmed by the exchange, revocable before signing."""

from marketplace.compliance import services as compliance
from marketplace.compliance.models import Waiver
from marketplace.core.db import lock
from marketplace.core.errors import Refused
from marketplace.core.policy import Actor, require
from marketplace.deals import checklist, policy
from marketplace.deals.models import Deal
from marketplace.deals.services.filing import STANDS
from marketplace.deals.services.following import follow
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.deals.services.preparing import must_stand
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.rules.engine import Status


def ask_waiver(
    actor: Actor,
    deal: Deal,
    *,
    rule: str,
    given_by: str,
    holder: str,
    because: str,
    document: Document,
) -> Waiver:
    """File the paper by which somebody renounces what a rule asks of this deal."""
    require(actor, policy.waive, deal)
    lock(deal)
    must_stand(deal, STANDS, "deal.waive")
    open_rules = {
        item.finding.rule
        for item in checklist.of(deal).items
        if item.status in {Status.OPEN, Status.DUTY}
    }
    waiver = compliance.ask_waiver(
        deal,
        by=actor,
        rule=rule,
        given_by=given_by,
        holder=holder,
        because=because,
        document=document,
        standing=open_rules,
    )
    documents.attach(actor, document, deal)
    documents.share(actor, document, [deal.seller_id, deal.buyer_id])
    return waiver


def decide_waiver(
    actor: Actor, deal: Deal, waiver: Waiver, *, confirm: bool, because: str = ""
) -> None:
    """The exchange confirms a waiver, or refuses it with a reason; the checklist follows."""
    require(actor, policy.decide_evidence)
    must_be_impartial(actor, deal)
    lock(deal)
    if confirm:
        compliance.confirm_waiver(actor, waiver, because=because)
    else:
        compliance.refuse_waiver(actor, waiver, because=because)
    follow(deal, by=actor)


def revoke_waiver(actor: Actor, deal: Deal, waiver: Waiver, *, because: str) -> None:
    """Take a waiver back before the contract is signed: the rule stands again."""
    require(actor, policy.waive, deal)
    lock(deal)
    if deal.signed_at is not None:
        raise Refused("deal.revoke_waiver")
    compliance.revoke_waiver(waiver, by=actor, because=because)
    follow(deal, by=actor)
