"""The papers kept with a right."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from marketplace.assets.models import Asset
from marketplace.documents import queries as documents
from marketplace.forms.assets import PaperForm
from marketplace.web import asset_frame
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("asset_documents", __name__, url_prefix="/workbench/assets")


@bp.get("/<reference>/documents")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """What the reader may open of them."""
    return page(asset_frame.readable(reference))


def page(asset: Asset, status: int = 200, form: PaperForm | None = None) -> ResponseReturnValue:
    """The tab, with a form that has to be shown again."""
    return asset_frame.render(
        "documents",
        asset,
        status,
        papers=documents.of(current_actor(), asset),
        document_form=form or PaperForm(formdata=None),
    )
