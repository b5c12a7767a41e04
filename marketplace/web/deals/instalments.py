"""The schedule of a deal: what is paid when, milestones declared and confirmed, each line released."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.core.policy import Actor
from marketplace.deals import policy, queries
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, Instalment
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.forms.absorb import absorb
from marketplace.forms.instalments import BecauseForm, DeclareForm
from marketplace.web import history, wording
from marketplace.web.deal_page.schedule import ASKED, Row, rows_of
from marketplace.web.deals.shared import bp, refused_text
from marketplace.web.export import Column, table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

FORMS: dict[str, type[FlaskForm]] = {
    "declare": DeclareForm,
    "withdraw": FlaskForm,
    "confirm": FlaskForm,
    "object": BecauseForm,
    "decide": BecauseForm,
    "dismiss": BecauseForm,
    "lapse": BecauseForm,
    "waive": BecauseForm,
    "release": FlaskForm,
}


@bp.get("/<reference>/instalments")
@sign_in_required
def instalments(reference: str) -> ResponseReturnValue:
    """Every line with its day, its reference code, how it stands, and what may be done."""
    return _page(queries.get(current_actor(), reference))


def _page(deal: Deal, number: int = 0, **failed: FlaskForm) -> ResponseReturnValue:
    actor = current_actor()
    rows = rows_of(actor, deal)

    def form(row: Row, verb: str) -> FlaskForm:
        if row.line.number == number and verb in failed:
            return failed[verb]
        return FORMS[verb](formdata=None, prefix=f"{verb}-{row.line.number}-")

    page = render_template(
        "deals/instalments.html",
        deal=deal,
        rows=rows,
        form=form,
        failed=(number, set(failed)),
        title=wording.own_title(deal.listing)[0],
        history=history.entries(*deal.instalments) if deal.instalments else [],
    )
    return page, 422 if failed else 200


@bp.get("/<reference>/instalments.csv")
@sign_in_required
def instalments_table(reference: str) -> ResponseReturnValue:
    """The schedule as a table."""
    deal = queries.get(current_actor(), reference)
    return table_response(
        rows_of(current_actor(), deal), _columns(), f"{reference}-schedule", "csv"
    )


def _columns() -> list[Column]:
    return [
        (gettext("期次"), lambda r: r.line.number),
        (gettext("事项"), lambda r: r.what),
        (gettext("金额"), lambda r: r.line.amount),
        (gettext("币种"), lambda r: r.line.currency),
        (gettext("付款日"), lambda r: r.line.due_on or r.line.latest_on),
        (gettext("参考码"), lambda r: r.code),
        (gettext("已到账"), lambda r: r.line.received),
        (gettext("状态"), lambda r: words("states", f"instalment.{r.line.state.value}")),
    ]


@bp.post(
    "/<reference>/instalments/<int:line_number>/"
    "<any(declare,withdraw,confirm,object,decide,dismiss,lapse,waive,release):verb>"
)
@sign_in_required
@limiter.limit("60 per minute")
def act_on_instalment(reference: str, line_number: int, verb: str) -> ResponseReturnValue:
    """Say what happened, agree or object, let it be, pay it out."""
    actor = current_actor()
    line = queries.instalment(actor, reference, line_number)
    if not (
        policy.release.allows(actor, line.deal)
        if verb == "release"
        else ASKED[verb].allows(actor, line)
    ):
        raise NotAllowed(ASKED[verb].name if verb in ASKED else policy.release.name)
    form = FORMS[verb](prefix=f"{verb}-{line_number}-")
    if not form.validate_on_submit():
        return _page(line.deal, line_number, **{verb: form})
    try:
        with transaction():
            _carry_out(actor, line, verb, form)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        if refusal.fields:
            absorb(form, refusal, locale_code())
            return _page(queries.get(actor, reference), line_number, **{verb: form})
        flash(refused_text(refusal), "bad")
    else:
        flash(gettext("已办理。"), "ok")
    return redirect(url_for("deals.instalments", reference=reference), 303)


def _carry_out(actor: Actor, line: Instalment, verb: str, form: Any) -> None:
    reasoned: dict[str, Callable[[str], None]] = {
        "object": lambda why: deals.object_to_milestone(actor, line, because=why),
        "decide": lambda why: deals.decide_milestone(actor, line, reached=True, because=why),
        "dismiss": lambda why: deals.decide_milestone(actor, line, reached=False, because=why),
        "lapse": lambda why: deals.lapse_milestone(actor, line, because=why),
        "waive": lambda why: deals.waive_instalment(actor, line, because=why),
    }
    if verb in reasoned:
        reasoned[verb](form.because.data or "")
    elif verb == "declare":
        proof = documents.store(
            actor,
            form.document.data.stream,
            form.document.data.filename or "",
            purpose="milestone",
            subject=line,
            readers=[line.deal.seller_id, line.deal.buyer_id],
            allowed=sniff.PAPERS,
        )
        deals.declare_milestone(actor, line, reached_on=form.reached_on.data, proof=proof)
    else:
        plain: dict[str, Callable[[Actor, Instalment], None]] = {
            "withdraw": deals.withdraw_milestone,
            "confirm": deals.confirm_milestone,
            "release": deals.release_instalment,
        }
        plain[verb](actor, line)
