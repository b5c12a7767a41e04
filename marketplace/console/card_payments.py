"""Money by card, for the exchange's staff: attempts, what goes back, notices, the provider's balance."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.console.money import subjects, totals
from marketplace.core import settings
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.core.policy import require
from marketplace.deals import cards
from marketplace.forms.money import ConfirmAccountForm
from marketplace.payments import codes, policy, queries
from marketplace.payments import services as payments
from marketplace.payments.gateways import choice
from marketplace.payments.models import CardAttemptState, PayeeAccountState
from marketplace.web.bundle_words import place
from marketplace.web.doing import do_form
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.payout_account import due_words
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_cards", __name__, url_prefix="/console/money/cards")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """Attempts, newest first; above them what providers hold and what somebody has to look at."""
    actor = current_actor()
    state = request.args.get("state", "")
    wanted = CardAttemptState(state) if state in set(CardAttemptState) else None
    search = request.args.get("q", "").strip()[:100]
    return render_template(
        "console/cards/index.html",
        page=paginate(queries.attempts(actor, search=search, state=wanted)),
        search=search,
        state=wanted.value if wanted else "all",
        states=[
            ("all", gettext("全部状态")),
            *((s.value, words("states", f"card_attempt.{s.value}")) for s in CardAttemptState),
        ],
        held=queries.at_providers(),
        shown_code=codes.shown,
        totals=totals(),
    )


@bp.get("/<int:card_attempt_id>")
def attempt(card_attempt_id: int) -> ResponseReturnValue:
    """One attempt with what the provider calls it."""
    found = queries.attempt(current_actor(), card_attempt_id)
    return render_template(
        "console/cards/attempt.html",
        attempt=found,
        shown_code=codes.shown,
        subject=subjects(found.payment.subject_kind, found.payment.subject_id),
    )


@bp.post("/<int:card_attempt_id>/check")
def check(card_attempt_id: int) -> ResponseReturnValue:
    """Ask the provider how it stands."""
    cards.look(queries.attempt(current_actor(), card_attempt_id).id)
    return redirect(url_for("console_cards.attempt", card_attempt_id=card_attempt_id), 303)


@bp.post("/<int:card_attempt_id>/write-off")
def write_off(card_attempt_id: int) -> ResponseReturnValue:
    """A reservation lapsed: the exchange bears it."""
    actor, because = current_actor(), request.form.get("because", "")[:500]

    def work() -> None:
        with transaction():
            found = queries.attempt(actor, card_attempt_id)
            payments.write_off_hold(actor, found, because=because)

    to = url_for("console_cards.attempt", card_attempt_id=card_attempt_id)
    return _done(work, gettext("已由交易所承担。"), to)


@bp.get("/notices")
def notices() -> ResponseReturnValue:
    """What providers told; those that came to nothing first where asked."""
    open_only = request.args.get("show") == "open"
    return render_template(
        "console/cards/notices.html",
        page=paginate(queries.notices(current_actor(), open_only=open_only)),
        open_only=open_only,
        totals=totals(),
    )


@bp.get("/notices/<int:notice_id>/raw")
def raw(notice_id: int) -> ResponseReturnValue:
    """A notice as it came."""
    body = queries.notice(current_actor(), notice_id).body
    return Response(body, content_type="application/json")


@bp.get("/balance")
def entries() -> ResponseReturnValue:
    """Movements of our balance at providers."""
    open_only = request.args.get("show") == "open"
    return render_template(
        "console/cards/entries.html",
        sandbox=settings.current().demo and not settings.current().stripe_secret_key,
        page=paginate(queries.entries(current_actor(), open_only=open_only)),
        open_only=open_only,
        totals=totals(),
    )


@bp.post("/balance/read")
def read() -> ResponseReturnValue:
    """Read the provider's balance now."""
    number = cards.reconcile()
    flash(gettext("已读取，新增 %(number)s 笔。", number=number), "ok")
    return redirect(url_for("console_cards.entries"), 303)


@bp.post("/balance/pay-out")
def pay_out() -> ResponseReturnValue:
    """The demonstration's provider sends our balance to the bank now; a real one does so by itself."""
    require(current_actor(), policy.book)
    if not settings.current().demo:
        raise NotFound("provider.unknown")
    number = choice.sandbox().pay_out()
    cards.reconcile()
    said = gettext("沙箱已提现 %(number)s 笔，随后会出现在银行对账单上。", number=number)
    flash(said if number else gettext("没有可提现的余额。"), "ok" if number else "warn")
    return redirect(url_for("console_cards.entries"), 303)


