"""The demonstration's listings, enquiries, offers and deals in every state."""

from collections.abc import Callable
from datetime import datetime, timedelta

from marketplace.assets.models import AssetKind, LegalStatus
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Refused
from marketplace.core.money import Money, yuan
from marketplace.core.policy import Actor
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, ListingState, PriceMode
from marketplace.listings.terms import DealKind, Grant, RoyaltyBase, Terms
from marketplace.negotiation import services as negotiation
from marketplace.organisations.models import OrganisationKind
from marketplace.seed.deals import take_to
from marketplace.seed.people import Cast
from marketplace.seed.rights import Held

ENDED = {LegalStatus.EXPIRED, LegalStatus.LAPSED}
GRANTS = (Grant.NON_EXCLUSIVE, Grant.EXCLUSIVE, Grant.NON_EXCLUSIVE, Grant.SOLE)


def list_all(cast: Cast, held: list[Held], history: timedelta) -> list[Listing]:
    """One listing a right, spread over the history; a few stay drafts, wait, or come back."""
    begin = clock.now() - history + timedelta(days=2)
    step = (history - timedelta(days=4)) / max(len(held), 1)
    made = []
    for position, each in enumerate(held):
        if each.asset.status in ENDED:
            continue
        with clock.freeze(begin + step * position):
            made.append(_list_one(cast, each, position))
    db.session.flush()
    return made


def _list_one(cast: Cast, each: Held, position: int) -> Listing:
    actor = cast.actors[each.key]
    terms = _terms(each, position)
    listing = listings.draft(
        actor,
        [each.asset],
        terms=terms,
        facts=_facts(each),
        price_mode=PriceMode.POSTED if terms.price and position % 4 else PriceMode.NEGOTIATED,
    )
    if position % 61 == 60:
        return listing  # stays a draft
    try:
        with db.session.begin_nested():
            listings.submit(actor, listing)
        if position % 47 == 46:
            return listing  # waits for review
        if position % 83 == 82:
            listings.return_(cast.operator, listing, "请补充技术效果和实施例说明。")
            return listing
        with db.session.begin_nested():
            listings.publish(cast.operator, listing)
    except Refused:
        pass  # the title is not verified, or the law asks for more: it stays where it is
    if listing.state is ListingState.PUBLISHED and position % 97 == 96:
        listings.withdraw(actor, listing, "暂缓转让，拟先行产业化。")
    return listing


def _facts(each: Held) -> dict[str, dict[str, bool]]:
    """What the owner states: a university's or institute's patent is a result of its research."""
    research = each.asset.keeper.kind in {
        OrganisationKind.UNIVERSITY,
        OrganisationKind.PUBLIC_INSTITUTION,
    }
    return {"asset": {"is_st_result": True}} if research else {}


def _months(each: Held, position: int) -> int | None:
    """Three to six years, never past the right's last day."""
    wanted = 36 + position % 4 * 12
    if each.asset.last_day is None:
        return wanted
    left = (each.asset.last_day - clock.today()).days // 31
    return wanted if wanted <= left else None


def _terms(each: Held, position: int) -> Terms:
    price = _price(each, position)
    if each.asset.kind is AssetKind.TRADEMARK:
        return (
            _licence(each, position, price)
            if position % 3 == 0
            else Terms(DealKind.TRANSFER, price)
        )
    if position % 11 == 3:
        return Terms(
            DealKind.EQUITY,
            price or yuan(800_000),
            company="拟设立的项目公司（广东）",
            equity_bps=1500 + position % 6 * 300,
        )
    if position % 5 in {1, 4}:
        return _licence(each, position, price)
    return Terms(DealKind.TRANSFER, price, delivery_days=15, support_days=5 + position % 4 * 5)


