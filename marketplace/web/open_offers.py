"""The open licences on offer, for everybody: search, filter, what one costs, how many hold it."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.assets import industries
from marketplace.assets.models import PATENTS
from marketplace.core.money import yuan
from marketplace.negotiation import on_offer
from marketplace.negotiation.models import StandingOffer
from marketplace.open_licences import queries
from marketplace.web import incoming, open_licence_words, wording
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import locale_code, org_name, words

bp = Blueprint("open_offers", __name__)
CEILINGS = (10_000, 50_000, 100_000, 500_000)  # yuan at the beginning


@bp.get("/open-licences")
def index() -> ResponseReturnValue:
    """What anybody may take by notice."""
    names = ("q", "kind", "industry", "fee", "most", "sort")
    asked = {name: request.args.get(name, "").strip()[:100] for name in names}
    most = request.args.get("most", type=incoming.row_number)
    found = on_offer.open_licences(
        text=asked["q"],
        kind=asked["kind"],
        industry=asked["industry"],
        fee=asked["fee"],
        at_most=yuan(most).minor if most in CEILINGS else None,
        sort=asked["sort"] or "-stated",
    )
    if request.args.get("format") in {"csv", "xlsx"}:
        rows = everything(found)
        return table_response(rows, _columns(rows), "open-licences", request.args["format"])
    page = paginate(found)
    return render_template(
        "open_licences/public.html",
        page=page,
        asked=asked,
        filtered=any(asked[name] for name in names if name != "sort"),
        taken=_taken(page.items),
        fee=open_licence_words.fee,
        term=open_licence_words.term,
        title=lambda one: wording.own_title(one.listing)[0],
        options=_options(),
    )


def _options() -> dict[str, Any]:
    locale = locale_code()
    anything = [("", gettext("全部"))]
    kinds = sorted(PATENTS, key=lambda kind: kind.value)
    return {
        "kind": anything + [(k.value, words("enums", f"asset_kind.{k.value}")) for k in kinds],
        "industry": anything
        + [(code, industries.name(code, locale)) for code in on_offer.industries_on_offer()],
        "fee": anything + [(one, words("enums", f"open_fee.{one}")) for one in on_offer.FEES],
        "most": anything
        + [(str(n), gettext("%(amount)s 元以内", amount=f"{n:,}")) for n in CEILINGS],
        "sort": [("-stated", gettext("最新开放")), ("title", gettext("名称"))],
    }


def _taken(offers: list[StandingOffer]) -> dict[int, int]:
    """Offer → how many hold a licence under its statements."""
    pairs = {
        one.id: (one.listing.assets[0].id, one.declaration.split("、")[0])
        for one in offers
        if one.listing.assets
    }
    known = queries.counts(list(pairs.values()))
    return {offer_id: known[pair] for offer_id, pair in pairs.items()}


def _columns(rows: list[StandingOffer]) -> list[Column]:
    taken = _taken(rows)
    return [
        (gettext("挂牌编号"), lambda one: one.listing.reference),
        (gettext("名称"), lambda one: wording.own_title(one.listing)[0]),
        (gettext("专利号"), lambda one: "、".join(a.number for a in one.listing.assets)),
        (gettext("专利权人"), lambda one: org_name(one.listing.seller)),
        (gettext("声明公告号"), lambda one: one.declaration),
        (gettext("费用标准"), lambda one: open_licence_words.fee(one.terms)),
        (gettext("许可期限"), lambda one: open_licence_words.term(one.terms)),
        (gettext("已许可数量"), lambda one: taken.get(one.id, 0)),
    ]
