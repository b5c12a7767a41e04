"""The portfolio: rights on record, their titles, valuations and pledges."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import classes, industries, policy, queries, regions, services, terms
from marketplace.assets.models import PATENTS, Asset, AssetKind, LegalStatus
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.money import Money
from marketplace.core.policy import require
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.documents.models import Document
from marketplace.forms.absorb import absorb
from marketplace.forms.assets import AssetForm, PaperForm, PledgeForm, TitleForm, ValuationForm
from marketplace.listings import queries as listings
from marketplace.organisations import queries as organisations
from marketplace.valuation import policy as valuing
from marketplace.valuation import queries as valuations
from marketplace.valuation import services as valuation
from marketplace.web import history, wording
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import format_date, locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("assets", __name__, url_prefix="/workbench/assets")
EXPORT_ROWS = 20_000


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """The portfolio, narrowed, sorted, paged, exported."""
    actor = current_actor()
    asked = {
        name: request.args.get(name, "")[:200]
        for name in ("q", "kind", "status", "title", "pledged", "sort")
    }
    rows = queries.mine(
        actor,
        text=asked["q"].strip(),
        kind=asked["kind"],
        status=asked["status"],
        title=asked["title"],
        pledged=asked["pledged"],
        sort=asked["sort"] or "added",
    )
    form = request.args.get("format", "")
    if form in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(EXPORT_ROWS)).unique().all()
        return table_response(found, _columns(), "assets", form)
    page = paginate(rows)
    return render_template(
        "assets/index.html",
        page=page,
        asked=asked,
        narrowed=any(value for name, value in asked.items() if name != "sort"),
        kinds=[(k.value, words("enums", f"asset_kind.{k.value}")) for k in AssetKind],
        statuses=[(s.value, words("enums", f"legal_status.{s.value}")) for s in LegalStatus],
        valued=valuations.valid_reports(asset.id for asset in page.items),
        may_add=policy.add_asset.allows(actor),
        wording=wording,
    )


def _columns() -> list[Column]:
    return [
        (gettext("编号"), lambda a: a.reference),
        (gettext("类型"), lambda a: words("enums", f"asset_kind.{a.kind.value}")),
        (gettext("名称"), lambda a: a.title),
        (gettext("英文名称"), lambda a: a.title_en),
        (gettext("号码"), lambda a: a.number),
        (gettext("权利人"), lambda a: "；".join(o.name for o in a.owners)),
        (gettext("法律状态"), lambda a: words("enums", f"legal_status.{a.status.value}")),
        (gettext("申请日"), lambda a: a.filing_date),
        (gettext("授权或注册日"), lambda a: a.grant_date),
        (gettext("保护期最后一日"), lambda a: a.last_day),
        (gettext("城市"), lambda a: a.city),
        (gettext("分类号"), lambda a: "；".join(c.symbol for c in a.classes)),
        (gettext("质押"), lambda a: a.is_pledged),
    ]


# ---- one right ---------------------------------------------------------------------------------


@bp.get("/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """All that is on record of a right."""
    return _page(queries.get(current_actor(), reference))


def _page(asset: Asset, status: int = 200, **forms: Any) -> ResponseReturnValue:
    actor = current_actor()
    page = render_template(
        "assets/show.html",
        asset=asset,
        facts=_facts(asset),
        fees=_fees(asset),
        class_names=_class_names(asset),
        reports=valuations.of(asset),
        licences=queries.licences_of(asset),
        listed=listings.of_asset(actor, asset),
        events=history.entries(asset, *asset.verifications, *asset.pledges, *valuations.of(asset)),
        may={
            "revise": policy.revise_asset.allows(actor, asset),
            "file": valuing.file_report.allows(actor, asset),
        },
        waiting=[v for v in asset.verifications if v.state.value == "requested"],
        title_form=forms.get("title_form") or TitleForm(formdata=None),
        valuation_form=forms.get("valuation_form") or ValuationForm(formdata=None),
        pledge_form=forms.get("pledge_form") or PledgeForm(formdata=None),
        wording=wording,
    )
    return page, status


def _facts(asset: Asset) -> list[tuple[str, Any]]:
    locale = locale_code()
    rows = [
        (gettext("类型"), words("enums", f"asset_kind.{asset.kind.value}")),
        (gettext("法律状态"), words("enums", f"legal_status.{asset.status.value}")),
        (gettext("申请号"), asset.application_number),
        (gettext("专利号"), asset.patent_number),
        (gettext("注册号或登记号"), asset.registration_number),
        (gettext("公开号"), "、".join(n.number for n in asset.numbers if n.scheme == "published")),
        (gettext("申请日"), asset.filing_date and format_date(asset.filing_date)),
        (gettext("公开日"), asset.publication_date and format_date(asset.publication_date)),
        (gettext("授权或注册日"), asset.grant_date and format_date(asset.grant_date)),
        (
            gettext("创作或开发完成日"),
            asset.creation_date and format_date(asset.creation_date),
        ),
        (gettext("保护期最后一日"), asset.last_day and format_date(asset.last_day)),
        (gettext("权利人"), "；".join(_owner(o.name, o.share_bps) for o in asset.owners)),
        (gettext("发明人或作者"), "；".join(p.name for p in asset.persons)),
        (gettext("商品或服务"), asset.goods),
        (gettext("行业"), industries.name(asset.industry, locale) if asset.industry else ""),
        (
            gettext("所在地"),
            " ".join(regions.display(p, locale) for p in (asset.province, asset.city) if p),
        ),
        (gettext("资料来源"), asset.source),
    ]
    return [(label, value) for label, value in rows if value]


def _owner(name: str, share: int | None) -> str:
    return f"{name} {share / 100:g}%" if share and share != 10_000 else name


def _class_names(asset: Asset) -> list[tuple[str, str]]:
    locale = locale_code()
    found = []
    for each in asset.classes:
        known = (
            classes.nice_name(each.symbol)
            if each.scheme == "nice"
            else classes.ipc_name(each.symbol)
        )
        found.append((each.symbol, known.name(locale) if known else ""))
    return found


def _fees(asset: Asset) -> dict[str, Any] | None:
    """What has to be paid next to keep the right, and by when."""
    if asset.jurisdiction != "CN":
        return None
    if (
        asset.kind in PATENTS
        and asset.filing_date
        and asset.grant_date
        and asset.kind is not AssetKind.PATENT_APPLICATION
    ):
        today = clock.today()
        stated = asset.fee_paid_through  # unstated: what the register calls in force is paid up
        paid = stated or terms.patent_year(asset.filing_date, today)
        state = terms.annuity_state(
            asset.kind.value, asset.filing_date, asset.grant_date, paid, today
        )
        return {
            "state": words("enums", f"legal_status.{state.state}"),
            "paid": stated or gettext("未申报"),
            "year": state.next_year,
            "due": state.next_due,
            "fee": Money("CNY", state.fee),
            "surcharge": Money("CNY", state.surcharge),
            "grace_ends": state.grace_ends,
        }
    if asset.kind is AssetKind.TRADEMARK and asset.last_day:
        window = terms.renewal_window(asset.last_day)
        return {"opens": window.opens, "due": window.last_day, "grace_ends": window.grace_ends}
    return None


# ---- new, and corrected ------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@sign_in_required
def new() -> ResponseReturnValue:
    """Put one right on record."""
    actor = current_actor()
    require(actor, policy.add_asset)
    form = (
        AssetForm(kind=request.args.get("kind", "invention"))
        if request.method == "GET"
        else AssetForm()
    )
    form.prepare(locale_code())
    if form.validate_on_submit():
        try:
            with transaction():
                asset = services.add(actor, form.record(), **form.more())
                reference = asset.reference
            flash(gettext("资产已登记。下一步：申请权属核验。"), "ok")
            return redirect(url_for("assets.show", reference=reference), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
    failed = form.is_submitted()
    return render_template("assets/form.html", form=form, asset=None), 422 if failed else 200


@bp.route("/<reference>/edit", methods=["GET", "POST"])
@sign_in_required
def edit(reference: str) -> ResponseReturnValue:
    """Correct the record of a right. Its kind and number stay."""
    actor = current_actor()
    asset = queries.get(actor, reference)
    require(actor, policy.revise_asset, asset)
    form = AssetForm() if request.method == "POST" else AssetForm.of(asset)
    form.kind.data = asset.kind.value
    form.prepare(locale_code())
    if form.validate_on_submit():
        try:
            with transaction():
                asset = queries.get(actor, reference)
                services.revise(
                    actor,
                    asset,
                    owners=form.owner_lines() or None,
                    persons=form.person_lines(),
                    classes=form.class_pairs(),
                    **form.values(),
                )
            flash(gettext("修改已保存。"), "ok")
            return redirect(url_for("assets.show", reference=reference), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
    failed = form.is_submitted()
    return render_template("assets/form.html", form=form, asset=asset), 422 if failed else 200


# ---- title, valuation, pledge --------------------------------------------------------------------


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

    return _filed(reference, form, "title_form", act, gettext("核验申请已提交，结果会通知您。"))


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
            firm_name=form.firm_name.data,
            number=form.number.data,
            signers=(form.signer_one.data, form.signer_two.data),
            base_date=form.base_date.data,
            valid_until=form.valid_until.data,
            purpose=form.purpose.data,
            method=form.method.data,
            value=form.value.data,
            document=_kept(form, asset, "valuation_report"),
        )

    done = gettext("评估报告已登记，交易所核对后生效。")
    return _filed(reference, form, "valuation_form", act, done)


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
            lender_name=form.lender_name.data,
            lender=organisations.named(form.lender_name.data),
            register_number=form.register_number.data,
            registered_on=form.registered_on.data,
            amount=form.amount.data,
            due_on=form.due_on.data,
            evidence=_kept(form, asset, "pledge"),
        )

    return _filed(reference, form, "pledge_form", act, gettext("质押已申报，交易所核对后标记。"))


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


def _filed(
    reference: str, form: Any, name: str, act: Callable[[Asset], None], done: str
) -> ResponseReturnValue:
    """Do it and go back to the right's page, or show the form again with what is wrong."""
    actor = current_actor()
    asset = queries.get(actor, reference)
    if form.validate():
        try:
            with transaction():
                act(queries.get(actor, reference))
            flash(done, "ok")
            return redirect(url_for("assets.show", reference=reference), 303)
        except Refused as refusal:
            if refusal.status == 403:
                raise
            absorb(form, refusal, locale_code())
            asset = queries.get(actor, reference)
    return _page(asset, 422, **{name: form})
