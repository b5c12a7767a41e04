"""Reading ratings: what is public of a broker, one's own, what may still be written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import Select, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import SYSTEM, Actor
from marketplace.deals.models import Deal, DealState
from marketplace.mandates import queries as mandates
from marketplace.organisations.models import Organisation
from marketplace.trust.models import CRITERIA, RaterSide, Rating, RatingState

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Scores:
    """How many ratings a broker has, and their mean by criterion and in all, to a tenth."""

    count: int
    by_criterion: dict[str, Decimal]
    mean: Decimal


def brokers_of(deal: Deal) -> dict[int, set[int]]:
    """The brokers who took part in a deal, each with the sides it stood by.

    By a commission on it, a share of one, or a mandate in force while it went on.
    """
    found: dict[int, set[int]] = {}
    for claim in mandates.claims_on(deal.reference):
        for number in {claim.mandate.broker_id, *(c.organisation_id for c in claim.contributions)}:
            found.setdefault(number, set()).add(claim.mandate.principal_id)
    began = deal.created_at.astimezone(clock.BEIJING).date()
    ended = (deal.closed_at or clock.now()).astimezone(clock.BEIJING).date()
    for mandate in mandates.of_trade(
        seller_id=deal.seller_id,
        buyer_id=deal.buyer_id,
        asset_ids=[asset.id for asset in deal.assets],
        kinds=[asset.kind.value for asset in deal.assets],
        during=(began, ended),
    ):
        found.setdefault(mandate.broker_id, set()).add(mandate.principal_id)
    return found


def side_of(deal: Deal, broker_id: int, rater_id: int) -> RaterSide | None:
    """How a party stood to a broker in the deal; None: it was not the broker's deal."""
    served = brokers_of(deal).get(broker_id)
    if served is None:
        return None
    return RaterSide.PRINCIPAL if rater_id in served else RaterSide.COUNTERPARTY


def is_own_house(rater_id: int, broker_id: int) -> bool:
    """The same organisation, or somebody is a member of both: no rating there."""
    return mandates.share_people(rater_id, broker_id)


@dataclass(frozen=True)
class ToRate:
    """A broker that the reader's organisation may rate in a deal, with the rating if there is one."""

    broker: Organisation
    rating: Rating | None


def to_rate(actor: Actor, deal: Deal) -> list[ToRate]:
    """Whom the reader's organisation may rate for a fulfilled deal, or has rated."""
    me = actor.organisation_id
    if deal.state is not DealState.CLOSED or me not in {deal.seller_id, deal.buyer_id}:
        return []
    ids = [number for number in brokers_of(deal) if not is_own_house(int(me or 0), number)]
    rows = db.session.scalars(
        select(Organisation).where(Organisation.id.in_(ids)).order_by(Organisation.id)
    )
    return [ToRate(row, of_deal(deal, row.id, int(me or 0))) for row in rows]


def of_deal(deal: Deal, broker_id: int, rater_id: int) -> Rating | None:
    """What a party wrote about a broker in a deal."""
    return db.session.scalar(
        select(Rating).where(
            Rating.deal_id == deal.id, Rating.broker_id == broker_id, Rating.rater_id == rater_id
        )
    )


def public_of(broker_id: int) -> Select[tuple[Rating]]:
    """All ratings of a broker, the newest first; the words of hidden ones are for the page to leave out."""
    return (
        select(Rating)
        .join(Rating.deal)
        .where(Rating.broker_id == broker_id, Deal.state == DealState.CLOSED)
        .order_by(Rating.id.desc())
    )


def visible_to(actor: Actor) -> Select[tuple[Rating]]:
    """Written by one's organisation, or about it; all of them for the exchange and the authority."""
    found = select(Rating).options(
        joinedload(Rating.broker), joinedload(Rating.rater), joinedload(Rating.deal)
    )
    if actor is SYSTEM or actor.is_operator or actor.is_regulator:
        return found.where(true())
    me = actor.organisation_id
    if me is None:
        return found.where(false())
    return found.where(or_(Rating.broker_id == me, Rating.rater_id == me))


def get(actor: Actor, rating_id: int) -> Rating:
    """One of them, or NotFound."""
    found = db.session.scalar(visible_to(actor).where(Rating.id == rating_id))
    if found is None:
        raise NotFound("rating.unknown")
    return found


def about(actor: Actor) -> Select[tuple[Rating]]:
    """About one's own organisation; what waits for an answer first."""
    found = visible_to(actor).where(Rating.broker_id == actor.organisation)
    return found.order_by(Rating.answered_at.is_not(None), Rating.id.desc())


def moderated(actor: Actor, state: str = "", search: str = "") -> Select[tuple[Rating]]:
    """For the exchange: what is questioned first, then the newest."""
    found = visible_to(actor)
    if state in set(RatingState):
        found = found.where(Rating.state == state)
    if search:
        found = found.where(Rating.broker.has(Organisation.name.contains(search, autoescape=True)))
    waits = (Rating.state == RatingState.QUESTIONED).desc()
    return found.order_by(waits, Rating.id.desc())


def scores(broker_ids: Iterable[int]) -> dict[int, Scores]:
    """The published means, from closed deals only; who has no rating is not in it."""
    columns = [func.sum(getattr(Rating, name)) for name in CRITERIA]
    rows = db.session.execute(
        select(Rating.broker_id, func.count(Rating.id), *columns)
        .join(Rating.deal)
        .where(Rating.broker_id.in_(list(broker_ids)), Deal.state == DealState.CLOSED)
        .group_by(Rating.broker_id)
    )
    return {number: _scores(count, sums) for number, count, *sums in rows}


def _scores(count: int, sums: Sequence[int]) -> Scores:
    means = {name: _mean(total, count) for name, total in zip(CRITERIA, sums, strict=True)}
    return Scores(count, means, _mean(int(sum(sums)), count * len(CRITERIA)))


def _mean(total: int, count: int) -> Decimal:
    return (Decimal(int(total)) / count).quantize(TENTH, ROUND_HALF_UP)
