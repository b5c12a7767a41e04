"""The calendar of auctions for everybody, and what came of those that are over."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.auctions.engine.rules import Format
from marketplace.auctions.queries import calendar
from marketplace.core.db import db
from marketplace.web import wording
from marketplace.web.export import table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import org_name, words

bp = Blueprint("auction_list", __name__)


@bp.get("/auctions")
def index() -> ResponseReturnValue:
    """Announced, running, over: with filters, sorting, paging and export."""
    stage = request.args.get("stage", "")
    stage = stage if stage in calendar.STAGES else "now"
    how = request.args.get("how", "")
    text, sort = request.args.get("q", "").strip()[:100], request.args.get("sort", "")
    rows = calendar.auctions(
        stage, how=Format(how) if how in set(Format) else None, text=text, sort=sort
    )
    file = request.args.get("format", "")
    if file in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(10_000)).unique().all()
        return table_response(found, _columns(), "auctions", file)
    return render_template(
        "auctions/index.html",
        page=paginate(rows),
        stage=stage,
        how=how,
        text=text,
        sort=sort,
        formats=list(Format),
        counts=calendar.counts(),
        title_of=wording.own_title,
        start=calendar.start_of,
    )


def _columns() -> list[tuple[str, Any]]:
    return [
        (gettext("编号"), lambda row: row.reference),
        (gettext("挂牌编号"), lambda row: row.listing.reference),
        (gettext("标的"), lambda row: wording.own_title(row.listing)[0]),
        (gettext("卖方"), lambda row: org_name(row.seller)),
        (gettext("竞价方式"), lambda row: words("enums", f"auction_format.{row.format.value}")),
        (gettext("状态"), lambda row: words("states", f"auction.{row.state.value}")),
        (gettext("起始价（元）"), calendar.start_of),
        (gettext("当前价（元）"), lambda row: row.price),
        (gettext("开始"), lambda row: row.opens_at),
        (gettext("截止"), lambda row: row.ends_at),
    ]


@bp.get("/auctions/results")
def results() -> ResponseReturnValue:
    """Figures of the auctions that are over: from the records alone."""
    return render_template("auctions/results.html", figures=calendar.figures())
