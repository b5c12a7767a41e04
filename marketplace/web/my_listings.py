"""An organisation's listings: the list, the steps of the wizard, each one's page, batches."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from marketplace.assets.models import Asset, AssetKind
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, Refused
from marketplace.core.policy import Actor, require
from marketplace.forms.absorb import absorb
from marketplace.forms.listings import (
    BatchForm,
    KindForm,
    ListingTermsForm,
    PriceForm,
    PriceLine,
    TextForm,
)
from marketplace.listings import policy, queries, services
from marketplace.listings.models import Listing, ListingState, PriceMode
from marketplace.listings.terms import DealKind, Terms
from marketplace.negotiation import queries as negotiation
from marketplace.rules import engine
from marketplace.rules.facts import FIELDS, FactError, FactKind, Facts
from marketplace.web import history, wording
from marketplace.web.export import table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import Page, paginate
from marketplace.web.presentation import form_problems, locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("my_listings", __name__, url_prefix="/workbench/listings")

STEPS = ("assets", "terms", "text", "check")
STEP_NAMES = (
    lazy_gettext("资产与方式"),
    lazy_gettext("交易条款"),
    lazy_gettext("说明与价格"),
    lazy_gettext("核对并提交"),
)
STEP_OF_FIELD = {
    "assets": "assets",
    "kind": "assets",
    "title": "text",
    "summary": "text",
    "price": "text",
}
SORTS = ("-changed", "title", "reference", "reconfirm")
ASKED_OF_OWNER = {"asset", "owner", "deal"}
PICKER_PAGE = 25
DRAFTING = frozenset({ListingState.DRAFT, ListingState.RETURNED})
MOST_AT_ONCE = services.LARGEST_BATCH


# ---- the list ----------------------------------------------------------------------------------


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """The organisation's listings by state, or the same as a file."""
    actor = current_actor()
    filters = {
        "text": request.args.get("q", ""),
        "kind": request.args.get("kind", ""),
        "sort": request.args.get("sort", "-changed"),
    }
    rows = queries.mine(actor, state=_state(request.args.get("state", "")), **filters)
    kind_of_file = request.args.get("format", "")
    if kind_of_file in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(10_000)).unique().all()
        return table_response(found, _columns(), "listings", kind_of_file)
    return render_template(
        "my_listings/index.html",
        page=paginate(rows),
        counts=_counts(actor),
        state=request.args.get("state", ""),
        states=list(ListingState),
        filters=filters,
        may_draft=policy.draft.allows(actor),
        lacks=[p.__name__ for p in policy.draft.missing(actor, None)],
    )


def _state(text: str) -> ListingState | None:
    return ListingState(text) if text in {s.value for s in ListingState} else None


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
    return redirect(url_for("my_listings.bulk_result", event_id=event_id), 303)


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


def _counts(actor: Actor) -> dict[str, int]:
    found = queries.own_counts(actor)
    return {"": sum(found.values()), **found}


def _columns() -> list[tuple[str, Any]]:
    return [
        (gettext("编号"), lambda row: row.reference),
        (gettext("标题"), lambda row: row.title),
        (gettext("权利"), lambda row: "; ".join(a.number or a.reference for a in row.assets)),
        (gettext("交易方式"), wording.mode_of),
        (gettext("定价方式"), lambda row: words("enums", f"price_mode.{row.price_mode}")),
        (gettext("价格（元）"), lambda row: row.price),
        (gettext("状态"), lambda row: words("states", f"listing.{row.state}")),
        (gettext("提交于"), lambda row: row.submitted_at),
        (gettext("发布于"), lambda row: row.published_at),
        (gettext("须于此前确认"), lambda row: row.reconfirm_by),
    ]


# ---- choosing rights ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Picker:
    """Rights to choose from, and those chosen so far; it works page by page without script."""

    chosen: list[Asset]
    page: Page
    standing: dict[int, list[Listing]]
    text: str
    kind: str
    kinds: list[tuple[str, str]]

    def ended(self, asset: Asset) -> bool:
        """The right no longer exists."""
        return services.has_ended(asset)

    @property
    def chosen_ids(self) -> set[int]:
        return {asset.id for asset in self.chosen}


