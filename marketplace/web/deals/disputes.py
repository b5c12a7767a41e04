"""A dispute as its parties see it: raised, answered, withdrawn."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.deals import policy, queries
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, Dispute, DisputeState
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.documents.models import Document
from marketplace.forms.absorb import absorb
from marketplace.forms.disputes import DisputeForm
from marketplace.web import wording
from marketplace.web.deals.shared import bp, refused_text
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required


@bp.route("/<reference>/disputes", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("30 per minute", methods=["POST"])
def disputes(reference: str) -> ResponseReturnValue:
    """Every dispute of the deal; raise one, or answer the open one."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    form, status = DisputeForm(), 200
    if form.validate_on_submit():
        try:
            with transaction():
                _say(deal, form)
        except (NotAllowed, NotFound):
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(gettext("已提交，对方和交易所都会收到通知。"), "ok")
            return redirect(url_for("deals.disputes", reference=reference), 303)
    elif form.is_submitted():
        status = 422
    return _page(queries.get(actor, reference), form), status


def _page(deal: Deal, form: DisputeForm) -> str:
    actor = current_actor()
    found = queries.disputes_of(deal)
    current = next((one for one in found if one.is_open), None)
    may = policy.dispute.allows(actor, deal)
    return render_template(
        "deals/disputes.html",
        deal=deal,
        title=wording.own_title(deal.listing)[0],
        form=form,
        disputes=found,
        may_raise=may and current is None and deal.state in deals.MAY_BE_DISPUTED,
        may_answer=may and _may_answer(current),
        may_withdraw=may and current is not None and current.raised_by_id == actor.organisation_id,
    )


def _may_answer(current: Dispute | None) -> bool:
    return (
        current is not None
        and current.state is DisputeState.RAISED
        and current.raised_by_id != current_actor().organisation_id
    )


def _say(deal: Deal, form: DisputeForm) -> None:
    actor = current_actor()
    current = queries.open_dispute(deal)
    text = form.because.data or ""
    document = kept(deal, form.document.data)
    if current is None:
        deals.raise_dispute(actor, deal, because=text, document=document)
    else:
        deals.answer_dispute(actor, current, text=text, document=document)


def kept(deal: Deal, upload: FileStorage | None) -> Document | None:
    """A paper of the dispute, for both parties to read; None where none was sent."""
    if upload is None or not upload.filename:
        return None
    return documents.store(
        current_actor(),
        upload.stream,
        upload.filename,
        purpose="dispute",
        subject=deal,
        readers=[deal.seller_id, deal.buyer_id],
        allowed=sniff.PAPERS,
    )


@bp.post("/<reference>/disputes/withdraw")
@sign_in_required
def withdraw_dispute(reference: str) -> ResponseReturnValue:
    """The money moves again."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    current = queries.open_dispute(deal)
    if current is None:
        raise NotFound("dispute.unknown")
    try:
        with transaction():
            deals.withdraw_dispute(actor, current)
    except NotAllowed:
        raise
    except Refused as refusal:
        flash(refused_text(refusal), "bad")
    else:
        flash(gettext("争议已撤回，款项恢复办理。"), "ok")
    return redirect(url_for("deals.disputes", reference=reference), 303)
