"""How a right stands and what keeps it alive; who holds it, and how that was checked."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from marketplace.assets.models import Asset
from marketplace.documents import queries as documents
from marketplace.forms.assets import TitleForm
from marketplace.web import asset_fees, asset_frame
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("asset_status", __name__, url_prefix="/workbench/assets")


@bp.get("/<reference>/status")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """Legal status, term and fees."""
    return page(asset_frame.readable(reference))


def page(asset: Asset, status: int = 200, **forms: Any) -> ResponseReturnValue:
    """The tab, with a form of its schedule that has to be shown again."""
    return asset_frame.render(
        "status",
        asset,
        status,
        term=asset_fees.term_rows(asset),
        schedule=asset_fees.schedule(asset, **forms),
    )


@bp.get("/<reference>/title-chain")
@sign_in_required
def title_chain(reference: str) -> ResponseReturnValue:
    """Owners, and the checks of their title."""
    return title_page(asset_frame.readable(reference))


def title_page(
    asset: Asset, status: int = 200, form: TitleForm | None = None
) -> ResponseReturnValue:
    """The tab, with a form that has to be shown again."""
    extracts = [v.extract_id for v in asset.verifications]
    return asset_frame.render(
        "title_chain",
        asset,
        status,
        open_documents=documents.readable(current_actor(), extracts),
        waiting=[v for v in asset.verifications if v.state.value == "requested"],
        title_form=form or TitleForm(formdata=None),
    )
