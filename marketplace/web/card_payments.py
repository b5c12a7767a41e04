"""Paying by card: the payer's page, where the provider sends the payer back to, and the provider's notices."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.deals import cards
from marketplace.payments import codes, queries
from marketplace.payments.gateways.door import Forged
from marketplace.payments.models import CardAttempt, CardAttemptState
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.own_money import by_card, hold_until, subject
from marketplace.web.presentation import words
from marketplace.web.security import csrf
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("card_payments", __name__, url_prefix="/payments")
NOTICE_LIMIT = 256 * 1024


@bp.get("/<int:awaited_id>/card")
@sign_in_required
def show(awaited_id: int) -> ResponseReturnValue:
    """How it stands by our books; what the provider's page said on the way back is not relied on."""
    payment = queries.awaited(current_actor(), awaited_id)
    attempts = queries.attempts_of(payment)
    name, url = subject(payment.subject_kind, payment.subject_id)
    return render_template(
        "card_payments/show.html",
        payment=payment,
        attempts=attempts,
        standing=_standing(attempts[-1] if attempts else None),
        offered=by_card(payment),
        holds=payment.subject_kind == "participant",
        reference=codes.shown(payment.reference),
        subject=(name, url),
        back=request.args.get("back", ""),
    )


def _standing(last: CardAttempt | None) -> CardAttempt | None:
    waits = {CardAttemptState.STARTED, CardAttemptState.OPEN}
    return last if last and last.state in waits else None


@bp.post("/<int:awaited_id>/card")
@sign_in_required
@limiter.limit("20 per minute")
def start(awaited_id: int) -> ResponseReturnValue:
    """Begin, and show the way to the provider's page: a form may lead nowhere else by itself."""
    payment = queries.awaited(current_actor(), awaited_id)
    until = hold_until(payment)
    try:
        cards.pay(current_actor(), payment.reference, hold_until=until)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    return _back(awaited_id)


@bp.post("/<int:awaited_id>/card/check")
@sign_in_required
@limiter.limit("20 per minute")
def check(awaited_id: int) -> ResponseReturnValue:
    """Ask the provider now."""
    payment = queries.awaited(current_actor(), awaited_id)
    standing = [one.id for one in queries.attempts_of(payment) if _standing(one)]
    for number in standing[-1:]:
        cards.look(number)
    return _back(awaited_id)


@bp.post("/<int:awaited_id>/card/give-up")
@sign_in_required
@limiter.limit("20 per minute")
def give_up(awaited_id: int) -> ResponseReturnValue:
    """Close the provider's page: another way is open again."""
    payment = queries.awaited(current_actor(), awaited_id)
    try:
        cards.give_up(current_actor(), payment.reference)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(gettext("支付页面已关闭。"), "ok")
    return _back(awaited_id)


def _back(awaited_id: int) -> ResponseReturnValue:
    return redirect(url_for("card_payments.show", awaited_id=awaited_id), 303)


@bp.post("/notices/<provider>")
@csrf.exempt  # type: ignore[untyped-decorator]  # its signature is the proof
@limiter.limit("600 per minute")
def notice(provider: str) -> ResponseReturnValue:
    """A provider's signed notice: kept as it came, acted upon by the worker. Forged: 400."""
    if (request.content_length or 0) > NOTICE_LIMIT:
        raise RequestEntityTooLarge
    raw = request.get_data(cache=False)
    if len(raw) > NOTICE_LIMIT:
        raise RequestEntityTooLarge
    try:
        cards.take_in(provider, raw, request.headers.get("Stripe-Signature", ""))
    except Forged:
        return "", 400
    return "", 204
