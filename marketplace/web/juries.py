"""A juror's own assignments: the declaration first, then the answers under pseudonyms, then points once."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions.models import Juror
from marketplace.auctions.queries import jury as queries
from marketplace.auctions.services import convening, scoring
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.forms import tenders
from marketplace.forms.absorb import absorb
from marketplace.web import history, tender_words, wording
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("juries", __name__, url_prefix="/workbench/juries")


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """Where I am a juror."""
    return render_template(
        "juries/index.html", jurors=queries.mine(current_actor()), title_of=wording.own_title
    )


@bp.route("/<int:juror_id>", methods=["GET", "POST"])
@sign_in_required
def show(juror_id: int) -> ResponseReturnValue:
    """The answers to be judged; points are given here, once."""
    actor = current_actor()
    juror = queries.juror(actor, juror_id)
    form = _sheet_form(juror, scoring.sheet(actor, juror))
    if form is None or not form.is_submitted():
        return _page(juror, form)
    if form.validate():
        names, codes = tender_words.names(juror.auction.rules), _readable(juror)
        try:
            with transaction():
                scoring.give(
                    actor,
                    queries.juror(actor, juror_id),
                    tenders.points(form, codes, len(names)),
                )
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            juror = queries.juror(actor, juror_id)
        else:
            flash(gettext("评分已提交，不能再改。全部评审人提交后一并公布。"), "ok")
            return redirect(url_for("juries.show", juror_id=juror_id), 303)
    return _page(juror, form), 422


def _readable(juror: Juror) -> list[str]:
    found = scoring.sheet(current_actor(), juror)
    return [code for code, said in found.answers.items() if said is not None] if found else []


def _sheet_form(juror: Juror, sheet: scoring.Sheet | None) -> Any:
    if sheet is None:
        return None
    codes = [code for code, said in sheet.answers.items() if said is not None]
    return tenders.sheet_form(codes, tender_words.names(juror.auction.rules))()


def _page(juror: Juror, form: Any, declare: Any = None) -> str:
    rules = juror.auction.rules
    return render_template(
        "juries/show.html",
        juror=juror,
        auction=juror.auction,
        title=wording.own_title(juror.auction.listing)[0],
        criteria=list(zip(tender_words.names(rules), rules.criteria, strict=True)),
        points_due=convening.points_due(juror.auction),
        guides=tender_words.guides(rules),
        rule_rows=tender_words.rules_rows(rules),
        sheet=scoring.sheet(current_actor(), juror),
        form=form,
        field_of=tenders.points_name,
        declare=declare or tenders.DeclareForm(),
        events=history.entries(juror),
    )


@bp.post("/<int:juror_id>/declare")
@sign_in_required
def declare(juror_id: int) -> ResponseReturnValue:
    """No conflict of interest, or stand back."""
    actor = current_actor()
    juror = queries.juror(actor, juror_id)
    form = tenders.DeclareForm()
    if form.validate_on_submit():
        try:
            with transaction():
                scoring.declare(
                    actor,
                    queries.juror(actor, juror_id),
                    conflict=form.conflict.data != "no",
                    statement=form.statement.data or "",
                )
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            juror = queries.juror(actor, juror_id)
        else:
            flash(gettext("声明已记录。"), "ok")
            return redirect(url_for("juries.show", juror_id=juror_id), 303)
    return _page(juror, None, form), 422
