"""The settlement statement of a deal, for one side: what came in, what went out, what is open."""

from dataclasses import dataclass
from datetime import date, datetime

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.deals import queries, shares, steps
from marketplace.deals.models import Deal, ReceivableState, RepaymentState, TaxState
from marketplace.deals.waterfall import Line, Part
from marketplace.ledger import queries as books
from marketplace.ledger.models import Transfer
from marketplace.mandates import queries as mandates
from marketplace.organisations.models import Organisation
from marketplace.payments import queries as payments
from marketplace.payments.models import PaymentState, Receipt

IN, OUT, OPEN = "in", "out", "open"


@dataclass(frozen=True)
class Row:
    """One line: `what` is a code (enums `statement.*`, `share_part.*`), `note` a number or a name."""

    group: str  # in, out, open
    on: date | None
    what: str
    who: str
    amount: Money
    note: str = ""
    who_en: str = ""


@dataclass(frozen=True)
class Statement:
    """All lines for one side as of a moment; what is in escrow now, and what it once came to."""

    deal: Deal
    side: str  # seller, buyer, exchange
    as_of: datetime
    rows: tuple[Row, ...]

    def of(self, group: str) -> list[Row]:
        """The lines of a group."""
        return [row for row in self.rows if row.group == group]

    def total(self, group: str) -> Money:
        """What the lines of a group come to."""
        return Money(self.deal.currency, sum(row.amount.minor for row in self.of(group)))

    @property
    def held(self) -> Money:
        """What is in escrow."""
        return self.deal.in_escrow


def of(deal: Deal, side: str) -> Statement:
    """The statement for a side. The buyer's has nothing of what becomes of the price at the seller's."""
    rows = _came_in(deal)
    if side != steps.BUYER:
        rows += _released(deal)
        rows += _owed_by_seller(deal)
    rows += _refunded(deal) + _taxes(deal, side) + _to_come(deal)
    if side != steps.SELLER:
        rows += _brokerage(deal)
    return Statement(deal, side, clock.now(), tuple(rows))


def _came_in(deal: Deal) -> list[Row]:
    rows = []
    for payment in queries.payments_for(deal):
        rows += [_of_receipt(receipt) for receipt in payment.receipts]
        amount = Money(payment.currency, payment.set_off_minor)
        rows.append(Row(IN, None, "set_off", deal.buyer.name, amount))
    return [row for row in rows if row.amount]


def _of_receipt(receipt: Receipt) -> Row:
    applied = Money(receipt.currency, receipt.applied_minor)
    number = receipt.bank_reference
    return Row(IN, receipt.received_on, "received", receipt.payer_name, applied, number)


def _released(deal: Deal) -> list[Row]:
    """By the records of the releases; of older ones, by the transfer in the books."""
    rows = []
    names = _names(deal)
    known = {release.key for release in deal.releases}
    for release in deal.releases:
        on = _day(release.released_at)
        number = f"#{release.instalment.number}" if release.instalment else ""
        rows += [_of_line(line, names, on, number) for line in shares.kept_lines(release)]
    key = f"deal:{deal.id}:release"
    before = books.known(key) if key not in known else None
    if before is not None:
        rows += _from_books(deal, before)
    return rows


def _of_line(line: Line, names: dict[int, tuple[str, str]], on: date, number: str) -> Row:
    who, english = names.get(line.payee or 0, ("", ""))
    return Row(OUT, on, line.part.value, who, line.amount, number, english)


def _from_books(deal: Deal, transfer: Transfer) -> list[Row]:
    on = _day(transfer.created_at)
    seller = payments.credit_account(deal.seller_id)
    rows = []
    for posting in transfer.postings:
        if posting.minor <= 0:
            continue
        if posting.account == payments.COMMISSION:
            what, who = Part.PLATFORM.value, ""
        elif posting.account == shares.deposit_account(deal):
            what, who = Part.DEPOSIT.value, ""
        else:
            what = Part.SELLER.value if posting.account == seller else "paid_out"
            who = deal.seller.name if posting.account == seller else ""
        rows.append(Row(OUT, on, what, who, Money(posting.currency, posting.minor)))
    return rows


def _owed_by_seller(deal: Deal) -> list[Row]:
    rows = [
        Row(OPEN, None, "commission_owed", deal.seller.name, left, "", deal.seller.name_en)
        for one in deal.receivables
        if one.state is ReceivableState.OPEN
        and (left := one.payment.outstanding if one.payment else one.amount)
    ]
    rows += [
        Row(OPEN, None, "repayment", deal.seller.name, one.amount, "", deal.seller.name_en)
        for one in deal.repayments
        if one.state is RepaymentState.ASKED
    ]
    rows += [
        Row(OPEN, _day(one.created_at), "from_deposit", one.payee.name, one.amount, "", one.payee.name_en)
        for one in deal.deposit_payments
    ]  # fmt: skip
    held = shares.deposited(deal)
    total = Money(deal.currency, sum(amount.minor for amount in held.values()))
    return rows + ([Row(OPEN, None, "on_deposit", "", total)] if total else [])


def _refunded(deal: Deal) -> list[Row]:
    return [
        Row(OUT, payout.sent_on, "refund", payout.payee_name, payout.amount)
        for payout in payments.payouts_of(deal)
        if payout.purpose == "refund"
    ]


def _taxes(deal: Deal, side: str) -> list[Row]:
    """For the buyer, who withheld them; the seller's lines have them among the release."""
    if side == steps.SELLER:
        return []
    rows = []
    for one in deal.withheld_taxes:
        if one.state is TaxState.WITHDRAWN:
            continue
        what = "tax_instructed" if one.state is TaxState.INSTRUCTED else "tax_withheld"
        number = one.receipt_number or one.form_number
        rows.append(Row(OPEN, None, what, "", one.withheld or one.amount, number))
    return rows


def _brokerage(deal: Deal) -> list[Row]:
    """What the buyer pays its broker besides the price: asked for, in hand, passed on."""
    rows = []
    for claim in mandates.borne_by_buyer(deal.reference):
        broker = claim.mandate.broker
        asked = claim.payment is not None and claim.payment.state is PaymentState.AWAITED
        amounts = {
            "brokerage_due": claim.payment.outstanding if claim.payment and asked else None,
            "brokerage_held": books.balance(claim.account, deal.currency),
            "brokerage_paid": claim.paid,
        }
        rows += [
            Row(OPEN, None, what, broker.name, amount, "", broker.name_en)
            for what, amount in amounts.items()
            if amount
        ]
    return rows


def _to_come(deal: Deal) -> list[Row]:
    rows = []
    for line in deal.instalments:
        left = line.amount - line.received
        if line.has_ended or not left or line.released_minor:
            continue
        day = line.due_on or line.latest_on
        rows.append(
            Row(OPEN, day, "to_come", deal.buyer.name, left, f"#{line.number}", deal.buyer.name_en)
        )
    return rows


def _names(deal: Deal) -> dict[int, tuple[str, str]]:
    wanted = {line.payee for release in deal.releases for line in shares.kept_lines(release)}
    wanted |= {one.payee_id for one in deal.deposit_payments}
    rows = db.session.execute(
        db.select(Organisation.id, Organisation.name, Organisation.name_en).where(
            Organisation.id.in_(wanted - {None})
        )
    )
    return {int(number): (str(name), str(english)) for number, name, english in rows}


def _day(moment: datetime) -> date:
    return moment.astimezone(clock.BEIJING).date()
