"""Many listings at once, and what became of each."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets.models import Asset
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.listings import (
    BatchForm,
    PriceLine,
)
from marketplace.listings import queries, services
from marketplace.listings.models import PriceMode
from marketplace.listings.terms import DealKind, Terms
from marketplace.web.export import table_response
from marketplace.web.listing_picker import MOST_AT_ONCE, is_searching, picker_for
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("listing_batches", __name__, url_prefix="/workbench/listings")

OUTCOMES = ("submitted", "drafted", "refused")


@bp.post("/bulk")
@sign_in_required
def bulk() -> ResponseReturnValue:
    """Submit, confirm or withdraw the ticked listings; the next page tells line by line."""
    actor = current_actor()
    references = list(dict.fromkeys(request.form.getlist("listings")))[:MOST_AT_ONCE]
    if not references:
        flash(gettext("请先勾选挂牌。"), "warning")
        return redirect(url_for("my_listings.index"), 303)
    try:
        with transaction():
            found = [queries.get_own(actor, reference) for reference in references]
            action = request.form.get("action", "")
            because = request.form.get("because", "")[:2000]
            event_id = services.many(actor, found, action, because=because).id
    except Invalid as refusal:
        flash(words("refusals", refusal.code), "bad")
        return redirect(url_for("my_listings.index"), 303)
    return redirect(url_for("listing_batches.bulk_result", event_id=event_id), 303)


@bp.get("/bulk/<int:event_id>")
@sign_in_required
def bulk_result(event_id: int) -> ResponseReturnValue:
    """What became of each; also as a file."""
    event = queries.batch(current_actor(), event_id, "listing.bulk")
    lines = [
        line | {"said": gettext("已办理") if line["outcome"] == "done" else gettext("未办理"),
                "why": _why(line)}
        for line in event.facts["lines"]
    ]  # fmt: skip
    if request.args.get("format", "") in {"csv", "xlsx"}:
        columns = [
            (gettext("挂牌"), lambda line: line["listing"]),
            (gettext("标题"), lambda line: line["title"]),
            (gettext("结果"), lambda line: line["said"]),
            (gettext("原因"), lambda line: line["why"]),
        ]
        return table_response(lines, columns, "listings", request.args["format"])
    return render_template(
        "my_listings/bulk_result.html",
        action=words("actions", f"listing.{event.facts['action']}"),
        lines=lines,
        done=sum(line["outcome"] == "done" for line in lines),
    )


@bp.route("/batch", methods=["GET", "POST"])
@sign_in_required
def batch() -> ResponseReturnValue:
    """Choose rights, then common terms with a price each, then drafts or submissions."""
    actor = current_actor()
    picker = picker_for(actor)
    if request.method == "GET" or is_searching() or not picker.chosen:
        nothing = request.method == "POST" and not is_searching() and not picker.chosen
        page = render_template("my_listings/batch_assets.html", picker=picker, nothing=nothing)
        return page, 422 if nothing else 200
    making = request.form.get("do") in {"draft", "submit"}
    form = BatchForm() if making else BatchForm(formdata=None)
    prices, wrong = _prices(picker.chosen)
    if making and form.validate() and not wrong:
        try:
            with transaction():
                chosen = queries.own_assets(actor, request.form.getlist("assets"))
                event = services.batch(
                    actor,
                    _lines(form, chosen, prices),
                    price_mode=PriceMode(form.price_mode.data),
                    summary=(form.summary.data or "").strip(),
                    submit_all=request.form.get("do") == "submit",
                    key=form.key.data or "",
                )
                event_id = event.id
            return redirect(url_for("listing_batches.batch_result", event_id=event_id), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            picker = picker_for(actor)
    page = render_template(
        "my_listings/batch_terms.html",
        form=form,
        picker=picker,
        typed={a.reference: request.form.get(f"price-{a.reference}", "") for a in picker.chosen},
        wrong=wrong,
    )
    return page, 422 if form.errors or form.form_errors or wrong else 200


def _prices(chosen: list[Asset]) -> tuple[dict[str, Any], dict[str, str]]:
    """Reference → amount, and reference → what is wrong with what was typed."""
    prices: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for asset in chosen:
        typed = request.form.get(f"price-{asset.reference}", "")
        prices[asset.reference], problem = PriceLine.parse(typed)
        if problem:
            wrong[asset.reference] = problem
    return prices, wrong


def _lines(
    form: BatchForm, chosen: list[Asset], prices: dict[str, Any]
) -> list[services.BatchLine]:
    common = form.terms(Terms(kind=DealKind(form.kind.data)))
    return [
        services.BatchLine(asset, replace(common, price=prices[asset.reference] or common.price))
        for asset in chosen
    ]


@bp.get("/batches/<int:event_id>")
@sign_in_required
def batch_result(event_id: int) -> ResponseReturnValue:
    """What became of a batch, right by right; also as a file."""
    event = queries.batch(current_actor(), event_id)
    lines = event.facts["lines"]
    if request.args.get("format", "") in {"csv", "xlsx"}:
        columns = [
            (gettext("资产"), lambda line: line["asset"]),
            (gettext("名称"), lambda line: line["title"]),
            (gettext("挂牌"), lambda line: line.get("listing", "")),
            (gettext("结果"), _outcome),
            (gettext("原因"), _why),
        ]
        return table_response(lines, columns, "batch", request.args["format"])
    tally = {name: sum(line["outcome"] == name for line in lines) for name in OUTCOMES}
    return render_template(
        "my_listings/batch_result.html",
        event=event,
        lines=[line | {"said": _outcome(line), "why": _why(line)} for line in lines],
        tally=tally,
        outcomes=OUTCOMES,
    )


def _outcome(line: dict[str, Any]) -> str:
    return {
        "submitted": gettext("已提交审核"),
        "drafted": gettext("已存为草稿"),
        "refused": gettext("未建立"),
    }[line["outcome"]]


def _why(line: dict[str, Any]) -> str:
    return " ".join(words("refusals", code) for code in line.get("codes", []))
