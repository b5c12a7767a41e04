"""Settlements of the demonstration: instalments, a withheld tax, a deposit, a reward."""

from dataclasses import replace
from datetime import timedelta

from marketplace.core import clock
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.deals import queries, shares
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, TaxName
from marketplace.deals.rewards import Inventor
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.listings.terms import Terms
from marketplace.listings.termsheet import LaterPart
from marketplace.seed.paper import sheet
from marketplace.seed.people import Cast
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


def instruct_tax(deal: Deal, buyer: Actor) -> None:
    """The seller is from abroad: the buyer has a tenth withheld."""
    basis = "企业所得税法第三条、第三十七条：非居民企业特许权使用费所得，税率 10%"
    amount = deal.price.share(1_000)
    deals.instruct_tax(buyer, deal, name=TaxName.INCOME, amount=amount, basis=basis)


def pay_tax(cast: Cast, deal: Deal) -> Story:
    """The withheld tax goes to the office, and its receipt on file."""
    for tax in deal.withheld_taxes:
        yield after(clock.now(), 2)
        payout = deals.order_tax(
            cast.operator,
            tax,
            office="国家税务总局广州市税务局（演示）",
            bank="国家金库广州市中心支库（演示）",
            account="20000000001",
            form_number=f"FKJ{clock.today().year}{tax.id:06d}",
        )
        yield after(clock.now(), 0.5)
        deals.send_payout(
            cast.cashier, payout, bank_reference=f"YSSK{payout.id:08d}", sent_on=clock.today()
        )
        yield after(clock.now(), 1)
        proof = _paper(cast.operator, f"tax receipt {deal.reference}", "tax-receipt-demo.pdf", deal)
        deals.file_tax_receipt(cast.operator, tax, number=f"344016{tax.id:08d}", document=proof)


def pay_deposit(cast: Cast, deal: Deal) -> Story:
    """The lender gives a payoff letter, and is paid out of the deposit."""
    bank = cast.actors["yuebank"]
    for number, amount in shares.deposited(deal).items():
        pledge = queries.deposited_pledge(deal, number)
        yield after(clock.now(), 3)
        deals.enter_payoff(
            bank,
            deal,
            pledge,
            amount=amount,
            per_day=Money(deal.currency, 2_350),
            as_of=clock.today(),
            valid_until=clock.today() + timedelta(days=30),
            document=_paper(bank, f"payoff letter {deal.reference}", "payoff-demo.pdf", deal),
        )
        yield after(clock.now(), 1)
        payout = deals.pay_deposit_to_lender(
            cast.operator,
            deal,
            pledge,
            lender=cast.organisations["yuebank"],
            amount=amount,
            because="质权人出具结清函，同意提前受领。",
            document=_paper(cast.operator, f"receipt of {deal.reference}", "claim-demo.pdf", deal),
        )
        yield after(clock.now(), 0.5)
        deals.send_payout(
            cast.cashier, payout, bank_reference=f"YSTC{payout.id:08d}", sent_on=clock.today()
        )


def reward(deal: Deal, owner: Actor) -> None:
    """The university shares what it got with its inventors."""
    deals.plan_rewards(
        owner,
        deal,
        costs=deal.price.share(500),
        share_bps=7_000,
        inventors=[Inventor("何立新", 6_000), Inventor("林雅", 4_000)],
        announced_from=clock.today(),
        announced_until=clock.today() + timedelta(days=15),
    )


def _paper(by: Actor, text: str, filename: str, deal: Deal) -> Document:
    return documents.keep(
        by,
        sheet(f"Demonstration: {text}"),
        filename,
        purpose="settlement",
        subject=deal,
        organisation_id=by.organisation_id,
    )
