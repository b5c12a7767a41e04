"""The authority reads: figures, deals, listings, objections, how the rules stand, intermediaries.

It changes nothing here; its desk is in authority_desk.
"""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from marketplace.compliance import queries as compliance
from marketplace.compliance.models import ObjectionState
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.money import Money
from marketplace.deals import progress, queries
from marketplace.deals.models import Deal
from marketplace.listings.models import Listing, ListingState
from marketplace.rules.library import load
from marketplace.web import deal_page, wording
from marketplace.web.deals import columns as deal_columns
from marketplace.web.deals import state_options, wanted_of
from marketplace.web.export import table_response
from marketplace.web.filings import rule_title
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import org_name, words
from marketplace.web.session import current_actor, overseers_only

bp = Blueprint("authority", __name__, url_prefix="/authority")
bp.before_request(overseers_only)
STATUSES = ("open", "unknown", "duty", "waived", "satisfied", "info")
PUBLIC_LISTINGS = frozenset({ListingState.PUBLISHED, ListingState.RESERVED, ListingState.CLOSED})


def quarter(moment: datetime) -> tuple[datetime, datetime, str]:
    """The quarter of a moment by the calendar of Guangdong: start, end, name."""
    here = moment.astimezone(clock.BEIJING)
    number = (here.month - 1) // 3
    start = datetime(here.year, number * 3 + 1, 1, tzinfo=clock.BEIJING)
    following = (here.year + 1, 1) if number == 3 else (here.year, number * 3 + 4)
    end = datetime(*following, 1, tzinfo=clock.BEIJING)
    return start, end, f"{here.year}-Q{number + 1}"


@bp.get("")
def index() -> ResponseReturnValue:
    """What waits at the desk, and the figures of the quarter by kind and city."""
    actor = current_actor()
    start, end, name = quarter(clock.now())
    rows = queries.traded(actor, start, end)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(rows, _figure_columns(), f"figures-{name}", request.args["format"])
    return render_template(
        "authority/index.html", tiles=_tiles(), rows=rows, quarter=name, money_of=_money_of
    )


def _money_of(row: queries.Traded) -> Money:
    return Money(row.currency, row.minor)


def _figure_columns() -> list[Any]:
    return [
        (gettext("权利种类"), lambda r: words("enums", f"asset_kind.{r.kind}")),
        (gettext("卖方地市"), lambda r: r.city),
        (gettext("笔数"), lambda r: r.count),
        (gettext("币种"), lambda r: r.currency),
        (gettext("金额"), _money_of),
    ]


def _tiles() -> list[dict[str, Any]]:
    figures = compliance.desk_figures(current_actor())
    desk, held = url_for("authority_desk.index"), url_for("authority.objections")
    shown = (
        ("submitted", gettext("待受理"), f"{desk}?state=submitted", "inbox", "warn"),
        ("waiting", gettext("办理中"), f"{desk}?state=waiting", "stamp", ""),
        ("overdue", gettext("已逾期"), f"{desk}?state=overdue", "calendar-clock", "bad"),
        ("objections", gettext("未决异议"), held, "message-square", "warn"),
        ("late_objections", gettext("逾期未答复的异议"), held, "calendar-clock", "bad"),
        ("running", gettext("正在公示"), url_for("notices.index"), "megaphone", ""),
    )
    return [
        {
            "label": label,
            "value": figures[key],
            "url": url,
            "ic": ic,
            "tone": tone if figures[key] else "",
        }
        for key, label, url, ic, tone in shown
    ]


@bp.get("/deals")
def deals() -> ResponseReturnValue:
    """Every deal: to read."""
    actor = current_actor()
    wanted = wanted_of(request.args)
    rows = queries.listed(actor, wanted)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(everything(rows), deal_columns(), "deals", request.args["format"])
    page = paginate(rows)
    return render_template(
        "authority/deals.html",
        page=page,
        wanted=wanted,
        states=state_options(),
        steps={deal.id: progress.brief(deal, actor) for deal in page.items},
        wording=wording,
        mode_of=deal_page.mode_of,
    )


@bp.get("/listings")
def listings() -> ResponseReturnValue:
    """Every listing that was ever submitted: to read."""
    text, state = request.args.get("q", "").strip()[:100], request.args.get("state", "")
    rows = (
        select(Listing)
        .where(Listing.state != ListingState.DRAFT)
        .options(joinedload(Listing.seller))
        .order_by(Listing.id.desc())
    )
    if state in {one.value for one in ListingState}:
        rows = rows.where(Listing.state == ListingState(state))
    if text:
        rows = rows.where(
            or_(
                Listing.reference == text.upper(),
                Listing.title.icontains(text, autoescape=True),
                Listing.title_en.icontains(text, autoescape=True),
            )
        )
    if request.args.get("format") in {"csv", "xlsx"}:
        kind = request.args["format"]
        return table_response(everything(rows), _listing_columns(), "listings", kind)
    states = [s for s in ListingState if s is not ListingState.DRAFT]
    return render_template(
        "authority/listings.html",
        page=paginate(rows),
        text=text,
        state=state,
        states=[
            ("", gettext("全部状态")),
            *((one.value, words("states", f"listing.{one.value}")) for one in states),
        ],
        wording=wording,
        public=PUBLIC_LISTINGS,
    )


