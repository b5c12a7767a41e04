"""The authority's desk: receive, ask, give the opinion, close. It has no power over trades."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.compliance import policy, queries
from marketplace.compliance.models import Filing, Opinion
from marketplace.compliance.services import filings as desk
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused
from marketplace.core.policy import require
from marketplace.deals import services as deals
from marketplace.forms.absorb import absorb
from marketplace.forms.compliance import AskForm, ConcludeForm
from marketplace.web import filings
from marketplace.web.export import table_response
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import acting_organisation, current_actor, overseers_only

bp = Blueprint("authority_desk", __name__, url_prefix="/authority/filings")
bp.before_request(overseers_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """The queue: what is due first on top."""
    wanted = filings.wanted_of(request.args)
    rows = queries.filings(current_actor(), wanted).where(Filing.submitted_at.is_not(None))
    if request.args.get("format") in {"csv", "xlsx"}:
        kind = request.args["format"]
        return table_response(everything(rows), filings.columns(), "filings", kind)
    return render_template(
        "authority/filings.html",
        page=paginate(rows),
        wanted=wanted,
        states=filings.state_options(),
        kinds=filings.kind_options(),
        rule_title=filings.rule_title,
    )


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """One filing at the desk."""
    return _page(queries.filing(current_actor(), reference))


def _page(filing: Filing, status: int = 200, **forms: Any) -> ResponseReturnValue:
    office = acting_organisation()
    given: dict[str, Any] = {
        "ask_form": AskForm(formdata=None, prefix="ask-"),
        "conclude_form": ConcludeForm(formdata=None, issuer=office.name if office else ""),
    } | forms
    page = render_template(
        "authority/filing.html",
        may_handle=policy.handle_filing.allows(current_actor(), filing),
        actions=filing.lifecycle.actions(filing.state),
        **filings.shown(filing),
        **given,
    )
    return page, status


@bp.post("/<reference>/<any(receive, close):verb>")
def move(reference: str, verb: str) -> ResponseReturnValue:
    """Take it on, or put it away."""
    filing = queries.filing(current_actor(), reference)
    act = {"receive": desk.receive, "close": desk.close}[verb]
    try:
        with transaction():
            act(current_actor(), filing)
    except NotAllowed:
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code), "bad")
    else:
        flash(words("events", f"filing.{verb}"), "ok")
    return redirect(url_for("authority_desk.show", reference=reference), 303)


@bp.post("/<reference>/ask")
def ask(reference: str) -> ResponseReturnValue:
    """A question back, with a deadline."""
    form = AskForm(prefix="ask-")

    def act(filing: Filing) -> None:
        if form.due_on.data is None:
            raise Invalid("filing.incomplete", fields={"due_on": "filing.due_on"})
        desk.ask(current_actor(), filing, text=form.text.data or "", due_on=form.due_on.data)

    return _with_form(reference, "ask", "ask_form", form, act)


@bp.post("/<reference>/conclude")
def conclude(reference: str) -> ResponseReturnValue:
    """The opinion, reasoned; a favourable one becomes evidence of the deal."""
    form = ConcludeForm()

    def act(filing: Filing) -> None:
        deals.conclude_filing(
            current_actor(),
            filing,
            opinion=Opinion(form.opinion.data),
            text=form.text.data or "",
            conditions=form.conditions.data or "",
            issuer=form.issuer.data or "",
            number=form.number.data or "",
        )

    return _with_form(reference, "conclude", "conclude_form", form, act)


def _with_form(
    reference: str, verb: str, name: str, form: Any, act: Callable[[Filing], None]
) -> ResponseReturnValue:
    filing = queries.filing(current_actor(), reference)
    require(current_actor(), policy.handle_filing, filing)
    if not form.validate_on_submit():
        return _page(filing, 422, **{name: form})
    try:
        with transaction():
            act(filing)
    except NotAllowed:
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _page(queries.filing(current_actor(), reference), refusal.status, **{name: form})
    flash(words("events", f"filing.{verb}"), "ok")
    return redirect(url_for("authority_desk.show", reference=reference), 303)
