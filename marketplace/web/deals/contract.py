"""The contract, its signatures, and the payment it asks for."""

import io
from typing import Any

from flask import Response, flash, request, send_file
from flask.typing import ResponseReturnValue

from marketplace.core import clock, settings
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused, Unlawful, WrongState
from marketplace.core.policy import require
from marketplace.deals import papers, policy, queries
from marketplace.deals import services as deals
from marketplace.documents import storage, typeset
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import (
    ClearForm,
    SignForm,
)
from marketplace.organisations import passwords
from marketplace.payments import codes
from marketplace.payments import queries as payments
from marketplace.web.deals.shared import back, bp, do, page_of, refused_text, with_reason
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, current_sign_in, sign_in_required


@bp.post("/<reference>/clear")
@sign_in_required
def clear(reference: str) -> ResponseReturnValue:
    """The checklist is done: draw the contract up."""
    form = ClearForm()
    return do(
        reference,
        lambda deal: deals.clear(current_actor(), deal, bilingual=bool(form.bilingual.data)),
        gettext("合同已生成，请双方阅读后签署。"),
        "contract",
    )


@bp.post("/<reference>/notify")
@sign_in_required
def notify(reference: str) -> ResponseReturnValue:
    """An open licence: the written notice to the patentee."""
    return do(
        reference,
        lambda deal: deals.notify(current_actor(), deal),
        gettext("书面通知已发出，并已送达专利权人的收件箱。"),
        "notice",
    )


@bp.post("/<reference>/reopen")
@sign_in_required
def reopen(reference: str) -> ResponseReturnValue:
    """Back to the checklist."""
    return with_reason(
        reference,
        lambda deal, because: deals.reopen(current_actor(), deal, because=because),
        gettext("已退回核查清单，原合同草案作废。"),
        form_name="reopen_form",
        anchor="checklist",
    )


@bp.get("/<reference>/contract")
@sign_in_required
@limiter.limit("30 per minute")
def contract(reference: str) -> ResponseReturnValue:
    """The contract to read: the file to be signed, or before that a draft printed now."""
    deal = queries.get(current_actor(), reference)
    if deal.contract is not None:
        return inline(storage.open_file(deal.contract.sha256), deal.contract.filename)
    if deal.by_notice:
        raise NotFound("document")
    draft = typeset.print_paper(papers.contract(deal, drawn_at=clock.now()))
    return inline(io.BytesIO(draft), f"{deal.reference}-draft.pdf")


def inline(content: Any, filename: str) -> Response:
    """A PDF of our own making, shown by the browser."""
    response = send_file(content, mimetype="application/pdf", download_name=filename)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@bp.post("/<reference>/sign")
@sign_in_required
@limiter.limit("10 per minute")
def sign(reference: str) -> ResponseReturnValue:
    """Sign the file that was shown, with the password once more."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    require(actor, policy.sign, deal)
    form = SignForm()
    if not form.validate_on_submit():
        return page_of(deal, 422, sign_form=form)
    row = current_sign_in()
    user = row.user if row else None
    proved = passwords.matches(user, form.password.data or "")  # slow: before the transaction
    second = bool(user and user.has_second_factor)
    try:
        with transaction():
            deals.sign(
                actor,
                deal,
                password_proved=proved,
                contract_sha256=form.contract_sha256.data or "",
                second_factor=second,
                ip=request.remote_addr or "",
                user_agent=request.user_agent.string,
            )
    except NotAllowed:
        raise
    except Unlawful as refusal:
        form.form_errors.append(refused_text(refusal))
        return page_of(queries.get(actor, reference), 422, sign_form=form)
    except WrongState as refusal:
        flash(refused_text(refusal), "bad")
        return back(reference)
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        found = queries.get(actor, reference)
        form.contract_sha256.data = found.contract.sha256 if found.contract else ""
        return page_of(found, 422, sign_form=form)
    flash(gettext("签署成功。"), "ok")
    return back(reference)


@bp.get("/<reference>/payment")
@sign_in_required
@limiter.limit("30 per minute")
def payment(reference: str) -> ResponseReturnValue:
    """The payment instruction as a paper, for the bank."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    require(actor, policy.see_payment, deal)
    wanted = codes.canonical(request.args.get("code", ""))
    known = {one.reference: one for one in payments.of(deal)}
    expected = known.get(wanted) if wanted else queries.current_payment(deal)
    if expected is None:
        raise NotFound("payment.unknown")
    paper = papers.payment(deal, expected, demo=settings.current().demo)
    return inline(io.BytesIO(typeset.print_paper(paper)), f"{deal.reference}-payment.pdf")
