"""The portfolio: rights on record, their titles, valuations and pledges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import classes, industries, policy, queries, regions, services, terms
from marketplace.assets.models import Asset, AssetKind, LegalStatus
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.core.words import knows
from marketplace.documents import queries as documents
from marketplace.forms.absorb import absorb
from marketplace.forms.assets import PaperForm, PledgeForm, TitleForm, ValuationForm
from marketplace.forms.rights import LABELS, AssetForm
from marketplace.listings import queries as listings
from marketplace.organisations import queries as organisations
from marketplace.valuation import policy as valuing
from marketplace.valuation import queries as valuations
from marketplace.web import covers, history, wording
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import format_date, locale_code, term, words
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
        for name in ("q", "kind", "status", "title", "pledged", "due", "sort")
    }
    rows = queries.mine(
        actor,
        text=asked["q"].strip(),
        kind=asked["kind"],
        status=asked["status"],
        title=asked["title"],
        pledged=asked["pledged"],
        due=asked["due"],
        sort=asked["sort"] or "-added",
    )
    form = request.args.get("format", "")
    if form in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(EXPORT_ROWS)).unique().all()
        return table_response(found, _columns(), "assets", form)
    shown = paginate(rows)
    return render_template(
        "assets/index.html",
        page=shown,
        summary=queries.summary(actor),
        asked=asked,
        narrowed=any(value for name, value in asked.items() if name != "sort"),
        kinds=[(k.value, words("enums", f"asset_kind.{k.value}")) for k in AssetKind],
        statuses=[(s.value, words("enums", f"legal_status.{s.value}")) for s in LegalStatus],
        valued=valuations.valid_reports(asset.id for asset in shown.items),
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
        (gettext("权利人"), lambda a: "；".join(wording.owner(o) for o in a.owners)),
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
    return page(queries.get(current_actor(), reference))


def page(asset: Asset, status: int = 200, **forms: Any) -> ResponseReturnValue:
    """The right's page, with a form that has to be shown again."""
    actor = current_actor()
    reports = valuations.of(asset)
    fees = _fees(asset)
    listed = listings.of_asset(actor, asset)
    may = {
        "revise": policy.revise_asset.allows(actor, asset),
        "file": valuing.file_report.allows(actor, asset),
    }
    rendered = render_template(
        "assets/show.html",
        asset=asset,
        facts=_facts(asset),
        fees=fees,
        term=_term(asset),
        step=_next_step(asset, fees, listed) if may["revise"] else None,
        class_names=_class_names(asset),
        reports=reports,
        licences=queries.licences_of(asset),
        listed=listed,
        papers=documents.of(actor, asset),
        events=history.entries(asset, *asset.verifications, *asset.pledges, *reports),
        may=may,
        waiting=[v for v in asset.verifications if v.state.value == "requested"],
        title_form=forms.get("title_form") or TitleForm(formdata=None),
        valuation_form=forms.get("valuation_form") or ValuationForm(formdata=None),
        pledge_form=forms.get("pledge_form") or PledgeForm(formdata=None),
        document_form=forms.get("document_form") or PaperForm(formdata=None),
        wording=wording,
    )
    return rendered, status


def _facts(asset: Asset) -> list[tuple[str, Any]]:
    locale = locale_code()
    rows = [
        (gettext("类型"), words("enums", f"asset_kind.{asset.kind.value}")),
        (gettext("国家或地区"), words("enums", f"office.{asset.jurisdiction}")
         if knows("enums", f"office.{asset.jurisdiction}") else asset.jurisdiction),
        (gettext("专利号"), asset.patent_number),
        (gettext("申请号"), asset.application_number),
        (gettext("注册号或登记号"), asset.registration_number),
        (gettext("公开号"), "、".join(n.number for n in asset.numbers if n.scheme == "published")),
        (_label(asset, "work_kind"), asset.work_kind),
        (gettext("优先权日"), asset.priority_date and format_date(asset.priority_date)),
        (gettext("申请日"), asset.filing_date and format_date(asset.filing_date)),
        (gettext("公开日"), asset.publication_date and format_date(asset.publication_date)),
        (_label(asset, "grant_date"), asset.grant_date and format_date(asset.grant_date)),
        (_label(asset, "creation_date"), asset.creation_date and format_date(asset.creation_date)),
        (_label(asset, "first_publication_date"),
         asset.first_publication_date and format_date(asset.first_publication_date)),
        (_label(asset, "persons"), "；".join(p.name for p in asset.persons)),
        (gettext("商品或服务"), asset.goods),
        (gettext("同族"), asset.family),
        (gettext("行业"), industries.name(asset.industry, locale) if asset.industry else ""),
        (
            gettext("所在地"),
            " ".join(regions.display(p, locale) for p in (asset.province, asset.city) if p),
        ),
        (gettext("资料来源"), _source(asset)),
    ]  # fmt: skip
    return [(label, value) for label, value in rows if value]


