"""The page of an auction: announcement, room and result in one; bids, and what a script reads."""

import secrets
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions import policy, queries
from marketplace.auctions.engine.bidding import SEALED
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import RUNNING, TAKES_BIDS, Phase
from marketplace.auctions.models import Auction, Participant
from marketplace.auctions.queries import awards, following, reading
from marketplace.auctions.queries.opening import hides_envelopes
from marketplace.auctions.services import (
    awarding,
    bidding,
    deposits,
    door,
    participating,
    previewing,
    ranking,
)
from marketplace.auctions.services.positions import position, price_now, shown
from marketplace.core import clock, settings
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotFound, Refused
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.documents.amounts import capitals
from marketplace.forms.auctions import ApplyForm, BidForm
from marketplace.web import auction_words, tender_words, wording
from marketplace.web.announcements import announcement
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.presentation import money as format_money
from marketplace.web.price_chart import price_chart
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("auction_room", __name__)
ADDRESS = "/auctions/<reference>"
LIVE_PHASES = TAKES_BIDS
DRAWN = 500  # lines of the log behind the drawing
SHOWN = 200
FALLBACK_ANSWERS = {"accept": awarding.accept_fallback, "refuse": awarding.refuse_fallback}


@bp.get(ADDRESS)
def show(reference: str) -> ResponseReturnValue:
    """The auction as it stands: everybody's view, and a bidder's own panel."""
    auction = reading.get(current_actor(), reference)
    return page(current_actor(), auction, tender_words.bid_form(auction))


def page(
    actor: Actor, auction: Auction, form: BidForm, *, confirm: dict[str, Any] | None = None
) -> str:
    """The page, with a form as it was filled in."""
    published = auction.published_at is not None
    mine = reading.participation(actor, auction)
    where = position(mine, auction) if published else None
    title, title_lang = wording.own_title(auction.listing)
    told = shown(auction, reading.events_after(auction.id, max(auction.seq - DRAWN, 0)))
    form.key.data = form.key.data or secrets.token_hex(16)
    if auction.format in SEALED:
        form.amount.label.text = gettext("报价金额")
    return render_template(
        "auctions/show.html",
        auction=auction,
        title=title,
        title_lang=title_lang,
        rules=auction.rules if published else None,
        rule_rows=auction_words.rules_rows(auction) if published else [],
        timetable=auction_words.timetable(auction) if published else [],
        price=price_now(auction) if published else None,
        lines=list(reversed(told[-SHOWN:])),
        chart=price_chart(auction, told) if published else None,
        moment=auction_words.moment,
        as_money=lambda minor: None if minor is None else Money(auction.currency, minor),
        live=auction.state in LIVE_PHASES,
        watched=auction.state in RUNNING or auction.state is Phase.PUBLISHED,
        follows=bool(following.watched_ids(actor, [auction])),
        mine=mine,
        where=where,
        hold=deposits.of(mine) if mine else None,
        offer=awarding.offered(actor.organisation_id, auction) if mine else None,
        may_apply=policy.apply.allows(actor, auction)
        and mine is None
        and auction.state in participating.TAKES_APPLICATIONS,
        apply_form=ApplyForm(),
        form=form,
        confirm=confirm,
        drain=auction.ends_at is not None and auction.ends_at <= clock.now(),
        key=secrets.token_hex(16),
        sealed=auction.format in SEALED if published else False,
        announcement=announcement(auction),
        answers=queries.answers.of(mine) if mine else [],
        criteria=tender_words.names(auction.rules) if published else [],
        guides=tender_words.guides(auction.rules) if published else [],
        ranking=ranking.ranking(auction) if published else [],
        partner=settings.current().auction_partner.strip(),
        as_points=tender_words.points,
        as_total=tender_words.total,
        may_read_promised=_may_read_promised(actor, auction),
        deal=awards.deal_of(actor, auction),
        forfeited=[(h, deposits.shares_of(h)) for h in awards.forfeited(actor, auction)],
    )


def _may_read_promised(actor: Actor, auction: Auction) -> bool:
    try:
        return queries.jury.award(actor, auction) is not None
    except NotFound:
        return False


