"""Term sheets: the list that an organisation keeps, one to write or change, where they fill a form in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import db, transaction
from marketplace.core.errors import NotFound, Refused
from marketplace.core.policy import Actor, require
from marketplace.forms.absorb import absorb
from marketplace.forms.term_sheets import SheetForm
from marketplace.forms.terms import TermsForm
from marketplace.listings import queries as listings
from marketplace.listings.terms import DealKind, Terms
from marketplace.negotiation import policy, queries, sheets
from marketplace.negotiation.models import TermSheet
from marketplace.web import incoming, wording
from marketplace.web.export import table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("term_sheets", __name__, url_prefix="/workbench/term-sheets")


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """What the organisation keeps, by name; also as a file, term by term."""
    actor = current_actor()
    kind, text = request.args.get("kind", ""), request.args.get("q", "")
    away = request.args.get("away") == "1"
    rows = queries.sheets(
        actor, kind=kind if kind in set(DealKind) else "", text=text, put_away=away
    )
    kind_of_file = request.args.get("format", "")
    if kind_of_file in {"csv", "xlsx"}:
        found = list(db.session.scalars(rows.limit(1_000)))
        return table_response(found, _columns(found), "term-sheets", kind_of_file)
    return render_template(
        "term_sheets/index.html",
        page=paginate(rows),
        counts=[queries.count(queries.sheets_of(actor, put_away=each)) for each in (False, True)],
        filters={"kind": kind, "text": text, "away": away},
        may_keep=policy.keep_sheet.allows(actor),
    )


def _columns(found: list[TermSheet]) -> list[tuple[str, Any]]:
    named = wording.compared([sheet.terms for sheet in found])
    texts = {sheet.id: [str(row[1][at]) for row in named] for at, sheet in enumerate(found)}
    return [
        (gettext("名称"), lambda row: row.name),
        (gettext("交易方式"), lambda row: words("enums", f"deal_kind.{row.terms.kind}")),
        (gettext("说明"), lambda row: row.note),
        (gettext("最近修改"), lambda row: row.changed_at),
        *(
            (label, lambda row, at=at: texts[row.id][at].replace("<br>", "；"))
            for at, (label, _, _) in enumerate(named)
        ),
    ]


@bp.route("/new", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("30 per minute", methods=["POST"])
def new() -> ResponseReturnValue:
    """Write one anew, or from the terms of an offer or of one's own listing."""
    actor = current_actor()
    if request.method == "POST":
        require(actor, policy.keep_sheet)
    base = _begun(actor)
    if base is None:
        return render_template("term_sheets/choose.html", may_keep=policy.keep_sheet.allows(actor))
    form = SheetForm(data=SheetForm.filled(base))
    if form.validate_on_submit():
        try:
            with transaction():
                sheets.keep(
                    actor,
                    name=form.name.data or "",
                    terms=form.terms(base),
                    note=form.note.data or "",
                )
            flash(gettext("条款单已保存。"), "ok")
            return redirect(url_for("term_sheets.index"), 303)
        except Refused as refusal:
            _absorbed(form, refusal)
    return _form_page(form, base.kind, None)


def _begun(actor: Actor) -> Terms | None:
    """What a new sheet begins with: an offer's terms, a listing's, or nothing but the kind."""
    if request.args.get("offer"):
        terms = queries.get(actor, request.args["offer"]).terms
    elif request.args.get("listing"):
        terms = listings.get_own(actor, request.args["listing"]).terms
    elif request.args.get("kind") in set(DealKind):
        return Terms(kind=DealKind(request.args["kind"]))
    else:
        return None
    return replace(terms, promises=())  # what the winner of one tender promised


@bp.route("/<int:sheet_id>", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("30 per minute", methods=["POST"])
def show(sheet_id: int) -> ResponseReturnValue:
    """One of them, to read and to change."""
    actor = current_actor()
    sheet = queries.get_sheet(actor, sheet_id)
    kept = {"name": sheet.name, "note": sheet.note, "basis": sheets.basis_of(sheet)}
    form = SheetForm(data=SheetForm.filled(sheet.terms) | kept)
    if form.validate_on_submit():
        try:
            with transaction():
                sheet = queries.get_sheet(actor, sheet_id)
                sheets.revise(
                    actor,
                    sheet,
                    name=form.name.data or "",
                    terms=form.terms(sheet.terms),
                    note=form.note.data or "",
                    basis=form.basis.data or "",
                )
            flash(gettext("已保存。"), "ok")
            return redirect(url_for("term_sheets.show", sheet_id=sheet_id), 303)
        except Refused as refusal:
            _absorbed(form, refusal)
            sheet = queries.get_sheet(actor, sheet_id)
            form.basis.data = sheets.basis_of(sheet)
    return _form_page(form, sheet.terms.kind, sheet)


def _absorbed(form: SheetForm, refusal: Refused) -> None:
    if refusal.status in {403, 404}:
        raise refusal
    absorb(form, refusal, locale_code())


def _form_page(form: SheetForm, kind: DealKind, sheet: TermSheet | None) -> ResponseReturnValue:
    actor = current_actor()
    may = (
        policy.keep_sheet.allows(actor)
        if sheet is None
        else policy.change_sheet.allows(actor, sheet)
    )
    page = render_template("term_sheets/form.html", form=form, kind=kind, sheet=sheet, may=may)
    return page, 422 if form.errors or form.form_errors else 200


@bp.post("/<int:sheet_id>/<any(away, back):verb>")
@sign_in_required
def move(sheet_id: int, verb: str) -> ResponseReturnValue:
    """Put it away, or bring it back."""
    actor = current_actor()
    with transaction():
        sheet = queries.get_sheet(actor, sheet_id)
        (sheets.put_away if verb == "away" else sheets.bring_back)(actor, sheet)
    flash(
        gettext("已收起，可以在“已收起”里恢复。") if verb == "away" else gettext("已恢复。"),
        "ok",
    )
    return redirect(url_for("term_sheets.index", away=None if verb == "away" else "1"), 303)


# ---- where they fill a form in -----------------------------------------------------------------


def offered(actor: Actor, kind: DealKind) -> Sequence[TermSheet]:
    """The sheets that may begin terms of this kind."""
    if actor.organisation_id is None:
        return ()
    return db.session.scalars(queries.sheets(actor, kind=kind).limit(100)).all()


def begun_with(actor: Actor, terms: Terms) -> Terms:
    """The terms that a form shows at first: those of the sheet that was asked for, or these.

    The price stays where the sheet names none.
    """
    if not request.args.get("sheet"):
        return terms
    try:
        sheet = queries.get_sheet(actor, incoming.row_number(request.args["sheet"]))
    except ValueError:
        raise NotFound("term_sheet") from None
    if sheet.terms.kind is not terms.kind:
        raise NotFound("term_sheet")
    return replace(sheet.terms, price=sheet.terms.price or terms.price, promises=terms.promises)


def filled(form: type[TermsForm], actor: Actor, terms: Terms) -> dict[str, Any]:
    """The data of a form that begins with a sheet, where one was asked for."""
    return form.filled(begun_with(actor, terms))
