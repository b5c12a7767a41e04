"""The steps of a draft: rights, terms, text, check."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from marketplace.core.db import transaction
from marketplace.core.errors import Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.facts import answers, facts_form, in_groups, name_of
from marketplace.forms.listings import (
    KindForm,
    ListingTermsForm,
    TextForm,
)
from marketplace.listings import policy, queries, services
from marketplace.listings.marks import similar_left_out
from marketplace.listings.models import Listing, ListingState, PriceMode
from marketplace.listings.terms import DealKind, Terms
from marketplace.rules import engine
from marketplace.web import term_sheets, wording
from marketplace.web.listing_picker import is_searching, picker_for
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("listing_wizard", __name__, url_prefix="/workbench/listings")

STEPS = ("assets", "terms", "text", "check")
STEP_NAMES = (
    lazy_gettext("资产与方式"),
    lazy_gettext("交易条款"),
    lazy_gettext("说明与价格"),
    lazy_gettext("核对并提交"),
)
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
DRAFTING = frozenset({ListingState.DRAFT, ListingState.RETURNED})


@bp.route("/new", methods=["GET", "POST"])
@sign_in_required
def new() -> ResponseReturnValue:
    """The first step: which rights, and what is to be done with them."""
    actor = current_actor()
    form = KindForm()
    picker = picker_for(actor)
    if request.method == "POST" and not is_searching() and form.validate():
        try:
            with transaction():
                listing = services.draft(
                    actor,
                    queries.own_assets(actor, request.form.getlist("assets")),
                    terms=Terms(kind=DealKind(form.kind.data)),
                    key=form.key.data or "",
                )
                reference = listing.reference
            return redirect(url_for("listing_wizard.edit", reference=reference, step="terms"), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            picker = picker_for(actor)
    page = render_template(
        "my_listings/assets.html", listing=None, form=form, picker=picker, **_steps("assets")
    )
    return page, 422 if form.errors or form.form_errors else 200


def _steps(step: str, listing: Listing | None = None) -> dict[str, Any]:
    said = [remark for remark in remarks_on(listing) if remark[0] == step] if listing else []
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
        return redirect(url_for("listing_wizard.edit", reference=reference, step="terms"), 303)
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
    return redirect(
        url_for("listing_wizard.edit", reference=listing_reference, step=following), 303
    )


def _edit_assets(listing: Listing) -> ResponseReturnValue:
    actor, reference = current_actor(), listing.reference
    form = KindForm(data={"kind": listing.terms.kind.value})
    picker = picker_for(actor, listing.assets if request.method == "GET" else None)
    if request.method == "POST" and not is_searching() and form.validate():
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
            listing, picker = queries.get_own(actor, reference), picker_for(actor)
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
    form = ListingTermsForm(data=term_sheets.filled(ListingTermsForm, actor, listing.terms) | basis)
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
        sheets=term_sheets.offered(current_actor(), listing.terms.kind),
        **_steps(step, listing),
    )
    return page, 422 if form.errors or form.form_errors else 200


def _check(listing: Listing) -> ResponseReturnValue:
    actor, reference = current_actor(), listing.reference
    asked = services.questions(listing) if listing.items else []
    form = facts_form(asked)
    if form.validate_on_submit():
        try:
            with transaction():
                listing = queries.get_own(actor, reference)
                given = {field.path: value for field, value in answers(form, asked)}
                services.answer(actor, listing, given)
            flash(gettext("已保存，下面按新的事实重新判断。"), "ok")
            return redirect(url_for("listing_wizard.edit", reference=reference, step="check"), 303)
        except Refused as refusal:
            refusal.fields = {name_of(k): v for k, v in refusal.fields.items()}
            absorb(form, refusal, locale_code())
            listing = queries.get_own(actor, reference)
    judgements = services.judgements(listing) if listing.items else []
    missing = policy.submit.missing(actor, listing)
    page = render_template(
        "my_listings/check.html",
        listing=listing,
        problems=[
            (words("refusals", code), STEP_OF_FIELD.get(name, "terms"))
            for name, code in services.problems(listing).items()
        ],
        rivals=services.rivals(listing),
        similar=similar_left_out(listing),
        unverified=[a for a in listing.assets if a.title_verification is None],
        blocking=_unique(f for j in judgements for f in services.in_the_way(j)),
        deferred=_unique(
            f
            for j in judgements
            for f in j.findings
            if f.status is engine.Status.OPEN and f.effect in services.DEFERRED
        ),
        form=form,
        groups=in_groups(form, asked),
        open_questions=sum(q.is_open for q in asked),
        lacks=[p.__name__ for p in missing],
        term_rows=wording.term_rows(listing.terms),
        **_steps("check"),
    )
    return page, 422 if form.errors or form.form_errors else 200


def _unique(findings: Any) -> list[engine.Finding]:
    return list({finding.rule: finding for finding in findings}.values())


def remarks_on(listing: Listing) -> list[tuple[str, str, str]]:
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
