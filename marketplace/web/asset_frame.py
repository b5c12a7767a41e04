"""The frame of a right's page: who may read it, its heading, badges, next step and tabs."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from marketplace.assets import policy, queries
from marketplace.assets.models import Asset
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor
from marketplace.listings import queries as listings
from marketplace.valuation import policy as valuing
from marketplace.valuation import queries as valuations
from marketplace.web import asset_steps, wording
from marketplace.web.session import current_actor

# Name of the tab and of its template, endpoint, label. The first is the right's own address.
TABS: tuple[tuple[str, str, Any], ...] = (
    ("facts", "assets.show", lazy_gettext("权利信息")),
    ("status", "asset_status.show", lazy_gettext("状态与费用")),
    ("burdens", "asset_burdens.show", lazy_gettext("负担")),
    ("title_chain", "asset_status.title_chain", lazy_gettext("权属")),
    ("value", "asset_value.show", lazy_gettext("价值")),
    ("documents", "asset_documents.show", lazy_gettext("文件与证明")),
    ("history", "asset_history.show", lazy_gettext("历史")),
)


def readable(reference: str) -> Asset:
    """The right, for its keeper, its pledgees, who valued it, the exchange and the authority."""
    actor = current_actor()
    try:
        return queries.get(actor, reference)
    except NotFound:
        valued = valuations.valued_by(actor, reference)
        if valued is None:
            raise
        return valued


def render(tab: str, asset: Asset, status: int = 200, **values: Any) -> ResponseReturnValue:
    """A tab in its frame; `values` are what the tab's own template needs."""
    actor = current_actor()
    may = may_do(actor, asset)
    listed = listings.of_asset(actor, asset)
    page = render_template(
        f"assets/{tab}.html",
        asset=asset,
        tab=tab,
        tabs=tabs(asset, tab),
        may=may,
        keeps=policy.keeps_asset(actor, asset),
        step=asset_steps.next_step(asset, listed) if may["revise"] else None,
        listed=listed,
        valued=wording.valuation_badge(valuations.of(asset)),
        wording=wording,
        **values,
    )
    return page, status


def may_do(actor: Actor, asset: Asset) -> dict[str, bool]:
    """Which actions the page offers; a pledgee or valuer reads and changes nothing here."""
    return {
        "revise": policy.revise_asset.allows(actor, asset),
        "file": valuing.file_report.allows(actor, asset),
    }


def tabs(asset: Asset, here: str) -> list[tuple[str, str, bool, None]]:
    """The bar of tabs, for ui.tabs."""
    return [
        (str(label), url_for(endpoint, reference=asset.reference), name == here, None)
        for name, endpoint, label in TABS
    ]
