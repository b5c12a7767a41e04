"""The steps of a deal as tests take them; each commits like an entry point."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import Refused
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.deals import checklist, facts
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, DealState, Evidence
from marketplace.listings.models import Listing
from marketplace.organisations.models import OrganisationKind
from marketplace.payments import queries as payments
from marketplace.payments.models import Payment, Payout, PayoutState
from marketplace.payments.services import Seen
from tests import factories as a

_serial = count(1)

ANSWERS: dict[str, Any] = {
    "asset.frozen": False,
    "asset.ownership_dispute": False,
    "asset.ownership_dispute_suspended": False,
    "asset.invalidation_pending": False,
    "asset.service_work": False,
    "asset.service_work_suspected": False,
    "asset.includes_moral_rights": False,
    "asset.is_st_result": False,
    "asset.similar_marks_left_out": False,
    "asset.fiscal_funded": False,
    "asset.major_property": False,
    "asset.coowner_agreement_allows": False,
    "owner.event": "none",
    "deal.open_objection": False,
    "deal.notice_days": 15,
    "tech.catalogue": "free",
    "tech.dual_use": False,
    "asset.origin": "own",
    "asset.unused_years": 0,
    "deal.context": "none",
    "deal.company_form": "llc",
    "deal.pay_in_months": 12,
    "deal.clause_flags": [],
    "deal.earnest_money": 0,
    "cp.beneficial_owner_known": True,
    "owner.inventor_reward_rule": True,
    "deal.inventor_reward_pct": 60,
}
"""What an owner with nothing to hide answers; to whatever else is asked: no."""


@dataclass
class Parties:
    """Who takes part."""

    seller: Actor
    buyer: Actor
    operator: Actor
    cashier: Actor  # sends what the operator orders


def opened(listing: Listing | None = None, **over: Any) -> tuple[Deal, Parties]:
    """A deal in its checklist, on the listing's terms unless others are given."""
    listing = listing or a.listing()
    buyer = over.pop("buyer", None) or a.organisation()
    who = Parties(a.actor(listing.seller), a.actor(buyer), a.operator(), a.operator())
    with transaction():
        deal = deals.open_deal(
            who.seller, listing, buyer_id=buyer.id, terms=over.pop("terms", listing.terms)
        )
    return deal, who


def answered(deal: Deal, who: Parties, **over: Any) -> None:
    """Every question that stands between the parties and their signatures, answered."""
    replies = ANSWERS | {path.replace("__", "."): value for path, value in over.items()}
    for _ in range(5):
        asked = [q for q in checklist.of(deal).questions if q.is_open]
        if not asked:
            return
        with transaction():
            for question in asked:
                by = who.buyer if question.side == "buyer" else who.seller
                deals.answer(
                    by,
                    deal,
                    question.field.record,
                    question.field.name,
                    replies.get(question.path, False),
                )


def filed(deal: Deal, by: Actor, name: str, **over: Any) -> Evidence:
    with transaction():
        return deals.file_evidence(
            by,
            deal,
            name=name,
            document=a.document(organisation_id=by.organisation_id),
            **{"issuer": "国家知识产权局", "issued_on": clock.today(), "number": "1"} | over,
        )


def proven(deal: Deal, who: Parties, *names: str, by: Actor | None = None) -> None:
    """Papers filed and confirmed."""
    for name in names:
        evidence = filed(deal, by or who.seller, name)
        with transaction():
            deals.confirm_evidence(who.operator, evidence)


def cleared(deal: Deal, who: Parties, **over: Any) -> None:
    answered(deal, who)
    person = OrganisationKind.INDIVIDUAL
    for by, party in ((who.seller, deal.seller), (who.buyer, deal.buyer)):
        if party.kind is person and "separate_consent" not in facts.confirmed_evidence(deal):
            proven(deal, who, "separate_consent", by=by)
    with transaction():
        deals.clear(who.seller, deal, **over)


def sign(deal: Deal, by: Actor) -> None:
    with transaction():
        deals.sign(by, deal, password_proved=True, contract_sha256=deal.contract.sha256)


def signed(deal: Deal, who: Parties) -> None:
    sign(deal, who.seller)
    sign(deal, who.buyer)


def payment_of(deal: Deal) -> Payment:
    [payment] = payments.of(deal)
    return payment


def seen(amount: Money, **over: Any) -> Seen:
    return Seen(
        **{
            "amount": amount,
            "bank_reference": f"B{next(_serial):08d}",
            "payer_name": "付款人",
            "received_on": clock.today(),
        }
        | over
    )


def paid(deal: Deal, who: Parties, amount: Money | None = None) -> None:
    with transaction():
        deals.receive(who.operator, payment_of(deal), seen(amount or deal.price))


def recorded(deal: Deal, who: Parties) -> None:
    proven(deal, who, *(group[0] for group in facts.recordal_lacking(deal)))


def released(deal: Deal, who: Parties) -> list[Payout]:
    with transaction():
        return deals.release(who.operator, deal)


def sent(deal: Deal, who: Parties) -> None:
    for payout in payments.payouts_of(deal):
        if payout.state is PayoutState.ORDERED:
            with transaction():
                deals.send_payout(
                    who.cashier,
                    payout,
                    bank_reference=f"P{next(_serial):08d}",
                    sent_on=clock.today(),
                )


def to(state: DealState, listing: Listing | None = None, **over: Any) -> tuple[Deal, Parties]:
    """A deal brought to a state by the straight way."""
    deal, who = opened(listing, **over)
    for step in (cleared, signed, paid, recorded):
        if deal.state is state:
            return deal, who
        if step is paid and not deal.goes_through_escrow:
            continue
        step(deal, who)
    if state is DealState.CLOSED:
        released(deal, who)
        sent(deal, who)
    assert deal.state is state
    return deal, who


def refused(deal: Deal, who: Parties) -> Any:
    """The refusal that an attempt to draw the contract up meets."""
    with pytest.raises(Refused) as caught, transaction():
        deals.clear(who.seller, deal)
    return caught.value


def cancelled(deal: Deal, who: Parties) -> None:
    with transaction():
        deals.cancel(who.buyer, deal, because="预算取消")