def _label(asset: Asset, name: str) -> str:
    """What a field is called for this kind of right."""
    return str(LABELS.get(asset.kind, {}).get(name) or getattr(AssetForm, name).args[0])


def _source(asset: Asset) -> str:
    """Where the record came from; an import is named by its number."""
    kind, _, number = asset.source.partition(":")
    if kind == "import" and number.isdecimal():
        return gettext("第 %(number)s 次导入", number=number)
    return gettext("命令行导入") if asset.source == "command line" else asset.source


def _term(asset: Asset) -> list[tuple[str, Any]]:
    """The term: from what it is reckoned, its last day, what is left."""
    basis = _basis(asset)
    if asset.last_day is None:
        return [(gettext("依据"), basis)]
    left = terms.remaining(asset.last_day, clock.today())
    return [
        (gettext("最后一日"), format_date(asset.last_day)),
        (gettext("届满登记日"), format_date(terms.expiry_event(asset.last_day))),
        (gettext("剩余"), gettext("%(term)s（%(days)s 天）", term=term(asset.last_day), days=left.days)
         if left.days else gettext("已届满")),
        (gettext("依据"), basis),
    ]  # fmt: skip


def _basis(asset: Asset) -> str:
    kind = asset.kind.value
    if asset.jurisdiction != "CN":
        kind = "foreign"
    elif (
        asset.kind is AssetKind.DESIGN
        and asset.filing_date
        and (asset.filing_date < terms.DESIGN_15_SINCE)
    ):
        kind = "design_before_2021"
    elif kind in {"copyright", "software"} and asset.owned_by_person:
        kind = "personal_work"
    elif (
        asset.kind is AssetKind.PLANT_VARIETY
        and asset.grant_date
        and (asset.grant_date < terms.PLANT_2025_SINCE)
    ):
        kind = "plant_variety_before_2025"
    text = words("enums", f"term_basis.{kind}")
    if asset.compensation_days:
        text += gettext("；期限补偿 %(days)s 天", days=asset.compensation_days)
    if asset.renewals:
        text += gettext("；已续展 %(count)s 次", count=asset.renewals)
    return text


def _class_names(asset: Asset) -> list[tuple[str, str]]:
    locale = locale_code()
    found = []
    for each in asset.classes:
        known = (
            classes.nice_name(each.symbol)
            if each.scheme == "nice"
            else classes.ipc_name(each.symbol)
            if each.scheme in {"ipc", "cpc"}
            else None
        )
        found.append((each.symbol, known.name(locale) if known else ""))
    return found


def _fees(asset: Asset) -> dict[str, Any] | None:
    """What has to be paid next to keep the right, and by when."""
    if asset.kind is AssetKind.TRADEMARK and asset.jurisdiction == "CN" and asset.last_day:
        window = terms.renewal_window(asset.last_day)
        return {
            "opens": window.opens,
            "due": window.last_day,
            "grace_ends": window.grace_ends,
            "state": words(
                "enums", f"trademark_state.{terms.trademark_state(asset.last_day, clock.today())}"
            ),
        }
    is_patent = asset.kind.value in terms.PATENTS and asset.jurisdiction == "CN"
    if not is_patent or asset.filing_date is None or asset.grant_date is None:
        return None
    today = clock.today()
    stated = asset.fee_paid_through  # unstated: what the register calls in force is paid up
    paid = stated or terms.patent_year(asset.filing_date, max(today, asset.filing_date))
    kind, filed, granted = (
        asset.kind.value,
        asset.filing_date,
        max(asset.grant_date, asset.filing_date),
    )
    state = terms.annuity_state(
        kind, filed, granted, paid, today, compensation_days=asset.compensation_days
    )
    return {
        "state": words("enums", f"legal_status.{state.state}"),
        "is_late": stated is not None and state.state in {"annuity_grace", "lapsed"},
        "is_over": state.state == "lapsed",
        "paid": gettext("第 %(year)s 年度", year=stated) if stated else gettext("未申报"),
        "year": state.next_year,
        "due": state.next_due,
        "fee": Money("CNY", state.fee),
        "surcharge": Money("CNY", state.surcharge),
        "grace_ends": state.grace_ends,
        "schedule": [
            (a.year, a.due, Money("CNY", a.full_fee), a.grace_ends, a.year <= paid)
            for a in terms.annuity_schedule(kind, filed, granted)
        ],
        "bands": [
            (band.until, Money("CNY", band.surcharge))
            for band in terms.late_bands(terms.annual_fee(kind, state.next_year), state.next_due)
        ]
        if state.next_year and state.next_due
        else [],
    }


