"""The workbench: what waits for the reader, and what the organisation has."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import and_, func, or_, select

from marketplace.assets import queries as assets
from marketplace.assets.models import Asset
from marketplace.compliance import worklist
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.deals import progress
from marketplace.deals import queries as deals
from marketplace.deals.models import OPEN as OPEN_DEALS
from marketplace.deals.models import Deal
from marketplace.listings.models import Listing, ListingState
from marketplace.listings.services import REMIND_BEFORE
from marketplace.negotiation import queries as negotiation
from marketplace.negotiation.models import (
    Enquiry,
    EnquiryMessage,
    EnquiryState,
    Offer,
    OfferState,
)
from marketplace.notifications import queries as notifications
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import org_name, words
from marketplace.web.session import acting_organisation, current_actor, sign_in_required

bp = Blueprint("workbench", __name__)
SHOWN = 8
DEALS_LOOKED_AT = 40  # working out a next step judges the deal


@dataclass(frozen=True)
class Task:
    """Something that waits for the reader."""

    what: str
    about: str
    url: str
    due_at: datetime | None
    ic: str = "circle-dot"


@dataclass(frozen=True)
class Start:
    """A step on the way of a new organisation to its first trade."""

    done: bool
    what: str
    why: str
    url: str


@bp.get("/workbench")
@sign_in_required
def index() -> ResponseReturnValue:
    """The first page after signing in."""
    actor = current_actor()
    if actor.is_operator:
        return redirect(url_for("console.index"), 303)
    if actor.organisation_id is None:
        return redirect(url_for("account.organisations"), 303)
    tasks = [*_answers(), *_questions(), *_listings(), *_steps()]
    tasks.sort(key=lambda task: (task.due_at is None, task.due_at))
    recent = paginate(notifications.inbox(actor), per_page=6, number=1)
    return render_template(
        "workbench/index.html",
        tasks=tasks[:SHOWN],
        more=max(0, len(tasks) - SHOWN),
        tiles=_tiles(),
        recent=notifications.described(recent.items),
        beginning=_beginning(),
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
            "messages-square",
        )
        for offer in waiting
    ]


def _questions() -> list[Task]:
    """Enquiries in which the other side spoke last."""
    actor = current_actor()
    last = select(func.max(EnquiryMessage.id)).group_by(EnquiryMessage.enquiry_id)
    waiting = db.session.scalars(
        negotiation.enquiries_of(actor, negotiation.Side.RECEIVED)
        .join(EnquiryMessage, EnquiryMessage.enquiry_id == Enquiry.id)
        .where(
            EnquiryMessage.id.in_(last),
            Enquiry.state == EnquiryState.OPEN,
            EnquiryMessage.organisation_id != actor.organisation_id,
        )
        .order_by(None)
        .order_by(EnquiryMessage.id)
        .limit(SHOWN)
    ).unique()
    return [
        Task(
            gettext("答复咨询"),
            gettext("%(asker)s：%(title)s", asker=org_name(each.asker), title=each.listing.title),
            url_for("enquiries.show", enquiry_id=each.id),
            None,
            "message-square",
        )
        for each in waiting
    ]


def _listings() -> list[Task]:
    """Listings sent back by the review, and those to reconfirm before they expire."""
    actor = current_actor()
    soon = clock.now() + timedelta(days=max(REMIND_BEFORE))
    found = db.session.scalars(
        select(Listing)
        .where(
            Listing.seller_id == actor.organisation_id,
            or_(
                Listing.state == ListingState.RETURNED,
                and_(Listing.state == ListingState.PUBLISHED, Listing.reconfirm_by <= soon),
            ),
        )
        .order_by(Listing.reconfirm_by, Listing.id)
    )
    return [
        Task(
            gettext("修改被退回的挂牌")
            if each.state is ListingState.RETURNED
            else gettext("确认挂牌仍然有效"),
            f"{each.reference} {each.title}",
            url_for("my_listings.show", reference=each.reference),
            None if each.state is ListingState.RETURNED else each.reconfirm_by,
            "tag",
        )
        for each in found
    ]


def _beginning() -> list[Start]:
    """The way of an organisation that has not traded yet, step by step; nothing once it has."""
    actor, ours = current_actor(), acting_organisation()
    if ours is None or _count(deals.visible_to(actor)):
        return []
    steps = [
        Start(
            ours.is_verified,
            gettext("通过身份核验"),
            gettext("提交证照，交易所核验后页面显示“身份已核验”。"),
            url_for("organisation.capabilities"),
        ),
        Start(
            bool(actor.capabilities),
            gettext("取得资格"),
            gettext("权利人资格用于登记资产和挂牌，受让人资格用于报价。"),
            url_for("organisation.capabilities"),
        ),
    ]
    if "holder" in actor.capabilities:
        kept = select(Asset.id).where(Asset.keeper_id == actor.organisation_id)
        listed = select(Listing.id).where(
            Listing.seller_id == actor.organisation_id, Listing.state != ListingState.DRAFT
        )
        verified = kept.join(Asset.verifications)
        steps += [
            Start(
                bool(_count(kept)),
                gettext("登记或导入资产"),
                gettext("CSV、XLSX、专利 XML 均可，导入前可以预览。"),
                url_for("imports.new"),
            ),
            Start(
                bool(_count(verified)),
                gettext("申请权属核验"),
                gettext("上传登记簿副本，核验后才能发布挂牌。"),
                url_for("assets.index"),
            ),
            Start(
                bool(_count(listed)),
                gettext("建立挂牌并提交审核"),
                gettext("一件、一个组合，或一次多件。"),
                url_for("listing_wizard.new"),
            ),
        ]
    if "acquirer" in actor.capabilities:
        offered = negotiation.offers_of(actor, negotiation.Side.SENT)
        asked = negotiation.enquiries_of(actor, negotiation.Side.SENT)
        steps.append(
            Start(
                bool(_count(offered) or _count(asked)),
                gettext("找资产，咨询或报价"),
                gettext("用中文或英文检索，收藏、对比后联系权利人。"),
                url_for("search.results"),
            )
        )
    return [] if all(step.done for step in steps) else steps


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
                    "handshake",
                )
            )
    return tasks


def _task_tile() -> dict[str, Any]:
    """What the law leaves to do; a warning where something is late."""
    actor = current_actor()
    late = worklist.count_tasks(actor, worklist.Wish(when="overdue"))
    return {
        "label": gettext("合规任务"),
        "value": worklist.count_tasks(actor, worklist.Wish()),
        "note": gettext("%(count)s 项已逾期", count=late) if late else "",
        "url": url_for("tasks.index", when="overdue" if late else None),
        "ic": "list-checks",
        "tone": "bad" if late else "",
    }


def _tiles() -> list[dict[str, Any]]:
    actor = current_actor()
    mine = select(Listing.id).where(Listing.seller_id == actor.organisation_id)
    open_deals = deals.visible_to(actor).where(Deal.state.in_(OPEN_DEALS))
    open_offers = negotiation.offers_of(actor).where(
        Offer.state.in_((OfferState.SENT, OfferState.COUNTERED))
    )
    return [
        {
            "label": gettext("我的资产"),
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
        _task_tile(),
    ]
