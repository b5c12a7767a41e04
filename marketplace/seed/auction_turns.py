"""Turns of auctions: to be reviewed, suspended, taken back, defaulted on, before a right of first refusal.

One story each.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from marketplace.assets import bundle
from marketplace.assets import services as assets
from marketplace.assets.bundle import BurdenKind, Party, Priority
from marketplace.auctions.engine.rules import Format, PriorityMode
from marketplace.auctions.models import Auction, OrderKind
from marketplace.auctions.services import (
    awarding,
    controlling,
    drafting,
    following,
    participating,
    planning,
    watching,
)
from marketplace.core import clock
from marketplace.listings.models import Listing
from marketplace.seed import auctions
from marketplace.seed.auctions import DAY, Script
from marketplace.seed.market import paper
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story

HOUR = timedelta(hours=1)
SIGNED_LATE = "逾期未签署合同，催告后仍未办理。（演示）"


def stories(cast: Cast) -> Iterator[Story]:
    """Each with its own turn."""
    for tell in (
        _to_review,
        _applied_for,
        _suspended,
        _cancelled,
        _taken_back,
        _defaulted,
        _first_refusal,
    ):
        yield tell(cast)


def _plan(opens_in: int, cast: Cast) -> Callable[[int], planning.Plan]:
    """What a careful seller asks for: little of it is what the exchange proposes."""
    opens = auctions.working(cast.present + opens_in * DAY)

    def plan(price: int) -> planning.Plan:
        start = -(-price // 100_000) * 100_000
        return planning.Plan(
            format=Format.ENGLISH,
            start=start,
            step=start // 100 // 100 * 100,
            opens_at=opens,
            ends_at=auctions.working(opens + 5 * DAY),
            deposit=start * 15 // 100 // 100 * 100,
            guide=price * 5 // 4 // 100 * 100,
            reserve=start * 11 // 10 // 100 * 100,
            cycle=180,
            priority=PriorityMode.INSIDE,
        )

    return plan


def _to_review(cast: Cast) -> Story:
    """A university's, handed in this morning."""
    yield cast.ago(1, 16)
    listing = auctions.quiet(cast, "lingnan")
    if listing is not None:
        auctions.handed_in(cast.people["tto@demo.example"], listing, _plan(24, cast))


def _applied_for(cast: Cast) -> Story:
    """One to come: an application waits for the desk, another for the deposit; somebody watches."""
    yield cast.ago(5, 15)
    listing = auctions.quiet(cast, "maoming")
    if listing is None:
        return
    auction = auctions.announced(cast, listing, _plan(6, cast))
    following.watch(cast.people["buyer@demo.example"], auction)
    yield cast.ago(2, 11)
    participating.qualify(cast.operator, auctions.applied(cast, auction, "bay"))
    yield cast.ago(1, 10)
    auctions.applied(cast, auction, "qianhai")


def _suspended(cast: Cast) -> Story:
    """Somebody only drives the price: an alert, two people stop it, one asks another to let it go on."""
    driving = tuple(("huizhou", share) for share in (102, 105, 108, 111, 114, 117))
    script = Script("zhuhai", Format.ENGLISH, -3, 6, (("bay", 130), *driving))
    auction = yield from auctions.let_in(cast, script)
    if auction is None:
        return
    yield from auctions.bids(cast, script, auction)
    yield cast.ago(1, 23)
    watching.look(auction.id)
    because = "一名竞买人屡次抬价、从未领先，需核实与卖方有无关系。（演示）"
    _by_two(cast, auction, OrderKind.SUSPEND, "integrity", because)
    yield cast.present - HOUR
    controlling.propose(
        cast.cashier,
        auction,
        OrderKind.RESUME,
        cause="cause_gone",
        reason="已核实，没有关联。（演示）",
        arguments={"at": (cast.present + DAY).isoformat()},
    )


def _cancelled(cast: Cast) -> Story:
    """A court's order ends another for good; every deposit goes back."""
    script = Script("zhaoqing", Format.ENGLISH, -20, 6, (("qianhai", 100),))
    auction = yield from auctions.let_in(cast, script)
    if auction is None:
        return
    yield from auctions.bids(cast, script, auction)
    because = "（2026）演0199执异17号。（演示）"
    yield cast.ago(18, 15)
    _by_two(cast, auction, OrderKind.SUSPEND, "court_order", because)
    yield cast.ago(16, 10)
    _by_two(cast, auction, OrderKind.CANCEL, "court_order", because)


def _by_two(cast: Cast, auction: Auction, kind: OrderKind, cause: str, because: str) -> None:
    order = controlling.propose(cast.operator, auction, kind, cause=cause, reason=because)
    controlling.confirm(cast.cashier, order, remark="材料已核对。（演示）")


def _taken_back(cast: Cast) -> Story:
    """The seller thinks better of it before it opens."""
    yield cast.ago(11, 10)
    listing = auctions.quiet(cast, "qingyuan")
    if listing is None:
        return
    auction = auctions.announced(cast, listing, _plan(2, cast))
    yield cast.ago(6, 10)
    drafting.withdraw(
        cast.actors["qingyuan"], auction, because="拟先自行实施。（演示）", key="seed-withdraw"
    )


def _defaulted(cast: Cast) -> Story:
    """The winner never signed; the runner-up has two days to say whether he takes it."""
    script = Script("yunfu", Format.ENGLISH, -48, 5, (("bay", 100), ("zhuhai", 118), ("bay", 112)))
    auction = yield from auctions.let_in(cast, script)
    if auction is None:
        return
    yield from auctions.bids(cast, script, auction)
    yield from auctions.over(auction)
    yield clock.now() + HOUR
    awarding.award(auction.id)
    yield cast.present - HOUR
    awarding.declare_default(cast.operator, auction, because=SIGNED_LATE)


def _first_refusal(cast: Cast) -> Story:
    """Sold to one; another, who has the first call on the right, has fifteen days to take it."""
    script = Script("shantou", Format.ENGLISH, -13, 5, (("qianhai", 100), ("huizhou", 115)))
    yield auctions.opening_of(cast, script) - 10 * DAY
    listing = auctions.quiet(cast, script.seller)
    if listing is None:
        return
    _first_call(cast, listing)
    auction = yield from auctions.let_in(cast, script, listing)
    if auction is None:
        return
    yield from auctions.bids(cast, script, auction)
    yield from auctions.over(auction)


def _first_call(cast: Cast, listing: Listing) -> None:
    """By contract, as the register of the demonstration has it."""
    asset, holder = listing.assets[0], cast.organisations["bay"]
    seller = next(key for key, one in cast.organisations.items() if one.id == listing.seller_id)
    said = bundle.Burden(
        BurdenKind.PRIORITY,
        holder=Party(holder.name, holder.id),
        starts=clock.today() - timedelta(days=200),
        priority=Priority.CONTRACT,
    )
    proof = paper(cast, seller, f"First call {asset.reference}", "burden")
    made = assets.declare_burden(cast.actors[seller], asset, said, evidence=proof)
    assets.confirm_burden(cast.operator, made)
