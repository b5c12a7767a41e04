"""What the views of a deal have in common: the page itself, one command, a refusal in words."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, Unlawful
from marketplace.deals import checklist as lists
from marketplace.deals import queries
from marketplace.deals.models import Deal
from marketplace.forms.absorb import absorb, reasons
from marketplace.forms.deals import (
    ClearForm,
    ReasonForm,
    SignForm,
)
from marketplace.web import deal_page
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, rule_title, words
from marketplace.web.session import current_actor

bp = Blueprint("deals", __name__, url_prefix="/workbench/deals")


def page_of(deal: Deal, status: int = 200, **forms: Any) -> ResponseReturnValue:
    sha256 = deal.contract.sha256 if deal.contract else ""
    given: dict[str, Any] = {
        "clear_form": ClearForm(formdata=None),
        "sign_form": SignForm(formdata=None, contract_sha256=sha256),
        "reason_form": ReasonForm(formdata=None),
        "reopen_form": ReasonForm(formdata=None, prefix="reopen-"),
    } | forms
    actor = current_actor()
    shown = deal_page.context(actor, deal, console=actor.is_operator, **given)
    return render_template("deals/show.html", **shown), status


def back(reference: str, anchor: str = "") -> ResponseReturnValue:
    page = "console_deals.show" if current_actor().is_operator else "deals.show"
    return redirect(url_for(page, reference=reference, _anchor=anchor or None), 303)


def do(
    reference: str, command: Callable[[Deal], Any], done: str, anchor: str = ""
) -> ResponseReturnValue:
    """One command without a form: what is refused is said on the deal's page."""
    deal = queries.get(current_actor(), reference)
    try:
        with transaction():
            command(deal)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(refused_text(refusal), "bad")
    else:
        flash(done, "ok")
    return back(reference, anchor)


def refused_text(refusal: Refused) -> str:
    """A refusal in a sentence; one of the law names its rules."""
    text = words("refusals", refusal.code, **refusal.facts)
    against = reasons(refusal, locale_code())
    if against:
        return gettext("%(sentence)s：%(rules)s", sentence=text, rules=gettext("；").join(against))
    if not isinstance(refusal, Unlawful):
        return text
    missing = refusal.facts.get("missing") or ()
    named = [_with_side(path) for path in missing] or [rule_title(one) for one in refusal.needs]
    return gettext("%(sentence)s（%(rules)s）", sentence=text, rules=gettext("；").join(named))


def _with_side(path: str) -> str:
    """A fact that is missing, and who knows it."""
    side = lists.answers_for(path) or "both"
    return gettext(
        "%(who)s：%(fact)s",
        who=words("enums", f"deal_side.{side}"),
        fact=words("enums", f"fact.{path}"),
    )


def with_reason(
    reference: str, command: Callable[[Deal, str], Any], done: str, *, form_name: str, anchor: str
) -> ResponseReturnValue:
    """One command that wants a reason; what is wrong is said beside it."""
    deal = queries.get(current_actor(), reference)
    form = ReasonForm(prefix="reopen-" if form_name == "reopen_form" else "")
    if not form.validate_on_submit():
        return page_of(deal, 422, **{form_name: form})
    try:
        with transaction():
            command(deal, form.because.data or "")
    except (NotAllowed, NotFound):
        raise
    except Invalid as refusal:
        absorb(form, refusal, locale_code())
        return page_of(queries.get(current_actor(), reference), 422, **{form_name: form})
    except Refused as refusal:  # the deal went on meanwhile: the form may be gone from its page
        flash(refused_text(refusal), "bad")
        return back(reference, anchor)
    flash(done, "ok")
    return back(reference, anchor)
