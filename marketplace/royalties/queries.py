"""Reading statements: one's own, what a deal's terms say of them, sums a year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from marketplace.assets.models import Asset, Licence
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.deals import facts
from marketplace.deals.models import Deal, DealState
from marketplace.listings.terms import DealKind
from marketplace.listings.termsheet import CapPer
from marketplace.payments import queries as money
from marketplace.payments.models import Payment
from marketplace.royalties import policy
from marketplace.royalties.calendar import Period, periods
from marketplace.royalties.computing import Before, Rates, Step
from marketplace.royalties.models import RoyaltyAudit, RoyaltyStatement, StatementState

LICENSEE, LICENSOR = "licensee", "licensor"


def visible_to(actor: Actor) -> Select[tuple[RoyaltyStatement]]:
    """Statements of licences that the actor's organisation grants or holds; all for the exchange."""
    query = (
        select(RoyaltyStatement)
        .join(RoyaltyStatement.deal)
        .options(
            joinedload(RoyaltyStatement.deal).joinedload(Deal.listing),
            joinedload(RoyaltyStatement.deal).joinedload(Deal.seller),
            joinedload(RoyaltyStatement.deal).joinedload(Deal.buyer),
        )
    )
    if actor is SYSTEM or actor.is_operator:
        return query.where(true())
    number = actor.organisation_id
    if number is None:
        return query.where(false())
    return query.where(or_(Deal.seller_id == number, Deal.buyer_id == number))


def get(actor: Actor, reference: str) -> RoyaltyStatement:
    """One statement."""
    found = db.session.scalar(visible_to(actor).where(RoyaltyStatement.reference == reference))
    if found is None:
        raise NotFound("royalty.unknown")
    require(actor, policy.see, found)
    return found


def statements(
    actor: Actor, *, side: str = "", state: StatementState | None = None, search: str = ""
) -> Select[tuple[RoyaltyStatement]]:
    """One's own, what is due first on top; of the licences held, or granted, or both."""
    require(actor, policy.see_own)
    query = visible_to(actor)
    if side == LICENSEE:
        query = query.where(Deal.buyer_id == actor.organisation_id)
    if side == LICENSOR:
        query = query.where(Deal.seller_id == actor.organisation_id)
    if state is not None:
        query = query.where(RoyaltyStatement.state == state)
    if search:
        wanted = [Deal.reference, RoyaltyStatement.reference]
        query = query.where(or_(*(c.contains(search, autoescape=True) for c in wanted)))
    is_open = RoyaltyStatement.state.in_([StatementState.DUE, StatementState.QUERIED])
    return query.order_by(is_open.desc(), RoyaltyStatement.report_by.desc(), RoyaltyStatement.id)


@dataclass(frozen=True)
class Year:
    """What the licences granted brought in a calendar year, in one currency."""

    year: int
    reported: Money
    received: Money
    statements: int


def report(actor: Actor) -> list[Year]:
    """The owner's report: royalties of the licences it granted, by the year of the period's end."""
    require(actor, policy.see_own)
    rows = db.session.scalars(
        visible_to(actor).where(
            Deal.seller_id == actor.organisation_id,
            RoyaltyStatement.state != StatementState.DUE,
        )
    )
    sums: dict[tuple[int, str], list[int]] = {}
    for one in rows:
        entry = sums.setdefault((one.ends.year, one.currency), [0, 0, 0])
        entry[0] += one.royalty_minor
        entry[1] += received(one).minor
        entry[2] += 1
    return [
        Year(year, Money(currency, reported), Money(currency, got), number)
        for (year, currency), (reported, got, number) in sorted(sums.items(), reverse=True)
    ]


def payments_of(statement: RoyaltyStatement) -> Sequence[Payment]:
    """What was asked for it: the royalty, and interest where it came late."""
    return money.of(statement)


def received(statement: RoyaltyStatement) -> Money:
    """What was paid, through the exchange or, as the owner confirms, past it."""
    if statement.paid_directly_on is not None:
        return statement.royalty
    return Money(statement.currency, sum(p.received.minor for p in payments_of(statement)))


def of_deal(deal: Deal) -> Sequence[RoyaltyStatement]:
    """The statements of a deal, oldest first; for callers that may see it."""
    return db.session.scalars(
        select(RoyaltyStatement)
        .where(RoyaltyStatement.deal_id == deal.id)
        .order_by(RoyaltyStatement.number)
    ).all()


def audits_of(deal: Deal) -> Sequence[RoyaltyAudit]:
    """The audits of a deal, the newest first; for callers that may see it."""
    return db.session.scalars(
        select(RoyaltyAudit).where(RoyaltyAudit.deal_id == deal.id).order_by(RoyaltyAudit.id.desc())
    ).all()


