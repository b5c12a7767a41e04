"""Choosing rights for a listing, page by page, without script."""

from dataclasses import dataclass

from flask import request

from marketplace.assets.models import Asset, AssetKind
from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.listings import queries, services
from marketplace.listings.models import Listing
from marketplace.web import wording
from marketplace.web.locale import gettext
from marketplace.web.paging import Page, paginate

PICKER_PAGE = 25
MOST_AT_ONCE = services.LARGEST_BATCH


@dataclass(frozen=True)
class Picker:
    """Rights to choose from, and those chosen so far; it works page by page without script."""

    chosen: list[Asset]
    page: Page
    standing: dict[int, list[Listing]]
    text: str
    kind: str
    kinds: list[tuple[str, str]]

    def ended(self, asset: Asset) -> bool:
        """The right no longer exists."""
        return services.has_ended(asset)

    @property
    def chosen_ids(self) -> set[int]:
        return {asset.id for asset in self.chosen}


def picker_for(actor: Actor, already: list[Asset] | None = None) -> Picker:
    values = request.form if request.method == "POST" else request.args
    references = values.getlist("assets")
    chosen = already if already is not None else queries.own_assets(actor, references)
    text, kind = values.get("q", ""), values.get("asset_kind", "")
    wanted = values.get("page", 1, type=int)
    rows = queries.listable(actor, text=text, kind=kind)
    if values.get("do") == "all":
        chosen = list(dict.fromkeys([*chosen, *db.session.scalars(rows.limit(MOST_AT_ONCE))]))
    page = paginate(rows, per_page=PICKER_PAGE, number=max(1, wanted or 1))
    return Picker(
        chosen=chosen,
        page=page,
        standing=queries.standing_listings([*chosen, *page.items]),
        text=text,
        kind=kind,
        kinds=[("", gettext("全部类型"))]
        + [(k.value, wording.coded("asset_kind", k)) for k in AssetKind],
    )


def is_searching() -> bool:
    """The form asks for other rights to choose from, not to go on."""
    return request.form.get("do", "") in {"search", "all"} or "page" in request.form
