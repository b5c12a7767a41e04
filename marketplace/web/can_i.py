"""“Can I …?”: somebody says what they want to do with a right and is answered, with the law."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import policy
from marketplace.assets.bundle import NOBODY, Act, Grant, Party, Wish
from marketplace.assets.models import Asset
from marketplace.core import clock
from marketplace.forms.wishes import WishForm, address_of
from marketplace.listings import queries as listings
from marketplace.listings.models import Listing
from marketplace.listings.terms import DealKind
from marketplace.web import asset_frame, possibilities
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import public_url
from marketplace.web.session import acting_organisation, current_actor, sign_in_required

bp = Blueprint("can_i", __name__)


@dataclass(frozen=True)
class Door:
    """Where to go from the answer."""

    label: str
    url: str
    ic: str = "arrow-right"
    primary: bool = False


@bp.get("/listings/<reference>/can-i")
@limiter.limit("60 per minute")
def listed(reference: str) -> ResponseReturnValue:
    """About the rights of a listing, for everybody who may see it."""
    listing = listings.get(current_actor(), reference)
    return _page(listing.assets, listing=listing)


@bp.get("/workbench/assets/<reference>/can-i")
@sign_in_required
def own(reference: str) -> ResponseReturnValue:
    """About a right, for those who may read its record."""
    return _page([asset_frame.readable(reference)])


def _page(assets: Sequence[Asset], listing: Listing | None = None) -> ResponseReturnValue:
    actor = current_actor()
    form = WishForm(request.args) if request.args else WishForm(data=_usual(listing))
    valid = bool(request.args) and form.validate()
    wish = form.wish(_reader(assets)) if valid else None
    page = render_template(
        "can_i.html",
        form=form,
        wish=wish,
        listing=listing,
        assets=assets,
        answers=[(asset, possibilities.of(actor, asset, wish)) for asset in assets] if wish else [],
        address=lambda arguments: f"{request.path}?{urlencode(arguments, doseq=True)}",
        law=possibilities.law(assets[0], wish, (listing.facts if listing else None) or {})
        if wish and assets
        else None,
        doors=_doors(assets, listing, wish) if wish else [],
        may_certify=wish is not None
        and listing is None
        and policy.issue_certificate.allows(actor, assets[0]),
        hidden=_in_one_form(address_of(wish)) if wish else {},
        here=request.path,
        shared=public_url(f"{request.path}?{request.query_string.decode()}"),
        today=clock.today(),
    )
    return page, 422 if form.errors else 200


def _in_one_form(arguments: dict[str, Any]) -> dict[str, Any]:
    """The same wish with one value a name, as a button sends it."""
    places = [*arguments.pop("territory", []), arguments.pop("places", "")]
    return arguments | {"places": ",".join(each for each in places if each)}


def _usual(listing: Listing | None) -> dict[str, Any]:
    """What is asked first: what the listing offers."""
    if listing is None:
        return {"act": Act.TRANSFER.value, "territory": ["CN"]}
    terms = listing.terms
    act = {DealKind.LICENCE: Act.LICENCE, DealKind.EQUITY: Act.EQUITY}.get(terms.kind, Act.TRANSFER)
    return {
        "act": act.value,
        "grant": terms.grant.value if terms.grant else Grant.NON_EXCLUSIVE.value,
        "territory": list(terms.territory),
        "field": terms.field,
    }


def _reader(assets: Sequence[Asset]) -> Party:
    """Whoever asks would be the other side, unless the right is their own."""
    organisation = acting_organisation()
    if organisation is None or any(asset.keeper_id == organisation.id for asset in assets):
        return NOBODY
    return Party(organisation.name, organisation.id)


def _doors(assets: Sequence[Asset], listing: Listing | None, wish: Wish) -> list[Door]:
    """The next steps that this reader may take."""
    actor = current_actor()
    if listing is not None and actor.organisation_id != listing.seller_id:
        return _as_other_side(listing, wish, signed_in=actor.user_id is not None)
    asset = assets[0]
    if not policy.revise_asset.allows(actor, asset):
        return []
    reference = asset.reference
    return [
        Door(
            gettext("挂牌这项资产"),
            url_for("listing_wizard.new", assets=reference),
            "tag",
            primary=True,
        ),
        Door(
            gettext("查看负担，征求同意"),
            url_for("asset_burdens.show", reference=reference),
            "users",
        ),
    ]


def _as_other_side(listing: Listing, wish: Wish, *, signed_in: bool) -> list[Door]:
    if not listing.takes_offers:
        return []
    offered = (listing.terms.kind is DealKind.LICENCE) == (
        wish.act is Act.LICENCE
    ) and wish.act is not Act.PLEDGE
    ask = url_for("enquiries.new", reference=listing.reference)
    offer = url_for("offers.new", reference=listing.reference)
    if not signed_in:
        door = url_for("people.sign_in", next=offer if offered else ask)
        return [Door(gettext("登录后咨询或报价"), door, "user", primary=True)]
    if offered:
        return [
            Door(gettext("发出报价"), offer, "handshake", primary=True),
            Door(gettext("咨询权利人"), ask, "message-square"),
        ]
    return [Door(gettext("咨询权利人"), ask, "message-square", primary=True)]
