"""The payment page of the demonstration's provider: no money moves, and the page says so."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core import settings
from marketplace.core.money import Money
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.door import Declined
from marketplace.payments.gateways.sandbox import SandboxGateway
from marketplace.web.bundle_words import place
from marketplace.web.limits import limiter
from marketplace.web.presentation import words

bp = Blueprint("sandbox", __name__, url_prefix="/sandbox")
CARDS = {
    "4242424242424242": "good",
    "4000000000000002": "card_declined",
    "4000000000009995": "insufficient_funds",
    "alipay": "alipay",
    "wechat_pay": "wechat_pay",
}


def _sandbox() -> SandboxGateway:
    if not settings.current().demo:
        abort(404)
    return choice.sandbox()


@bp.get("/checkout/<number>")
def checkout(number: str) -> ResponseReturnValue:
    """Who has the address may pay, as at a real provider's."""
    try:
        page = _sandbox().page(number)
    except Declined:
        abort(404)
    return render_template(
        "card_payments/sandbox.html",
        number=number,
        page=page,
        amount=Money(page["currency"], page["minor"]),
        cards=[card for card in CARDS if not page["hold"] or card.isdigit()],
        kinds=CARDS,
    )


@bp.post("/checkout/<number>")
@limiter.limit("30 per minute")
def pay(number: str) -> ResponseReturnValue:
    """Pay, or be declined and choose another card; a page that is done leads back."""
    sandbox = _sandbox()
    try:
        page = sandbox.page(number)
    except Declined:
        abort(404)
    try:
        sandbox.pay(number, card=request.form.get("card", "")[:40])
    except Declined as refusal:
        known = {"card_declined", "insufficient_funds", "expired_card"}
        code = refusal.code if refusal.code in known else "other"
        flash(words("enums", f"card_failure.{code}"), "bad")
        return redirect(url_for("sandbox.checkout", number=number), 303)
    return redirect(page["back"], 303)


@bp.get("/accounts/<number>")
def account(number: str) -> ResponseReturnValue:
    """Who has the address may tell the details, as at a real provider's."""
    return render_template(
        "card_payments/sandbox_account.html", number=number, page=_account(number), place=place
    )


@bp.post("/accounts/<number>")
@limiter.limit("30 per minute")
def tell(number: str) -> ResponseReturnValue:
    """Give all details, or take them back; then lead back."""
    page = _account(number)
    _sandbox().tell(number, details=request.form.get("details") == "yes")
    return redirect(page["back"], 303)


def _account(number: str) -> dict[str, Any]:
    try:
        page = _sandbox().page(number)
    except Declined:
        abort(404)
    if "back" not in page or "ready" not in page:  # no account, or nobody was led to it yet
        abort(404)
    return page
