"""The settlement of a deal in its reader's words: the statement, stamp duty, deposits; and its paper."""

from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.assets.models import Pledge, PledgeState
from marketplace.core import clock
from marketplace.core.money import Money
from marketplace.core.words import say
from marketplace.deals import registration, shares, statements, steps
from marketplace.deals.models import Deal
from marketplace.deals.statements import Row, Statement
from marketplace.deals.taxes import StampDuty
from marketplace.documents import amounts, papers
from marketplace.ledger import queries as books
from marketplace.mandates import queries as mandates
from marketplace.mandates.models import Commission
from marketplace.payments import codes
from marketplace.payments.models import Payment
from marketplace.web.export import Column
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words

DECLARED_WITHIN = timedelta(
    days=15
)  # 印花税法 art. 16: fifteen days from the day, or the quarter's end
GROUPS = (statements.IN, statements.OUT, statements.OPEN)


def what_of(row: Row) -> str:
    """What a line is, in words."""
    return words("enums", f"statement.{row.what}")


def who_of(row: Row) -> str:
    """With whom, in the reader's language where the organisation has a name in it."""
    return row.who_en if row.who_en and locale_code().startswith("en") else row.who


def group_of(group: str) -> str:
    """The heading of a group."""
    return words("enums", f"statement_group.{group}")


def columns() -> list[Column]:
    """The statement as a table."""
    return [
        (gettext("类别"), lambda r: group_of(r.group)),
        (gettext("日期"), lambda r: r.on),
        (gettext("项目"), what_of),
        (gettext("对方"), who_of),
        (gettext("金额"), lambda r: r.amount),
        (gettext("币种"), lambda r: r.amount.currency),
        (gettext("编号"), lambda r: r.note),
    ]


@dataclass(frozen=True)
class BrokerageShown:
    """A fee that the buyer pays its broker besides the price, and where it stands."""

    claim: Commission
    payment: Payment | None
    reference: str
    held: Money


def brokerage(deal: Deal) -> list[BrokerageShown]:
    """What the buyer was, or will be, asked for; for the buyer and the exchange."""
    return [
        BrokerageShown(
            claim,
            claim.payment,
            codes.shown(claim.payment.reference) if claim.payment else "",
            books.balance(claim.account, deal.currency),
        )
        for claim in mandates.borne_by_buyer(deal.reference)
    ]


@dataclass(frozen=True)
class Stamp:
    """The duty of each party on its own copy, and by when it is declared."""

    duty: StampDuty
    arises_on: date | None
    once_by: date | None
    quarter_by: date | None


def stamp_duty(deal: Deal) -> Stamp | None:
    """Information: 印花税法 art. 5, 10, 15 and 16; each party declares its own.

    The duty arises on the day of the contract. Who declares each contract by itself has fifteen days,
    who declares by the quarter fifteen days from its end.
    """
    found = registration.taxes_of(deal).stamp
    if found is None:
        return None
    if deal.signed_at is None:
        return Stamp(found, None, None, None)
    day = deal.signed_at.astimezone(clock.BEIJING).date()
    quarter = (day.month - 1) // 3 + 1
    next_quarter = date(day.year + quarter // 4, quarter % 4 * 3 + 1, 1)
    return Stamp(found, day, day + DECLARED_WITHIN, next_quarter + DECLARED_WITHIN - timedelta(1))


@dataclass(frozen=True)
class Deposit:
    """Money that lies on deposit for a pledge."""

    pledge: Pledge
    amount: Money

    @property
    def has_ended(self) -> bool:
        """The pledge is gone from the register: the money goes on to the seller."""
        return self.pledge.state is not PledgeState.REGISTERED


def deposits(deal: Deal) -> list[Deposit]:
    """What lies on deposit, a pledge at a time."""
    held = shares.deposited(deal)
    known = {pledge.id: pledge for asset in deal.assets for pledge in asset.pledges}
    return [Deposit(known[number], amount) for number, amount in held.items() if number in known]


def _said(code: str, value: str) -> papers.Row:
    return papers.Row(say("enums", code, "zh_Hans"), say("enums", code, "en"), value)


def _figure(amount: Money) -> str:
    return f"{amount.currency} {amounts.figures(amount)}"


def paper(found: Statement, site: papers.Site, *, demo: bool) -> papers.Form:
    """The statement as a printed form, in both languages."""
    deal = found.deal
    head = papers.Section(
        "交易 Deal",
        [
            papers.Row("交易编号", "Deal", deal.reference),
            papers.Row("标的", "Subject", deal.listing.title),
            papers.Row("卖方", "Seller", deal.seller.name),
            papers.Row("买方", "Buyer", deal.buyer.name),
            papers.Row("价款", "Price", _figure(deal.price)),
            papers.Row("监管余额", "In escrow", _figure(found.held)),
        ],
    )
    sections = [head]
    for group in GROUPS:
        rows = [_row(row) for row in found.of(group)]
        if rows and group != statements.OPEN:
            rows.append(papers.Row("合计", "Total", _figure(found.total(group))))
        if rows:
            title = f"{say('enums', f'statement_group.{group}', 'zh_Hans')} "
            title += say("enums", f"statement_group.{group}", "en")
            sections.append(papers.Section(title, rows))
    side = {steps.SELLER: "卖方", steps.BUYER: "买方"}.get(found.side, "交易所")
    return papers.Form(
        number=deal.reference,
        drawn_at=found.as_of,
        site=site,
        title="结算单",
        title_en="Settlement statement",
        sections=sections,
        notes=[
            f"本单为{side}版本，截至上列时间；以银行流水和账簿为准。",
            "This statement is as of the time above; the bank's movements and the books prevail.",
        ],
        demo=demo,
    )


def _row(row: Row) -> papers.Row:
    on = row.on.isoformat() if row.on else ""
    more = "　".join(part for part in (on, row.who, row.note) if part)
    value = _figure(row.amount) + (f"\n{more}" if more else "")
    return _said(f"statement.{row.what}", value)