@dataclass(frozen=True)
class Step:
    """What to do next with a right, and where."""

    title: str
    text: str
    label: str = ""
    url: str = ""
    due: date | None = None


def _next_step(  # noqa: PLR0911 -- one line a step
    asset: Asset, fees: dict[str, Any] | None, listed: Sequence[Any]
) -> Step | None:
    """The one thing that matters most now; none for a right that is gone."""
    here = url_for("assets.show", reference=asset.reference)
    edit_page = url_for("assets.edit", reference=asset.reference)
    if asset.status.value in {"expired", "lapsed", "invalidated", "cancelled"}:
        return None
    if fees and fees.get("is_late"):
        text = (
            gettext(
                "按申报已缴的年度，滞纳期已过。已缴费的请更新年度；否则权利自缴费期限届满之日起终止。"
            )
            if fees["is_over"]
            else gettext("已进入滞纳期，逾期越久滞纳金越高。缴费后请更新已缴年度。")
        )
        return Step(
            gettext("核对年费"),
            text,
            gettext("更新已缴年度"),
            edit_page,
            fees["grace_ends"] or fees["due"],
        )
    done = asset.title_verification
    if any(v.state.value == "requested" for v in asset.verifications):
        return Step(
            gettext("等待交易所核验权属"), gettext("结果会发到您的收件箱；核验前仍可撤回申请。")
        )
    if done is None:
        text = gettext("上传 180 天以内的登记簿副本，由交易所核对；核验后才能公开挂牌。")
        return Step(gettext("申请权属核验"), text, gettext("去申请"), f"{here}#title")
    if done.age_days > wording.FADES_AFTER:
        text = gettext(
            "上次核验依据的登记簿副本已过 %(days)s 天，买方会要求新的副本。", days=done.age_days
        )
        return Step(gettext("更新权属核验"), text, gettext("去申请"), f"{here}#title")
    if fees and fees.get("opens") and fees["opens"] <= clock.today():
        text = gettext("已进入续展期，请在有效期届满前办理续展。")
        return Step(gettext("办理续展"), text, gettext("更新有效期"), edit_page, fees["due"])
    if not any(each.state.value not in {"closed", "withdrawn", "expired"} for each in listed):
        url = url_for("listing_wizard.new", assets=asset.reference)
        return Step(
            gettext("挂牌"),
            gettext("权属已核验，可以公开挂牌，供买方查找和报价。"),
            gettext("挂牌这项资产"),
            url,
        )
    return None


# ---- new, and corrected ------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@sign_in_required
def new() -> ResponseReturnValue:
    """Choose a kind, then put one right on record."""
    actor = current_actor()
    require(actor, policy.add_asset)
    wanted = request.values.get("kind", "")
    if wanted not in set(AssetKind):
        kinds = [
            (k.value, words("enums", f"asset_kind.{k.value}"), covers.family_of(k.value))
            for k in AssetKind
        ]
        return render_template("assets/kinds.html", kinds=kinds)
    kind = AssetKind(wanted)
    form = AssetForm() if request.method == "POST" else AssetForm(data=_usual(actor))
    form.prepare(kind, locale_code())
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
    return render_template("assets/form.html", form=form, kind=kind, asset=None), (
        422 if failed else 200
    )


def _usual(actor: Actor) -> dict[str, Any]:
    """What a new record usually says: the keeper owns it, at its seat."""
    keeper = organisations.own_organisation(actor)
    return {
        "owners": keeper.name,
        "place": f"{keeper.province}|{keeper.city}",
        "status": "in_force",
    }


@bp.route("/<reference>/edit", methods=["GET", "POST"])
@sign_in_required
def edit(reference: str) -> ResponseReturnValue:
    """Correct the record of a right. Its kind stays."""
    actor = current_actor()
    asset = queries.get(actor, reference)
    require(actor, policy.revise_asset, asset)
    form = AssetForm() if request.method == "POST" else AssetForm.of(asset)
    form.prepare(asset.kind, locale_code())
    if form.validate_on_submit():
        try:
            with transaction():
                asset = queries.get(actor, reference)
                services.revise(actor, asset, **form.correction())
            flash(gettext("修改已保存。"), "ok")
            return redirect(url_for("assets.show", reference=reference), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            asset = queries.get(actor, reference)
    failed = form.is_submitted()
    return render_template("assets/form.html", form=form, kind=asset.kind, asset=asset), (
        422 if failed else 200
    )


@bp.post("/<reference>/remove")
@sign_in_required
def remove(reference: str) -> ResponseReturnValue:
    """Take out a right that was put on record by mistake."""
    actor = current_actor()
    with transaction():
        services.remove(actor, queries.get(actor, reference))
    flash(gettext("资产 %(reference)s 已移除。", reference=reference), "ok")
    return redirect(url_for("assets.index"), 303)
