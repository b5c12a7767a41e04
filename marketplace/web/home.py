"""The home page, and the market by city."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import func, select

from marketplace.assets import industries, regions
from marketplace.assets.models import Asset, AssetKind, TitleVerification, VerificationState
from marketplace.core.db import db
from marketplace.deals import queries as deals
from marketplace.deals.models import Deal, DealState
from marketplace.listings import queries as listings
from marketplace.listings.models import PUBLIC, Listing, ListingAsset, ListingState
from marketplace.valuation.models import ReportState, ValuationReport
from marketplace.web import charts, wording
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, number, words
from marketplace.web.session import current_actor

bp = Blueprint("home", __name__)
LATEST, FEATURED, NEWS, INDUSTRIES = 8, 4, 5, 12
FOUND = (ListingState.PUBLISHED, ListingState.RESERVED)


@bp.get("/")
def index() -> ResponseReturnValue:
    """What the market has, what was dealt in, and how it works for each side."""
    actor = current_actor()
    by_city = _by_city()
    fit = listings.fit_for_pledge(actor, FEATURED)
    best = fit[0] if fit else None
    return render_template(
        "home/index.html",
        figures=_figures(),
        kinds=_by_kind(),
        best=best and wording.card(best) | {"badges": wording.card_badges(best)[:3]},
        cards=[wording.card(each) for each in listings.newest(actor, LATEST)],
        featured=_featured(fit),
        industries=_by_industry(),
        news=[_news(deal) for deal in deals.recently_closed(NEWS)],
        tilemap=_tiles(by_city),
        city_rows=_rows(by_city),
    )


def _featured(fit: list[Listing]) -> list[tuple[str, str, str, list[dict[str, Any]]]]:
    """Title, what it means, address of the whole and first cards of each showcase that has any."""
    actor = current_actor()
    groups = [
        (
            gettext("新近核验权属"),
            gettext("交易所已对照 90 天内的登记簿副本核对。"),
            url_for("search.results", verified="yes"),
            listings.newly_verified(actor, FEATURED),
        ),
        (
            gettext("附有效评估报告"),
            gettext("两名评估师签字，在有效期内，可查基准日和评估值。"),
            url_for("search.results", valued="yes"),
            listings.valued(actor, FEATURED),
        ),
        (
            gettext("适合质押融资"),
            gettext("权属已核验、有评估、无质押，剩余五年以上。"),
            url_for("search.results", verified="yes", valued="yes", pledged="no"),
            fit,
        ),
    ]
    return [
        (title, text, url, [wording.card(each) for each in found])
        for title, text, url, found in groups
        if found
    ]


def _news(deal: Deal) -> dict[str, Any]:
    """A closed deal as the public reads of it: no price and no buyer."""
    card = wording.card(deal.listing)
    seen = deal.listing.state in PUBLIC  # one licensed to several may have expired since
    return card | {
        "mode": words("enums", f"deal_mode.{deal.terms.rule_kind}"),
        "closed_at": deal.closed_at,
        "url": card["url"] if seen else "",
    }


@bp.get("/cities")
def cities() -> ResponseReturnValue:
    """The twenty-one cities with what each offers."""
    by_city = _by_city()
    return render_template(
        "home/cities.html", tilemap=_tiles(by_city), city_rows=_rows(by_city), counts=by_city
    )


def _count(statement: Any) -> int:
    return db.session.scalar(statement) or 0


def _figures() -> list[tuple[str, int]]:
    public = select(func.count(Listing.id)).where(Listing.state.in_(FOUND))
    sellers = select(func.count(func.distinct(Listing.seller_id))).where(Listing.state.in_(FOUND))
    offered = (
        select(func.count(func.distinct(ListingAsset.asset_id)))
        .join(Listing, Listing.id == ListingAsset.listing_id)
        .where(Listing.state.in_(FOUND))
    )
    verified = offered.join(
        TitleVerification, TitleVerification.asset_id == ListingAsset.asset_id
    ).where(TitleVerification.state == VerificationState.CONFIRMED)
    valued = offered.join(ValuationReport, ValuationReport.asset_id == ListingAsset.asset_id).where(
        ValuationReport.state == ReportState.CONFIRMED
    )
    closed = select(func.count(Deal.id)).where(Deal.state == DealState.CLOSED)
    return [
        (gettext("在架挂牌"), _count(public)),
        (gettext("已核验权属"), _count(verified)),
        (gettext("附评估报告"), _count(valued)),
        (gettext("权利人"), _count(sellers)),
        (gettext("已完成交易"), _count(closed)),
    ]


def _by_kind() -> list[dict[str, Any]]:
    """Each kind of right with its drawing, its listings and the address of its search."""
    rows = db.session.execute(
        select(Asset.kind, func.count(func.distinct(Listing.id)))
        .join(ListingAsset, ListingAsset.asset_id == Asset.id)
        .join(Listing, Listing.id == ListingAsset.listing_id)
        .where(Listing.state.in_(FOUND))
        .group_by(Asset.kind)
    )
    counts = dict(rows.tuples().all())
    return [
        {
            "kind": k.value,
            "name": words("enums", f"asset_kind.{k}"),
            "count": counts[k],
            "url": url_for("search.results", kind=k.value),
        }
        for k in AssetKind
        if counts.get(k)
    ]


def _by_industry() -> list[tuple[str, str, int, str]]:
    """The divisions of industry with the most listings: code, name, listings, address."""
    division = func.substr(Asset.industry, 1, 3)
    count = func.count(func.distinct(Listing.id))
    rows = db.session.execute(
        select(division, count)
        .join(ListingAsset, ListingAsset.asset_id == Asset.id)
        .join(Listing, Listing.id == ListingAsset.listing_id)
        .where(Listing.state.in_(FOUND), Asset.industry != "")
        .group_by(division)
        .order_by(count.desc(), division)
        .limit(INDUSTRIES)
    )
    locale = locale_code()
    return [
        (code, industries.name(code, locale), n, url_for("search.results", industry=code))
        for code, n in rows.tuples()
    ]


def _by_city() -> dict[str, int]:
    rows = db.session.execute(
        select(Asset.city, func.count(func.distinct(Listing.id)))
        .join(ListingAsset, ListingAsset.asset_id == Asset.id)
        .join(Listing, Listing.id == ListingAsset.listing_id)
        .where(Listing.state.in_(FOUND))
        .group_by(Asset.city)
    )
    return dict(rows.tuples().all())


def _rows(by_city: dict[str, int]) -> list[tuple[str, int, str]]:
    """Each of the 21 cities: name, listings, address of its search; the busiest first."""
    locale = locale_code()
    rows = [
        (city.name(locale), by_city.get(city.zh, 0), url_for("search.results", city=city.zh))
        for city in regions.cities()
    ]
    return sorted(rows, key=lambda row: -row[1])


def _tiles(by_city: dict[str, int]) -> Markup:
    locale = locale_code()
    cities = regions.cities()
    named = {city.code: city for city in cities}
    values = {city.code: float(by_city.get(city.zh, 0)) for city in cities}
    top = max(cities, key=lambda city: values[city.code])
    return charts.tilemap(
        values,
        {city.code: _short(city, locale) for city in cities},
        gettext("各市在架挂牌"),
        gettext(
            "%(city)s最多，%(count)s 项。",
            city=top.name(locale),
            count=number(int(values[top.code])),
        ),
        href=lambda code: url_for("search.results", city=named[code].zh),
    )


def _short(city: regions.Region, locale: str) -> str:
    return city.name(locale).removesuffix("市")
