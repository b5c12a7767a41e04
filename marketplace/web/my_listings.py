"""An organisation's listings: the list, and each one's page."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.policy import Actor, require
from marketplace.deals import state_sale
from marketplace.forms.listings import (
    PriceForm,
)
from marketplace.listings import policy, queries, services
from marketplace.listings.models import Listing, ListingState, PriceMode
from marketplace.negotiation import policy as talk
from marketplace.negotiation import queries as negotiation
from marketplace.negotiation import standing
from marketplace.rooms import policy as rooms_policy
from marketplace.rooms import queries as rooms
from marketplace.web import history, wording
from marketplace.web.export import table_response
from marketplace.web.listing_wizard import DRAFTING, remarks_on
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import form_problems, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("my_listings", __name__, url_prefix="/workbench/listings")

SORTS = ("-changed", "title", "reference", "reconfirm")


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


@bp.get("/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """Where it stands, what comes next, what happened, who asked and offered."""
    actor = current_actor()
    listing = queries.get_own(actor, reference)
    events = history.entries(listing)
    found = negotiation.standing_on(listing)
    return render_template(
        "my_listings/show.html",
        listing=listing,
        entries=events,
        returned_because=next((e["because"] for e in events if e["tone"] == "warn"), ""),
        refused_because=next((e["because"] for e in events if e["tone"] == "bad"), ""),
        offers=negotiation.on_listing(actor, listing),
        enquiries=negotiation.asked_about(actor, listing),
        watchers=queries.watch_count(listing),
        sale=state_sale.announcement(listing),
        least=state_sale.floor(listing),
        room=rooms.of_listing(listing),
        standing=found,
        standing_is_open=found is not None and standing.can_be_taken(found),
        may_open_room=rooms_policy.open_room.allows(actor, listing),
        reconfirm_soon=services.is_due_soon(listing),
        term_rows=wording.term_rows(listing.terms),
        may={
            "revise": policy.revise.allows(actor, listing),
            "submit": policy.submit.allows(actor, listing),
            "withdraw": policy.withdraw.allows(actor, listing),
            "reprice": policy.reprice.allows(actor, listing),
            "copy": policy.copy.allows(actor, listing),
            "stand": talk.state_standing.allows(actor, listing),
        },
        actions=listing.lifecycle.actions(listing.state),
        remarks=remarks_on(listing),
        price=PriceForm(
            data={
                "price_mode": listing.price_mode.value,
                "price": listing.price,
                "basis": services.basis_of(listing),
            }
        ),
    )


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
    return redirect(url_for("listing_wizard.edit", reference=made, step="assets"), 303)


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
            return redirect(url_for("listing_wizard.edit", reference=reference, step="check"), 303)
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
