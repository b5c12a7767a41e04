"""What is filed about a right: title extracts, valuation reports, pledges, other documents."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import policy, queries, services
from marketplace.assets.models import Asset, Pledge, PledgeState
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound, Refused
from marketplace.core.policy import require
from marketplace.documents import queries as documents_of
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.documents.models import Document
from marketplace.forms.absorb import absorb
from marketplace.forms.assets import (
    DecisionForm,
    PaperForm,
    PledgeForm,
    ReleasedForm,
    TitleForm,
    ValuationForm,
)
from marketplace.organisations import queries as organisations
from marketplace.valuation import policy as valuing
from marketplace.valuation import queries as valuations
from marketplace.valuation import services as valuation
from marketplace.valuation.models import ReportState, ValuationReport
from marketplace.web import asset_burdens, asset_documents, asset_status, asset_value, history
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("asset_papers", __name__, url_prefix="/workbench/assets")
TAB = {  # where what was filed is shown
    asset_status.title_page: "asset_status.title_chain",
    asset_value.page: "asset_value.show",
    asset_burdens.page: "asset_burdens.show",
    asset_documents.page: "asset_documents.show",
}


# ---- first filed, on the right's own page ------------------------------------------------------


@bp.post("/<reference>/title")
@sign_in_required
def request_title(reference: str) -> ResponseReturnValue:
    """Ask for a title verification with a register extract."""
    form = TitleForm()

    def act(asset: Asset) -> None:
        require(current_actor(), policy.request_verification, asset)
        services.request_verification(
            current_actor(),
            asset,
            extract=_kept(form, asset, "title_extract"),
            extract_date=form.extract_date.data,
        )

    return _filed(
        reference, form, asset_status.title_page, act, gettext("核验申请已提交，结果会通知您。")
    )


@bp.post("/<reference>/title/<int:verification_id>/withdraw")
@sign_in_required
def withdraw_title(reference: str, verification_id: int) -> ResponseReturnValue:
    """Take a request for verification back."""
    actor = current_actor()
    with transaction():
        queries.get(actor, reference)
        services.withdraw_request(actor, queries.verification(actor, verification_id))
    flash(gettext("核验申请已撤回。"), "ok")
    return redirect(url_for("asset_status.title_chain", reference=reference), 303)


@bp.post("/<reference>/valuations")
@sign_in_required
def file_valuation(reference: str) -> ResponseReturnValue:
    """File a valuation report."""
    form = ValuationForm()

    def act(asset: Asset) -> None:
        require(current_actor(), valuing.file_report, asset)
        valuation.file_report(
            current_actor(),
            asset,
            document=_kept(form, asset, "valuation_report"),
            **form.parts(),
        )

    done = gettext("评估报告已登记，交易所核对后生效。")
    return _filed(reference, form, asset_value.page, act, done)


@bp.post("/<reference>/pledges")
@sign_in_required
def declare_pledge(reference: str) -> ResponseReturnValue:
    """Declare a pledge that stands in the register."""
    form = PledgeForm()

    def act(asset: Asset) -> None:
        require(current_actor(), policy.declare_pledge, asset)
        services.declare_pledge(
            current_actor(),
            asset,
            lender=organisations.named(form.lender_name.data),
            evidence=_kept(form, asset, "pledge"),
            **form.parts(),
        )

    return _filed(
        reference, form, asset_burdens.page, act, gettext("质押已申报，交易所核对后标记。")
    )


@bp.post("/<reference>/documents")
@sign_in_required
def add_document(reference: str) -> ResponseReturnValue:
    """Keep a certificate or another paper with the right."""
    form = PaperForm()

    def act(asset: Asset) -> None:
        require(current_actor(), policy.revise_asset, asset)
        _kept(form, asset, "asset_document")

    return _filed(reference, form, asset_documents.page, act, gettext("文件已保存。"))


@bp.post("/<reference>/documents/<int:document_id>/<any(publish, hide):verb>")
@sign_in_required
def show_document(reference: str, document_id: int, verb: str) -> ResponseReturnValue:
    """Let everybody read a paper of the right on its listing, or no longer."""
    actor = current_actor()
    with transaction():
        asset = queries.get(actor, reference)
        require(actor, policy.revise_asset, asset)
        found = documents_of.get(actor, document_id)
        if found not in documents_of.of(actor, asset, purpose="asset_document"):
            raise NotFound("document")
        (documents.publish if verb == "publish" else documents.hide)(actor, found)
    done = (
        gettext("文件已公开，会列在挂牌页上。") if verb == "publish" else gettext("文件不再公开。")
    )
    flash(done, "ok")
    return redirect(url_for("asset_documents.show", reference=reference), 303)


def _kept(form: PaperForm, asset: Asset, purpose: str) -> Document:
    upload = form.document.data
    return documents.store(
        current_actor(),
        upload.stream,
        upload.filename or "",
        purpose=purpose,
        subject=asset,
        allowed=sniff.PAPERS,
    )


def _kept_if_new(form: PaperForm, asset: Asset, purpose: str) -> Document | None:
    has_file = form.document.data is not None and form.document.data.filename
    return _kept(form, asset, purpose) if has_file else None


def _filed(
    reference: str,
    form: Any,
    page: Callable[..., ResponseReturnValue],
    act: Callable[[Asset], None],
    done: str,
) -> ResponseReturnValue:
    """Do it and go back to its tab, or show the form there again with what is wrong."""
    actor = current_actor()
    asset = queries.get(actor, reference)
    if form.validate():
        try:
            with transaction():
                act(queries.get(actor, reference))
            flash(done, "ok")
            return redirect(url_for(TAB[page], reference=reference), 303)
        except Refused as refusal:
            if refusal.status == 403:
                raise
            absorb(form, refusal, locale_code())
            asset = queries.get(actor, reference)
    return page(asset, 422, form)


# ---- a report, corrected or taken back -----------------------------------------------------------


@bp.route("/<reference>/valuations/<int:report_id>", methods=["GET", "POST"])
@sign_in_required
def report(reference: str, report_id: int) -> ResponseReturnValue:
    """One report: corrected until it is decided, withdrawn with a reason."""
    found = _report(reference, report_id)
    form = ValuationForm.of(found) if request.method == "GET" else ValuationForm()
    form.keeps_its_file()
    may_revise = found.state is ReportState.FILED and valuing.revise_report.allows(
        current_actor(), found
    )
    if form.validate_on_submit():
        try:
            with transaction():
                found = _report(reference, report_id)
                require(current_actor(), valuing.revise_report, found)
                paper = _kept_if_new(form, found.asset, "valuation_report")
                valuation.revise(current_actor(), found, document=paper, **form.parts())
            flash(gettext("修改已保存。"), "ok")
            return redirect(url_for("asset_value.show", reference=reference), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            found = _report(reference, report_id)
    return _report_page(found, form, may_revise=may_revise)


@bp.post("/<reference>/valuations/<int:report_id>/withdraw")
@sign_in_required
def withdraw_report(reference: str, report_id: int) -> ResponseReturnValue:
    """Take a report off the record."""
    because = DecisionForm()
    try:
        with transaction():
            found = _report(reference, report_id)
            valuation.withdraw(current_actor(), found, because=because.because.data or "")
        flash(gettext("评估报告已撤回。"), "ok")
        return redirect(url_for("asset_value.show", reference=reference), 303)
    except Refused as refusal:
        if not refusal.fields:
            raise
        absorb(because, refusal, locale_code())
    found = _report(reference, report_id)
    form = ValuationForm.of(found)
    return _report_page(found, form, because, may_revise=found.state is ReportState.FILED)


def _report(reference: str, report_id: int) -> ValuationReport:
    found = valuations.get(current_actor(), report_id)
    if found.asset.reference != reference:
        raise NotFound("valuation")
    return found


def _report_page(
    found: ValuationReport,
    form: ValuationForm,
    because: DecisionForm | None = None,
    *,
    may_revise: bool,
) -> ResponseReturnValue:
    page = render_template(
        "assets/report.html",
        report=found,
        asset=found.asset,
        form=form,
        because=because or DecisionForm(formdata=None),
        may_revise=may_revise,
        open_document=bool(documents_of.readable(current_actor(), [found.document_id])),
        may_withdraw="withdraw" in found.lifecycle.actions(found.state)
        and valuing.withdraw_report.allows(current_actor(), found),
        events=history.entries(found),
    )
    return page, 422 if form.errors or (because and because.errors) else 200


# ---- a pledge, corrected, taken back, released -----------------------------------------------------


@bp.route("/<reference>/pledges/<int:pledge_id>", methods=["GET", "POST"])
@sign_in_required
def pledge(reference: str, pledge_id: int) -> ResponseReturnValue:
    """One pledge: corrected until it is decided, then its release declared."""
    found = _pledge(reference, pledge_id)
    form = PledgeForm.of(found) if request.method == "GET" else PledgeForm()
    form.keeps_its_file()
    if form.validate_on_submit():
        try:
            with transaction():
                found = _pledge(reference, pledge_id)
                require(current_actor(), policy.declare_pledge, found.asset)
                services.revise_pledge(
                    current_actor(),
                    found,
                    lender=organisations.named(form.lender_name.data),
                    evidence=_kept_if_new(form, found.asset, "pledge"),
                    **form.parts(),
                )
            flash(gettext("修改已保存。"), "ok")
            return redirect(url_for("asset_burdens.show", reference=reference), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            found = _pledge(reference, pledge_id)
    return _pledge_page(found, form=form)


@bp.post("/<reference>/pledges/<int:pledge_id>/withdraw")
@sign_in_required
def withdraw_pledge(reference: str, pledge_id: int) -> ResponseReturnValue:
    """Take a declaration back before it is decided."""
    because = DecisionForm()
    try:
        with transaction():
            found = _pledge(reference, pledge_id)
            services.withdraw_pledge(current_actor(), found, because=because.because.data or "")
        flash(gettext("质押申报已撤回。"), "ok")
        return redirect(url_for("asset_burdens.show", reference=reference), 303)
    except Refused as refusal:
        if not refusal.fields:
            raise
        absorb(because, refusal, locale_code())
    return _pledge_page(_pledge(reference, pledge_id), because=because)


@bp.post("/<reference>/pledges/<int:pledge_id>/release")
@sign_in_required
def declare_release(reference: str, pledge_id: int) -> ResponseReturnValue:
    """Say that the pledge was struck from the register, with the proof."""
    release = ReleasedForm()
    if release.validate():
        try:
            with transaction():
                found = _pledge(reference, pledge_id)
                require(current_actor(), policy.declare_pledge, found.asset)
                services.declare_release(
                    current_actor(),
                    found,
                    released_on=release.released_on.data,
                    evidence=_kept(release, found.asset, "pledge_release"),
                )
            flash(gettext("解除已申报，交易所核对后生效。"), "ok")
            return redirect(url_for("asset_burdens.show", reference=reference), 303)
        except Refused as refusal:
            absorb(release, refusal, locale_code())
    return _pledge_page(_pledge(reference, pledge_id), release=release)


def _pledge(reference: str, pledge_id: int) -> Pledge:
    found = queries.pledge(current_actor(), pledge_id)
    if found.asset.reference != reference:
        raise NotFound("pledge")
    return found


def _pledge_page(
    found: Pledge,
    *,
    form: PledgeForm | None = None,
    because: DecisionForm | None = None,
    release: ReleasedForm | None = None,
) -> ResponseReturnValue:
    may = policy.declare_pledge.allows(current_actor(), found.asset)
    page = render_template(
        "assets/pledge.html",
        pledge=found,
        asset=found.asset,
        form=form or PledgeForm.of(found),
        because=because or DecisionForm(formdata=None),
        release=release or ReleasedForm(formdata=None),
        may_revise=may and found.state is PledgeState.DECLARED,
        may_release=may and found.state is PledgeState.REGISTERED and not found.release_is_declared,
        open_documents=documents_of.readable(
            current_actor(), [found.evidence_id, found.release_evidence_id]
        ),
        events=history.entries(found),
    )
    failed = any(f is not None and f.errors for f in (form, because, release))
    return page, 422 if failed else 200