def audit(actor: Actor, audit_id: int) -> RoyaltyAudit:
    """One audit of a licence that the actor's organisation grants or holds."""
    found = db.session.get(RoyaltyAudit, audit_id)
    if found is None or not policy.see.allows(actor, found):
        raise NotFound("royalty_audit.unknown")
    return found


def running_licences() -> Select[tuple[Deal]]:
    """Licences in force: closed, or of which instalments are still to come; terms say what runs."""
    settled = and_(Deal.state == DealState.SETTLEMENT, Deal.registered_at.is_not(None))
    in_force = or_(Deal.state == DealState.CLOSED, settled)
    return select(Deal).where(in_force).order_by(Deal.id)


def has_royalties(deal: Deal) -> bool:
    """A licence with a running royalty."""
    return deal.terms.kind is DealKind.LICENCE and deal.terms.royalty_bps is not None


def begins_on(deal: Deal) -> date:
    """The first day that counts: of the signing, after the months of free use (先使用后付费)."""
    signed = (deal.signed_at or clock.now()).astimezone(clock.BEIJING).date()
    free = deal.terms.pay.free_months or 0
    months = signed.month - 1 + free
    return _day(signed.year + months // 12, months % 12 + 1, signed.day)


def _day(year: int, month: int, day: int) -> date:
    for wanted in range(day, 27, -1):
        try:
            return date(year, month, wanted)
        except ValueError:
            continue
    return date(year, month, min(day, 27))


def periods_ended(deal: Deal, today: date) -> list[Period]:
    """The periods that are over, oldest first."""
    ends = [facts.licence_end(deal, asset) for asset in deal.assets]
    last = None if None in ends else max((day for day in ends if day), default=None)
    found = []
    for period in periods(begins_on(deal), last):
        if period.ends >= today:
            break
        found.append(period)
    return found


def rates_of(deal: Deal) -> Rates:
    """What the terms say of money."""
    terms = deal.terms
    steps = [Step(0, terms.royalty_bps or 0)]
    steps += [
        Step(tier.above.minor, tier.bps)
        for tier in terms.pay.tiers
        if tier.above is not None and tier.bps is not None
    ]
    cap = terms.pay.cap.minor if terms.pay.cap else None
    yearly = terms.pay.cap_per is CapPer.YEAR
    return Rates(
        deal.currency,
        tuple(steps),
        terms.minimum_royalty.minor if terms.minimum_royalty else None,
        cap if yearly else None,
        None if yearly else cap,
    )


def before(statement: RoyaltyStatement) -> Before:
    """What the earlier statements of the licence came to."""
    earlier = [one for one in of_deal(statement.deal) if one.number < statement.number]
    this_year = [one for one in earlier if one.year == statement.year]
    return Before(
        sum(one.base_minor or 0 for one in this_year),
        sum(one.royalty_minor for one in this_year),
        sum(one.royalty_minor for one in earlier),
    )


def period_of(statement: RoyaltyStatement) -> Period:
    """The period again, with what the minimum counts for."""
    found = periods_ended(statement.deal, clock.today())
    return next(period for period in found if period.number == statement.number)


def first_open(deal: Deal) -> RoyaltyStatement | None:
    """The oldest statement that was never submitted: they are reported in their order."""
    return db.session.scalar(
        select(RoyaltyStatement)
        .where(RoyaltyStatement.deal_id == deal.id, RoyaltyStatement.state == StatementState.DUE)
        .order_by(RoyaltyStatement.number)
        .limit(1)
    )


def later_reported(statement: RoyaltyStatement) -> bool:
    """Whether a later period of the licence has been reported already."""
    return bool(
        db.session.scalar(
            select(func.count(RoyaltyStatement.id)).where(
                RoyaltyStatement.deal_id == statement.deal_id,
                RoyaltyStatement.number > statement.number,
                RoyaltyStatement.state != StatementState.DUE,
            )
        )
    )


def licences_granted(actor: Actor, *, search: str = "") -> Select[tuple[Licence]]:
    """The owner's register of licences: on every right that it keeps, the newest first."""
    require(actor, policy.see_own)
    query = (
        select(Licence)
        .join(Licence.asset)
        .options(joinedload(Licence.asset))
        .where(Asset.keeper_id == actor.organisation)
        .order_by(Licence.starts_on.desc(), Licence.id.desc())
    )
    if search:
        query = query.where(
            or_(
                Asset.title.contains(search, autoescape=True),
                Asset.patent_number.contains(search, autoescape=True),
                Asset.registration_number.contains(search, autoescape=True),
                Licence.licensee_name.contains(search, autoescape=True),
            )
        )
    return query
