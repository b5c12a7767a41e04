"""All deals, the evidence to be checked, and what only the exchange decides."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.deals import progress, queries
from marketplace.deals import services as deals
from marketplace.deals.models import Deal
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import REASON, ClearForm, PaperCheckForm, ReasonForm, SignForm
from marketplace.listings import queries as listings
from marketplace.web import deal_page, wording
from marketplace.web.deals import columns, refused_text, state_options, wanted_of
from marketplace.web.export import table_response
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_deals", __name__, url_prefix="/console")
bp.before_request(operators_only)
EXPORT_ROWS = 20_000


@bp.get("/deals")
def index() -> ResponseReturnValue:
    """All deals, with those that wait for a decision on top."""
    actor = current_actor()
    wanted = wanted_of(request.args)
    rows = queries.listed(actor, wanted)
    if request.args.get("format") in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(EXPORT_ROWS)).unique()
        return table_response(found, columns(), "deals", request.args["format"])
    page = paginate(rows)
    return render_template(
        "console/deals/index.html",
        page=page,
        wanted=wanted,
        filtered=bool(wanted.state or wanted.search),
        steps={deal.id: progress.brief(deal, actor) for deal in page.items},
        states=state_options(),
        disputed=queries.disputed(actor),
        sides_text=deal_page.sides_text,
        wording=wording,
        mode_of=deal_page.mode_of,
    )


@bp.get("/deals/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """The page of a deal with what the exchange may do."""
    return _page(queries.get(current_actor(), reference))


def _page(deal: Deal, status: int = 200, **forms: Any) -> ResponseReturnValue:
    given: dict[str, Any] = {
        "clear_form": ClearForm(formdata=None),
        "sign_form": SignForm(formdata=None),
        "reason_form": ReasonForm(formdata=None),
        "reopen_form": ReasonForm(formdata=None, prefix="reopen-"),
    } | forms
    shown = deal_page.context(current_actor(), deal, console=True, **given)
    return render_template("deals/show.html", **shown), status


def _do(reference: str, command: Callable[[Deal], Any], done: str) -> ResponseReturnValue:
    deal = queries.get(current_actor(), reference)
    try:
        with transaction():
            command(deal)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(refused_text(refusal), "bad")
    else:
        flash(done, "ok")
    return redirect(url_for("console_deals.show", reference=reference), 303)


@bp.post("/deals/<reference>/record")
def record(reference: str) -> ResponseReturnValue:
    """The recordal is proven: on to the settlement."""
    return _do(
        reference, lambda deal: deals.record(current_actor(), deal), gettext("登记备案已确认。")
    )


@bp.post("/deals/<reference>/release")
def release(reference: str) -> ResponseReturnValue:
    """Order the price out of escrow."""
    return _do(
        reference,
        lambda deal: deals.release(current_actor(), deal),
        gettext("已下达付款，请在汇出后登记。"),
    )


@bp.post("/deals/<reference>/cancellation/decide")
def decide_cancellation(reference: str) -> ResponseReturnValue:
    """Undo the deal, or let it go on; with reasons."""
    deal = queries.get(current_actor(), reference)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(deal, 422, reason_form=form)
    rescind = request.form.get("decision") == "rescind"
    try:
        with transaction():
            deals.decide_cancellation(
                current_actor(), deal, rescind=rescind, because=form.because.data or ""
            )
    except NotAllowed:
        raise
    except Refused as refusal:  # it was decided meanwhile: the form is gone from the page
        flash(refused_text(refusal), "bad")
        return redirect(url_for("console_deals.show", reference=reference), 303)
    flash(gettext("交易已解除。") if rescind else gettext("申请已驳回，交易继续。"), "ok")
    return redirect(url_for("console_deals.show", reference=reference), 303)


@bp.post("/deals/<reference>/paper")
def check_paper(reference: str) -> ResponseReturnValue:
    """The scan of a contract signed by hand: accept it, with who signed."""
    form = PaperCheckForm()
    valid = form.validate_on_submit()
    wanted = request.form.get("scan")

    def command(deal: Deal) -> None:
        asked = queries.paper_signing(deal)
        scans = [asked.seller_scan, asked.buyer_scan] if asked else []
        chosen = [one for one in scans if one is not None and wanted in {None, str(one.id)}]
        if not valid:
            raise Invalid("deal.signer_name")
        if not chosen:
            raise Refused("deal.no_scan")
        signers = {"seller": form.seller.data or "", "buyer": form.buyer.data or ""}
        deals.accept_paper(current_actor(), deal, signers=signers, executed=chosen[-1])

    return _do(reference, command, gettext("已确认纸质签署，合同生效。"))


@bp.post("/deals/<reference>/paper/back")
def send_back_scan(reference: str) -> ResponseReturnValue:
    """Something is wrong with the scan: the parties file another."""
    because = request.form.get("because", "")[:REASON]
    return _do(
        reference,
        lambda deal: deals.send_back_scan(current_actor(), deal, because=because),
        gettext("扫描件已退回。"),
    )


# ---- evidence ----------------------------------------------------------------------------------


@bp.get("/evidence")
def evidence() -> ResponseReturnValue:
    """What waits to be checked, the oldest first."""
    search = request.args.get("q", "").strip()[:100]
    page = paginate(queries.evidence_to_decide(current_actor(), search=search))
    return render_template(
        "console/deals/evidence.html",
        page=page,
        search=search,
        of_listings=listings.papers_to_decide(current_actor()),
        on_paper=queries.papers_to_check(),
        wording=wording,
    )


@bp.route("/evidence/<int:evidence_id>", methods=["GET", "POST"])
def decide_evidence(evidence_id: int) -> ResponseReturnValue:
    """One paper beside what it should prove; confirm it, or refuse it with a reason."""
    actor = current_actor()
    found = queries.evidence(actor, evidence_id)
    form = ReasonForm()
    if request.method == "POST":
        refuse = request.form.get("decision") == "refuse"
        if not refuse or form.validate_on_submit():
            answer = _decided(found.id, form, refuse=refuse)
            if answer is not None:
                return answer
    page = render_template(
        "console/deals/decide.html",
        evidence=found,
        deal=found.deal,
        form=form,
        title=wording.own_title(found.deal.listing)[0],
        wording=wording,
    )
    return page, 422 if request.method == "POST" else 200


def _decided(evidence_id: int, form: ReasonForm, *, refuse: bool) -> ResponseReturnValue | None:
    """Carry the decision out; None when it was refused and the form says why."""
    actor = current_actor()
    found = queries.evidence(actor, evidence_id)
    reason = (form.because.data or "").strip()
    try:
        with transaction():
            if refuse:
                deals.refuse_evidence(actor, found, because=reason)
            else:
                deals.confirm_evidence(actor, found, because=reason)
    except NotAllowed:
        raise
    except Invalid as refusal:
        absorb(form, refusal, locale_code())
        return None
    except Refused as refusal:  # somebody else decided it, or the law stands in the way
        flash(refused_text(refusal), "bad")
        return redirect(url_for("console_deals.show", reference=found.deal.reference), 303)
    name = words("enums", f"evidence.{found.name}")
    if refuse:
        flash(gettext("已退回：%(name)s", name=name), "ok")
    else:
        flash(gettext("已确认：%(name)s", name=name), "ok")
    return redirect(url_for("console_deals.show", reference=found.deal.reference), 303)
