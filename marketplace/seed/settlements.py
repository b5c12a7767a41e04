"""Deals of the demonstration whose price is paid in instalments."""

from dataclasses import replace
from datetime import timedelta

from marketplace.core import clock
from marketplace.core.policy import Actor
from marketplace.deals import services as deals
from marketplace.deals.models import Deal
from marketplace.documents import services as documents
from marketplace.listings.terms import Terms
from marketplace.listings.termsheet import LaterPart
from marketplace.seed.paper import sheet
from marketplace.seed.stories import Story, after


def in_parts(terms: Terms) -> Terms:
    """Half of the price down, three tenths by a day, the rest with an event."""
    today = clock.today()
    parts = (
        LaterPart(3_000, today + timedelta(days=75)),
        LaterPart(2_000, today + timedelta(days=160), "样机通过买方验收"),
    )
    pay = replace(terms.pay, instalments=parts, guarantee="买方开户银行出具的付款保函")
    return replace(terms, pay=pay)


def declare(deal: Deal, seller: Actor) -> Story:
    """The seller says that the event of the last line has happened; the buyer is asked."""
    yield after(clock.now(), 1.5)
    line = next(one for one in deal.instalments if one.event)
    proof = documents.keep(
        seller,
        sheet(f"Demonstration: acceptance report {deal.reference}"),
        "acceptance-demo.pdf",
        purpose="milestone",
        subject=line,
        organisation_id=seller.organisation_id,
    )
    deals.declare_milestone(seller, line, reached_on=clock.today(), proof=proof)
