"""The workbench: what waits for the reader, and what the organisation has."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from marketplace.assets import queries as assets
from marketplace.core.db import db
from marketplace.deals import progress
from marketplace.deals import queries as deals
from marketplace.deals.models import OPEN as OPEN_DEALS
from marketplace.deals.models import Deal
from marketplace.listings.models import Listing, ListingState
from marketplace.negotiation import queries as negotiation
from marketplace.negotiation.models import Offer, OfferState
from marketplace.notifications import queries as notifications
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("workbench", __name__)
SHOWN = 8
TRADING = frozenset({"holder", "acquirer"})
DEALS_LOOKED_AT = 40  # working out a next step judges the deal


@dataclass(frozen=True)
class Task:
    """Something that waits for the reader."""

    what: str
    about: str
    url: str
    due_at: datetime | None


@bp.get("/workbench")
@sign_in_required
def index() -> ResponseReturnValue:
    """The first page after signing in."""
    actor = current_actor()
    if actor.is_operator:
        return redirect(url_for("console.index"), 303)
    if actor.organisation_id is None:
        return redirect(url_for("account.organisations"), 303)
    tasks = [*_answers(), *_returned(), *_steps()]
    tasks.sort(key=lambda task: (task.due_at is None, task.due_at))
    recent = paginate(notifications.inbox(actor), per_page=6, number=1)
    return render_template(
        "workbench/index.html",
        tasks=tasks[:SHOWN],
        more=max(0, len(tasks) - SHOWN),
        tiles=_tiles(),
        recent=notifications.described(recent.items),
        is_new=bool(actor.capabilities & TRADING)
        and not sum(assets.counts(actor).values())
        and not _count(deals.visible_to(actor)),
        capabilities=actor.capabilities,
    )


def _count(rows: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0


def _answers() -> list[Task]:
    """Offers to which the reader's side is to answer."""
    actor = current_actor()
    received = negotiation.offers_of(actor, negotiation.Side.RECEIVED)
    sent = negotiation.offers_of(actor, negotiation.Side.SENT)
    waiting = [
        *db.session.scalars(received.where(Offer.state == OfferState.SENT)).unique(),
        *db.session.scalars(sent.where(Offer.state == OfferState.COUNTERED)).unique(),
    ]
    return [
        Task(
            gettext("答复报价"),
            f"{offer.reference} {offer.listing.title}",
            url_for("offers.show", reference=offer.reference),
            offer.expires_at,
        )
        for offer in waiting
    ]


def _returned() -> list[Task]:
    """Listings sent back by the review, and those to reconfirm."""
    actor = current_actor()
    mine = select(Listing).where(Listing.seller_id == actor.organisation_id)
    back = db.session.scalars(mine.where(Listing.state == ListingState.RETURNED))
    return [
        Task(
            gettext("修改被退回的挂牌"),
            f"{each.reference} {each.title}",
            url_for("my_listings.show", reference=each.reference),
            None,
        )
        for each in back
    ]


def _steps() -> list[Task]:
    """Deals whose next step is the reader's."""
    actor = current_actor()
    under_way = db.session.scalars(
        deals.visible_to(actor)
        .where(Deal.state.in_(OPEN_DEALS))
        .order_by(Deal.due_at, Deal.id)
        .limit(DEALS_LOOKED_AT)
    ).unique()
    tasks = []
    for deal in under_way:
        step = progress.next_step(deal, actor)
        if step.mine:
            tasks.append(
                Task(
                    words("enums", f"step.{step.code}"),
                    f"{deal.reference} {deal.listing.title}",
                    url_for("deals.show", reference=deal.reference),
                    step.due_at,
                )
            )
    return tasks


def _tiles() -> list[dict[str, Any]]:
    actor = current_actor()
    mine = select(Listing.id).where(Listing.seller_id == actor.organisation_id)
    open_deals = deals.visible_to(actor).where(Deal.state.in_(OPEN_DEALS))
    open_offers = negotiation.offers_of(actor).where(
        Offer.state.in_((OfferState.SENT, OfferState.COUNTERED))
    )
    return [
        {
            "label": gettext("资产"),
            "value": sum(assets.counts(actor).values()),
            "url": url_for("assets.index"),
            "ic": "files",
        },
        {
            "label": gettext("在架挂牌"),
            "value": _count(mine.where(Listing.state == ListingState.PUBLISHED)),
            "url": url_for("my_listings.index"),
            "ic": "tag",
        },
        {
            "label": gettext("进行中的报价"),
            "value": _count(open_offers),
            "url": url_for("offers.index"),
            "ic": "messages-square",
        },
        {
            "label": gettext("进行中的交易"),
            "value": _count(open_deals),
            "url": url_for("deals.index"),
            "ic": "handshake",
        },
    ]
