"""Weighted tenders of the demonstration: one takes answers, one lies before its jury, one was awarded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from marketplace.auctions.engine.rules import Criterion, Format
from marketplace.auctions.models import Auction, Juror, ShareHolder
from marketplace.auctions.queries import opening as keepers
from marketplace.auctions.queries.priority import participation_of
from marketplace.auctions.services import (
    awarding,
    opening,
    participating,
    planning,
    scoring,
)
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.listings.terms import DealKind
from marketplace.organisations.models import Membership
from marketplace.seed import auctions
from marketplace.seed.auctions import DAY, Told
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story

HOUR = timedelta(hours=1)
CRITERIA = (
    Criterion(
        name="实施计划",
        name_en="Working plan",
        weight=3_500,
        guide="时间表具体、两年内投产、有年产量目标和未达到时的处理得高分；只有意向得低分。",
        guide_en="A dated plan, production within two years, yearly targets and what follows if missed.",
    ),
    Criterion(
        name="技术支持与培训",
        name_en="Support and training",
        weight=2_500,
        guide="驻场人数和时间、对学生开放的实训机会。",
        guide_en="People on site and for how long; practical training open to students.",
    ),
)
ANSWERS = {
    "bay": (
        "两年内建成示范线并投产：首年完成中试，次年达到年产十万套。每半年书面报告进度；未达到的，权利人可以收回许可。",
        "派驻工程师两名，驻场六个月；每季度为权利人的研究生开放一次产线实训。",
    ),
    "qianhai": (
        "三年内在现有模组产线上导入，首批用于车载显示；达产后年产值不低于三千万元。",
        "电话和现场支持，每年培训两次。",
    ),
}
AMOUNTS = {"bay": 118, "qianhai": 130}  # per cent of the start
POINTS = {"bay": ((90, 82), (86, 75), (92, 80)), "qianhai": ((64, 50), (70, 55), (60, 48))}


@dataclass(frozen=True)
class Scene:
    """Whose right, what is granted, when answers are taken (days from the present), how far it got."""

    seller: str
    kind: DealKind
    opens: int
    lasts: int
    to_jury: bool = False
    sheets: int = 0


SCENES = (
    Scene("lingnan", DealKind.LICENCE, -2, 9),
    Scene("pearl", DealKind.LICENCE, -9, 6, to_jury=True, sheets=1),
    Scene("chaozhou", DealKind.TRANSFER, -18, 6, to_jury=True, sheets=3),
)


def stories(cast: Cast) -> Iterator[Story]:
    """One a scene."""
    for scene in SCENES:
        yield _tender(cast, scene)


def _tender(cast: Cast, scene: Scene) -> Story:
    auction = yield from _announced(cast, scene)
    if auction is None:
        return
    yield max(clock.now() + 20 * HOUR, cast.ago(-scene.opens, 15))
    codes = {}
    for key, answers in ANSWERS.items():
        amount = int(auction.rules_data["start"]) * AMOUNTS[key] // 100 // 100 * 100
        actor = cast.actors[key]
        opening.submit(actor, auction.reference, amount, f"seed-{key}", list(answers))
        codes[key] = _code(auction, actor)
    yield clock.now() + 2 * HOUR
    jurors = _named(cast, auction)
    yield from auctions.over(auction)
    if not scene.to_jury:
        return
    yield clock.now() + 3 * HOUR
    _opened(cast, auction)
    for number, (actor, juror) in enumerate(jurors[: scene.sheets]):
        yield clock.now() + 9 * HOUR
        scoring.give(actor, juror, {codes[key]: POINTS[key][number] for key in POINTS})
    if scene.sheets == len(jurors):
        db.session.refresh(auction)
        yield clock.now() + HOUR
        awarding.award(auction.id)


def _announced(cast: Cast, scene: Scene) -> Told:
    """Long enough before it opens for the public's property, too; both bidders are let in."""
    opens = cast.ago(-scene.opens, 9)
    yield opens - 16 * DAY
    listing = auctions.quiet(cast, scene.seller, scene.kind)
    if listing is None:
        return None

    def plan(price: int) -> planning.Plan:
        start = -(-price // 100_000) * 100_000
        return planning.Plan(
            format=Format.TENDER,
            start=start,
            opens_at=opens,
            ends_at=auctions.working(opens + scene.lasts * DAY),
            deposit=start // 10 // 100 * 100,
            price_weight=4_000,
            criteria=CRITERIA,
            evaluators=3,
        )

    auction = auctions.announced(cast, listing, plan)
    yield opens - 6 * DAY
    bidders = [auctions.applied(cast, auction, key) for key in ANSWERS]
    yield opens - 5 * DAY
    for one in bidders:
        participating.qualify(cast.operator, one)
    yield opens - 3 * DAY
    for one in bidders:
        auctions.paid(cast, one)
    yield opens
    auctions.tick(auction)
    return auction


def _named(cast: Cast, auction: Auction) -> list[tuple[Actor, Juror]]:
    """Two of a valuer and one of the exchange; the last has not declared yet where it still runs."""
    found = []
    people = (cast.people["valuer@demo.example"], cast.actors["nanping"], cast.operator)
    for actor in people:
        membership = (
            db.session.query(Membership)
            .filter_by(user_id=actor.user_id, organisation_id=actor.organisation_id)
            .one()
        )
        juror = scoring.name(cast.cashier, auction, membership)
        found.append((actor, juror))
    for actor, juror in found[: 2 if auction.ends_at and auction.ends_at > cast.present else 3]:
        scoring.declare(actor, juror, conflict=False)
    return found


def _opened(cast: Cast, auction: Auction) -> None:
    """The seller and the authority hand in their parts of the key."""
    actors = {
        ShareHolder.SELLER: _actor_of(cast, auction.seller_id),
        ShareHolder.AUTHORITY: cast.actors["authority"],
    }
    for share in keepers.shares_of(auction):
        if share.kind in actors:
            opening.hand_in(actors[share.kind], share)


def _code(auction: Auction, actor: Actor) -> str:
    found = participation_of(auction, actor.organisation)
    return (found.code if found else None) or ""


def _actor_of(cast: Cast, organisation_id: int) -> Actor:
    return next(a for a in cast.actors.values() if a.organisation_id == organisation_id)
