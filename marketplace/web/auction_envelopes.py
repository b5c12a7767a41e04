"""A sealed bid from the room: the amount is sealed as it comes, and shown to nobody, its bidder neither."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions import policy
from marketplace.auctions.queries import reading
from marketplace.auctions.services import door, opening
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.core.policy import require
from marketplace.forms.auctions import BidForm
from marketplace.web import auction_words
from marketplace.web.auction_room import ADDRESS
from marketplace.web.locale import gettext
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("auction_envelopes", __name__)


@bp.post(f"{ADDRESS}/envelope")
@sign_in_required
def put(reference: str) -> ResponseReturnValue:
    """Hand in an envelope; a later one takes its place until the end."""
    require(current_actor(), policy.take_part, reading.get(current_actor(), reference))
    form = BidForm()
    back = redirect(url_for("auction_room.show", reference=reference, _anchor="mine"), 303)
    if not form.validate_on_submit():
        flash(gettext("请填写报价金额。"), "bad")
        return back
    money = form.amount.data
    try:
        with transaction():
            reply = opening.submit(
                current_actor(), reference.upper(), money.minor, form.key.data or ""
            )
    except NotAllowed:
        raise
    except door.NotAccepted as refusal:
        reply = refusal.reply
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
        return back
    if reply.refusal is None:
        flash(gettext("密封报价已收到。截止前可以重新提交，以最后一份为准。"), "ok")
    else:
        facts = reply.body.get("facts", {})
        flash(auction_words.refused(reply.refusal, facts, money.currency), "bad")
    return back
