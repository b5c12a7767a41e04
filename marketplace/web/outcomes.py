"""The yearly return of a university or research institute on what became of its results."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.core.errors import NotFound
from marketplace.royalties import outcomes
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.presentation import words
from marketplace.web.session import acting_organisation, current_actor, sign_in_required

bp = Blueprint("outcomes", __name__, url_prefix="/workbench/outcomes")


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """A year by kind and place, with its contracts; for the authority as CSV or XLSX."""
    actor, house = current_actor(), acting_organisation()
    if house is None:
        raise NotFound("organisation")
    known = outcomes.years(actor, house)
    asked = request.args.get("year", known[0], type=int)
    year = asked if asked in known else known[0]
    found = outcomes.of_year(actor, house, year)
    if request.args.get("format") in {"csv", "xlsx"}:
        kind = request.args["format"]
        return table_response(found.lines, _columns(year), f"outcomes-{year}", kind)
    return render_template(
        "royalties/outcomes.html",
        found=found,
        years=[(str(one), str(one)) for one in known],
    )


def _columns(year: int) -> list[Column]:
    def sums(name: str) -> Any:
        return lambda line: "；".join(
            f"{money.currency} {money.amount}" for money in getattr(line, name).values()
        )

    return [
        (gettext("年度"), lambda _: year),
        (gettext("交易方式"), lambda line: words("enums", f"deal_kind.{line.kind}")),
        (gettext("对方所在地"), lambda line: words("enums", f"place.{line.place}")),
        (gettext("签约合同"), lambda line: line.contracts),
        (gettext("涉及权利"), lambda line: line.rights),
        (gettext("约定金额"), sums("agreed")),
        (gettext("本年到账"), sums("received")),
    ]
