"""The home page, and the market by city."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import func, select

from marketplace.assets import regions
from marketplace.assets.models import Asset, AssetKind
from marketplace.core.db import db
from marketplace.deals.models import Deal, DealState
from marketplace.listings import queries as listings
from marketplace.listings.models import Listing, ListingAsset, ListingState
from marketplace.web import charts, wording
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, number, words
from marketplace.web.session import current_actor

bp = Blueprint("home", __name__)
FEATURED = 8
FOUND = (ListingState.PUBLISHED, ListingState.RESERVED)


@bp.get("/")
def index() -> ResponseReturnValue:
    """What the market has, and how it works for each side."""
    featured = listings.newest(current_actor(), FEATURED)
    by_city = _by_city()
    return render_template(
        "home/index.html",
        figures=_figures(),
        kinds=_by_kind(),
        cards=[wording.card(each) for each in featured],
        tilemap=_tiles(by_city),
        city_rows=_rows(by_city),
    )


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
    verified = (
        select(func.count(func.distinct(ListingAsset.asset_id)))
        .join(Listing, Listing.id == ListingAsset.listing_id)
        .where(Listing.state.in_(FOUND))
    )
    closed = select(func.count(Deal.id)).where(Deal.state == DealState.CLOSED)
    return [
        (gettext("在架挂牌"), _count(public)),
        (gettext("在架权利"), _count(verified)),
        (gettext("权利人"), _count(sellers)),
        (gettext("已完成交易"), _count(closed)),
    ]


def _by_kind() -> list[tuple[str, int, str]]:
    rows = db.session.execute(
        select(Asset.kind, func.count(func.distinct(Listing.id)))
        .join(ListingAsset, ListingAsset.asset_id == Asset.id)
        .join(Listing, Listing.id == ListingAsset.listing_id)
        .where(Listing.state.in_(FOUND))
        .group_by(Asset.kind)
    )
    counts = dict(rows.tuples().all())
    return [
        (words("enums", f"asset_kind.{k}"), counts[k], url_for("search.results", kind=k.value))
        for k in AssetKind
        if counts.get(k)
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
