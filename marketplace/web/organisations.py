"""An organisation's public page."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from marketplace.assets import regions
from marketplace.assets.models import Asset
from marketplace.core.db import db
from marketplace.listings import queries as listings
from marketplace.listings.models import Listing, ListingAsset
from marketplace.organisations import queries as organisations
from marketplace.web import wording
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code

bp = Blueprint("organisations", __name__)

PER_PAGE = 12


@bp.app_template_filter("place_name")
def place_name(name: str) -> str:
    """A province or city in the reader's language."""
    return regions.display(name, locale_code())


@bp.get("/organisations/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """Who they are, what was checked, what they have on offer."""
    found = organisations.public(slug)
    filters = {
        "text": request.args.get("q", ""),
        "kind": request.args.get("kind", ""),
        "sort": request.args.get("sort", "-published"),
    }
    classes = selectinload(Listing.items).joinedload(ListingAsset.asset)
    everything = listings.published_by(found.id)
    offered = listings.published_by(found.id, **filters)
    page = paginate(offered.options(classes.selectinload(Asset.classes)), per_page=PER_PAGE)
    return render_template(
        "organisations/show.html",
        organisation=found,
        page=page,
        total=db.session.scalar(
            select(func.count()).select_from(everything.order_by(None).subquery())
        ),
        filters=filters,
        narrowed=bool(filters["text"].strip() or filters["kind"]),
        cards=[wording.card(each) for each in page.items],
    )
