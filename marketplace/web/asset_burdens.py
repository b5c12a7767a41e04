"""What rests on a right: the tab, and the forms by which its keeper says so and asks consents."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import policy, queries, services
from marketplace.assets.bundle import DEEDS, BurdenKind, what_can_be_done
from marketplace.assets.models import Asset
from marketplace.assets.queries import registers
from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound, Refused
from marketplace.core.policy import require
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.documents.models import Document
from marketplace.forms.absorb import absorb
from marketplace.forms.assets import PaperForm, PledgeForm
from marketplace.forms.burdens import DECLARABLE, BurdenForm, ConsentForm, LicenceForm
from marketplace.organisations import queries as organisations
from marketplace.web import asset_frame, bundle_words, burden_words
from marketplace.web.locale import gettext, ngettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("asset_burdens", __name__, url_prefix="/workbench/assets")


@bp.get("/<reference>/burdens")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """The register of burdens."""
    return page(asset_frame.readable(reference))


def page(asset: Asset, status: int = 200, form: PledgeForm | None = None) -> ResponseReturnValue:
    """The tab, with a form that has to be shown again."""
    actor = current_actor()
    right = registers.right_of(asset)
    return asset_frame.render(
        "burdens",
        asset,
        status,
        open_pledges={p.id for p in asset.pledges if queries.may_read_pledge(actor, p)},
        licences=registers.licences_of(asset),
        burdens=registers.burdens_of(asset),
        consents=registers.consents_of(asset),
        conflicts=burden_words.conflicts(right),
        doable=what_can_be_done(right, clock.today()),
        kinds=DECLARABLE,
        may_declare=policy.declare_burden.allows(actor, asset),
        may_open=actor.is_operator or policy.keeps_asset(actor, asset),
        burden_words=burden_words,
        bundle_words=bundle_words,
        pledge_form=form or PledgeForm(formdata=None),
    )


# ---- forms -------------------------------------------------------------------------------------


@bp.route("/<reference>/licences/new", methods=["GET", "POST"])
@sign_in_required
def new_licence(reference: str) -> ResponseReturnValue:
    """Declare a licence that somebody holds."""
    form = LicenceForm()
    form.keeps_its_file()
    form.document.description = LicenceForm.document.kwargs["description"]

    def act(asset: Asset) -> str:
        services.declare_licence(
            current_actor(),
            asset,
            form.said(organisations.named(form.licensee_name.data)),
            evidence=_paper(form, asset, "licence"),
        )
        return gettext("许可已申报，交易所核对后确认；核对前同样计入负担。")

    lead = gettext("已经授予他人的许可都应申报：它决定还能转让、许可什么。")
    return _form_page(reference, form, act, gettext("申报许可"), lead)


@bp.route("/<reference>/burdens/new/<burden_kind>", methods=["GET", "POST"])
@sign_in_required
def new_burden(reference: str, burden_kind: str) -> ResponseReturnValue:
    """Declare another burden of one kind."""
    if burden_kind not in set(DECLARABLE):
        raise NotFound("burden")
    form = _burden_form(BurdenKind(burden_kind))

    def act(asset: Asset) -> str:
        services.declare_burden(
            current_actor(),
            asset,
            form.said(organisations.named(form.holder_name.data or "")),
            note=form.note.data or "",
            evidence=_paper(form, asset, "burden"),
        )
        return gettext("已申报，交易所核对后确认。")

    name = words("enums", f"burden_kind.{burden_kind}")
    lead = gettext("妨碍交易的事项申报后立即计入负担；共有人约定经交易所核对后生效。")
    return _form_page(reference, form, act, gettext("申报：%(kind)s", kind=name), lead)


def _burden_form(kind: BurdenKind) -> BurdenForm:
    """Only what a burden of this kind has."""
    form = BurdenForm(data={"kind": kind.value})
    form.kind.data = kind.value
    form.keeps_its_file()
    form.document.description = BurdenForm.document.kwargs["description"]
    form.holder_name.label.text = words("enums", f"burden_holder.{kind}")
    form.register_number.label.text = words("enums", f"burden_number.{kind}")
    form.holder_name.description = ""
    return form


@bp.route("/<reference>/consents/new", methods=["GET", "POST"])
@sign_in_required
def ask(reference: str) -> ResponseReturnValue:
    """Ask everybody whose consent something needs."""
    wanted = request.args.get("deed", "")
    form = ConsentForm(data={"deed": wanted} if wanted in DEEDS else None)

    def act(asset: Asset) -> str:
        wish = form.wish(clock.today(), organisations.named(form.to_name.data or ""))
        asked = services.ask_consents(
            current_actor(), asset, wish, until=form.until.data, message=form.message.data or ""
        )
        return ngettext("已向 %(num)s 方征询同意。", "已向 %(num)s 方征询同意。", len(asked))

    lead = gettext(
        "系统按登记簿找出须同意的各方，逐一征询；在本站的机构在线答复，其他各方可提交书面同意。"
    )
    return _form_page(reference, form, act, gettext("征询同意"), lead, consent=True)


def _form_page(
    reference: str,
    form: Any,
    act: Callable[[Asset], str],
    title: str,
    lead: str,
    *,
    consent: bool = False,
) -> ResponseReturnValue:
    actor = current_actor()
    asset = queries.get(actor, reference)
    require(actor, policy.ask_consent if consent else policy.declare_burden, asset)
    if form.validate_on_submit():
        try:
            with transaction():
                done = act(queries.get(actor, reference))
            flash(done, "ok")
            return redirect(url_for("asset_burdens.show", reference=reference), 303)
        except Refused as refusal:
            if refusal.status == 403:
                raise
            absorb(form, refusal, locale_code())
            asset = queries.get(actor, reference)
    shown = render_template(
        "assets/declare.html", asset=asset, form=form, heading=title, lead=lead, consent=consent
    )
    return shown, 422 if form.is_submitted() else 200


def _paper(form: PaperForm, asset: Asset, purpose: str) -> Document | None:
    upload = form.document.data
    if upload is None or not upload.filename:
        return None
    return documents.store(
        current_actor(),
        upload.stream,
        upload.filename,
        purpose=purpose,
        subject=asset,
        allowed=sniff.PAPERS,
    )
