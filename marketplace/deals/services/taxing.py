"""Taxes that the buyer withholds: instructed, taken off the price, paid to the tax office, proven."""

from marketplace.core import events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.deals import policy, queries, shares
from marketplace.deals.models import Deal, DealState, TaxName, TaxState, WithheldTax
from marketplace.deals.services.freezing import must_not_be_disputed
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.deals.waterfall import Part, Split
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.ledger import services as ledger
from marketplace.organisations.services import exchange
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.models import Payout

SIGNED = frozenset({DealState.PAYMENT, DealState.RECORDAL, DealState.SETTLEMENT})


def instruct_tax(
    actor: Actor, deal: Deal, *, name: TaxName, amount: Money, basis: str
) -> WithheldTax:
    """The buyer, whom the law makes a withholding agent, has us take a tax off the next release.

    Together no more than the price (`tax.too_much`). The platform is no withholding agent itself.
    """
    require(actor, policy.instruct_tax, deal)
    if not basis.strip():
        raise Invalid("tax.basis", fields={"basis": "tax.basis"})
    lock(deal)
    if deal.state not in SIGNED or not deal.goes_through_escrow:
        raise WrongState("tax.instruct", needs=[f"deal.{state.value}" for state in sorted(SIGNED)])
    known = [x.amount_minor for x in deal.withheld_taxes if x.state is not TaxState.WITHDRAWN]
    left = deal.price_minor - sum(known)
    if amount.currency != deal.currency or not 0 < amount.minor <= left:
        raise Invalid("tax.too_much", fields={"amount": "tax.too_much"})
    tax = WithheldTax(
        deal=deal,
        name=name,
        amount_minor=amount.minor,
        currency=amount.currency,
        basis=basis.strip(),
        instructed_by_id=actor.organisation,
    )
    db.session.add(tax)
    db.session.flush()
    events.record(tax, "withheld_tax.instruct", by=actor, amount=amount, because=basis)
    return tax


def withdraw_tax(actor: Actor, tax: WithheldTax, *, because: str) -> None:
    """The buyer takes an instruction back, before a release has followed it."""
    require(actor, policy.instruct_tax, tax.deal)
    if not because.strip():
        raise Invalid("deal.reason", fields={"because": "deal.reason"})
    lock(tax.deal)
    lock(tax)
    advance(tax, "withdraw", by=actor, because=because)


def withhold(by: Actor, deal: Deal, found: Split) -> None:
    """A release has taken taxes off. For callers, who hold the deal.

    Of what the price left nothing for, the instruction stays for the next release.
    """
    taken = {line.tax: line.amount for line in found.lines if line.part is Part.TAX}
    for tax in deal.withheld_taxes:
        part = taken.get(str(tax.id))
        if part is not None and tax.state is TaxState.INSTRUCTED:
            tax.withheld_minor = part.minor
            advance(tax, "withhold", by=by, amount=part)


def order_tax(
    actor: Actor, tax: WithheldTax, *, office: str, bank: str, account: str, form_number: str
) -> Payout:
    """Order a withheld tax to the tax office, under the number of the return. A second person sends it."""
    require(actor, policy.handle_tax)
    deal = tax.deal
    must_be_impartial(actor, deal)
    lacking = {"office": office, "bank": bank, "account": account, "form_number": form_number}
    wrong = {name: "tax.office" for name, said in lacking.items() if not said.strip()}
    if wrong:
        raise Invalid("tax.office", fields=wrong)
    lock(deal)
    lock(tax)
    if tax.payout is not None:
        return tax.payout
    tax.lifecycle.target(tax.state, "order")
    must_not_be_disputed(deal)
    payments.must_be_clear(tax.currency)
    payee = exchange.tax_office(actor, name=office, bank=bank, account=account)
    key = f"deal:{deal.id}:tax:{tax.id}"
    ledger.transfer(
        key,
        f"{deal.reference}: withheld tax",
        {shares.tax_account(deal): -tax.withheld, money.credit_account(payee.id): tax.withheld},
    )
    tax.payout = payments.order_payout(
        actor, deal, key=key, payee_id=payee.id, amount=tax.withheld, purpose="tax"
    )
    tax.form_number = form_number.strip()
    advance(tax, "order", by=actor, amount=tax.withheld, form_number=tax.form_number)
    return tax.payout


def note_sent(by: Actor, payout: Payout) -> None:
    """The bank has sent a payout; if it was a tax, that is paid. For callers."""
    if payout.purpose != "tax":
        return
    tax = queries.tax_paid_by(payout)
    if tax is not None and tax.state is TaxState.ORDERED:
        advance(tax, "pay", by=by, amount=tax.withheld)


def file_tax_receipt(actor: Actor, tax: WithheldTax, *, number: str, document: Document) -> None:
    """Put the tax office's receipt (完税凭证) on file, for both parties to see. Again replaces it."""
    require(actor, policy.handle_tax)
    must_be_impartial(actor, tax.deal)
    if not number.strip():
        raise Invalid("tax.receipt_number", fields={"number": "tax.receipt_number"})
    lock(tax)
    if tax.state is not TaxState.PAID:
        raise Refused("tax.not_paid")
    tax.receipt, tax.receipt_number = document, number.strip()
    documents.share(actor, document, [tax.deal.seller_id, tax.deal.buyer_id])
    events.record(tax, "withheld_tax.receipt", by=actor, number=tax.receipt_number)
