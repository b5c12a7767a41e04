"""Papers filed with listings, for the exchange to check."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import ReasonForm
from marketplace.listings import queries, services
from marketplace.web import wording
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_listing_papers", __name__, url_prefix="/console/listing-papers")
bp.before_request(operators_only)


@bp.route("/<int:paper_id>", methods=["GET", "POST"])
def decide(paper_id: int) -> ResponseReturnValue:
    """One paper beside the rights it is about; confirm it, or refuse it with a reason."""
    found = queries.paper(current_actor(), paper_id)
    form = ReasonForm()
    if request.method == "POST":
        refuse = request.form.get("decision") == "refuse"
        if not refuse or form.validate_on_submit():
            answer = _decided(paper_id, form, refuse=refuse)
            if answer is not None:
                return answer
    page = render_template(
        "console/listings/paper.html",
        evidence=found,
        listing=found.listing,
        form=form,
        title=wording.own_title(found.listing)[0],
        wording=wording,
    )
    return page, 422 if request.method == "POST" else 200


def _decided(paper_id: int, form: ReasonForm, *, refuse: bool) -> ResponseReturnValue | None:
    """Carry the decision out; None when it was refused and the form says why."""
    actor = current_actor()
    found = queries.paper(actor, paper_id)
    reason = (form.because.data or "").strip()
    try:
        with transaction():
            if refuse:
                services.refuse_paper(actor, found, because=reason)
            else:
                services.confirm_paper(actor, found, because=reason)
    except NotAllowed:
        raise
    except Invalid as refusal:
        absorb(form, refusal, locale_code())
        return None
    except Refused as refusal:  # somebody else decided it meanwhile
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        name = words("enums", f"evidence.{found.name}")
        text = (
            gettext("已退回：%(name)s", name=name)
            if refuse
            else gettext("已确认：%(name)s", name=name)
        )
        flash(text, "ok")
    return redirect(url_for("console_listings.show", reference=found.listing.reference), 303)
