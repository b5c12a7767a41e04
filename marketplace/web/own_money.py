"""What one's organisation pays to the exchange and gets from it: due, on its way, done."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions.models import Hold, Participant
from marketplace.core import clock, settings
from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.core.words import say
from marketplace.deals import queries as deal_queries
from marketplace.documents import amounts, papers, typeset
from marketplace.documents.letterhead import site
from marketplace.organisations.models import Organisation
from marketplace.payments import codes, queries
from marketplace.payments import services as payments
from marketplace.payments.models import Payment
from marketplace.payments.queries import Movement
from marketplace.royalties.models import RoyaltyStatement
from marketplace.web.deals.contract import inline
from marketplace.web.export import Column, table_response
from marketplace.web.incoming import day
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate_list
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, sign_in_required

NEVER = datetime.max.replace(tzinfo=UTC)  # an auction whose end nobody knows yet
bp = Blueprint("own_money", __name__, url_prefix="/workbench/money")


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """Due first, then what is on its way, then what came and went."""
    actor = current_actor()
    days = {name: request.args.get(name, type=day) for name in ("since", "until")}
    moved = queries.movements(actor, **days)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(moved, _columns(), "money", request.args["format"])
    return render_template(
        "money/index.html",
        position=queries.position(actor),
        page=paginate_list(moved),
        days=days,
        sums=_sums(moved),
        subject=subject,
        shown_code=codes.shown,
        by_card=by_card,
    )


@bp.get("/statement.csv")
@sign_in_required
def statement_table() -> ResponseReturnValue:
    """Opening, lines and closing of a period, as a table."""
    rows = [(one, moved) for one in _period() for moved in _framed(one)]
    return table_response(rows, _period_columns(), "money-statement", "csv")


@bp.get("/statement.pdf")
@sign_in_required
@limiter.limit("30 per minute")
def statement_paper() -> ResponseReturnValue:
    """The same as a paper."""
    found = _period()
    content = typeset.print_paper(_period_paper(current_actor().organisation, found))
    return inline(io.BytesIO(content), f"money-{found[0].since}-{found[0].until}.pdf")


def _period() -> list[queries.PeriodStatement]:
    """Of the current year unless other days are named."""
    until = request.args.get("until", type=day) or clock.today()
    since = request.args.get("since", type=day) or until.replace(month=1, day=1)
    return queries.period(current_actor(), since=min(since, until), until=until)


def _framed(one: queries.PeriodStatement) -> list[queries.Moved | Money]:
    return [one.opening, *one.lines, one.closing]


def _period_columns() -> list[Column]:
    def line(pick: Callable[[Movement], Any]) -> Callable[[Any], Any]:
        return lambda row: pick(row[1].movement) if isinstance(row[1], queries.Moved) else ""

    def what(row: Any) -> str:
        one, moved = row
        if isinstance(moved, queries.Moved):
            return words("enums", f"movement.{moved.movement.what}")
        return gettext("期初余额") if moved is one.opening else gettext("期末余额")

    return [
        (gettext("币种"), lambda row: row[0].currency),
        (gettext("日期"), line(lambda m: m.on)),
        (gettext("事项"), what),
        (gettext("交易"), line(lambda m: subject(m.subject_kind, m.subject_id)[0])),
        (gettext("付出"), line(lambda m: m.amount if m.paid else "")),
        (gettext("收到"), line(lambda m: "" if m.paid else m.amount)),
        (
            gettext("余额"),
            lambda row: row[1].balance if isinstance(row[1], queries.Moved) else row[1],
        ),
        (gettext("银行流水号"), line(lambda m: m.number)),
    ]


def _period_paper(organisation_id: int, found: list[queries.PeriodStatement]) -> papers.Form:
    now = settings.current()
    firm = db.session.get_one(Organisation, organisation_id)
    sections = [
        papers.Section(
            f"{one.currency} {one.since} – {one.until}",
            [
                papers.Row("期初余额", "Opening", _figure(one.opening)),
                *(_printed(moved) for moved in one.lines),
                papers.Row("付出合计", "Paid in", _figure(one.sum_of(paid=True))),
                papers.Row("收到合计", "Received", _figure(one.sum_of(paid=False))),
                papers.Row("期末余额", "Closing", _figure(one.closing)),
            ],
        )
        for one in found
    ]
    return papers.Form(
        number=firm.uscc or str(firm.id),
        drawn_at=clock.now(),
        site=site(),
        title="资金往来对账单",
        title_en="Statement of money",
        sections=[papers.Section("", [papers.Row("机构", "Organisation", firm.name)]), *sections],
        notes=[
            "余额：从监管专户收到的款项减去付入的款项，自始累计；负数为净付出。",
            "The balance is what was received less what was paid in, from the beginning; below nothing: net paid.",
        ],
        demo=now.demo,
    )


def _printed(moved: queries.Moved) -> papers.Row:
    one = moved.movement
    name = subject(one.subject_kind, one.subject_id)[0]
    sign = "-" if one.paid else "+"
    value = f"{sign}{_figure(one.amount)}　{name}　{one.number}\n{_figure(moved.balance)}"
    code = f"movement.{one.what}"
    return papers.Row(f"{one.on} {say('enums', code, 'zh_Hans')}", say("enums", code, "en"), value)


def _figure(amount: Money) -> str:
    plain = amounts.figures(Money(amount.currency, abs(amount.minor)))
    return f"{amount.currency} {'-' if amount.minor < 0 else ''}{plain}"


def hold_until(payment: Payment) -> datetime | None:
    """A deposit is only reserved on a card, until its auction ends; anything else is paid at once."""
    if payment.subject_kind != "participant":
        return None
    bidder = db.session.get(Participant, payment.subject_id)
    return (bidder.auction.ends_at if bidder else None) or NEVER


def by_card(payment: Payment) -> bool:
    """Whether a page leads to the card page: a deposit needs an auction whose end is near enough."""
    if not payments.takes_cards(payment):
        return False
    return payment.subject_kind != "participant" or payments.can_hold(hold_until(payment))


def subject(kind: str, number: int, *, deals: str = "deals.show") -> tuple[str, str]:
    """What money was for: its reference and its page; `deals`: the endpoint of a deal's page."""
    if kind == "deal":
        deal = deal_queries.by_id(number)
        if deal is not None:
            return deal.reference, url_for(deals, reference=deal.reference)
    if kind == "royalty_statement":
        statement = db.session.get(RoyaltyStatement, number)
        if statement is not None:
            page = url_for("royalties.show", reference=statement.reference)
            return statement.reference, page if deals == "deals.show" else ""
    hold = db.session.get(Hold, number) if kind == "hold" else None
    bidder = db.session.get(Participant, number) if kind == "participant" else None
    bidden_in = hold or bidder
    if bidden_in is not None:
        reference = bidden_in.auction.reference
        return reference, url_for("auction_room.show", reference=reference)
    return "", ""


def _sums(moved: list[Movement]) -> list[tuple[Money, Money]]:
    """Paid and received over the days shown, a currency at a time."""
    found = []
    for currency in sorted({one.amount.currency for one in moved}):
        both = [
            sum(m.amount.minor for m in moved if m.paid is paid and m.amount.currency == currency)
            for paid in (True, False)
        ]
        found.append((Money(currency, both[0]), Money(currency, both[1])))
    return found


def _columns() -> list[Column]:
    return [
        (gettext("日期"), lambda m: m.on),
        (gettext("事项"), lambda m: words("enums", f"movement.{m.what}")),
        (gettext("交易"), lambda m: subject(m.subject_kind, m.subject_id)[0]),
        (gettext("付出"), lambda m: m.amount if m.paid else ""),
        (gettext("收到"), lambda m: "" if m.paid else m.amount),
        (gettext("币种"), lambda m: m.amount.currency),
        (gettext("银行流水号"), lambda m: m.number),
    ]
