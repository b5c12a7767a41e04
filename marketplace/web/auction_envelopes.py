"""A sealed bid from the room: the amount is sealed as it comes, and shown to nobody, its bidder neither."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions import policy
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.queries import reading
from marketplace.auctions.services import door, opening
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.core.policy import require
from marketplace.forms import tenders
from marketplace.forms.absorb import absorb
from marketplace.web import auction_room, auction_words, tender_words
from marketplace.web.auction_room import ADDRESS
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("auction_envelopes", __name__)


@bp.post(f"{ADDRESS}/envelope")
@sign_in_required
def put(reference: str) -> ResponseReturnValue:
    """Hand in an envelope; a later one takes its place until the end."""
    actor = current_actor()
    auction = reading.get(actor, reference)
    require(actor, policy.take_part, auction)
    form = tender_words.bid_form(auction)
    tender = auction.format is Format.TENDER
    back = redirect(url_for("auction_room.show", reference=reference, _anchor="mine"), 303)
    if not form.validate_on_submit():
        if tender:  # long answers are not to be typed again
            return auction_room.page(actor, auction, form), 422
        flash(gettext("请填写报价金额。"), "bad")
        return back
    money, count = form.amount.data, len(auction.rules.criteria)
    try:
        with transaction():
            reply = opening.submit(
                actor,
                reference.upper(),
                money.minor,
                form.key.data or "",
                tenders.answers(form, count) if tender else None,
            )
    except NotAllowed:
        raise
    except door.NotAccepted as refusal:
        reply = refusal.reply
    except Refused as refusal:
        if tender:
            absorb(form, refusal, locale_code())
            return auction_room.page(actor, reading.get(actor, reference), form), 422
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
        return back
    if reply.refusal is None:
        flash(gettext("密封报价已收到。截止前可以重新提交，以最后一份为准。"), "ok")
    else:
        facts = reply.body.get("facts", {})
        flash(auction_words.refused(reply.refusal, facts, money.currency), "bad")
    return back
