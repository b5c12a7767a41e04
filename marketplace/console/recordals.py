"""Every entry in a register on its way, those that are late first, with proofs to be checked."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.deals import recordal_list
from marketplace.web.export import table_response
from marketplace.web.paging import everything, paginate
from marketplace.web.recordal_words import columns, options, wish_of, words_for_template
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_recordals", __name__, url_prefix="/console/recordals")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """All of them."""
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
        side="console",
        **words_for_template(),
    )
