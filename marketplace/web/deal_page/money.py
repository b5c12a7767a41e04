"""The money of a deal as its readers may know it."""

from dataclasses import dataclass
from typing import Any

from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.deals import queries, shares
from marketplace.deals.models import Deal, DealState
from marketplace.deals.waterfall import Line, Part
from marketplace.documents import amounts
from marketplace.listings.terms import DealKind
from marketplace.mandates import queries as mandates
from marketplace.payments import codes
from marketplace.payments import queries as payments
from marketplace.payments import services as paying
from marketplace.payments.models import Payment, PaymentState
from marketplace.web.deal_page import heading
from marketplace.web.locale import gettext
from marketplace.web.presentation import (
    locale_code,
    money,
    words,
)

S = DealState
HOLDS_MONEY = frozenset({S.PAYMENT, S.RECORDAL, S.SETTLEMENT})


@dataclass(frozen=True)
class MoneyBox:
    """The price at a glance: what is held, who gets what."""

    label: str
    notes: list[str]
    escrow: bool
    held: Money
    rows: list[tuple[str, str]]


def money_box(actor: Actor, deal: Deal) -> MoneyBox:
    """What this reader may know of the deal's money; the commission is the seller's business."""
    equity = deal.terms.kind is DealKind.EQUITY
    held = deal.in_escrow
    escrow = deal.goes_through_escrow and deal.state in HOLDS_MONEY
    rows = [(gettext("监管余额"), money(held))] if escrow else []
    if deal.state is S.PAYMENT:
        rows.append((gettext("尚欠"), money(deal.down_payment - held)))
    if deal.commission and (actor.is_operator or actor.organisation_id == deal.seller_id):
        rows += [
            (gettext("佣金（含增值税，卖方承担）"), money(deal.commission)),
            (gettext("卖方实收"), money(shares.split_of(deal, deal.price).of(Part.SELLER))),
        ]
    chinese = locale_code().startswith("zh")  # amounts in capitals are a Chinese custom
    notes = [heading.mode_of(deal), amounts.capitals(deal.price) if deal.price and chinese else ""]
    if not deal.goes_through_escrow:
        notes.append(gettext("不经监管账户"))
    return MoneyBox(
        label=gettext("作价金额") if equity else gettext("成交价格"),
        notes=[note for note in notes if note],
        escrow=escrow,
        held=held,
        rows=rows,
    )


@dataclass(frozen=True)
class StatementLine:
    """One part of the price: what it is, for whom, why."""

    what: str
    who: str
    why: str
    amount: Money


def statement(actor: Actor, deal: Deal) -> list[StatementLine]:
    """How the price in escrow will be divided, before it is; for the seller and the exchange.

    The buyer paid the price: what becomes of it, the seller's debts among it, is none of its business.
    """
    sees = actor.is_operator or actor.organisation_id == deal.seller_id
    if not sees or deal.state not in {S.RECORDAL, S.SETTLEMENT} or not deal.in_escrow:
        return []
    taxes = shares.taxes_of(deal)
    if deal.parts:
        commission, brokers = shares.charges(deal, deal.in_escrow)
        found = shares.split_of(
            deal, deal.in_escrow, commission=commission, brokers=brokers, taxes=taxes
        )
    else:
        found = shares.split_of(deal, deal.in_escrow, taxes=taxes)
    names = shares.names_of(found)
    lines = [_line(line, names) for line in found.lines]
    if found.commission_owed:
        what = words("enums", "share_part.platform")
        why = gettext("价款不足，另行向卖方收取，不在本次放款内")
        lines.append(StatementLine(what, "", why, found.commission_owed))
    return lines


def _line(line: Line, names: dict[int, str]) -> StatementLine:
    why = words("enums", f"share_why.{line.part.value}")
    if line.held is not None:
        held = words("enums", f"share_held.{line.held.value}")
        why = gettext("%(why)s；%(held)s", why=why, held=held)
    who = names.get(line.payee or 0, "")
    return StatementLine(words("enums", f"share_part.{line.part.value}"), who, why, line.amount)


@dataclass(frozen=True)
class PaymentShown:
    """What a payer needs, and how far it has come."""

    payment: Payment
    reference: str
    capitals: str
    by_card: bool


def payment_shown(actor: Actor, deal: Deal, *, may_see: bool) -> PaymentShown | None:
    """The payment of the deal, for those who may see it."""
    payment = queries.current_payment(deal)
    if payment is None or not may_see:
        return None
    return PaymentShown(
        payment,
        codes.shown(payment.reference),
        amounts.capitals(payment.amount),
        by_card=actor.organisation_id == payment.payer_id and paying.takes_cards(payment),
    )


def payment_state(deal: Deal) -> str:
    """How the payment stands, for everybody on the page."""
    found = queries.current_payment(deal)
    return f"payment.{found.state.value}" if found else ""


def brokerage_due(actor: Actor, deal: Deal) -> Money | None:
    """What the buyer still has to pay its broker besides the price; its own business and ours."""
    if not (actor.is_operator or actor.organisation_id == deal.buyer_id):
        return None
    asked = [one.payment for one in mandates.borne_by_buyer(deal.reference) if one.payment]
    due = sum(p.outstanding.minor for p in asked if p.state is PaymentState.AWAITED)
    return Money(deal.currency, due) if due else None


def payouts_shown(actor: Actor, deal: Deal) -> list[Any]:
    """The payouts that concern the reader: one's own; all for the exchange."""
    return [
        payout
        for payout in payments.payouts_of(deal)
        if actor.is_operator or payout.payee_id == actor.organisation_id
    ]