def _listing_columns() -> list[Any]:
    return [
        (gettext("编号"), lambda r: r.reference),
        (gettext("标的"), lambda r: r.title),
        (gettext("卖方"), lambda r: org_name(r.seller)),
        (gettext("价格"), lambda r: r.price),
        (gettext("状态"), lambda r: words("states", f"listing.{r.state.value}")),
        (gettext("发布时间"), lambda r: r.published_at),
    ]


@bp.get("/objections")
def objections() -> ResponseReturnValue:
    """Every objection, the open ones first."""
    state, text = request.args.get("state", ""), request.args.get("q", "").strip()[:100]
    rows = compliance.objections(current_actor(), state=state, search=text)
    shown = [s for s in ObjectionState if s is not ObjectionState.UNCONFIRMED]
    return render_template(
        "authority/objections.html",
        page=paginate(rows),
        state=state,
        text=text,
        states=[
            ("", gettext("全部状态")),
            *((one.value, words("states", f"objection.{one.value}")) for one in shown),
        ],
    )


@bp.get("/findings")
def findings() -> ResponseReturnValue:
    """The register of findings by rule: how often open, undecided, a duty, satisfied."""
    text = request.args.get("q", "").strip()[:100]
    known = load().by_id
    rows = [
        one
        for one in compliance.register(current_actor())
        if not text or text in one.rule or _mentions(known.get(one.rule), text)
    ]
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(rows, _finding_columns(), "findings", request.args["format"])
    return render_template(
        "authority/findings.html",
        rows=rows,
        text=text,
        statuses=STATUSES,
        rule_title=rule_title,
    )


def _mentions(rule: Any, text: str) -> bool:
    if rule is None:
        return False
    spoken = f"{rule.title.zh} {rule.title.en} {rule.texts[-1].article}".lower()
    return text.lower() in spoken


def _finding_columns() -> list[Any]:
    counted = [
        (words("enums", f"finding_status.{s}"), lambda r, s=s: r.counts.get(s, 0)) for s in STATUSES
    ]
    return [
        (gettext("规则"), lambda r: r.rule),
        (gettext("名称"), lambda r: rule_title(r.rule)),
        *counted,
        (gettext("最早未决"), lambda r: r.longest_open),
    ]


@bp.get("/findings/<rule>")
def finding(rule: str) -> ResponseReturnValue:
    """For which deals a rule stands how."""
    known = load().by_id.get(rule)
    if known is None:
        raise NotFound("filing.no_rule")
    status = request.args.get("status", "")
    status = status if status in STATUSES else ""
    rows = compliance.standings(current_actor(), rule, status=status)
    if request.args.get("format") in {"csv", "xlsx"}:
        found = everything(rows)
        return table_response(
            found, _standing_columns(_deals_of(found)), f"finding-{rule}", request.args["format"]
        )
    page = paginate(rows)
    return render_template(
        "authority/finding.html",
        rule=known,
        page=page,
        deals=_deals_of(page.items),
        status=status,
        statuses=[
            ("", gettext("全部")),
            *((s, words("enums", f"finding_status.{s}")) for s in STATUSES),
        ],
        title=rule_title(rule),
        wording=wording,
    )


def _deals_of(standings: list[Any]) -> dict[int, Deal]:
    ids = {one.subject_id for one in standings}
    found = db.session.scalars(
        queries.visible_to(current_actor())
        .where(Deal.id.in_(ids))
        .options(joinedload(Deal.listing), joinedload(Deal.seller), joinedload(Deal.buyer))
    )
    return {deal.id: deal for deal in found.unique()}


def _standing_columns(known: dict[int, Deal]) -> list[Any]:
    return [
        (gettext("交易"), lambda s: known[s.subject_id].reference),
        (gettext("标的"), lambda s: known[s.subject_id].listing.title),
        (gettext("卖方"), lambda s: org_name(known[s.subject_id].seller)),
        (gettext("状态"), lambda s: words("enums", f"finding_status.{s.status}")),
        (gettext("自"), lambda s: s.since),
    ]


@bp.get("/intermediaries")
def intermediaries() -> ResponseReturnValue:
    """Brokers, valuers, banks and guarantors, with what each was granted and when."""
    kind, text = request.args.get("kind", ""), request.args.get("q", "").strip()[:100]
    rows = compliance.intermediaries(current_actor(), capability=kind, search=text)
    if request.args.get("format") in {"csv", "xlsx"}:
        exported = request.args["format"]
        return table_response(everything(rows), _grant_columns(), "intermediaries", exported)
    return render_template(
        "authority/intermediaries.html",
        page=paginate(rows),
        kind=kind,
        text=text,
        kinds=[
            ("", gettext("全部资格")),
            *(
                (c.value, words("enums", f"capability.{c.value}"))
                for c in compliance.INTERMEDIARIES
            ),
        ],
    )


def _grant_columns() -> list[Any]:
    return [
        (gettext("机构"), lambda g: g.organisation.name),
        (gettext("统一社会信用代码"), lambda g: g.organisation.uscc),
        (gettext("地市"), lambda g: g.organisation.city),
        (gettext("资格"), lambda g: words("enums", f"capability.{g.capability.value}")),
        (gettext("状态"), lambda g: words("states", f"capability.{g.state.value}")),
        (gettext("审核时间"), lambda g: g.decided_at),
    ]
