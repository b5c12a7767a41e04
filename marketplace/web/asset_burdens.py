"""What rests on a right: pledges and licences."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from marketplace.assets import queries
from marketplace.assets.models import Asset
from marketplace.assets.queries import registers
from marketplace.forms.assets import PledgeForm
from marketplace.web import asset_frame
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("asset_burdens", __name__, url_prefix="/workbench/assets")


@bp.get("/<reference>/burdens")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """The register of burdens."""
    return page(asset_frame.readable(reference))


def page(asset: Asset, status: int = 200, form: PledgeForm | None = None) -> ResponseReturnValue:
    """The tab, with a form that has to be shown again."""
    return asset_frame.render(
        "burdens",
        asset,
        status,
        open_pledges={p.id for p in asset.pledges if queries.may_read_pledge(current_actor(), p)},
        licences=registers.licences_of(asset),
        pledge_form=form or PledgeForm(formdata=None),
    )
