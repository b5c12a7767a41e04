"""What of a deal is made public, and what the notices tell the rules.

The law wants name and price known, not the other party: 促进科技成果转化法 art. 18 of an agreed
price, 企业国有资产交易监督管理办法 art. 29 of a result. So no notice names the buyer.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from marketplace.assets.models import Asset
from marketplace.compliance import queries as compliance
from marketplace.compliance.models import Notice, NoticeKind, NoticeState, PeriodUnit
from marketplace.compliance.services.notices import Draft
from marketplace.core import clock, events, settings, working_days
from marketplace.core.errors import Refused
from marketplace.core.money import Money, yuan
from marketplace.deals import queries
from marketplace.deals.models import Deal, DealState
from marketplace.listings import queries as listings
from marketplace.listings.models import Listing, PriceMode
from marketplace.listings.terms import Terms
from marketplace.rules.engine import Finding

K = NoticeKind
DEMANDED_BY = {
    "st-negotiated-price-public-notice": K.AGREED_PRICE,
    "soe-listing-period": K.STATE_SALE,
    "soe-result-announcement": K.RESULT,
}
EVIDENCE = {
    K.AGREED_PRICE: "internal_public_notice",
    K.STATE_SALE: "exchange_announcement",
    K.RESULT: "result_announcement",
}
RESULT_WORKDAYS = 5
WAITING = frozenset({NoticeState.DRAFT, NoticeState.PUBLISHED, NoticeState.HELD})


def may_announce(deal: Deal, kind: NoticeKind) -> bool:
    """An agreed price before the signatures, a result after them."""
    unsigned = deal.state in {DealState.CHECKLIST, DealState.SIGNING}
    if kind is K.AGREED_PRICE:
        return unsigned
    return kind is K.RESULT and not unsigned and deal.state is not DealState.CANCELLED


def of(deal: Deal) -> Sequence[Notice]:
    """All notices about a deal and its listing, the newest first."""
    return compliance.notices_about(deal, deal.listing)


def of_listing(listing: Listing) -> list[Notice]:
    """What is or was announced of a listing and of its deals; only what the public reads."""
    deals = queries.ids_from(listing)
    found = compliance.notices_of({"listing": [listing.id], "deal": deals})
    return [notice for notice in found if notice.is_public]


def demanded(findings: Sequence[Finding]) -> list[NoticeKind]:
    """The notices that the rules ask for."""
    return list(dict.fromkeys(DEMANDED_BY[f.rule] for f in findings if f.rule in DEMANDED_BY))


def draft(deal: Deal, kind: NoticeKind) -> Draft:
    """What a notice of this kind about the deal says."""
    if kind is K.AGREED_PRICE:
        return _draft(deal.assets, deal, kind, settings.current().notice_days, PeriodUnit.CALENDAR)
    if kind is K.RESULT:
        return _draft(deal.assets, deal, kind, RESULT_WORKDAYS, PeriodUnit.WORKING)
    raise Refused("notice.not_of_a_deal")


def state_sale(listing: Listing) -> Draft:
    """The announcement of a sale of state assets: longer the more is asked."""
    days = sale_workdays(listing.price)
    return Draft(
        kind=K.STATE_SALE,
        organisation=listing.seller,
        title=listing.title,
        title_en=listing.title_en,
        content=_content(listing.assets, listing, listing.terms, listing.price),
        period_days=days,
        period_unit=PeriodUnit.WORKING,
        right_kinds=_kinds(listing.assets),
    )


def sale_workdays(floor: Money | None) -> int:
    """Ten working days above one million yuan, twenty above ten (国资厅发产权〔2013〕78号).

    Without a floor, the longest: nobody can say that it is less. Up to one million the circular
    names no period; the exchange keeps five working days.
    """
    if floor is None or floor.currency != "CNY" or floor > yuan(10_000_000):
        return 20
    return 10 if floor > yuan(1_000_000) else 5


def _draft(
    assets: Sequence[Asset], deal: Deal, kind: NoticeKind, days: int, unit: PeriodUnit
) -> Draft:
    listing = deal.listing
    return Draft(
        kind=kind,
        organisation=deal.seller,
        title=listing.title,
        title_en=listing.title_en,
        content=_content(assets, listing, deal.terms, deal.price) | {"deal": deal.reference},
        period_days=days,
        period_unit=unit,
        right_kinds=_kinds(assets),
    )


def _content(
    assets: Sequence[Asset], listing: Listing, terms: Terms, price: Money | None
) -> dict[str, Any]:
    posted = listing.price_mode is PriceMode.POSTED
    reports = listings.reports_of(assets)
    values = [r.value for a in assets for r in reports.get(a.id, [])[:1] if r.is_valid]
    return {
        "listing": listing.reference,
        "mode": terms.rule_kind,
        "formed": "posted" if posted else "negotiated",
        "price": events.plain(price) if price else None,
        "valuation": events.plain(values[0]) if len(values) == 1 else None,
        "rights": [
            {
                "kind": asset.kind.value,
                "number": asset.number,
                "title": asset.title,
                "title_en": asset.title_en,
                "owners": [owner.name for owner in asset.owners],
            }
            for asset in assets
        ],
    }


def _kinds(assets: Sequence[Asset]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(asset.kind.value for asset in assets))


# ---- what the rules are told -----------------------------------------------------------------------


Stated = tuple[dict[str, Any], set[str]]


def stated(deal: Deal, today: date | None = None) -> Stated:
    """The facts of record `deal` that follow from the notices, and the evidence they make."""
    return stated_of([deal], today)[deal.id]


def stated_of(deals: Sequence[Deal], today: date | None = None) -> dict[int, Stated]:
    """The same for many deals, whose notices are read together."""
    day = today or clock.today()
    about: dict[tuple[str, int], list[Notice]] = {}
    for one in compliance.notices_of(
        {"deal": [d.id for d in deals], "listing": [d.listing_id for d in deals]}
    ):
        about.setdefault((one.subject_kind, one.subject_id), []).append(one)
    return {
        deal.id: _stated(
            [*about.get(("deal", deal.id), []), *about.get(("listing", deal.listing_id), [])], day
        )
        for deal in deals
    }


def _stated(found: Sequence[Notice], day: date) -> Stated:
    """Where a notice of the kind was ever drawn up here, the board decides and no answer of a party.

    As many days as have run; none before publication or after a withdrawal.
    """
    facts: dict[str, Any] = {"open_objection": any(n.open_objections for n in found)}
    evidence: set[str] = set()
    for kind, field in (
        (K.AGREED_PRICE, "notice_days"),
        (K.STATE_SALE, "notice_workdays"),
        (K.RESULT, "result_notice_workdays"),
    ):
        ours = [n for n in found if n.kind is kind]
        if not ours:
            continue
        facts[field] = max(days_run(n, day) for n in ours)
        if any(n.state is NoticeState.ENDED for n in ours):
            evidence.add(EVIDENCE[kind])
            if kind is K.STATE_SALE:
                facts["publicly_conducted"] = True
    return facts, evidence


def days_run(notice: Notice, today: date) -> int:
    """How many whole days of the period are over; what was withdrawn has run for nothing."""
    if notice.starts_on is None or notice.state is NoticeState.WITHDRAWN:
        return 0
    if notice.state is NoticeState.ENDED:
        return notice.period_days
    last = today - timedelta(days=1)  # today is not over
    if last < notice.starts_on:
        return 0
    if notice.period_unit is PeriodUnit.CALENDAR:
        return min(notice.period_days, (today - notice.starts_on).days)
    before = notice.starts_on - timedelta(days=1)
    return min(notice.period_days, working_days.between(before, last))
