"""The whole checklist of a deal: read, printed, exported; waivers asked for and revoked."""

from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from marketplace.compliance import worklist
from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.core.policy import require
from marketplace.deals import checklist as lists
from marketplace.deals import policy, queries, steps
from marketplace.deals import services as deals
from marketplace.deals.models import Deal
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import ReasonForm
from marketplace.forms.tasks import WaiverForm
from marketplace.rules.engine import Finding
from marketplace.rules.library import catalogue_version
from marketplace.web import deal_page, wording
from marketplace.web.deals.shared import bp, do, refused_text
from marketplace.web.export import table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required


@bp.get("/<reference>/checklist")
@sign_in_required
def checklist(reference: str) -> ResponseReturnValue:
    """Every stage with its findings: the law, who, by when, by which paper; for print and export."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    found = lists.of(deal)
    stages = deal_page.stages_of(deal, found)
    if request.args.get("format") in {"csv", "xlsx"}:
        rows = [row for stage in stages for row in (*stage.rows, *stage.information)]
        name = f"{deal.reference}-checklist"
        return table_response(rows, deal_page.checklist_columns(), name, request.args["format"])
    may = deal_page.may(actor, deal)
    return render_template(
        "deals/checklist.html",
        deal=deal,
        console=actor.is_operator,
        title=wording.own_title(deal.listing)[0],
        mode=deal_page.mode_of(deal),
        stages=stages,
        open_questions=found.open_questions,
        may=may,
        may_waive=deal_page.may_waive(actor, deal),
        own_side=steps.side(deal, actor.organisation_id),
        judged_on=clock.today(),
        version=catalogue_version(),
        dp=deal_page.words_for_template() | {"may_file": may.file},
        reason_form=ReasonForm(formdata=None),
    )


def _to_checklist(reference: str, rule: str = "") -> ResponseReturnValue:
    anchor = f"rule-{rule}" if rule else None
    return redirect(url_for("deals.checklist", reference=reference, _anchor=anchor), 303)


@bp.route("/<reference>/waivers/new", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("30 per minute", methods=["POST"])
def ask_waiver(reference: str) -> ResponseReturnValue:
    """File the paper by which somebody waives what a rule asks; the exchange confirms it."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    require(actor, policy.waive, deal)
    finding = _finding(deal, request.args.get("rule", ""))
    form = WaiverForm()
    form.offer(finding.waiver.by if finding.waiver else ())
    status = 200
    if finding.waiver is not None and form.validate_on_submit():
        try:
            with transaction():
                _ask(deal, finding, form)
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(gettext("豁免申请已提交，交易所核对后会通知双方。"), "ok")
            return _to_checklist(reference, finding.rule)
    elif form.is_submitted():
        status = 422
    page = render_template(
        "deals/waiver.html",
        deal=deal,
        form=form,
        finding=finding,
        title=wording.own_title(deal.listing)[0],
    )
    return page, status


def _finding(deal: Deal, rule: str) -> Finding:
    for item in lists.of(deal).items:
        if item.finding.rule == rule:
            return item.finding
    raise NotFound("waiver.not_needed")


def _ask(deal: Deal, finding: Finding, form: WaiverForm) -> None:
    upload: Any = form.document.data
    document = documents.store(
        current_actor(),
        upload.stream,
        upload.filename or "",
        purpose="waiver",
        subject=deal,
        readers=[deal.seller_id, deal.buyer_id],
        allowed=sniff.PAPERS,
    )
    deals.ask_waiver(
        current_actor(),
        deal,
        rule=finding.rule,
        given_by=form.given_by.data or "",
        holder=form.holder.data or "",
        because=form.because.data or "",
        document=document,
    )


@bp.post("/<reference>/waivers/<int:waiver_id>/revoke")
@sign_in_required
def revoke_waiver(reference: str, waiver_id: int) -> ResponseReturnValue:
    """The rule stands again; with a reason, before the signing."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    waiver = worklist.waiver(waiver_id)
    if (waiver.subject_kind, waiver.subject_id) != ("deal", deal.id):
        raise NotFound("waiver.unknown")
    require(actor, policy.waive, deal)
    form = ReasonForm()
    reason = (form.because.data or "") if form.validate_on_submit() else ""
    try:
        with transaction():
            deals.revoke_waiver(actor, deal, waiver, because=reason)
    except NotAllowed:
        raise
    except Refused as refusal:
        flash(refused_text(refusal), "bad")
    else:
        flash(gettext("豁免已撤回，该规则重新适用。"), "ok")
    return _to_checklist(reference, waiver.rule)


@bp.post("/<reference>/evidence/reuse")
@sign_in_required
def use_again(reference: str) -> ResponseReturnValue:
    """Use a paper of one's own that the exchange confirmed elsewhere."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    require(actor, policy.file_evidence, deal)
    paper = queries.own_paper(actor, request.form.get("paper", ""))
    return do(
        reference,
        lambda found: deals.use_again(actor, found, paper),
        gettext("材料已用于本交易。"),
        "checklist",
    )
