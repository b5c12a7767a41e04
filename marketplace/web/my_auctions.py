"""Auctions in the workbench: those that we hold as a seller, and those in which we bid."""

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions import policy
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction
from marketplace.auctions.queries import calendar, jury, reading
from marketplace.auctions.services import deposits, drafting, planning, tendering
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.policy import require
from marketplace.core.working_days import between
from marketplace.forms import tenders
from marketplace.forms.absorb import absorb
from marketplace.forms.auctions import PlanForm
from marketplace.listings import queries as listings
from marketplace.listings.models import Listing
from marketplace.web import auction_words, plan_words, rehearsal, tender_words, wording
from marketplace.web.auction_filters import choices_of, wanted_of
from marketplace.web.export import table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("my_auctions", __name__)
LIST = "/workbench/auctions"
UNPUBLISHED = frozenset({Phase.DRAFT, Phase.SUBMITTED})


@bp.get(LIST)
@sign_in_required
def index() -> ResponseReturnValue:
    """As a seller, or as a bidder."""
    actor = current_actor()
    side = "bidding" if request.args.get("side") == "bidding" else "selling"
    file, wanted = request.args.get("format", ""), wanted_of(request.args)
    if side == "bidding":
        rows: Any = calendar.of_bidder(actor, wanted)
        columns = _bidding_columns()
    else:
        rows = calendar.of_seller(actor, wanted)
        columns = _selling_columns()
    if file in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(10_000)).unique().all()
        return table_response(found, columns, f"auctions-{side}", file)
    return render_template(
        "auctions/mine.html",
        page=paginate(rows),
        side=side,
        title_of=wording.own_title,
        hold_of=deposits.of,
        listings=calendar.plannable(actor),
        wanted=wanted,
        choices=choices_of(
            phase for phase in Phase if side == "selling" or phase not in UNPUBLISHED
        ),
    )


def _selling_columns() -> list[tuple[str, Any]]:
    return [
        (gettext("编号"), lambda row: row.reference),
        (gettext("标的"), lambda row: wording.own_title(row.listing)[0]),
        (gettext("状态"), lambda row: words("states", f"auction.{row.state.value}")),
        (gettext("当前价（元）"), lambda row: row.price),
        (gettext("开始时间"), lambda row: row.opens_at),
        (gettext("截止"), lambda row: row.ends_at),
    ]


def _bidding_columns() -> list[tuple[str, Any]]:
    return [
        (gettext("编号"), lambda row: row.auction.reference),
        (gettext("标的"), lambda row: wording.own_title(row.auction.listing)[0]),
        (gettext("竞买号"), lambda row: row.code or ""),
        (gettext("报名"), lambda row: words("states", f"participant.{row.state.value}")),
        (gettext("状态"), lambda row: words("states", f"auction.{row.auction.state.value}")),
    ]