def _picker(actor: Actor, already: list[Asset] | None = None) -> Picker:
    values = request.form if request.method == "POST" else request.args
    references = values.getlist("assets")
    chosen = already if already is not None else queries.own_assets(actor, references)
    text, kind = values.get("q", ""), values.get("asset_kind", "")
    wanted = values.get("page", 1, type=int)
    rows = queries.listable(actor, text=text, kind=kind)
    if values.get("do") == "all":
        chosen = list(dict.fromkeys([*chosen, *db.session.scalars(rows.limit(MOST_AT_ONCE))]))
    page = paginate(rows, per_page=PICKER_PAGE, number=max(1, wanted or 1))
    return Picker(
        chosen=chosen,
        page=page,
        standing=queries.standing_listings([*chosen, *page.items]),
        text=text,
        kind=kind,
        kinds=[("", gettext("全部类型"))]
        + [(k.value, wording.coded("asset_kind", k)) for k in AssetKind],
    )


def _is_searching() -> bool:
    """The form asks for other rights to choose from, not to go on."""
    return request.form.get("do", "") in {"search", "all"} or "page" in request.form


# ---- the wizard --------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@sign_in_required
def new() -> ResponseReturnValue:
    """The first step: which rights, and what is to be done with them."""
    actor = current_actor()
    form = KindForm()
    picker = _picker(actor)
    if request.method == "POST" and not _is_searching() and form.validate():
        try:
            with transaction():
                listing = services.draft(
                    actor,
                    queries.own_assets(actor, request.form.getlist("assets")),
                    terms=Terms(kind=DealKind(form.kind.data)),
                    key=form.key.data or "",
                )
                reference = listing.reference
            return redirect(url_for("my_listings.edit", reference=reference, step="terms"), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            picker = _picker(actor)
    page = render_template(
        "my_listings/assets.html", listing=None, form=form, picker=picker, **_steps("assets")
    )
    return page, 422 if form.errors or form.form_errors else 200


def _steps(step: str, listing: Listing | None = None) -> dict[str, Any]:
    said = [remark for remark in _remarks(listing) if remark[0] == step] if listing else []
    return {
        "remarks": said,
        "steps": STEP_NAMES,
        "step": step,
        "step_number": STEPS.index(step) + 1,
    }


@bp.route("/<reference>/edit", methods=["GET", "POST"])
@bp.route("/<reference>/edit/<step>", methods=["GET", "POST"])
@sign_in_required
def edit(reference: str, step: str = "terms") -> ResponseReturnValue:
    """One step of a draft."""
    listing = queries.get_own(current_actor(), reference)
    if step not in STEPS:
        return redirect(url_for("my_listings.edit", reference=reference, step="terms"), 303)
    if listing.state not in DRAFTING:
        flash(words("refusals", "listing.revise"), "warning")
        return redirect(url_for("my_listings.show", reference=reference), 303)
    return {"assets": _edit_assets, "terms": _edit_terms, "text": _edit_text, "check": _check}[
        step
    ](listing)


def _saved(listing_reference: str, step: str) -> ResponseReturnValue:
    """Where to go after a step was saved."""
    if request.form.get("do") == "save":
        flash(gettext("草稿已保存。"), "ok")
        return redirect(url_for("my_listings.show", reference=listing_reference), 303)
    following = STEPS[STEPS.index(step) + 1]
    return redirect(url_for("my_listings.edit", reference=listing_reference, step=following), 303)


def _edit_assets(listing: Listing) -> ResponseReturnValue:
    actor, reference = current_actor(), listing.reference
    form = KindForm(data={"kind": listing.terms.kind.value})
    picker = _picker(actor, listing.assets if request.method == "GET" else None)
    if request.method == "POST" and not _is_searching() and form.validate():
        try:
            with transaction():
                listing = queries.get_own(actor, reference)
                kind = DealKind(form.kind.data)
                services.revise(
                    actor,
                    listing,
                    assets=queries.own_assets(actor, request.form.getlist("assets")),
                    terms=replace(listing.terms, kind=kind),
                )
            return _saved(reference, "assets")
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            listing, picker = queries.get_own(actor, reference), _picker(actor)
    page = render_template(
        "my_listings/assets.html",
        listing=listing,
        form=form,
        picker=picker,
        **_steps("assets", listing),
    )
    return page, 422 if form.errors or form.form_errors else 200


def _edit_terms(listing: Listing) -> ResponseReturnValue:
    actor, reference = current_actor(), listing.reference
    basis = {"basis": services.basis_of(listing)}
    form = ListingTermsForm(data=ListingTermsForm.filled(listing.terms) | basis)
    form.kind.data = listing.terms.kind.value
    if request.method == "POST" and form.validate():
        try:
            with transaction():
                listing = queries.get_own(actor, reference)
                form.kind.data = listing.terms.kind.value
                services.revise(
                    actor, listing, terms=form.terms(listing.terms), basis=form.basis.data or ""
                )
            return _saved(reference, "terms")
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            listing = queries.get_own(actor, reference)
            form.basis.data = services.basis_of(listing)
    return _form_page("terms", listing, form)


def _edit_text(listing: Listing) -> ResponseReturnValue:
    actor, reference = current_actor(), listing.reference
    form = TextForm(
        data={
            "title": listing.title,
            "title_en": listing.title_en,
            "summary": listing.summary,
            "summary_en": listing.summary_en,
            "price_mode": listing.price_mode.value,
            "price": listing.terms.price,
            "basis": services.basis_of(listing),
        }
    )
    if request.method == "POST" and form.validate():
        try:
            with transaction():
                listing = queries.get_own(actor, reference)
                services.revise(
                    actor,
                    listing,
                    text=services.Text(
                        *(
                            (form[name].data or "").strip()
                            for name in ("title", "title_en", "summary", "summary_en")
                        )
                    ),
                    price_mode=PriceMode(form.price_mode.data),
                    terms=replace(listing.terms, price=form.price.data),
                    basis=form.basis.data or "",
                )
            return _saved(reference, "text")
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            listing = queries.get_own(actor, reference)
            form.basis.data = services.basis_of(listing)
    return _form_page("text", listing, form)


def _form_page(step: str, listing: Listing, form: Any) -> ResponseReturnValue:
    page = render_template(
        f"my_listings/{step}.html",
        listing=listing,
        kind=listing.terms.kind,
        form=form,
        **_steps(step, listing),
    )
    return page, 422 if form.errors or form.form_errors else 200


def _check(listing: Listing) -> ResponseReturnValue:
    actor, reference = current_actor(), listing.reference
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            with transaction():
                listing = queries.get_own(actor, reference)
                services.revise(actor, listing, facts=_answers(listing))
            flash(gettext("已保存，下面按新的事实重新判断。"), "ok")
            return redirect(url_for("my_listings.edit", reference=reference, step="check"), 303)
        except FactError as refusal:
            wrong = {refusal.path: words("refusals", "listing.answers")}
            listing = queries.get_own(actor, reference)
    judgements = services.judgements(listing) if listing.items else []
    missing = policy.submit.missing(actor, listing)
    return render_template(
        "my_listings/check.html",
        listing=listing,
        problems=[
            (words("refusals", code), STEP_OF_FIELD.get(name, "terms"))
            for name, code in services.problems(listing).items()
        ],
        rivals=services.rivals(listing),
        unverified=[a for a in listing.assets if a.title_verification is None],
        blocking=_unique(f for j in judgements for f in services.in_the_way(j)),
        deferred=_unique(
            f
            for j in judgements
            for f in j.findings
            if f.status is engine.Status.OPEN and f.effect in services.DEFERRED
        ),
        questions=_questions(listing, judgements),
        wrong=wrong,
        lacks=[p.__name__ for p in missing],
        term_rows=wording.term_rows(listing.terms),
        **_steps("check"),
    )


def _unique(findings: Any) -> list[engine.Finding]:
    return list({finding.rule: finding for finding in findings}.values())


def _questions(listing: Listing, judgements: list[engine.Judgement]) -> list[dict[str, Any]]:
    """Facts that only the owner knows, on which a mandatory rule hangs; those answered stay."""
    hanging = {path for j in judgements for f in j.undecided_hard for path in f.missing}
    answered = {
        f"{record}.{name}": value
        for record, content in (listing.facts or {}).items()
        for name, value in content.items()
    }
    asked = [
        FIELDS[path]
        for path in sorted(hanging | set(answered))
        if path in FIELDS
        and FIELDS[path].record in ASKED_OF_OWNER
        and FIELDS[path].kind in {FactKind.FLAG, FactKind.CHOICE}
    ]
    return [
        {
            "path": field.path,
            "label": words("enums", f"fact.{field.path}"),
            "options": _options(field),
            "value": _plain(answered.get(field.path)),
        }
        for field in asked
    ]


def _options(field: Any) -> list[tuple[str, str]]:
    if field.kind is FactKind.FLAG:
        return [("", gettext("未知")), ("yes", gettext("是")), ("no", gettext("否"))]
    return [("", gettext("未知"))] + [
        (choice, words("enums", f"fact.{field.path}.{choice}")) for choice in field.choices
    ]


def _plain(value: Any) -> str:
    return {True: "yes", False: "no", None: ""}.get(value, str(value))


def _answers(listing: Listing) -> dict[str, Any]:
    """The owner's answers, checked against the fact model."""
    given = {record: dict(content) for record, content in (listing.facts or {}).items()}
    for name, text in request.form.items():
        path = name.removeprefix("fact-")
        if not name.startswith("fact-") or path not in FIELDS:
            continue
        field = FIELDS[path]
        if field.record not in ASKED_OF_OWNER:
            continue
        record = given.setdefault(field.record, {})
        record.pop(field.name, None)
        if text:
            record[field.name] = {"yes": True, "no": False}.get(text, text)
    Facts.of(given)  # refuses what does not fit the model
    return given


# ---- a listing's own page ----------------------------------------------------------------------


@bp.get("/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """Where it stands, what comes next, what happened, who asked and offered."""
    actor = current_actor()
    listing = queries.get_own(actor, reference)
    events = history.entries(listing)
    return render_template(
        "my_listings/show.html",
        listing=listing,
        entries=events,
        returned_because=next((e["because"] for e in events if e["tone"] == "warn"), ""),
        refused_because=next((e["because"] for e in events if e["tone"] == "bad"), ""),
        offers=negotiation.on_listing(actor, listing),
        enquiries=negotiation.asked_about(actor, listing),
        watchers=queries.watch_count(listing),
        reconfirm_soon=services.is_due_soon(listing),
        term_rows=wording.term_rows(listing.terms),
        may={
            "revise": policy.revise.allows(actor, listing),
            "submit": policy.submit.allows(actor, listing),
            "withdraw": policy.withdraw.allows(actor, listing),
            "reprice": policy.reprice.allows(actor, listing),
            "copy": policy.copy.allows(actor, listing),
        },
        actions=listing.lifecycle.actions(listing.state),
        remarks=_remarks(listing),
        price=PriceForm(
            data={
                "price_mode": listing.price_mode.value,
                "price": listing.price,
                "basis": services.basis_of(listing),
            }
        ),
    )


def _remarks(listing: Listing) -> list[tuple[str, str, str]]:
    """What the last review said: step of the wizard, name of the part, remark."""
    names = {
        "assets": gettext("资产与方式"),
        "terms": gettext("交易条款"),
        "text": gettext("标题与说明"),
        "price": gettext("价格"),
    }
    said = queries.last_remarks(listing)
    return [
        (STEP_OF_FIELD.get(part, part), name, said[part])
        for part, name in names.items()
        if part in said
    ]


@bp.post("/<reference>/reprice")
@sign_in_required
def reprice(reference: str) -> ResponseReturnValue:
    """A new price for a public listing, at once."""
    actor = current_actor()
    require(actor, policy.reprice, queries.get_own(actor, reference))
    form = PriceForm()
    if not form.validate():
        for _, _, message in form_problems(form):
            flash(message, "bad")
        return redirect(url_for("my_listings.show", reference=reference), 303)

    def verb(actor: Actor, listing: Listing) -> None:
        services.reprice(
            actor,
            listing,
            price=form.price.data,
            price_mode=PriceMode(form.price_mode.data),
            because=form.because.data or "",
            basis=form.basis.data or "",
        )

    return _command(reference, gettext("价格已调整，公开页面随即更新。"), verb)


@bp.post("/<reference>/copy")
@sign_in_required
def copy(reference: str) -> ResponseReturnValue:
    """A new draft that says the same."""
    actor = current_actor()
    with transaction():
        made = services.copy(actor, queries.get_own(actor, reference)).reference
    flash(gettext("已复制为新的草稿。"), "ok")
    return redirect(url_for("my_listings.edit", reference=made, step="assets"), 303)


def _command(reference: str, done: str, verb: Any) -> ResponseReturnValue:
    """Run a verb on one of the organisation's listings and say what became of it."""
    actor = current_actor()
    try:
        with transaction():
            verb(actor, queries.get_own(actor, reference))
        flash(done, "ok")
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        codes = [*refusal.fields.values()] or [refusal.code]
        for code in dict.fromkeys(codes):
            flash(words("refusals", code, **refusal.facts), "bad")
        drafting = queries.get_own(actor, reference).state in DRAFTING
        if refusal.code in {"listing.incomplete", "rules.blocked"} and drafting:
            return redirect(url_for("my_listings.edit", reference=reference, step="check"), 303)
    return redirect(url_for("my_listings.show", reference=reference), 303)


@bp.post("/<reference>/submit")
@sign_in_required
def submit(reference: str) -> ResponseReturnValue:
    return _command(reference, gettext("已提交，交易所审核后会通知您。"), services.submit)


@bp.post("/<reference>/take-back")
@sign_in_required
def take_back(reference: str) -> ResponseReturnValue:
    return _command(reference, gettext("已撤回，可以继续修改。"), services.take_back)


@bp.post("/<reference>/reconfirm")
@sign_in_required
def reconfirm(reference: str) -> ResponseReturnValue:
    return _command(reference, gettext("已确认，90 天内有效。"), services.reconfirm)


@bp.post("/<reference>/relist")
@sign_in_required
def relist(reference: str) -> ResponseReturnValue:
    return _command(reference, gettext("已重新建立草稿，修改后请提交审核。"), services.relist)


@bp.post("/<reference>/withdraw")
@sign_in_required
def withdraw(reference: str) -> ResponseReturnValue:
    because = request.form.get("because", "")[:2000]

    def verb(actor: Actor, listing: Listing) -> None:
        services.withdraw(actor, listing, because)

    return _command(reference, gettext("已撤下。"), verb)


@bp.post("/<reference>/amend")
@sign_in_required
def amend(reference: str) -> ResponseReturnValue:
    """Take a public listing off and make it a draft again, in one go."""
    because = request.form.get("because", "")[:2000]

    def verb(actor: Actor, listing: Listing) -> None:
        services.withdraw(actor, listing, because)
        services.relist(actor, listing)

    return _command(reference, gettext("已撤下并建立草稿，修改后请重新提交审核。"), verb)


# ---- many at once ------------------------------------------------------------------------------


@bp.route("/batch", methods=["GET", "POST"])
@sign_in_required
def batch() -> ResponseReturnValue:
    """Choose rights, then common terms with a price each, then drafts or submissions."""
    actor = current_actor()
    picker = _picker(actor)
    if request.method == "GET" or _is_searching() or not picker.chosen:
        nothing = request.method == "POST" and not _is_searching() and not picker.chosen
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
            return redirect(url_for("my_listings.batch_result", event_id=event_id), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            picker = _picker(actor)
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


OUTCOMES = ("submitted", "drafted", "refused")


def _outcome(line: dict[str, Any]) -> str:
    return {
        "submitted": gettext("已提交审核"),
        "drafted": gettext("已存为草稿"),
        "refused": gettext("未建立"),
    }[line["outcome"]]


def _why(line: dict[str, Any]) -> str:
    return " ".join(words("refusals", code) for code in line.get("codes", []))
