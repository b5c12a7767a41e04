"""The parts of a deal's price: what the records say, put to the waterfall."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from marketplace.assets.models import Pledge
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.deals import waterfall
from marketplace.deals.models import Deal, DealRelease, PayoffLetter, ReceivableState, TaxState
from marketplace.deals.waterfall import Claim, Held, Line, Part, Share, Split, Tax, split
from marketplace.mandates import queries as mandates
from marketplace.organisations.models import Organisation
from marketplace.payments import queries as money


def split_of(
    deal: Deal,
    amount: Money,
    *,
    commission: Money | None = None,
    brokers: Sequence[Share] | None = None,
    taxes: Sequence[Tax] = (),
) -> Split:
    """How an amount of the price is divided today; `brokers`: the share of each.

    None: what the claims to commission say that the seller bears. The exchange's commission is the
    whole one unless the amount is less than the price and it says so. What the seller still owes of
    it from earlier releases is set off.
    """
    return split(
        amount,
        on=clock.today(),
        seller=deal.seller_id,
        commission=deal.commission if commission is None else commission,
        claims=claims_of(deal),
        taxes=taxes,
        arrears=arrears_of(deal),
        brokers=broker_shares(deal, deal.price) if brokers is None else brokers,
    )


def claims_of(deal: Deal) -> list[Claim]:
    """The claims of the standing pledges, by rank; one entry over several rights counts once.

    What earlier releases of the deal have paid or deposited for a claim is off it.
    """
    found: dict[tuple[str, str], Pledge] = {}
    for asset in deal.assets:
        for pledge in asset.standing_pledges:
            found.setdefault((pledge.register_number, pledge.lender_name), pledge)
    paid = paid_to_pledgees(deal)
    letters = {one.pledge_id: one for one in deal.payoff_letters if one.holds_on(clock.today())}
    return [
        _by_letter(letters[pledge.id], pledge, paid.get(pledge.id))
        if pledge.id in letters
        else Claim(
            pledge.id,
            pledge.lender_id,
            pledge.amount,
            due_on=pledge.due_on,
            paid=paid.get(pledge.id),
        )
        for pledge in found.values()
    ]


def _by_letter(letter: PayoffLetter, pledge: Pledge, paid: Money | None) -> Claim:
    """What the lender itself says, while its letter holds: it takes the money before it is due.

    The letter names what is still owed on its day: only what was paid later is off it.
    """
    return Claim(
        pledge.id, pledge.lender_id, letter.amount, as_of=letter.as_of, per_day=letter.per_day,
        paid=_paid_since(letter, paid),
    )  # fmt: skip


def _paid_since(letter: PayoffLetter, paid: Money | None) -> Money | None:
    later = [
        line.amount.minor
        for release in letter.deal.releases
        if release.released_at > letter.created_at
        for line in kept_lines(release)
        if line.pledge == letter.pledge_id
    ]
    return Money(letter.currency, sum(later)) if paid is not None and later else None


def taxes_of(deal: Deal) -> list[Tax]:
    """What the buyer has instructed and no release has taken yet."""
    waiting = [one for one in deal.withheld_taxes if one.state is TaxState.INSTRUCTED]
    return [Tax(str(one.id), one.amount) for one in waiting]


def arrears_of(deal: Deal) -> Money:
    """Commission that earlier releases were short of and the seller has not paid since."""
    waiting = [
        one.payment.outstanding.minor
        for one in deal.receivables
        if one.state is ReceivableState.OPEN and one.payment is not None
    ]
    return Money(deal.currency, sum(waiting))


def deposited(deal: Deal) -> dict[int, Money]:
    """Pledge → what still lies on deposit for it."""
    held: dict[int, Money] = {}
    for line in (one for release in deal.releases for one in kept_lines(release)):
        if line.part is Part.DEPOSIT and line.pledge is not None:
            before = held.get(line.pledge, Money(deal.currency, 0))
            held[line.pledge] = before + line.amount
    for payment in deal.deposit_payments:
        held[payment.pledge_id] -= payment.amount
    return {pledge: amount for pledge, amount in held.items() if amount}


def paid_to_pledgees(deal: Deal) -> dict[int, Money]:
    """Pledge → what the releases so far have paid for it or put on deposit."""
    paid: dict[int, Money] = {}
    for line in (one for release in deal.releases for one in kept_lines(release)):
        if line.pledge is not None:
            before = paid.get(line.pledge, Money(deal.currency, 0))
            paid[line.pledge] = before + line.amount
    return paid


def released_of_price(deal: Deal) -> Money:
    """How much of the price its instalments have brought out of escrow so far."""
    return Money(deal.currency, sum(line.released_minor for line in deal.parts))


def progress(deal: Deal) -> Money:
    """How much of the price has been released: by its instalments, or in one sum."""
    if deal.parts:
        return released_of_price(deal)
    whole = [r.amount_minor for r in deal.releases if r.instalment_id is None]
    return Money(deal.currency, min(sum(whole), deal.price_minor))


def broker_shares(deal: Deal, until: Money) -> list[Share]:
    """What is due to each broker with so much of the price, less what releases have paid it so far.

    So a release makes up for what an earlier one left nothing for, and for a claim that was held then.
    """
    paid: dict[tuple[int | None, int], int] = {}
    for line in (one for release in deal.releases for one in kept_lines(release)):
        if line.part is Part.BROKER and line.payee is not None:
            about = (line.claim, line.payee)
            paid[about] = paid.get(about, 0) + line.amount.minor
    found = []
    for claim in mandates.payable_by_seller(deal.reference):
        for who, share in mandates.shares_of(claim).items():
            due = waterfall.due_by_now(share, released=until, price=deal.price)
            before = paid.get((claim.id, who), 0) + paid.pop((None, who), 0)
            if due.minor > before:
                found.append(Share(who, Money(deal.currency, due.minor - before), claim.id))
    return found


def paid_to_brokers(found: Split) -> dict[int, Money]:
    """Claim to commission → what a release pays of it."""
    sums: dict[int, Money] = {}
    for line in found.lines:
        if line.part is Part.BROKER and line.claim is not None:
            before = sums.get(line.claim, Money(line.amount.currency, 0))
            sums[line.claim] = before + line.amount
    return sums


def charges(deal: Deal, amount: Money, *, besides: bool = False) -> tuple[Money, list[Share]]:
    """The commission and the brokers' shares that fall on the next amount of the price.

    A milestone besides the price bears neither. The last amount takes what rounding has left over.
    """
    nothing = Money(deal.currency, 0)
    if besides:
        return nothing, []
    before = released_of_price(deal)

    until = waterfall.due_by_now(deal.commission, released=before + amount, price=deal.price)
    commission = until - waterfall.due_by_now(deal.commission, released=before, price=deal.price)
    return commission, broker_shares(deal, before + amount)


def to_keep(found: Split) -> list[dict[str, Any]]:
    """The lines of a split as a release keeps them."""
    return [
        {
            "part": line.part.value,
            "minor": line.amount.minor,
            "payee": line.payee,
            "pledge": line.pledge,
            "tax": line.tax,
            "held": line.held.value if line.held else None,
            "claim": line.claim,
        }
        for line in found.lines
    ]


def kept_lines(release: DealRelease) -> list[Line]:
    """The lines of a release as it kept them."""
    return [
        Line(
            Part(one["part"]),
            Money(release.currency, one["minor"]),
            payee=one["payee"],
            pledge=one["pledge"],
            tax=one["tax"],
            held=Held(one["held"]) if one["held"] else None,
            claim=one.get("claim"),
        )
        for one in release.lines_data
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
        elif line.part is Part.ARREARS:
            account = money.credit_account(deal.seller_id)  # from there it is set off
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
