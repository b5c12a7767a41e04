"""An organisation's public page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import selectinload

from marketplace.assets import regions
from marketplace.assets.models import Asset
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
    classes = selectinload(Listing.items).joinedload(ListingAsset.asset)
    offered = listings.published_by(found.id).options(classes.selectinload(Asset.classes))
    page = paginate(offered, per_page=PER_PAGE)
    return render_template(
        "organisations/show.html",
        organisation=found,
        page=page,
        cards=[wording.card(each) for each in page.items],
    )
