"""What a right was valued at, by whom and for what."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from marketplace.assets.models import Asset
from marketplace.forms.assets import ValuationForm
from marketplace.valuation import queries as valuations
from marketplace.web import asset_frame
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("asset_value", __name__, url_prefix="/workbench/assets")


@bp.get("/<reference>/value")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """Valuation reports."""
    return page(asset_frame.readable(reference))


def page(asset: Asset, status: int = 200, form: ValuationForm | None = None) -> ResponseReturnValue:
    """The tab, with a form that has to be shown again."""
    reports = valuations.of(asset)
    return asset_frame.render(
        "value",
        asset,
        status,
        reports=reports,
        open_reports={r.id for r in reports if valuations.may_read(current_actor(), r)},
        valuation_form=form or ValuationForm(formdata=None),
    )
