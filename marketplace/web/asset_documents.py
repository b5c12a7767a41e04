"""The papers kept with a right, and the certificates issued about it."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from marketplace.assets import policy, queries
from marketplace.assets.models import Asset
from marketplace.assets.queries import certificates
from marketplace.documents import queries as documents
from marketplace.forms.assets import PaperForm
from marketplace.web import asset_frame, free_to_deal
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("asset_documents", __name__, url_prefix="/workbench/assets")


@bp.get("/<reference>/documents")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """What the reader may open of them; certificates, for those who keep or oversee the right."""
    return page(asset_frame.readable(reference))


def page(asset: Asset, status: int = 200, form: PaperForm | None = None) -> ResponseReturnValue:
    """The tab, with a form that has to be shown again."""
    actor = current_actor()
    overseen = bool(actor.capabilities & queries.READS_EVERYTHING)
    return asset_frame.render(
        "documents",
        asset,
        status,
        papers=documents.of(actor, asset),
        issued=certificates.certificates_of(asset)
        if overseen or policy.keeps_asset(actor, asset)
        else [],
        may_certify=policy.issue_certificate.allows(actor, asset) and asset.title_verification,
        told=free_to_deal,
        document_form=form or PaperForm(formdata=None),
    )
