"""Juries of weighted tenders: named and replaced by the exchange, which sees who has given, never what."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions import policy_tender as policy
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.queries import jury as queries
from marketplace.auctions.queries import reading
from marketplace.auctions.services import convening, scoring, tendering
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.core.words import say
from marketplace.web import wording
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_auction_juries", __name__, url_prefix="/console/auction-juries")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """Published tenders and how far their juries have come."""
    auctions = queries.tenders(current_actor())
    return render_template(
        "console/auctions/juries.html",
        auctions=auctions,
        title_of=wording.own_title,
        progress=queries.progress(auctions),
    )


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """The seats of one jury."""
    actor = current_actor()
    auction = reading.get(actor, reference)
    if auction.format is not Format.TENDER or auction.published_at is None:
        raise NotFound("auction")
    jurors, sitting = queries.of_auction(auction), queries.sitting(auction)
    free = max((auction.rules.evaluators or 0) - len(sitting), 0)
    may_name = policy.name.allows(actor, auction) and scoring.takes_jurors(auction)
    return render_template(
        "console/auctions/jury.html",
        auction=auction,
        title=wording.own_title(auction.listing)[0],
        jurors=jurors,
        seats=auction.rules.evaluators,
        free=free,
        candidates=queries.candidates(actor, auction) if free and may_name else [],
        may_name=may_name,
        points_due=convening.points_due(auction),
        opened=tendering.are_open(auction),
    )


def _done(reference: str, work: Callable[[], object], said: str) -> ResponseReturnValue:
    try:
        with transaction():
            work()
        flash(said, "ok")
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(say("refusals", refusal.code, locale_code(), **refusal.facts), "bad")
    return redirect(url_for("console_auction_juries.show", reference=reference), 303)


@bp.post("/<reference>/name")
def name(reference: str) -> ResponseReturnValue:
    """Name a juror."""
    actor = current_actor()
    chosen = request.form.get("member", "")

    def work() -> None:
        auction = reading.get(actor, reference)
        members = {str(one.id): one for one in queries.candidates(actor, auction)}
        if chosen not in members:
            raise Refused("auction_juror.not_able")
        scoring.name(actor, auction, members[chosen])

    return _done(reference, work, gettext("已指定，系统会通知评审人先作声明。"))


@bp.post("/<reference>/<int:juror_id>/dismiss")
def dismiss(reference: str, juror_id: int) -> ResponseReturnValue:
    """Let a juror go, to name another one."""
    actor = current_actor()

    def work() -> None:
        juror = queries.named(actor, reading.get(actor, reference), juror_id)
        scoring.dismiss(actor, juror, because=request.form.get("because", ""))

    return _done(reference, work, gettext("已更换，请另行指定。"))
