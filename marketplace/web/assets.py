"""The portfolio: rights put on record, corrected, found again."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import policy, queries, services
from marketplace.assets.legal_status.freshness import Freshness
from marketplace.assets.models import AssetKind, LegalStatus
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.policy import Actor, require
from marketplace.forms.absorb import absorb
from marketplace.forms.rights import AssetForm
from marketplace.organisations import queries as organisations
from marketplace.valuation import queries as valuations
from marketplace.web import asset_facts, asset_frame, covers, wording
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, words
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
        for name in ("q", "kind", "status", "title", "pledged", "fresh", "due", "sort")
    }
    rows = queries.mine(
        actor,
        text=asked["q"].strip(),
        kind=asked["kind"],
        status=asked["status"],
        title=asked["title"],
        pledged=asked["pledged"],
        due=asked["due"],
        fresh=asked["fresh"],
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
        lights=[(f.value, words("enums", f"freshness.{f.value}")) for f in Freshness],
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
        (gettext("下次年费"), lambda a: a.fee_due_on),
        (gettext("登记簿核对日"), lambda a: a.checked_on),
        (gettext("城市"), lambda a: a.city),
        (gettext("分类号"), lambda a: "；".join(c.symbol for c in a.classes)),
        (gettext("质押"), lambda a: a.is_pledged),
    ]


# ---- one right ---------------------------------------------------------------------------------


@bp.get("/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """What a right is: the first tab of its page."""
    return asset_facts.page(asset_frame.readable(reference))


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