def _licence(each: Held, position: int, price: Money | None) -> Terms:
    return Terms(
        DealKind.LICENCE,
        Money("CNY", price.minor // 4 // 100_000 * 100_000) if price else None,
        grant=GRANTS[position // 5 % len(GRANTS)],
        territory=("CN",) if position % 3 else ("GD",),
        months=_months(each, position),
        sublicence=position % 10 == 1,
        royalty_bps=100 + position % 8 * 50,
        royalty_base=RoyaltyBase.NET_SALES,
        delivery_days=20,
    )


def _price(each: Held, position: int) -> Money | None:
    """From tens of thousands for a utility model to millions for an invention; some negotiable."""
    if position % 6 == 5:
        return None
    spread = (position * 7919) % 97
    base = {AssetKind.UTILITY_MODEL: 18_000, AssetKind.DESIGN: 20_000}.get(each.asset.kind, 90_000)
    growth = spread * spread * (40 if base < 50_000 else 320)
    return yuan((base + growth) // 1000 * 1000)


# ---- what happened on the listings ---------------------------------------------------------------


def trade(cast: Cast, made: list[Listing]) -> None:
    """Enquiries, offers in every state, deals in every state."""
    open_ones = [each for each in made if each.state is ListingState.PUBLISHED]
    buyers = [cast.actors[key] for key in ("bay", "qianhai", "guangye", "dongguan", "zhuhai")]
    with clock.freeze(clock.now() - timedelta(days=30)):
        _ask(cast, open_ones[3::17], buyers)
    talked_about = open_ones[5::19]
    _offer(cast, talked_about, buyers)
    _deals(cast, [each for each in open_ones if each not in talked_about])


def _other(buyers: list[Actor], listing: Listing, position: int) -> Actor:
    fit = [buyer for buyer in buyers if buyer.organisation_id != listing.seller_id]
    return fit[position % len(fit)]


def _seller(cast: Cast, listing: Listing) -> Actor:
    return next(a for a in cast.actors.values() if a.organisation_id == listing.seller_id)


def _ask(cast: Cast, chosen: list[Listing], buyers: list[Actor]) -> None:
    for position, listing in enumerate(chosen):
        buyer = _other(buyers, listing, position)
        enquiry = negotiation.ask(
            buyer, listing, text="请问是否有样机或中试数据？能否安排技术人员线上交流一次？"
        )
        if position % 2:
            negotiation.post(
                _seller(cast, listing),
                enquiry,
                text="有第三方检测报告，可以在签署保密约定后提供；本周四下午可安排交流。",
            )


def _asked(listing: Listing) -> Terms:
    """The listing's terms with a price, as an offer needs."""
    price = listing.terms.price or yuan(150_000)
    return Terms.from_json(
        {**listing.terms.to_json(), "price": {"currency": "CNY", "minor": price.minor * 9 // 10}}
    )


def _offer(cast: Cast, chosen: list[Listing], buyers: list[Actor]) -> None:
    steps: list[Callable[[Listing, Actor, Actor], None]] = [
        _sent,
        _countered,
        _declined,
        _withdrawn,
        _expired,
    ]
    for position, listing in enumerate(chosen):
        buyer = _other(buyers, listing, position)
        steps[position % len(steps)](listing, buyer, _seller(cast, listing))


def _at(days: float) -> datetime:
    return clock.now() - timedelta(days=days)


def _sent(listing: Listing, buyer: Actor, _: Actor) -> None:
    with clock.freeze(_at(2)):
        negotiation.make(
            buyer, listing, terms=_asked(listing), message="我方拟用于现有产线，请考虑。"
        )


def _countered(listing: Listing, buyer: Actor, seller: Actor) -> None:
    with clock.freeze(_at(4)):
        offer = negotiation.make(
            buyer, listing, terms=_asked(listing), message="希望含十人日技术支持。"
        )
    price = offer.terms.price or yuan(100_000)
    higher = Terms.from_json(
        {
            **offer.terms.to_json(),
            "price": {"currency": "CNY", "minor": price.minor * 21 // 20},
            "support_days": 10,
        }
    )
    with clock.freeze(_at(1)):
        negotiation.counter(
            seller, offer, version=1, terms=higher, message="可以提供技术支持，价格请再考虑。"
        )


def _declined(listing: Listing, buyer: Actor, seller: Actor) -> None:
    with clock.freeze(_at(9)):
        offer = negotiation.make(buyer, listing, terms=_asked(listing))
    with clock.freeze(_at(7)):
        negotiation.decline(seller, offer, because="价格与预期差距较大。")


def _withdrawn(listing: Listing, buyer: Actor, _: Actor) -> None:
    with clock.freeze(_at(12)):
        offer = negotiation.make(buyer, listing, terms=_asked(listing))
    with clock.freeze(_at(10)):
        negotiation.withdraw(buyer, offer, because="项目计划调整。")


def _expired(listing: Listing, buyer: Actor, _: Actor) -> None:
    with clock.freeze(_at(25)):
        negotiation.make(buyer, listing, terms=_asked(listing))


STAGES = (
    ("checklist", 5), ("signing", 9), ("signing_half", 11), ("payment", 14), ("payment_part", 16),
    ("recordal", 24), ("settlement", 33), ("closed", 45), ("closed", 52), ("closed", 58),
    ("cancelled", 20), ("rescinded", 28),
)  # fmt: skip


def _deals(cast: Cast, open_ones: list[Listing]) -> None:
    """A deal at every stage, and a few that are done; the buyers are the demonstration's firms."""
    wanted = [cast.actors[key] for key in ("bay", "guangye", "qianhai", "heungkong")]
    negotiation.expire_due()
    ready = [
        each
        for each in open_ones
        if each.state is ListingState.PUBLISHED
        and each.terms.price
        and each.terms.kind is not DealKind.EQUITY
        and not any(a.is_pledged for a in each.assets)
    ]
    for position, (stage, days) in enumerate(STAGES * 2):
        listing = next(
            (
                each
                for each in ready[position::5]
                if each.published_at and each.published_at < _at(days + 3)
            ),
            None,
        )
        if listing is None:
            continue
        ready.remove(listing)
        buyer = _other(wanted, listing, position)
        take_to(cast, listing, buyer, _seller(cast, listing), stage, days)
