"""The authority reads how the entries in the registers stand; it changes nothing."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.deals import recordal_list
from marketplace.web.export import table_response
from marketplace.web.paging import everything, paginate
from marketplace.web.recordal_words import columns, options, wish_of, words_for_template
from marketplace.web.session import current_actor, overseers_only

bp = Blueprint("authority_recordals", __name__, url_prefix="/authority/recordals")
bp.before_request(overseers_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """All of them, to read."""
    wish = wish_of(request.args)
    rows = recordal_list.listed(current_actor(), wish)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(everything(rows), columns(), "recordals", request.args["format"])
    return render_template(
        "recordals/index.html",
        page=paginate(rows),
        wish=wish,
        filtered=bool(request.args),
        options=options(),
        side="authority",
        **words_for_template(),
    )
