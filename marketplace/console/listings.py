"""The review of listings: the queue, what changed, publish or return."""

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.policy import require
from marketplace.forms.absorb import absorb
from marketplace.forms.listings import ReviewForm
from marketplace.listings import policy, queries, services
from marketplace.listings.models import Listing, ListingState
from marketplace.listings.terms import Terms
from marketplace.organisations import queries as organisations
from marketplace.rules import engine
from marketplace.web import history, wording
from marketplace.web.export import table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, org_name, words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_listings", __name__, url_prefix="/console/listings")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """The queue, the longest waiting first; other states by tab."""
    actor = current_actor()
    state = request.args.get("state", ListingState.SUBMITTED.value)
    filters = {
        "text": request.args.get("q", ""),
        "kind": request.args.get("kind", ""),
        "sort": request.args.get("sort", "submitted"),
    }
    wanted = ListingState(state) if state in set(ListingState) else None
    rows = queries.for_review(actor, state=wanted, **filters)
    kind_of_file = request.args.get("format", "")
    if kind_of_file in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(10_000)).unique().all()
        return table_response(found, _columns(), "review", kind_of_file)
    page = paginate(rows)
    return render_template(
        "console/listings/index.html",
        page=page,
        reviewers=_reviewers(page.items),
        counts=queries.review_counts(actor),
        state=state,
        states=[s for s in ListingState if s is not ListingState.DRAFT],
        filters=filters,
    )


def _reviewers(listings: list[Listing]) -> dict[int, str]:
    """Listing → who reviews it now."""
    taken = queries.claims(listings)
    names = {user.id: user.name for user in organisations.operators()}
    return {listing_id: names.get(user_id, "") for listing_id, user_id in taken.items()}


def _columns() -> list[tuple[str, Any]]:
    return [
        (gettext("编号"), lambda row: row.reference),
        (gettext("标题"), lambda row: row.title),
        (gettext("挂牌机构"), lambda row: org_name(row.seller)),
        (gettext("权利"), lambda row: "; ".join(a.number or a.reference for a in row.assets)),
        (gettext("交易方式"), wording.mode_of),
        (gettext("价格（元）"), lambda row: row.price),
        (gettext("状态"), lambda row: words("states", f"listing.{row.state}")),
        (gettext("提交于"), lambda row: row.submitted_at),
        (gettext("发布于"), lambda row: row.published_at),
    ]


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """All an operator needs to decide."""
    require(current_actor(), policy.review)
    return _page(queries.get(current_actor(), reference), ReviewForm())


def _page(listing: Listing, form: ReviewForm) -> ResponseReturnValue:
    judgements = services.judgements(listing) if listing.items else []
    findings = {f.rule: f for j in judgements for f in j.findings if f.applies}
    reports = queries.reports_of(listing.assets)
    page = render_template(
        "console/listings/show.html",
        listing=listing,
        form=form,
        term_rows=wording.term_rows(listing.terms),
        changes=_changes(listing),
        problems=[words("refusals", code) for code in services.problems(listing).values()],
        unverified=[a for a in listing.assets if a.title_verification is None],
        reports=[report for asset in listing.assets for report in reports.get(asset.id, [])],
        findings=[f for f in findings.values() if f.status is not engine.Status.INFO],
        rivals=queries.in_the_way(listing.assets, but=listing),
        entries=history.entries(listing),
        reviewer=_reviewers([listing]).get(listing.id, ""),
        mine=queries.claims([listing]).get(listing.id) == current_actor().user_id,
        is_first=queries.last_published(listing) is None,
        following=queries.next_for_review(current_actor(), listing),
        actions=listing.lifecycle.actions(listing.state),
    )
    return page, 422 if form.errors or form.form_errors else 200


def _changes(listing: Listing) -> list[tuple[str, list[str], bool]]:
    """What differs from the last published version; nothing where there is none."""
    before = queries.last_published(listing)
    if before is None:
        return []
    now = services.snapshot(listing)
    rows = []
    labels = {
        "title": gettext("标题"),
        "title_en": gettext("英文标题"),
        "summary": gettext("说明"),
        "summary_en": gettext("英文说明"),
    }
    for name, label in labels.items():
        if before[name] != now[name]:
            rows.append((label, [before[name] or "–", now[name] or "–"], True))
    if before["assets"] != now["assets"]:
        pair = [gettext("、").join(each["assets"]) for each in (before, now)]
        rows.append((gettext("资产"), pair, True))
    if before["price_mode"] != now["price_mode"]:
        pair = [words("enums", f"price_mode.{each['price_mode']}") for each in (before, now)]
        rows.append((gettext("定价方式"), pair, True))
    versions = [Terms.from_json(before["terms"]), Terms.from_json(now["terms"])]
    return rows + [row for row in wording.compared(versions) if row[2]]


@bp.post("/<reference>/claim")
def claim(reference: str) -> ResponseReturnValue:
    """Begin a review, so that no colleague begins it too."""
    actor = current_actor()
    try:
        with transaction():
            services.claim(actor, queries.get(actor, reference))
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        flash(words("refusals", refusal.code), "warning")
    return redirect(url_for("console_listings.show", reference=reference), 303)


@bp.post("/<reference>/refuse")
def refuse(reference: str) -> ResponseReturnValue:
    form = ReviewForm()
    return _decide(reference, form, gettext("已拒绝，挂牌机构会看到理由。"), services.refuse)


@bp.post("/<reference>/publish")
def publish(reference: str) -> ResponseReturnValue:
    form = ReviewForm()
    return _decide(reference, form, gettext("已发布。"), services.publish)


@bp.post("/<reference>/return")
def return_(reference: str) -> ResponseReturnValue:
    form = ReviewForm()
    verb = partial(services.return_, remarks=form.remarks)
    return _decide(reference, form, gettext("已退回，挂牌机构会看到理由。"), verb)


def _decide(reference: str, form: ReviewForm, done: str, verb: Any) -> ResponseReturnValue:
    actor = current_actor()
    if not form.validate():
        return _page(queries.get(actor, reference), form)
    try:
        with transaction():
            verb(actor, queries.get(actor, reference), because=form.because.data or "")
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        absorb(form, refusal, locale_code())
        return _page(queries.get(actor, reference), form)
    flash(done, "ok")
    following = queries.next_for_review(actor, queries.get(actor, reference))
    if following is None or not request.form.get("then"):
        return redirect(url_for("console_listings.index"), 303)
    return redirect(url_for("console_listings.show", reference=following.reference), 303)


@bp.post("/<reference>/withdraw")
def withdraw(reference: str) -> ResponseReturnValue:
    """Take a listing off for the exchange, with a reason that its owner reads."""
    form = ReviewForm()
    return _decide(reference, form, gettext("已撤下，挂牌机构会看到理由。"), services.withdraw)


@bp.post("/publish")
def publish_many() -> ResponseReturnValue:
    """Publish all that were ticked and can be; the next page tells line by line."""
    actor = current_actor()
    references = list(dict.fromkeys(request.form.getlist("listings")))[:200]
    if not references:
        flash(gettext("请先勾选要发布的挂牌。"), "warning")
        return redirect(url_for("console_listings.index"), 303)
    with transaction():
        found = [queries.get(actor, reference) for reference in references]
        event_id = services.publish_many(actor, found).id
    return redirect(url_for("console_listings.published", event_id=event_id), 303)


@bp.get("/published/<int:event_id>")
def published(event_id: int) -> ResponseReturnValue:
    """What became of a bulk publication."""
    event = queries.batch(current_actor(), event_id, "listing.publish_many")
    lines = [
        line | {"why": " ".join(words("refusals", code) for code in line.get("codes", []))}
        for line in event.facts["lines"]
    ]
    if request.args.get("format", "") in {"csv", "xlsx"}:
        columns = [
            (gettext("挂牌"), lambda line: line["listing"]),
            (gettext("标题"), lambda line: line["title"]),
            (gettext("结果"), lambda line: line["outcome"]),
            (gettext("原因"), lambda line: line["why"]),
        ]
        return table_response(lines, columns, "published", request.args["format"])
    return render_template("console/listings/published.html", event=event, lines=lines)
