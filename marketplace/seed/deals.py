"""Taking a deal of the demonstration to a stage, by the verbs that people use."""

from datetime import timedelta
from itertools import count
from typing import Any

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Refused
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.deals import checklist, facts
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, DealState
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.listings.models import Listing
from marketplace.negotiation import services as negotiation
from marketplace.organisations.models import Organisation
from marketplace.payments import queries as payments
from marketplace.payments.models import PayoutState
from marketplace.payments.services import Seen
from marketplace.seed.paper import sheet
from marketplace.seed.people import Cast

_serial = count(1)

# What an owner with nothing to hide answers; whatever else is asked is answered with no.
ANSWERS: dict[str, Any] = {
    "owner.event": "none",
    "deal.notice_days": 15,
    "tech.catalogue": "free",
}
RESEARCH = frozenset({"asset.is_st_result", "asset.service_work"})
ORDER = (
    "checklist",
    "signing",
    "signing_half",
    "payment",
    "payment_part",
    "recordal",
    "settlement",
    "closed",
)


def take_to(
    cast: Cast, listing: Listing, buyer: Actor, seller: Actor, stage: str, days: int
) -> None:
    """An offer made so many days ago, accepted, and its deal taken to the stage."""
    began = clock.now() - timedelta(days=days)
    with clock.freeze(began):
        offer = negotiation.make(buyer, listing, terms=listing.terms, message="接受挂牌条件。")
    with clock.freeze(began + timedelta(days=1)):
        deal = negotiation.accept(seller, offer, version=1, because="条件一致。")
    if stage == "cancelled":
        with clock.freeze(began + timedelta(days=3)):
            deals.cancel(buyer, deal, because="内部投资计划调整。")
        return
    try:
        with db.session.begin_nested():
            _work(cast, deal, buyer, seller, stage, began)
    except Refused:
        return  # the law asks for more than the demonstration has: the deal stays in its checklist


def _work(cast: Cast, deal: Deal, buyer: Actor, seller: Actor, stage: str, began: Any) -> None:
    goal = ORDER.index("recordal" if stage == "rescinded" else stage)
    if goal >= 1:
        with clock.freeze(began + timedelta(days=2)):
            _prepare(cast, deal, buyer, seller)
    if goal >= 2:
        with clock.freeze(began + timedelta(days=3)):
            _sign(deal, seller)
            if goal >= 3:
                _sign(deal, buyer)
    if goal >= 4 and deal.state is DealState.PAYMENT:
        with clock.freeze(began + timedelta(days=6)):
            part = deal.price.share(3000) if stage == "payment_part" else deal.price
            _pay(cast, deal, part)
    if stage == "rescinded":
        with clock.freeze(began + timedelta(days=12)):
            deals.request_cancellation(buyer, deal, because="标的实施条件发生变化，双方协商解除。")
            deals.agree_cancellation(seller, deal)
        return
    if goal >= 6:
        with clock.freeze(began + timedelta(days=20)):
            _prove(cast, deal, seller, [group[0] for group in facts.recordal_lacking(deal)])
    if goal >= 7:
        with clock.freeze(began + timedelta(days=22)):
            deals.release(cast.operator, deal)
            _send(cast, deal)


def _prepare(cast: Cast, deal: Deal, buyer: Actor, seller: Actor) -> None:
    for _ in range(5):
        open_ones = [q for q in checklist.of(deal).questions if q.is_open]
        if not open_ones:
            break
        for question in open_ones:
            by = buyer if question.side == "buyer" else seller
            value = ANSWERS.get(
                question.path, question.path in RESEARCH and deal.seller.state_established
            )
            deals.answer(by, deal, question.field.record, question.field.name, value)
    for _ in range(3):
        wanted = {name for item in checklist.of(deal).blocks for name in item.to_file}
        _prove(cast, deal, seller, sorted(wanted))
    deals.clear(seller, deal, bilingual=deal.id % 2 == 0)


def _prove(cast: Cast, deal: Deal, by: Actor, names: list[str]) -> None:
    for name in names:
        evidence = deals.file_evidence(
            by,
            deal,
            name=name,
            document=_paper(by, f"{name} {deal.reference}"),
            issuer="国家知识产权局（演示）",
            issued_on=clock.today(),
            number=f"YS{next(_serial):06d}",
        )
        deals.confirm_evidence(cast.operator, evidence)


def _paper(by: Actor, text: str) -> Document:
    return documents.keep(
        by,
        sheet(f"Demonstration: {text}"),
        "evidence-demo.pdf",
        purpose="evidence",
        organisation_id=by.organisation_id,
    )


def _sign(deal: Deal, by: Actor) -> None:
    assert deal.contract is not None  # noqa: S101 -- drawn up a moment ago
    deals.sign(by, deal, password_proved=True, contract_sha256=deal.contract.sha256)


def _pay(cast: Cast, deal: Deal, amount: Money) -> None:
    payer = db.session.get_one(Organisation, deal.buyer_id)
    [payment] = payments.of(deal)
    seen = Seen(
        amount=amount,
        bank_reference=f"YSHD{next(_serial):08d}",
        payer_name=payer.name,
        received_on=clock.today(),
    )
    deals.receive(cast.operator, payment, seen)


def _send(cast: Cast, deal: Deal) -> None:
    for payout in payments.payouts_of(deal):
        if payout.state is PayoutState.ORDERED:
            deals.send_payout(
                cast.cashier,
                payout,
                bank_reference=f"YSFK{next(_serial):08d}",
                sent_on=clock.today(),
            )
