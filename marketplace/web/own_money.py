"""What one's organisation pays to the exchange and gets from it: due, on its way, done."""

from datetime import UTC, datetime

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions.models import Hold, Participant
from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.deals import queries as deal_queries
from marketplace.payments import codes, queries
from marketplace.payments import services as payments
from marketplace.payments.models import Payment
from marketplace.payments.queries import Movement
from marketplace.royalties.models import RoyaltyStatement
from marketplace.web.export import Column, table_response
from marketplace.web.incoming import day
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
