"""What keeps rights alive: what is due, for one right and for the portfolio; payments, calendar."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response

from marketplace.assets import policy, queries, services, terms
from marketplace.assets.models import PATENTS, Asset, AssetKind, FeeReduction
from marketplace.assets.queries import upkeep
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.money import Money
from marketplace.core.policy import require
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.forms.absorb import absorb
from marketplace.forms.fees import FeeForm, ReductionForm, UndoForm
from marketplace.web import asset_fees, asset_frame, asset_status, ics, wording
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import PER_PAGE, Page
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("asset_upkeep", __name__, url_prefix="/workbench")
MONTHS = (3, 12, 36)
CALENDAR_MONTHS = 36
KINDS = (
    AssetKind.INVENTION, AssetKind.UTILITY_MODEL, AssetKind.DESIGN, AssetKind.TRADEMARK,
    AssetKind.COLLECTIVE_MARK, AssetKind.CERTIFICATION_MARK,
)  # fmt: skip


# ---- the portfolio -----------------------------------------------------------------------------


@bp.get("/upkeep")
@sign_in_required
def index() -> ResponseReturnValue:
    """What the portfolio has to pay in the months ahead, and what it adds up to."""
    actor, today = current_actor(), clock.today()
    wanted = request.args.get("months", 12, type=int)
    months = wanted if wanted in MONTHS else 12
    kind = request.args.get("kind", "")
    duties = upkeep.portfolio(actor, today, months=months, kind=kind)
    form = request.args.get("format", "")
    if form in {"csv", "xlsx"}:
        return table_response(duties, _columns(), "upkeep", form)
    year = duties if (months, kind) == (12, "") else upkeep.portfolio(actor, today)
    number, pages = _page_number(len(duties))
    shown = duties[(number - 1) * PER_PAGE : number * PER_PAGE]
    return render_template(
        "assets/upkeep.html",
        page=Page([(d.asset, asset_fees.row(d.due, today)) for d in shown], number, pages, 0),
        months=months,
        kind=kind,
        kinds=[(k.value, words("enums", f"asset_kind.{k.value}")) for k in KINDS],
        in_all=upkeep.cost(duties, today),
        year=upkeep.cost(year, today),
        quarter=upkeep.cost((d for d in year if d.due.due <= terms.add_months(today, 3)), today),
        late=sum(d.due.is_late(today) for d in year),
        count=len(duties),
        reduction_form=ReductionForm(formdata=None),
        may=policy.add_asset.allows(actor),
        wording=wording,
    )


def _page_number(total: int) -> tuple[int, int]:
    pages = max(1, -(-total // PER_PAGE))
    return min(max(request.args.get("page", 1, type=int) or 1, 1), pages), pages


def _columns() -> list[Column]:
    today = clock.today()
    return [
        (gettext("编号"), lambda d: d.asset.reference),
        (gettext("类型"), lambda d: words("enums", f"asset_kind.{d.asset.kind.value}")),
        (gettext("名称"), lambda d: d.asset.title),
        (gettext("号码"), lambda d: d.asset.number),
        (gettext("事项"), lambda d: asset_fees.label(d.due)),
        (gettext("期限"), lambda d: d.due.due),
        (gettext("滞纳期或宽展期至"), lambda d: d.due.grace_ends),
        (gettext("全额费用"), lambda d: Money("CNY", d.due.full_fee)),
        (gettext("减缴后"), lambda d: Money("CNY", d.due.fee)),
        (gettext("今日滞纳金"), lambda d: Money("CNY", d.due.surcharge(today) or 0)),
        (gettext("今日合计"), lambda d: Money("CNY", d.due.total(today))),
    ]


@bp.get("/upkeep/calendar.ics")
@sign_in_required
def calendar() -> ResponseReturnValue:
    """The days of the portfolio for any calendar."""
    duties = upkeep.portfolio(current_actor(), clock.today(), months=CALENDAR_MONTHS)
    entries = [_entry(d.asset, d.due) for d in duties]
    return ics.response(gettext("知识产权费用与期限"), entries, "upkeep")


def _entry(asset: Asset, due: terms.Due) -> ics.Entry:
    fee = gettext("%(amount)s 元", amount=Money("CNY", due.fee).amount) if due.fee else ""
    return ics.Entry(
        uid=f"{asset.reference}-{due.what}-{due.number}@{request.host}",
        day=due.due,
        title=gettext("%(what)s：%(title)s", what=asset_fees.label(due), title=asset.title),
        text="  ".join(filter(None, (asset.number, fee))),
        url=url_for("asset_status.show", reference=asset.reference, _external=True),
    )


@bp.post("/upkeep/reduction")
@sign_in_required
def reduce_all() -> ResponseReturnValue:
    """Declare the same ground of reduced fees for every patent of the portfolio."""
    actor, form = current_actor(), ReductionForm()
    require(actor, policy.add_asset)
    if not form.validate():
        return redirect(url_for("asset_upkeep.index"), 303)
    with transaction():
        rights = [
            asset
            for asset in db.session.scalars(queries.mine(actor)).unique()
            if asset.kind in PATENTS and asset.jurisdiction == "CN"
        ]
        changed = services.reduce_fees(actor, rights, FeeReduction(form.ground.data))
    flash(gettext("%(count)s 项专利的减缴情形已更新。", count=changed), "ok")
    return redirect(url_for("asset_upkeep.index"), 303)


# ---- one right ---------------------------------------------------------------------------------


@bp.get("/assets/<reference>/calendar.ics")
@sign_in_required
def calendar_of(reference: str) -> ResponseReturnValue:
    """The days of one right, its end included."""
    asset = asset_frame.readable(reference)
    dues = [d for d in upkeep.schedule_of(asset, clock.today()) if not d.paid]
    return ics.response(asset.title, [_entry(asset, d) for d in dues], asset.reference)


@bp.post("/assets/<reference>/fees")
@sign_in_required
def pay(reference: str) -> ResponseReturnValue:
    """Record that the next fee was paid, with the receipt."""
    actor, form = current_actor(), FeeForm()
    asset = queries.get(actor, reference)
    require(actor, policy.record_fee, asset)
    if form.validate():
        try:
            with transaction():
                asset = queries.get(actor, reference)
                services.record_payment(
                    actor,
                    asset,
                    number=int(form.number.data or 0),
                    paid_on=form.paid_on.data,
                    amount=form.amount.data,
                    receipt=documents.store(
                        actor,
                        form.document.data.stream,
                        form.document.data.filename or "",
                        purpose="fee_receipt",
                        subject=asset,
                        allowed=sniff.PAPERS,
                    ),
                )
            flash(gettext("缴费已登记。"), "ok")
            return _back(reference)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
    return _again(reference, fee_form=form)


@bp.post("/assets/<reference>/fees/<int:payment_id>/undo")
@sign_in_required
def undo(reference: str, payment_id: int) -> ResponseReturnValue:
    """Take back a payment that was recorded by mistake."""
    actor, form = current_actor(), UndoForm()
    asset = queries.get(actor, reference)
    require(actor, policy.record_fee, asset)
    if form.validate():
        with transaction():
            asset = queries.get(actor, reference)
            payment = upkeep.payment(asset, payment_id)
            services.undo_payment(actor, payment, because=form.because.data or "")
        flash(gettext("缴费登记已撤销。"), "ok")
        return _back(reference)
    return _again(reference, undo_form=form)


@bp.post("/assets/<reference>/fees/reduction")
@sign_in_required
def reduce(reference: str) -> ResponseReturnValue:
    """Declare as what the owners have their fees reduced."""
    actor, form = current_actor(), ReductionForm()
    asset = queries.get(actor, reference)
    require(actor, policy.record_fee, asset)
    if form.validate():
        with transaction():
            right = queries.get(actor, reference)
            services.reduce_fees(actor, [right], FeeReduction(form.ground.data))
        flash(gettext("减缴情形已更新。"), "ok")
    return _back(reference)


def _back(reference: str) -> Response:
    return redirect(url_for("asset_status.show", reference=reference) + "#fees", 303)


def _again(reference: str, **forms: Any) -> ResponseReturnValue:
    return asset_status.page(queries.get(current_actor(), reference), 422, **forms)
