"""The exchange's published fees, and what a price costs by them."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.core import clock, money
from marketplace.core.money import Money
from marketplace.listings.terms import LARGEST
from marketplace.payments import fees
from marketplace.web.help import BY_NAME, PAGES
from marketplace.web.locale import gettext

bp = Blueprint("fees", __name__, url_prefix="/help/fees")


@dataclass(frozen=True)
class Quote:
    """What a price costs: the parts of the price with their rates, the fee, and its tax."""

    price: Money
    parts: list[tuple[fees.Tier, Money, Money]]
    fee: Money
    taxed: fees.Taxed

    @property
    def kept(self) -> Money:
        """What the seller keeps, before taxes of its own."""
        return self.price - self.fee


@bp.get("")
def index() -> ResponseReturnValue:
    """The table of today, and a calculator."""
    typed = request.args.get("price", "").strip()[:24]
    quote, wrong = None, ""
    if typed:
        try:
            quote = _quote(typed)
        except (InvalidOperation, ValueError, OverflowError):
            wrong = gettext("请填写金额，如 1,200,000 或 1200000.50。")
    return render_template(
        "help/fees.html",
        this=BY_NAME["fees"],
        pages=PAGES,
        tariff=fees.tariff(clock.today()),
        vat=fees.without_tax(Money("CNY", 0), clock.today()).rate,
        typed=typed,
        quote=quote,
        wrong=wrong,
    ), 422 if wrong else 200


def _quote(typed: str) -> Quote:
    price = money.of(Decimal(typed.replace(",", "").replace("，", "")))
    if not 0 < price.minor <= LARGEST:
        raise ValueError(typed)
    table = fees.tariff(clock.today())
    parts = [(tier, part, part.share(tier.rate)) for tier, part in table.parts(price)]
    fee = table.commission(price)
    return Quote(price, parts, fee, fees.without_tax(fee, clock.today()))
