"""A broker's own desk: credentials and profile, board, introductions, commissions, conflicts."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.policy import require
from marketplace.documents import services as documents
from marketplace.documents.sniff import PAPERS
from marketplace.forms.absorb import absorb
from marketplace.forms.mandates import ConflictForm, CredentialForm, ProfileForm, SplitForm
from marketplace.listings import queries as listings
from marketplace.mandates import policy, queries
from marketplace.mandates import services as mandates
from marketplace.mandates.models import CredentialKind
from marketplace.negotiation import pipeline
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("broker_office", __name__, url_prefix="/workbench")


@bp.route("/broker", methods=["GET", "POST"])
@sign_in_required
def credentials() -> ResponseReturnValue:
    """One's credentials, each with what the operators said, and a form for another."""
    actor = current_actor()
    require(actor, policy.edit_profile)
    form = CredentialForm()
    if form.validate_on_submit():
        try:
            with transaction():
                upload = form.document.data
                paper = documents.store(
                    actor,
                    upload.stream,
                    upload.filename or "",
                    purpose="broker_credential",
                    allowed=PAPERS,
                )
                mandates.file_credential(
                    actor,
                    CredentialKind(form.kind.data),
                    number=form.number.data or "",
                    name=form.name.data or "",
                    valid_to=form.valid_to.data,
                    document=paper,
                )
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
        else:
            flash(gettext("已提交，等待核验。"), "ok")
            return redirect(url_for("broker_office.credentials"), 303)
    page = render_template(
        "broker_office/credentials.html",
        form=form,
        credentials=queries.own_credentials(actor),
        profile=queries.profiles([actor.organisation]).get(actor.organisation),
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/broker/profile", methods=["GET", "POST"])
@sign_in_required
def profile() -> ResponseReturnValue:
    """What the directory says of us."""
    actor = current_actor()
    require(actor, policy.edit_profile)
    own = queries.profiles([actor.organisation]).get(actor.organisation)
    form = ProfileForm(obj=own)
    if form.validate_on_submit():
        names = ("fields", "regions", "languages", "fees", "text")
        with transaction():
            mandates.describe(actor, **{name: form[name].data or "" for name in names})
        flash(gettext("已保存。"), "ok")
        return redirect(url_for("broker_office.credentials"), 303)
    page = render_template("broker_office/profile.html", form=form)
    return page, 422 if form.is_submitted() else 200


@bp.get("/pipeline")
@sign_in_required
def board() -> ResponseReturnValue:
    """Every matter at the stage that the records show."""
    actor = current_actor()
    require(actor, policy.edit_profile)
    return render_template("broker_office/board.html", board=pipeline.board(actor))


@bp.get("/introductions")
@sign_in_required
def introductions() -> ResponseReturnValue:
    """Recorded by us, under our mandates, or about us."""
    actor = current_actor()
    return render_template(
        "broker_office/introductions.html",
        page=paginate(queries.introductions(actor)),
        may_object=policy.object_to.allows,
        may_note=policy.write_note.allows,
    )


@bp.post("/introductions/<int:introduction_id>/object")
@sign_in_required
def object_to(introduction_id: int) -> ResponseReturnValue:
    """We were not brought by them."""
    actor, because = current_actor(), request.form.get("because", "")[:2000]

    def work() -> None:
        found = queries.introduction(actor, introduction_id)
        mandates.object_to(actor, found, because=because)

    return _done(work, gettext("异议已提出，交易所将裁定。"), "broker_office.introductions")


@bp.post("/introductions/<int:introduction_id>/note")
@sign_in_required
def note(introduction_id: int) -> ResponseReturnValue:
    """Our own note."""
    actor, text = current_actor(), request.form.get("text", "")

    def work() -> None:
        mandates.note(actor, queries.introduction(actor, introduction_id), text)

    return _done(work, gettext("已保存。"), "broker_office.introductions")


@bp.get("/commissions")
@sign_in_required
def commissions() -> ResponseReturnValue:
    """Earned, shared and owed."""
    actor = current_actor()
    found = queries.commissions(actor)
    if request.args.get("format") in {"csv", "xlsx"}:
        kind = request.args["format"]
        return table_response(everything(found), _columns(actor.organisation), "commissions", kind)
    return render_template(
        "broker_office/commissions.html", page=paginate(found), share=_share, me=actor.organisation
    )


def _share(claim: Any, organisation_id: int) -> Any:
    return queries.shares_of(claim).get(organisation_id)


def _columns(me: int) -> list[Column]:
    return [
        (gettext("交易"), lambda c: c.deal_reference),
        (gettext("委托"), lambda c: c.mandate.reference),
        (gettext("不含税"), lambda c: c.net),
        (gettext("增值税"), lambda c: c.vat),
        (gettext("本机构所得"), lambda c: _share(c, me) or ""),
        (gettext("已支付"), lambda c: c.paid),
        (gettext("不再应付"), lambda c: c.fallen),
        (gettext("状态"), lambda c: words("states", f"commission.{c.state.value}")),
        (gettext("支付时间"), lambda c: c.paid_at),
    ]


@bp.route("/commissions/<int:commission_id>", methods=["GET", "POST"])
@sign_in_required
def commission(commission_id: int) -> ResponseReturnValue:
    """One claim: how it came about, who shares it; the lead proposes here."""
    actor = current_actor()
    claim = queries.commission(actor, commission_id)
    form = SplitForm()
    if form.is_submitted():
        require(actor, policy.propose_split, claim)
    if form.validate_on_submit():
        try:
            with transaction():
                claim = queries.commission(actor, commission_id)
                mandates.propose_split(actor, claim, _parts(form.shares.data or ""))
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            claim = queries.commission(actor, commission_id)
        else:
            flash(gettext("已提出，等待合作机构同意。"), "ok")
            return redirect(url_for("broker_office.commission", commission_id=commission_id), 303)
    page = render_template(
        "broker_office/commission.html",
        claim=claim,
        shares=queries.shares_of(claim),
        form=form,
        may_propose=claim.state == "arisen" and policy.propose_split.allows(actor, claim),
        to_agree=any(
            one.organisation_id == actor.organisation_id and one.agreed_at is None
            for one in claim.contributions
        )
        and policy.agree_split.allows(actor, claim),
    )
    return page, 422 if form.is_submitted() else 200


def _parts(text: str) -> list[tuple[int, int, str]]:
    """Lines of name; percentage; work. Refused where a line does not say so."""
    found = []
    for line in filter(None, (one.strip() for one in text.splitlines())):
        name, percentage, work = [
            *(p.strip() for p in line.replace(";", "；").split("；", 2)),
            "",
            "",
        ][:3]
        party = queries.party_by_name(name)
        whole, _, rest = percentage.rstrip("%％ ").partition(".")
        if party is None:
            raise Invalid(
                "introduction.party_unknown", fields={"shares": "introduction.party_unknown"}
            )
        if not (whole.isdecimal() and len(whole) < 4 and (not rest or rest.isdecimal())):
            raise Invalid("commission.not_whole", fields={"shares": "commission.not_whole"})
        found.append((party.id, int(whole) * 100 + int((rest + "00")[:2]), work))
    return found


@bp.post("/commissions/<int:commission_id>/agree")
@sign_in_required
def agree(commission_id: int) -> ResponseReturnValue:
    """We agree to the split."""
    actor = current_actor()

    def work() -> None:
        mandates.agree_split(actor, queries.commission(actor, commission_id))

    return _done(work, gettext("已同意。"), "broker_office.commissions")


@bp.route("/conflicts", methods=["GET", "POST"])
@sign_in_required
def conflicts() -> ResponseReturnValue:
    """Declarations that concern us; a broker declares here."""
    actor = current_actor()
    form = ConflictForm()
    if form.is_submitted():
        require(actor, policy.declare_conflict)
    if form.validate_on_submit():
        try:
            with transaction():
                _declare(form)
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
        else:
            flash(gettext("已声明，双方已收到通知。"), "ok")
            return redirect(url_for("broker_office.conflicts"), 303)
    page = render_template(
        "broker_office/conflicts.html",
        form=form,
        conflicts=queries.conflicts(actor),
        may_declare=policy.declare_conflict.allows(actor),
        may_consent=policy.consent_to_conflict.allows,
    )
    return page, 422 if form.is_submitted() else 200


def _declare(form: ConflictForm) -> None:
    actor = current_actor()
    try:
        listing = listings.get(actor, form.listing.data or "")
    except NotFound:
        code = "introduction.listing_unknown"
        raise Invalid(code, fields={"listing": code}) from None
    buyer = queries.party_by_name(form.buyer.data or "")
    if buyer is None:
        raise Invalid("introduction.party_unknown", fields={"buyer": "introduction.party_unknown"})
    mandates.declare(
        actor,
        listing_reference=listing.reference,
        seller_id=listing.seller_id,
        buyer_id=buyer.id,
        statement=form.statement.data or "",
    )


@bp.post("/conflicts/<int:conflict_id>/consent")
@sign_in_required
def consent(conflict_id: int) -> ResponseReturnValue:
    """We know and agree, in writing."""
    actor, said = current_actor(), request.form.get("words", "")[:2000]

    def work() -> None:
        mandates.consent(actor, queries.conflict(actor, conflict_id), words=said)

    return _done(work, gettext("已记录您的书面同意。"), "broker_office.conflicts")


def _done(work: Callable[[], None], said: str, back: str) -> ResponseReturnValue:
    try:
        with transaction():
            work()
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(said, "ok")
    db.session.expire_all()
    return redirect(url_for(back), 303)
