"""What the law left to do in the demonstration's deals: assigned, reported, waived, late."""

from collections.abc import Iterator

from sqlalchemy import select

from marketplace.compliance import services as compliance
from marketplace.compliance import worklist
from marketplace.compliance.models import Task, TaskState, Waiver
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, DealState
from marketplace.documents import services as documents
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, ListingState
from marketplace.organisations import queries as organisations
from marketplace.organisations.models import Role
from marketplace.payments import services as payments
from marketplace.seed.paper import sheet
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story

PREEMPTION = "service-inventor-preemption"
REPORTS = {
    "tax-vat-six-percent": "已于次月申报期内开具并申报（演示）。",
    "tax-stamp-ip-transfer": "已在电子税务局按次申报缴纳（演示）。",
}


def stories(cast: Cast) -> Iterator[Story]:
    """Each in its time."""
    yield _followed(cast)
    yield _reported(cast)
    yield _assigned(cast)
    yield _waivers(cast)
    yield _listing_papers(cast)
    yield _reminded(cast)


def _followed(cast: Cast) -> Story:
    """The hourly job has gone over every deal before people look at their tasks."""
    yield cast.present
    while deals.follow_stale():
        pass
    while payments.follow():
        pass


def _reported(cast: Cast) -> Story:
    """Every other closed deal has its taxes reported; the others are late."""
    yield cast.present
    for position, task in enumerate(_open_tasks(tuple(REPORTS))):
        by = _manager(cast, task.organisation_id)
        if by is not None and position % 2 == 0:
            compliance.report(by, task, because=REPORTS[task.rule])


def _assigned(cast: Cast) -> Story:
    """Each second task of the university and the firm has somebody who sees to it."""
    yield cast.present
    for name in ("lingnan", "bay"):
        actor = cast.actors[name]
        members = organisations.members_of(actor.organisation)
        people = [one.user_id for one in members if one.role is not Role.VIEWER]
        own = db.session.scalars(worklist.listed_tasks(actor, worklist.Wish()).limit(20)).all()
        for position, task in enumerate(own[::2]):
            compliance.assign(actor, task, people[position % len(people)])


def _waivers(cast: Cast) -> Story:
    """The inventors' renunciation waits for the exchange in one deal; in another it stands."""
    yield cast.present
    for deal in _awaiting_inventors()[:1]:
        seller = _manager(cast, deal.seller_id)
        if seller is not None:
            ask_inventors(seller, deal)


def ask_inventors(seller: Actor, deal: Deal) -> Waiver:
    """File the paper by which the inventors renounce their right of first refusal."""
    return deals.ask_waiver(
        seller,
        deal,
        rule=PREEMPTION,
        given_by="inventors",
        holder="李志明、周晓彤（演示）",
        because="全体完成人书面声明放弃以同等条件优先受让的权利。",
        document=documents.keep(
            seller,
            sheet(f"Demonstration: waiver {deal.reference}"),
            "waiver-demo.pdf",
            purpose="waiver",
            organisation_id=seller.organisation_id,
        ),
    )


def _listing_papers(cast: Cast) -> Story:
    """Two owners filed papers with their listings; the exchange has looked at one of them."""
    yield cast.present
    for name, paper, decided in (
        ("lingnan", "title_chain", True),
        ("guangye", "supervising_authority_approval", False),
    ):
        actor = cast.actors[name]
        listing = db.session.scalar(
            select(Listing)
            .where(
                Listing.seller_id == actor.organisation_id,
                Listing.state == ListingState.PUBLISHED,
            )
            .order_by(Listing.id)
            .limit(1)
        )
        if listing is None:
            continue
        filed = listings.file_paper(
            actor,
            listing,
            name=paper,
            document=documents.keep(
                actor,
                sheet(f"Demonstration: {paper} {listing.reference}"),
                "listing-paper-demo.pdf",
                purpose="evidence",
                organisation_id=actor.organisation_id,
            ),
            issuer="广东省主管部门（演示）",
            issued_on=clock.today(),
            number=f"YSGP{listing.id:06d}",
        )
        if decided:
            listings.confirm_paper(cast.operator, filed, because="与登记簿一致。")


def _reminded(cast: Cast) -> Story:
    """The job that reminds has run."""
    yield cast.present
    compliance.remind_due()


def _open_tasks(rules: tuple[str, ...]) -> list[Task]:
    rows = (
        select(Task)
        .where(Task.rule.in_(rules), Task.state == TaskState.OPEN, Task.due_on < clock.today())
        .order_by(Task.id)
    )
    return list(db.session.scalars(rows))


def _awaiting_inventors() -> list[Deal]:
    waiting = (
        select(Deal)
        .join(Task, (Task.subject_kind == "deal") & (Task.subject_id == Deal.id))
        .where(
            Deal.state == DealState.CHECKLIST,
            Task.rule == PREEMPTION,
            Task.state == TaskState.OPEN,
        )
        .order_by(Deal.id)
    )
    return list(db.session.scalars(waiting).unique())


def _manager(cast: Cast, organisation_id: int | None) -> Actor | None:
    acting = (one for one in cast.actors.values() if one.organisation_id == organisation_id)
    return next(acting, None) if organisation_id else None