@bp.post("/balance/<int:provider_entry_id>/bear")
def bear(provider_entry_id: int) -> ResponseReturnValue:
    """A charge-back or a charge of the provider's is ours to bear."""
    actor, because = current_actor(), request.form.get("because", "")[:500]

    def work() -> None:
        with transaction():
            payments.book_loss(actor, queries.entry(actor, provider_entry_id), because=because)

    return _done(work, gettext("已由交易所承担。"), url_for("console_cards.entries"))


@bp.post("/balance/<int:provider_entry_id>/arrived/<int:line_id>")
def arrived(provider_entry_id: int, line_id: int) -> ResponseReturnValue:
    """What the provider sent is this movement of the bank's statement."""
    actor, because = current_actor(), request.form.get("because", "")[:500]

    def work() -> None:
        with transaction():
            line, entry = queries.line(actor, line_id), queries.entry(actor, provider_entry_id)
            payments.book_arrival(actor, line, entry, because=because)

    return _done(work, gettext("已核对到账。"), url_for("console_bank.line", line_id=line_id))


@bp.get("/accounts")
def accounts() -> ResponseReturnValue:
    """Payees' accounts at a provider; what waits for a call back is among those that are ready."""
    state = request.args.get("state", "")
    wanted = PayeeAccountState(state) if state in set(PayeeAccountState) else None
    search = request.args.get("q", "").strip()[:100]
    return render_template(
        "console/cards/accounts.html",
        page=paginate(queries.payee_accounts(current_actor(), search=search, state=wanted)),
        search=search,
        state=wanted.value if wanted else "all",
        states=[
            ("all", gettext("全部状态")),
            *((s.value, words("states", f"payee_account.{s.value}")) for s in PayeeAccountState),
        ],
        totals=totals(),
    )


@bp.route("/accounts/<int:payee_account_id>", methods=["GET", "POST"])
def account(payee_account_id: int) -> ResponseReturnValue:
    """One of them: that its owner was called back is noted here, once."""
    actor = current_actor()
    found = queries.payee_account(actor, payee_account_id)
    form = ConfirmAccountForm()
    here = url_for("console_cards.account", payee_account_id=payee_account_id)
    answer = do_form(
        form,
        lambda: payments.confirm_payee_account(actor, found, because=form.because.data or ""),
        gettext("账户已核实，由另一位工作人员复核转付。"),
        here,
    )
    if answer:
        return answer
    page = render_template(
        "console/cards/account.html",
        account=found,
        form=form,
        due=due_words,
        place=place,
        totals=totals(),
    )
    return page, 422 if request.method == "POST" else 200


@bp.post("/accounts/<int:payee_account_id>/check")
def check_account(payee_account_id: int) -> ResponseReturnValue:
    """Ask the provider how the account stands."""
    cards.look_account(queries.payee_account(current_actor(), payee_account_id).id)
    return redirect(url_for("console_cards.account", payee_account_id=payee_account_id), 303)


@bp.post("/payouts/<int:payout_id>/ask")
def ask(payout_id: int) -> ResponseReturnValue:
    """Ask that a payout goes by card; another person releases it."""
    actor = current_actor()

    def work() -> None:
        with transaction():
            payments.ask_card_payout(actor, queries.payout(actor, payout_id))

    return _done(
        work,
        gettext("已申请，须由另一位工作人员复核。"),
        url_for("console_money.payout", payout_id=payout_id),
    )


@bp.post("/refunds/<int:card_payout_id>/release")
def release(card_payout_id: int) -> ResponseReturnValue:
    """A second person agrees, and the provider is asked."""
    payout_id = queries.card_payout(current_actor(), card_payout_id).payout_id
    return _done(
        lambda: cards.release(current_actor(), card_payout_id),
        gettext("已复核，并向支付机构发出。"),
        url_for("console_money.payout", payout_id=payout_id),
    )


@bp.post("/refunds/<int:card_payout_id>/withdraw")
def withdraw(card_payout_id: int) -> ResponseReturnValue:
    """It goes by bank after all."""
    actor = current_actor()
    payout_id = queries.card_payout(actor, card_payout_id).payout_id

    def work() -> None:
        with transaction():
            payments.withdraw_card_payout(actor, queries.card_payout(actor, card_payout_id))

    return _done(work, gettext("已撤回。"), url_for("console_money.payout", payout_id=payout_id))


def _done(work: Callable[[], None], said: str, to: str) -> ResponseReturnValue:
    try:
        work()
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(said, "ok")
    return redirect(to, 303)
