"""The yearly return of a research house on what became of its results (促进科技成果转化法 art. 21).

Worked out from its deals: contracts signed in a calendar year, sums agreed in them, sums received in that
year whenever the contract was signed, by kind and by where the other side is seated. A dissolved contract is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload, selectinload

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.deals.models import Deal, DealAsset, DealState
from marketplace.organisations.models import Organisation, Region
from marketplace.payments.models import Payout, PayoutState
from marketplace.royalties import policy
from marketplace.royalties.models import RoyaltyStatement

GUANGDONG, ELSEWHERE, ABROAD = "guangdong", "elsewhere", "abroad"
PLACES = (GUANGDONG, ELSEWHERE, ABROAD)
Sums = dict[str, Money]


@dataclass
class Outcome:
    """What came of one kind of deal with others of one place."""

    kind: str
    place: str
    contracts: int = 0
    rights: int = 0
    agreed: Sums = field(default_factory=dict)
    received: Sums = field(default_factory=dict)


@dataclass(frozen=True)
class Return:
    """A year's return: the lines, and the contracts behind them."""

    year: int
    lines: list[Outcome]
    contracts: list[Deal]

    def total(self, name: str) -> Sums:
        """The sums `agreed` or `received` of all lines, by currency."""
        found: Sums = {}
        for line in self.lines:
            for money in getattr(line, name).values():
                _add(found, money)
        return found


def place_of(party: Organisation) -> str:
    """Guangdong, elsewhere on the mainland, or outside it (Hong Kong, Macao and Taiwan too)."""
    if party.region is not Region.MAINLAND:
        return ABROAD
    return GUANGDONG if party.province.startswith("广东") else ELSEWHERE


def years(actor: Actor, house: Organisation) -> list[int]:
    """The present year and every one in which a contract was signed, the newest first."""
    require(actor, policy.see_outcomes, house)
    signed = db.session.scalars(
        select(Deal.signed_at).where(Deal.seller_id == house.id, Deal.signed_at.is_not(None))
    )
    found = {moment.astimezone(clock.BEIJING).year for moment in signed if moment is not None}
    return sorted(found | {clock.today().year}, reverse=True)


def of_year(actor: Actor, house: Organisation, year: int) -> Return:
    """The return of a calendar year."""
    require(actor, policy.see_outcomes, house)
    lines: dict[tuple[str, str], Outcome] = {}

    def line(deal: Deal) -> Outcome:
        key = (deal.terms.kind.value, place_of(deal.buyer))
        return lines.setdefault(key, Outcome(*key))

    contracts = _signed(house, year)
    for deal in contracts:
        entry = line(deal)
        entry.contracts += 1
        entry.rights += len(deal.items)
        _add(entry.agreed, deal.price)
    for deal, money in _received(house, year):
        _add(line(deal).received, money)
    order = sorted(lines.values(), key=lambda one: (one.kind, PLACES.index(one.place)))
    return Return(year, order, contracts)


def _add(sums: Sums, money: Money) -> None:
    sums[money.currency] = sums.get(money.currency, Money(money.currency, 0)) + money


def _signed(house: Organisation, year: int) -> list[Deal]:
    began, ended = clock.start_of(date(year, 1, 1)), clock.start_of(date(year + 1, 1, 1))
    return list(
        db.session.scalars(
            select(Deal)
            .where(
                Deal.seller_id == house.id,
                Deal.signed_at >= began,
                Deal.signed_at < ended,
                Deal.state != DealState.CANCELLED,
            )
            .options(
                joinedload(Deal.buyer),
                joinedload(Deal.listing),
                selectinload(Deal.items).joinedload(DealAsset.asset),
            )
            .order_by(Deal.signed_at, Deal.id)
        )
    )


def _received(house: Organisation, year: int) -> Iterator[tuple[Deal, Money]]:
    """Prices and royalties that reached the house, and royalties that it says it got past the exchange."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    sent = and_(
        Payout.payee_id == house.id,
        Payout.state == PayoutState.SENT,
        Payout.sent_on >= first,
        Payout.sent_on <= last,
    )
    of_deals = (
        select(Deal, Payout)
        .join(Payout, and_(Payout.subject_kind == "deal", Payout.subject_id == Deal.id))
        .where(sent, Deal.seller_id == house.id, Payout.purpose == "release")
    )
    of_royalties = (
        select(Deal, Payout)
        .join(RoyaltyStatement, RoyaltyStatement.deal_id == Deal.id)
        .join(
            Payout,
            and_(
                Payout.subject_kind == "royalty_statement",
                Payout.subject_id == RoyaltyStatement.id,
            ),
        )
        .where(sent, Deal.seller_id == house.id)
    )
    for found in (of_deals, of_royalties):
        for deal, payout in db.session.execute(found.options(joinedload(Deal.buyer))):
            yield deal, payout.amount
    direct = (
        select(RoyaltyStatement)
        .join(RoyaltyStatement.deal)
        .where(
            Deal.seller_id == house.id,
            RoyaltyStatement.paid_directly_on >= first,
            RoyaltyStatement.paid_directly_on <= last,
        )
        .options(joinedload(RoyaltyStatement.deal).joinedload(Deal.buyer))
    )
    for statement in db.session.scalars(direct):
        yield statement.deal, statement.royalty
