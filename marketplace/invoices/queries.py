"""Reading invoices, and the fees that have none yet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, String, cast, exists, false, or_, select, true
from sqlalchemy.orm import aliased, joinedload, selectinload

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.deals.models import Deal
from marketplace.invoices import policy
from marketplace.invoices.models import Invoice, InvoiceFee, InvoiceState
from marketplace.ledger.models import Posting, Transfer
from marketplace.organisations.models import Organisation
from marketplace.payments import fees
from marketplace.payments import queries as money


@dataclass(frozen=True)
class Fee:
    """A fee that the exchange took from a settlement of the organisation."""

    posting_id: int
    deal: str
    title: str
    taken_on: date
    taxed: fees.Taxed

    @property
    def amount(self) -> Money:
        """Tax included."""
        return self.taxed.net + self.taxed.tax


def open_fees(actor: Actor) -> list[Fee]:
    """Fees of the actor's own organisation that are on no standing invoice, the oldest first.

    A fee that was taken back by a reversal is none.
    """
    require(actor, policy.request)
    return fees_of(actor.organisation)


def fees_of(organisation_id: int, *, of_postings: Collection[int] | None = None) -> list[Fee]:
    """The same for services, of all or some postings."""
    escrow, back = aliased(Posting), aliased(Transfer)
    account = "escrow:deal:" + cast(Deal.id, String)
    owed = "fee_in:deal:" + cast(Deal.id, String)  # a fee that the seller paid afterwards
    query = (
        select(Posting, Deal)
        .join(escrow, escrow.transfer_id == Posting.transfer_id)
        .join(Deal, or_(escrow.account == account, escrow.account == owed))
        .options(joinedload(Deal.listing))
        .where(
            Deal.seller_id == organisation_id,
            Posting.account == money.COMMISSION,
            Posting.minor > 0,
            ~exists().where(back.reverses_id == Posting.transfer_id),
            ~exists().where(InvoiceFee.posting_id == Posting.id, InvoiceFee.stands),
        )
        .order_by(Posting.id)
    )
    if of_postings is not None:
        query = query.where(Posting.id.in_(of_postings))
    return [_fee(posting, deal) for posting, deal in db.session.execute(query).unique()]


def _fee(posting: Posting, deal: Deal) -> Fee:
    taken_on = posting.created_at.astimezone(clock.BEIJING).date()
    gross = Money(posting.currency, posting.minor)
    return Fee(
        posting.id,
        deal.reference,
        deal.listing.title,
        taken_on,
        fees.without_tax(gross, taken_on),
    )


def visible_to(actor: Actor) -> Select[tuple[Invoice]]:
    """Invoices of the actor's organisation; all of them for the exchange."""
    query = select(Invoice).options(
        joinedload(Invoice.organisation), selectinload(Invoice.fees), joinedload(Invoice.document)
    )
    if actor is SYSTEM or actor.is_operator:
        return query.where(true())
    if actor.organisation_id is None:
        return query.where(false())
    return query.where(Invoice.organisation_id == actor.organisation_id)


def get(actor: Actor, reference: str) -> Invoice:
    """One invoice by its reference."""
    found = db.session.scalar(visible_to(actor).where(Invoice.reference == reference))
    if found is None:
        raise NotFound("invoice.unknown")
    require(actor, policy.see, found)
    return found


def own(actor: Actor, *, state: InvoiceState | None = None) -> Select[tuple[Invoice]]:
    """The organisation's own, the newest first."""
    require(actor, policy.request)
    query = visible_to(actor).where(Invoice.organisation_id == actor.organisation)
    if state is not None:
        query = query.where(Invoice.state == state)
    return query.order_by(Invoice.id.desc())


def all_of(
    actor: Actor, *, search: str = "", state: InvoiceState | None = InvoiceState.REQUESTED
) -> Select[tuple[Invoice]]:
    """For the exchange: what waits to be issued, the oldest first; or those in another state."""
    require(actor, policy.issue)
    query = visible_to(actor).join(Invoice.organisation)
    if state is not None:
        query = query.where(Invoice.state == state)
    if search:
        query = query.where(
            or_(
                *(
                    column.contains(search, autoescape=True)
                    for column in (
                        Invoice.reference,
                        Invoice.title,
                        Invoice.tax_number,
                        Invoice.number,
                        Organisation.name,
                    )
                )
            )
        )
    oldest_first = state is InvoiceState.REQUESTED
    return query.order_by(Invoice.id if oldest_first else Invoice.id.desc())


def last_details(actor: Actor) -> Invoice | None:
    """The organisation's latest invoice, whose details the next form begins with."""
    require(actor, policy.request)
    return db.session.scalar(own(actor).limit(1))


def deals_on(invoice: Invoice) -> Sequence[tuple[str, Money]]:
    """Which deals' fees are on an invoice, with their amounts; for those who may see it."""
    escrow = aliased(Posting)
    account = "escrow:deal:" + cast(Deal.id, String)
    rows = db.session.execute(
        select(Deal.reference, Posting.currency, Posting.minor)
        .select_from(InvoiceFee)
        .join(Posting, Posting.id == InvoiceFee.posting_id)
        .join(escrow, escrow.transfer_id == Posting.transfer_id)
        .join(Deal, escrow.account == account)
        .where(InvoiceFee.invoice_id == invoice.id)
        .order_by(InvoiceFee.id)
    )
    return [(reference, Money(currency, minor)) for reference, currency, minor in rows]


def number_known(number: str) -> Invoice | None:
    """The invoice that bears this number of the tax office already, black or red."""
    return db.session.scalar(
        select(Invoice).where(or_(Invoice.number == number, Invoice.red_number == number))
    )
