"""The parts of a deal's price: what the records say, put to the waterfall."""

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.assets.models import Pledge
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.deals.models import Deal
from marketplace.deals.waterfall import Claim, Part, Split, split
from marketplace.mandates import queries as mandates
from marketplace.organisations.models import Organisation
from marketplace.payments import queries as money


def split_of(
    deal: Deal,
    amount: Money,
    *,
    commission: Money | None = None,
    brokers: Sequence[tuple[int, Money]] | None = None,
) -> Split:
    """How an amount of the price is divided today; `brokers`: organisation and share of each.

    None: what the claims to commission say that the seller bears. The exchange's commission is the
    whole one unless the amount is less than the price and it says so.
    """
    return split(
        amount,
        on=clock.today(),
        seller=deal.seller_id,
        commission=deal.commission if commission is None else commission,
        claims=claims_of(deal),
        brokers=mandates.commission_shares(deal.reference) if brokers is None else brokers,
    )


def claims_of(deal: Deal) -> list[Claim]:
    """The claims of the standing pledges, by rank; one entry over several rights counts once."""
    found: dict[tuple[str, str], Pledge] = {}
    for asset in deal.assets:
        for pledge in asset.standing_pledges:
            found.setdefault((pledge.register_number, pledge.lender_name), pledge)
    return [
        Claim(pledge.id, pledge.lender_id, pledge.amount, due_on=pledge.due_on)
        for pledge in found.values()
    ]


def deposit_account(deal: Deal) -> str:
    """Money of pledgees that cannot be sent yet (提存), in the books."""
    return f"tici:deal:{deal.id}"


def tax_account(deal: Deal) -> str:
    """Taxes withheld on the buyer's instruction, until the tax office is paid."""
    return f"tax:deal:{deal.id}"


def accounts(deal: Deal, found: Split) -> dict[str, Money]:
    """Where in the books each part goes."""
    owed: dict[str, Money] = {}
    for line in found.lines:
        if line.part is Part.DEPOSIT:
            account = deposit_account(deal)
        elif line.part is Part.TAX:
            account = tax_account(deal)
        elif line.payee is None:
            account = money.COMMISSION
        else:
            account = money.credit_account(line.payee)
        owed[account] = owed.get(account, Money(deal.currency, 0)) + line.amount
    return owed


def payees(found: Split) -> dict[int, Money]:
    """Whom to send money, and how much: everybody but the exchange, tax offices and deposits."""
    sums: dict[int, Money] = {}
    for line in found.lines:
        if line.payee is not None and line.part is not Part.DEPOSIT:
            sums[line.payee] = sums.get(line.payee, Money(line.amount.currency, 0)) + line.amount
    return sums


def names_of(found: Split) -> dict[int, str]:
    """The names of those who get something."""
    numbers = {line.payee for line in found.lines} - {None}
    rows = db.session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(numbers))
    )
    return {int(number): str(name) for number, name in rows}
