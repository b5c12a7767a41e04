"""The calendar of auctions for everybody, by stage and by month; what came of those that are over."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.auctions.queries import calendar, figures, following, months
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.web import wording
from marketplace.web.auction_filters import choices_of, wanted_of
from marketplace.web.export import table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import format_date, org_name, words
from marketplace.web.session import current_actor

bp = Blueprint("auction_list", __name__)
EARLIEST, LATEST = 2020, 2100  # years of the month view


@bp.get("/auctions")
def index() -> ResponseReturnValue:
    """Announced, running, over: with filters, sorting, paging and export."""
    stage = request.args.get("stage", "")
    stage = stage if stage in calendar.STAGES else "now"
    sort, wanted = request.args.get("sort", ""), wanted_of(request.args)
    if wanted.state not in calendar.STAGES[stage]:
        wanted = replace(wanted, state=None)
    rows = calendar.auctions(stage, wanted, sort=sort)
    file = request.args.get("format", "")
    if file in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(10_000)).unique().all()
        return table_response(found, _columns(), "auctions", file)
    page = paginate(rows)
    return render_template(
        "auctions/index.html",
        page=page,
        watched=following.watched_ids(current_actor(), page.items),
        stage=stage,
        sort=sort,
        wanted=wanted,
        choices=choices_of(calendar.STAGES[stage]),
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
        (gettext("开始时间"), lambda row: row.opens_at),
        (gettext("截止"), lambda row: row.ends_at),
    ]


@bp.get("/auctions/month")
def month() -> ResponseReturnValue:
    """A month at a glance: what opens and what ends on each of its days."""
    shown, wanted = _month(request.args.get("month", "")), wanted_of(request.args)
    found = months.entries(shown, wanted)
    return render_template(
        "auctions/month.html",
        name=_name(shown),
        key=_key(shown),
        weeks=_weeks(shown),
        entries=found,
        number=sum(map(len, found.values())),
        today=clock.today(),
        previous=_key((shown - timedelta(days=1)).replace(day=1)),
        following=_key(months.first_of_next(shown)),
        wanted=wanted,
        choices=choices_of(
            [s for stage in calendar.STAGES.values() for s in stage if s not in months.OFF]
        ),
        counts=calendar.counts(),
        title_of=wording.own_title,
        day_name=_day_name,
        clock_time=lambda at: at.astimezone(clock.BEIJING).strftime("%H:%M"),
    )


def _month(text: str) -> date:
    """The month asked for (2026-12), or this one."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        found = clock.today()
    return (
        found.replace(day=1) if EARLIEST <= found.year <= LATEST else clock.today().replace(day=1)
    )


def _key(first: date) -> str | None:
    return f"{first:%Y-%m}" if EARLIEST <= first.year <= LATEST else None


def _name(first: date) -> str:
    """2026年12月, Dec 2026."""
    return format_date(first).removesuffix("1日").removeprefix("1 ")


def _weeks(first: date) -> list[list[date | None]]:
    """Monday to Sunday; none: a day of another month."""
    days: list[date | None] = [None] * first.weekday()
    day = first
    while day.month == first.month:
        days.append(day)
        day += timedelta(days=1)
    days += [None] * (-len(days) % 7)
    return [days[at : at + 7] for at in range(0, len(days), 7)]


def _day_name(number: int) -> str:
    """Monday is 0."""
    return [
        gettext("周一"), gettext("周二"), gettext("周三"), gettext("周四"), gettext("周五"),
        gettext("周六"), gettext("周日"),
    ][number]  # fmt: skip


@bp.get("/auctions/results")
def results() -> ResponseReturnValue:
    """Figures of the auctions that are over: from the records alone."""
    return render_template("auctions/results.html", figures=figures.results())