@bp.post(f"{ADDRESS}/bids")
@sign_in_required
@limiter.limit("600 per minute")
def bid(reference: str) -> ResponseReturnValue:
    """A bid: from the form in yuan, from a script as JSON in minor units with an Idempotency-Key."""
    actor = current_actor()
    if request.args.get("dry_run") == "1":
        return _preview(actor, reference)
    if request.is_json:
        return _bid_of_script(actor, reference)
    form = BidForm()
    if not form.validate_on_submit():
        return page(actor, reading.get(actor, reference), form), 422
    amount = form.amount.data.minor
    confirmed = form.amount_again.data is not None and form.amount_again.data.minor == amount
    token = form.confirm.data if confirmed else None
    return _answered(
        actor,
        reference,
        form,
        lambda: bidding.place_bid(actor, reference.upper(), amount, form.key.data or "", token),
    )


def _answered(actor: Actor, reference: str, form: BidForm, ask: Any) -> ResponseReturnValue:
    try:
        with transaction():
            reply = ask()
    except door.NotAccepted as refusal:
        reply = refusal.reply
    auction = reading.get(actor, reference)
    if reply.accepted:
        leads = reply.body.get("leads")
        text = gettext("出价已被接受，您现在领先。") if leads else gettext("出价已被接受。")
        flash(text, "ok")
        return redirect(url_for("auction_room.show", reference=auction.reference), 303)
    code, facts = str(reply.refusal), reply.body.get("facts", {})
    form.key.data = secrets.token_hex(16)
    confirm = None
    if code == "auction.confirm_required" and form.amount.data is not None:
        confirm = {"token": facts.get("confirm"), "capitals": capitals(form.amount.data)}
    else:
        form.form_errors.append(auction_words.refused(code, facts, auction.currency))
    return page(actor, auction, form, confirm=confirm), reply.status


def _preview(actor: Actor, reference: str) -> ResponseReturnValue:
    """What would be answered, for a script or for the form's own line: nothing is done."""
    if request.is_json:
        said = _said()
        amount = said.get("amount") if isinstance(said, dict) else None
    else:
        form = BidForm()
        amount = form.amount.data.minor if form.validate_on_submit() else None
    auction = reading.get(actor, reference)
    found = previewing.preview(actor, auction.reference, amount)
    return jsonify(found.as_dict() | {"says": _says(found, auction)})


def _says(found: previewing.Preview, auction: Auction) -> str:
    if found.refusal is not None:
        return auction_words.refused(found.refusal, found.facts, auction.currency)
    if found.price is not None:
        price = format_money(Money(auction.currency, found.price))
        return gettext("按这个出价您将领先，价格 %(price)s。", price=price)
    if found.leads:
        return gettext("按这个出价您将领先；保留价不公开，价格在出价后显示。")
    return gettext("这个出价有效；对方的最高出价不公开，是否领先在出价后显示。")


def _bid_of_script(actor: Actor, reference: str) -> ResponseReturnValue:
    said = _said()
    key = request.headers.get("Idempotency-Key", "")
    if not isinstance(said, dict) or not key:
        return jsonify(refusal="auction.key_missing"), 400
    try:
        with transaction():
            reply = bidding.place_bid(
                actor, reference.upper(), said.get("amount"), key, said.get("confirm_token")
            )
    except door.NotAccepted as refusal:
        reply = refusal.reply
    except Refused as refusal:
        return jsonify(refusal=refusal.code), refusal.status
    answer = Response(reply.receipt, reply.status, mimetype="application/json")
    if reply.replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _said() -> Any:
    try:
        return request.get_json(silent=True)
    except RecursionError:  # nested without end
        return None


@bp.post(f"{ADDRESS}/buy")
@sign_in_required
def buy(reference: str) -> ResponseReturnValue:
    """The fixed price, or the falling price that was shown."""
    actor = current_actor()
    auction = reading.get(actor, reference)
    require(actor, policy.take_part, auction)
    form, key = BidForm(), request.form.get("key", "")
    if auction.format is Format.DUTCH:
        expected = request.form.get("expected", "")
        wanted = int(expected) if expected.isdecimal() and len(expected) < 16 else None
        return _answered(
            actor, reference, form, lambda: bidding.accept(actor, auction.reference, wanted, key)
        )
    return _answered(actor, reference, form, lambda: bidding.buy_now(actor, auction.reference, key))


