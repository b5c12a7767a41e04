"""What happened to a right here: who did what, when and why."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from marketplace.assets.queries import may_read_pledge
from marketplace.valuation import queries as valuations
from marketplace.web import asset_frame, history
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("asset_history", __name__, url_prefix="/workbench/assets")


@bp.get("/<reference>/history")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """The timeline of the record and of what was filed about it."""
    asset = asset_frame.readable(reference)
    actor = current_actor()
    theirs = [p for p in asset.pledges if may_read_pledge(actor, p)]
    reports = [r for r in valuations.of(asset) if valuations.may_read(actor, r)]
    events = history.entries(asset, *asset.verifications, *theirs, *reports)
    return asset_frame.render("history", asset, events=events)