@bp.route("/workbench/listings/<reference>/auction", methods=["GET", "POST"])
@sign_in_required
def new(reference: str) -> ResponseReturnValue:
    """Plan an auction of a listing."""
    actor = current_actor()
    listing = listings.get(actor, reference)
    require(actor, policy.plan, listing)
    form = PlanForm(data=_proposed(listing))
    if form.validate_on_submit():
        try:
            with transaction():
                auction = drafting.draft(actor, listings.get(actor, reference), form.plan())
                made = auction.reference
            return redirect(url_for("my_auctions.check", reference=made), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            listing = listings.get(actor, reference)
    notice = drafting.notice_of(listing)
    page = render_template(
        "auctions/plan.html",
        listing=listing,
        form=form,
        title=wording.own_title(listing)[0],
        notice=notice.days,
        earliest=clock.now() + notice,
        address=url_for("my_auctions.new", reference=reference),
    )
    return page, 422 if form.errors or form.form_errors else 200


@bp.route(f"{LIST}/<reference>/plan", methods=["GET", "POST"])
@sign_in_required
def revise(reference: str) -> ResponseReturnValue:
    """Change a draft."""
    actor = current_actor()
    auction = reading.get(actor, reference)
    require(actor, policy.revise, auction)
    form = PlanForm(data=_filled(auction))
    if form.validate_on_submit():
        try:
            with transaction():
                drafting.revise(actor, reading.get(actor, reference), form.plan())
            return redirect(url_for("my_auctions.check", reference=reference), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            auction = reading.get(actor, reference)
    notice = drafting.notice_of(auction.listing)
    page = render_template(
        "auctions/plan.html",
        listing=auction.listing,
        form=form,
        title=wording.own_title(auction.listing)[0],
        notice=notice.days,
        earliest=clock.now() + notice,
        address=url_for("my_auctions.revise", reference=reference),
    )
    return page, 422 if form.errors or form.form_errors else 200


def _proposed(listing: Listing) -> dict[str, Any]:
    """What a seller finds filled in: the listed price, the first working day after the notice."""
    opens = planning.morning_after(clock.now() + drafting.notice_of(listing))
    return {
        "start": listing.terms.price,
        "opens_at": opens,
        "ends_at": planning.morning_after(opens + planning.USUAL_LENGTH),
    }


def _filled(auction: Auction) -> dict[str, Any]:
    """A draft in the form's fields; the reserve is typed anew, for it is not shown again."""
    rules = auction.rules

    def yuan(minor: int | None) -> Any:
        from marketplace.core.money import Money  # noqa: PLC0415

        return None if minor is None else Money(auction.currency, minor)

    return {
        "how": rules.format.value,
        "start": yuan(rules.start),
        "step": yuan(rules.step),
        "guide": yuan(rules.guide),
        "buy_now": yuan(rules.buy_now),
        "deposit": yuan(rules.deposit),
        "opens_at": auction.opens_at,
        "ends_at": auction_words.moment(rules.free_ends_at)
        if rules.format is Format.ENGLISH
        else auction.ends_at,
        "cycle": rules.cycle,
        "priority": rules.priority.value,
        "floor": yuan(rules.floor),
        "decrement": yuan(rules.decrement),
        "interval": rules.interval,
        **tenders.filled(rules),
    }


@bp.get(f"{LIST}/<reference>")
@sign_in_required
def check(reference: str) -> ResponseReturnValue:
    """The plan in words, its timetable in working days, and a rehearsal with invented bidders."""
    actor = current_actor()
    auction = reading.get(actor, reference)
    if not actor.is_operator:
        require(actor, policy.revise, auction)
    today = clock.today()
    opens = (auction.opens_at or clock.now()).astimezone(clock.BEIJING).date()
    number = request.args.get("bidders", "5")
    count = min(max(int(number), 1), 30) if number.isdecimal() and len(number) < 4 else 5
    return render_template(
        "auctions/check.html",
        auction=auction,
        title=wording.own_title(auction.listing)[0],
        rule_rows=auction_words.rules_rows(auction),
        high_reserve=drafting.has_high_reserve(auction),
        departures=plan_words.departures(auction),
        reviews=actor.is_operator and auction.state is Phase.SUBMITTED,
        timetable=auction_words.timetable(auction),
        working=between(today, opens) if opens > today else 0,
        run=rehearsal.run(auction, count) if auction.format is Format.ENGLISH else None,
        count=count,
        key=secrets.token_hex(16),
        own=actor.organisation_id == auction.seller_id,
    )


@bp.get(f"{LIST}/<reference>/promised")
@sign_in_required
def promised(reference: str) -> ResponseReturnValue:
    """What the winner of a tender answered, for seller and winner."""
    actor = current_actor()
    auction = reading.get(actor, reference)
    award = jury.award(actor, auction)
    return render_template(
        "auctions/promised.html",
        auction=auction,
        title=wording.own_title(auction.listing)[0],
        award=award,
        answers=list(
            zip(tender_words.names(auction.rules), tendering.promised(actor, award), strict=False)
        ),
    )


@bp.post(f"{LIST}/<reference>/submit")
@sign_in_required
def submit(reference: str) -> ResponseReturnValue:
    """Hand it to the exchange."""
    actor = current_actor()
    with transaction():
        drafting.submit(actor, reading.get(actor, reference))
    flash(gettext("已提交，审核后公告。"), "ok")
    return redirect(url_for("my_auctions.check", reference=reference), 303)


@bp.post(f"{LIST}/<reference>/withdraw")
@sign_in_required
def withdraw(reference: str) -> ResponseReturnValue:
    """Take it back before it opens."""
    actor = current_actor()
    with transaction():
        drafting.withdraw(
            actor,
            reading.get(actor, reference),
            because=request.form.get("because", ""),
            key=request.form.get("key", "") or secrets.token_hex(16),
        )
    flash(gettext("已撤回。"), "ok")
    return redirect(url_for("my_auctions.check", reference=reference), 303)
