"""How a right stands and what keeps it alive; who holds it, and how that was checked."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from marketplace.assets import policy
from marketplace.assets.models import Asset
from marketplace.assets.queries import legal
from marketplace.documents import queries as documents
from marketplace.forms.assets import TitleForm
from marketplace.forms.legal_events import EventForm
from marketplace.web import asset_fees, asset_frame, legal_view
from marketplace.web.export import table_response
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("asset_status", __name__, url_prefix="/workbench/assets")


@bp.get("/<reference>/status")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """Legal status, what happened to the right, term and fees."""
    asset = asset_frame.readable(reference)
    kind = request.args.get("format", "")
    if kind in {"csv", "xlsx"}:
        found, name = legal.events_of(asset), f"events-{asset.reference}"
        return table_response(found, legal_view.columns(asset), name, kind)
    return page(asset)


def page(
    asset: Asset, status: int = 200, *, event_form: EventForm | None = None, **forms: Any
) -> ResponseReturnValue:
    """The tab, with a form of its events or its schedule that has to be shown again."""
    actor = current_actor()
    events = legal.events_of(asset)
    told = legal.status_of(asset, events=events)
    return asset_frame.render(
        "status",
        asset,
        status,
        term=asset_fees.term_rows(asset),
        schedule=asset_fees.schedule(asset, **forms),
        standing=legal_view.standing(asset, told),
        light=legal_view.freshness_badge(asset),
        lines=legal_view.timeline(actor, asset, events, told),
        may_declare=policy.declare_event.allows(actor, asset),
        event_form=event_form
        or EventForm(formdata=None, kind=asset.kind.value, locale=locale_code()),
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
    chain = legal.chain_of(asset)
    return asset_frame.render(
        "title_chain",
        asset,
        status,
        open_documents=documents.readable(current_actor(), extracts),
        waiting=[v for v in asset.verifications if v.state.value == "requested"],
        title_form=form or TitleForm(formdata=None),
        links=legal_view.chain_rows(chain),
        end=legal_view.gap_words(chain.end) if chain.end else None,
        gaps=len(chain.gaps),
    )
