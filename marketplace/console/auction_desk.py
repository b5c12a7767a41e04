"""The staff's desk for auctions: reviews, applications, deposits, awards."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.queries import desk, reading
from marketplace.auctions.services import awarding, deposits, drafting, enforcing, participating
from marketplace.core.db import transaction
from marketplace.core.errors import Refused
from marketplace.core.words import say
from marketplace.web import incoming, plan_words, wording
from marketplace.web.auction_filters import choices_of, wanted_of
from marketplace.web.locale import gettext
from marketplace.web.paging import Page, paginate
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("auction_desk", __name__, url_prefix="/console/auction-desk")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """Everything that waits: each list with pages of its own, all narrowed together."""
    actor, asked = current_actor(), request.args
    wanted = wanted_of(asked)
    return render_template(
        "console/auctions/desk.html",
        submitted=_page("submitted", desk.submitted(actor, wanted)),
        applications=_page("applications", desk.applications(actor, wanted)),
        holds=_page("deposits", desk.deposits(actor, wanted)),
        awards=_page("awards", desk.awards(actor, wanted)),
        title_of=wording.own_title,
        standing=awarding.standing,
        departures=plan_words.departures,
        wanted=wanted,
        choices=choices_of(phase for phase in Phase if phase is not Phase.DRAFT),
    )


def _page(name: str, rows: Select[Any]) -> Page:
    return paginate(rows, number=request.args.get(name, 1, type=int))


def _done(work: Callable[[], object], said: str) -> ResponseReturnValue:
    """Do it in one transaction; a refusal is said on the same page."""
    try:
        with transaction():
            work()
        flash(said, "ok")
    except Refused as refusal:
        flash(say("refusals", refusal.code, locale_code(), **refusal.facts), "bad")
    back = request.form.get("back", "")
    if back:  # a review is decided on the page of the plan
        return redirect(url_for("my_auctions.check", reference=back), 303)
    return redirect(url_for("auction_desk.index"), 303)


def _because() -> str:
    return request.form.get("because", "")


@bp.post("/<reference>/approve")
def approve(reference: str) -> ResponseReturnValue:
    """Publish an auction."""
    actor = current_actor()

    def work() -> None:
        reply = drafting.approve(actor, reading.get(actor, reference))
        if not reply.accepted:
            raise Refused(reply.refusal or "auction.publish")

    return _done(work, gettext("已公告。"))


@bp.post("/<reference>/return")
def send_back(reference: str) -> ResponseReturnValue:
    """Return it to the seller."""
    actor = current_actor()
    return _done(
        lambda: drafting.send_back(actor, reading.get(actor, reference), because=_because()),
        gettext("已退回。"),
    )


@bp.post("/<reference>/default")
def default(reference: str) -> ResponseReturnValue:
    """Find that the winner has defaulted."""
    actor = current_actor()
    return _done(
        lambda: awarding.declare_default(actor, reading.get(actor, reference), because=_because()),
        gettext("已认定未履行。"),
    )


@bp.post("/<reference>/extend")
def extend(reference: str) -> ResponseReturnValue:
    """Give a winner who is late more time."""
    actor = current_actor()
    until = request.form.get("until", type=incoming.day)
    return _done(
        lambda: enforcing.extend(
            actor, reading.get(actor, reference), until=until, because=_because()
        ),
        gettext("已延期，双方会收到通知。"),
    )


@bp.post("/applications/<int:number>/qualify")
def qualify(number: int) -> ResponseReturnValue:
    """An application is in order."""
    actor = current_actor()
    return _done(
        lambda: participating.qualify(actor, desk.participant(actor, number)),
        gettext("资格审查通过。"),
    )


@bp.post("/applications/<int:number>/refuse")
def refuse(number: int) -> ResponseReturnValue:
    """An application is turned down."""
    actor = current_actor()
    return _done(
        lambda: participating.refuse(actor, desk.participant(actor, number), because=_because()),
        gettext("已答复不予通过。"),
    )


@bp.post("/deposits/<int:number>/<any(propose, forfeit, spare):action>")
def deposit(number: int, action: str) -> ResponseReturnValue:
    """Propose a forfeit, decide it, or give the deposit back."""
    actor = current_actor()

    def work() -> None:
        hold = desk.hold(actor, number)
        if action == "propose":
            deposits.propose_forfeit(actor, hold, because=_because())
        elif action == "forfeit":
            deposits.forfeit(actor, hold)
        else:
            deposits.spare(actor, hold, because=_because())

    return _done(work, gettext("已办理。"))