@bp.post(f"{ADDRESS}/apply")
@sign_in_required
@limiter.limit("20 per hour")
def apply(reference: str) -> ResponseReturnValue:
    """Apply to take part."""
    actor, form = current_actor(), ApplyForm()
    require(actor, policy.apply, reading.get(actor, reference))
    if form.validate_on_submit():
        try:
            with transaction():
                auction = reading.get(actor, reference)
                declared = {name: bool(form[name].data) for name in participating.DECLARATIONS}
                participating.apply(
                    actor, auction, declarations=declared, backup=bool(form.backup.data)
                )
            flash(gettext("报名已提交，审核后会通知您。"), "ok")
        except Invalid as refusal:
            from marketplace.core.words import say  # noqa: PLC0415

            flash(say("refusals", refusal.code, locale_code()), "bad")
    else:
        flash(gettext("请逐项确认声明。"), "bad")
    return redirect(url_for("auction_room.show", reference=reference, _anchor="mine"), 303)


@bp.post(f"{ADDRESS}/leave")
@sign_in_required
def leave(reference: str) -> ResponseReturnValue:
    """Take the application back before bidding."""
    actor = current_actor()
    with transaction():
        participating.leave(actor, _own(actor, reference))
    flash(gettext("已退出这场竞价，保证金将退还。"), "ok")
    return redirect(url_for("auction_room.show", reference=reference), 303)


def _own(actor: Actor, reference: str) -> Participant:
    mine = reading.participation(actor, reading.get(actor, reference))
    if mine is None:
        raise Refused("auction.not_admitted")
    return mine


@bp.post(f"{ADDRESS}/fallback")
@sign_in_required
def fallback(reference: str) -> ResponseReturnValue:
    """The runner-up's answer."""
    actor = current_actor()
    auction = reading.get(actor, reference)
    require(actor, policy.take_part, auction)
    answer = FALLBACK_ANSWERS.get(request.form.get("answer", ""))
    if answer is not None:
        with transaction():
            reply = answer(actor, auction, key=request.form.get("key", ""))
        if not reply.accepted:
            flash(auction_words.refused(str(reply.refusal), {}, auction.currency), "bad")
    return redirect(url_for("auction_room.show", reference=auction.reference), 303)


@bp.get(f"{ADDRESS}/state.json")
@limiter.limit("240 per minute")
def state(reference: str) -> Response:
    """Where it stands, for scripts that poll."""
    auction = reading.get(current_actor(), reference)
    return jsonify(snapshot(auction))


def snapshot(auction: Auction) -> dict[str, Any]:
    """The public state: whole numbers, moments in ISO form."""
    hidden = hides_envelopes(auction)
    price = price_now(auction) if auction.published_at else None
    return {
        "auction": auction.reference,
        "state": auction.state.value,
        "seq": 0 if hidden else auction.seq,
        "price": price.minor if price else None,
        "currency": auction.currency,
        "leader": auction.leader_code,
        "bids": auction.bid_count,
        "reserve_met": auction.reserve_met,
        "ends_at": auction.ends_at.isoformat() if auction.ends_at else None,
        "server_now": clock.now().isoformat(),
    }


@bp.get(f"{ADDRESS}/events")
@limiter.limit("240 per minute")
def events(reference: str) -> Response:
    """The public log behind a number."""
    auction = reading.get(current_actor(), reference)
    after = request.args.get("after", "0")
    seq = int(after) if after.isdecimal() and len(after) < 10 else 0
    return jsonify(events=shown(auction, reading.events_after(auction.id, seq)))


@bp.get("/my/receipts/<int:answer_id>.json")
@sign_in_required
def receipt(answer_id: int) -> Response:
    """A signed receipt of one's own."""
    answer = queries.answers.get(current_actor(), answer_id)
    name = f"receipt-{answer_id}.json"
    return Response(
        answer.receipt,
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
