"""The list of one's deals, and the page of one."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from marketplace.core.db import db
from marketplace.deals import progress, queries
from marketplace.deals.models import DealState
from marketplace.web import deal_page, inbox, wording
from marketplace.web.deals.shared import bp, page_of
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import org_name, words
from marketplace.web.session import current_actor, sign_in_required

EXPORT_ROWS = 5_000
SORTS = ("due", "newest", "price")


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """One's deals, the most urgent first."""
    actor = current_actor()
    wanted = wanted_of(request.args)
    rows = queries.listed(actor, wanted)
    if request.args.get("format") in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(EXPORT_ROWS)).unique()
        return table_response(found, columns(), "deals", request.args["format"])
    page = paginate(rows)
    return render_template(
        "deals/index.html",
        page=page,
        wanted=wanted,
        filtered=any((wanted.side, wanted.state, wanted.search)),
        counts=queries.counts(actor),
        unread=inbox.unread("deal"),
        steps={deal.id: progress.brief(deal, actor) for deal in page.items},
        states=state_options(),
        sides_text=deal_page.sides_text,
        wording=wording,
        mode_of=deal_page.mode_of,
    )


def wanted_of(args: Any) -> queries.Wanted:
    """What the list's address asks for; nonsense is ignored."""
    side, sort = args.get("side", ""), args.get("sort", "")
    return queries.Wanted(
        side=side if side in {"seller", "buyer"} else "",
        state=args.get("state", "")[:20],
        search=args.get("q", "").strip()[:100],
        sort=sort if sort in SORTS else "due",
    )


def state_options() -> list[tuple[str, str]]:
    """For the filter of a list of deals."""
    return [
        ("", gettext("全部状态")),
        ("open", gettext("进行中")),
        *((state.value, words("states", f"deal.{state.value}")) for state in DealState),
    ]


def columns() -> list[Column]:
    """For the export of a list of deals."""
    return [
        (gettext("编号"), lambda d: d.reference),
        (gettext("标的"), lambda d: d.listing.title),
        (gettext("交易方式"), deal_page.mode_of),
        (gettext("卖方"), lambda d: org_name(d.seller)),
        (gettext("买方"), lambda d: org_name(d.buyer)),
        (gettext("价格"), lambda d: d.price),
        (gettext("币种"), lambda d: d.currency),
        (gettext("状态"), lambda d: words("states", f"deal.{d.state.value}")),
        (gettext("期限"), lambda d: d.due_at),
        (gettext("建立时间"), lambda d: d.created_at),
        (gettext("签署时间"), lambda d: d.signed_at),
        (gettext("完成时间"), lambda d: d.closed_at),
    ]


@bp.get("/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """All about one deal, the next step on top."""
    deal = queries.get(current_actor(), reference)
    return page_of(queries.get(current_actor(), reference) if inbox.opened(deal) else deal)
