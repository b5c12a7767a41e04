"""Papers that settle a finding."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.core.policy import require
from marketplace.deals import checklist as lists
from marketplace.deals import facts, policy, procedures, queries
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, Evidence, Recordal
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import (
    EvidenceForm,
)
from marketplace.web import deal_page, incoming, wording
from marketplace.web.deals.shared import back, bp, do
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required


@bp.route("/<reference>/evidence", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("30 per minute", methods=["POST"])
def file_evidence(reference: str) -> ResponseReturnValue:
    """Upload a paper that settles a finding, or proves the recordal."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    require(actor, policy.file_evidence, deal)
    replaced = _replaced(deal)
    names = _names(deal, replaced)
    form = EvidenceForm()
    form.offer(names)
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                _file(deal, form)
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(gettext("材料已提交，交易所核对后会通知双方。"), "ok")
            return _onward(deal, form.name.data)
    elif form.is_submitted():
        status = 422
    elif request.args.get("name") in names:
        form.name.data = request.args["name"]
    page = render_template(
        "deals/evidence.html",
        deal=deal,
        form=form,
        names=names,
        title=wording.own_title(deal.listing)[0],
        replaced=replaced,
        own=queries.own_papers(actor, deal, [form.name.data] if form.name.data else names),
        holds=lambda paper: deals.check_holds(deal, paper),
    )
    return page, status


def _replaced(deal: Deal) -> Evidence | None:
    """The paper of this deal for which a newer one is filed."""
    number = request.args.get("replaces", type=incoming.row_number)
    return next((one for one in deal.evidence if one.id == number), None)


def _names(deal: Deal, replaced: Evidence | None) -> list[str]:
    """What the form offers: for an entry in a register only what proves it."""
    recordal = _recordal(deal)
    if recordal is not None:
        return list(procedures.by_id()[recordal.procedure].evidence)
    names = deal_page.names_to_file(deal, lists.of(deal))
    return names if replaced is None else list(dict.fromkeys([replaced.name, *names]))


def _onward(deal: Deal, name: str) -> ResponseReturnValue:
    """To where the paper was asked for."""
    recordal = _recordal(deal)
    if recordal is not None:
        return redirect(url_for("recordals.show", reference=recordal.reference), 303)
    proves = name in {one for group in facts.recordal_wanted(deal) for one in group}
    return back(deal.reference, "recordal" if proves else "checklist")


def _recordal(deal: Deal) -> Recordal | None:
    """The entry of this deal that the paper is filed for, alone."""
    wanted = request.args.get("recordal", "")[:20]
    return next((one for one in deal.recordals if one.reference == wanted), None)


def _file(deal: Deal, form: EvidenceForm) -> None:
    upload = form.document.data
    document = documents.store(
        current_actor(),
        upload.stream,
        upload.filename or "",
        purpose="evidence",
        subject=deal,
        readers=[deal.seller_id, deal.buyer_id],
        allowed=sniff.PAPERS,
    )
    deals.file_evidence(
        current_actor(),
        deal,
        name=form.name.data,
        document=document,
        issuer=form.issuer.data or "",
        issued_on=form.issued_on.data,
        number=form.number.data or "",
        valid_until=form.valid_until.data,
        replaces=_replaced(deal),
        recordal=_recordal(deal),
    )


@bp.post("/<reference>/evidence/<int:evidence_id>/withdraw")
@sign_in_required
def withdraw_evidence(reference: str, evidence_id: int) -> ResponseReturnValue:
    """Take back a paper that nobody has looked at."""
    evidence = queries.evidence(current_actor(), evidence_id)
    if evidence.deal.reference != reference:
        raise NotFound("evidence.unknown")
    return do(
        reference,
        lambda _: deals.withdraw_evidence(current_actor(), evidence),
        gettext("材料已撤回。"),
        "checklist",
    )
