"""Payment files for the bank: made by one person, released by another, fetched, withdrawn."""

from collections.abc import Callable

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from marketplace.console.money import subjects, totals
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.core.money import EXPONENTS
from marketplace.payments import queries
from marketplace.payments import services as payments
from marketplace.payments.models import PayoutBatchState
from marketplace.payments.orders import Payer
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_batches", __name__, url_prefix="/console/money/files")
bp.before_request(operators_only)
MEDIA = {"xml": "application/xml", "csv": "text/csv; charset=gb18030"}


def _payer() -> Payer:
    config = current_app.config
    return Payer(config["ESCROW_ACCOUNT_NAME"], config["ESCROW_BANK"], config["ESCROW_ACCOUNT"])


@bp.get("")
def index() -> ResponseReturnValue:
    """Every file, and what waits to be put into one."""
    actor = current_actor()
    return render_template(
        "console/batches/index.html",
        page=paginate(queries.batches(actor)),
        waiting=queries.unbatched(actor),
        totals=totals(),
    )


@bp.post("/make/<currency>")
def make(currency: str) -> ResponseReturnValue:
    """Put what can go out into a file."""
    if currency not in EXPONENTS:
        raise NotFound("payout_batch.unknown")
    try:
        with transaction():
            made = payments.make_batch(current_actor(), currency)
            reference = made.reference
    except NotAllowed:
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
        return redirect(url_for("console_batches.index"), 303)
    flash(gettext("已生成，须由另一位工作人员复核。"), "ok")
    return redirect(url_for("console_batches.show", reference=reference), 303)


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """One file with its payments."""
    return render_template(
        "console/batches/show.html",
        batch=queries.batch(current_actor(), reference),
        subjects=subjects,
    )


@bp.post("/<reference>/release")
def release(reference: str) -> ResponseReturnValue:
    """A second person looked at it."""
    actor = current_actor()

    def work() -> None:
        payments.release_batch(actor, queries.batch(actor, reference), _payer())

    return _done(reference, work, gettext("已复核，可以交给银行。"))


@bp.post("/<reference>/withdraw")
def withdraw(reference: str) -> ResponseReturnValue:
    """It does not go; what was not sent is free again."""
    actor, because = current_actor(), request.form.get("because", "")[:500]

    def work() -> None:
        payments.withdraw_batch(actor, queries.batch(actor, reference), because=because)

    return _done(reference, work, gettext("已撤回。"))


def _done(reference: str, work: Callable[[], None], said: str) -> ResponseReturnValue:
    try:
        with transaction():
            work()
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(said, "ok")
    return redirect(url_for("console_batches.show", reference=reference), 303)


@bp.get("/<reference>/pain001.xml", defaults={"kind": "xml"})
@bp.get("/<reference>/orders.csv", defaults={"kind": "csv"})
def file(reference: str, kind: str) -> ResponseReturnValue:
    """What the bank gets; only after its release."""
    batch = queries.batch(current_actor(), reference)
    if batch.state is not PayoutBatchState.RELEASED:
        raise NotFound("payout_batch.unknown")
    content = queries.batch_file(batch, _payer(), kind=kind)
    name = f'attachment; filename="{reference}.{kind}"'
    return Response(content, content_type=MEDIA[kind], headers={"Content-Disposition": name})
