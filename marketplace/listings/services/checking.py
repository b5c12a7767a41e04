"""What keeps a listing from the public: gaps, rivals, the law."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from marketplace.assets.bundle import Reason
from marketplace.assets.models import NEVER_DEALT_IN, Asset, LegalStatus
from marketplace.assets.queries import registers
from marketplace.compliance import services as compliance
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Unlawful
from marketplace.listings import asking, gates, queries
from marketplace.listings import facts as known
from marketplace.listings import terms as agreed
from marketplace.listings.models import (
    Listing,
    PriceMode,
)
from marketplace.listings.terms import DealKind
from marketplace.rules import engine
from marketplace.rules.demands import Question
from marketplace.rules.facts import Facts

STAGE = "listing"

DEFERRED = frozenset({"require_consent", "require_prior_notice"})

OWN_CHECKS = frozenset({"plat-verify-merchants", "plat-verify-title"})
"""The exchange's own: identity before a draft, title before publication (policy.publish)."""

ENDED = frozenset(
    {LegalStatus.LAPSED, LegalStatus.EXPIRED, LegalStatus.INVALIDATED, LegalStatus.CANCELLED}
)


def problems(listing: Listing) -> dict[str, str]:
    """What keeps a draft from review: field → code. Empty when it is complete."""
    wrong: dict[str, str] = {}
    assets = listing.assets
    if not listing.title.strip():
        wrong["title"] = "listing.title_missing"
    if not listing.summary.strip() and not any(a.abstract or a.goods for a in assets):
        wrong["summary"] = "listing.summary_missing"
    wrong |= agreed.problems(listing.terms, firm=False)
    if listing.price_mode is PriceMode.POSTED and listing.terms.price is None:
        wrong["price"] = "listing.price_missing"
    return wrong | _asset_problem(listing, assets) | _term_problem(listing, assets)


def _asset_problem(listing: Listing, assets: Sequence[Asset]) -> dict[str, str]:
    """The first thing that is wrong with the rights themselves."""
    tests: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("listing.assets_missing", lambda: not assets),
        ("listing.asset_not_yours", lambda: any(a.keeper_id != listing.seller_id for a in assets)),
        ("listing.never_dealt_in", lambda: any(a.kind in NEVER_DEALT_IN for a in assets)),
        ("listing.asset_ended", lambda: any(map(has_ended, assets))),
        ("listing.conflict", lambda: bool(rivals(listing))),
        ("listing.licensed_away", lambda: _licensed_away(listing)),
        ("bundle.impossible", lambda: bool(obstacles(listing))),
    )
    found = next((code for code, fails in tests if fails()), None)
    return {"assets": found} if found else {}


def rivals(listing: Listing) -> list[Listing]:
    """Other listings of the same rights that this one cannot stand beside."""
    return [
        other
        for other in queries.in_the_way(listing.assets, but=listing)
        if agreed.in_conflict(listing.terms, other.terms)
    ]


def has_ended(asset: Asset) -> bool:
    """The right no longer exists."""
    return asset.status in ENDED or (asset.last_day is not None and asset.last_day < clock.today())


_SAID_ELSEWHERE = frozenset({"right_ended", "licence_outlives_right"})


def _licensed_away(listing: Listing) -> bool:
    """Nothing but licences is in the way: another scope may be free."""
    codes = {reason.code for _, reason in obstacles(listing)}
    return bool(codes) and all(code.startswith("licence_") for code in codes)


def obstacles(listing: Listing) -> list[tuple[Asset, Reason]]:
    """What the registers hold against this listing, right by right."""
    terms = listing.terms
    if terms.kind is DealKind.LICENCE and terms.grant is None:
        return []  # a draft that does not say yet which licence
    return [
        (asset, reason)
        for asset, answer in gates.answers(listing.assets, terms)
        for reason in answer.obstacles
        if reason.code not in _SAID_ELSEWHERE
    ]


def _term_problem(listing: Listing, assets: Sequence[Asset]) -> dict[str, str]:
    """A licence cannot outlive the right."""
    months = listing.terms.months
    last_days = [asset.last_day for asset in assets if asset.last_day]
    if listing.terms.kind is not DealKind.LICENCE or months is None or not last_days:
        return {}
    today = clock.today()
    first = min(last_days)
    left = (first.year - today.year) * 12 + first.month - today.month
    return {"months": "terms.longer_than_right"} if months > left else {}


def judgements(listing: Listing) -> list[engine.Judgement]:
    """What the rules say to a listing as it stands, right by right; nothing is kept."""
    return [engine.judge(Facts.of(sheet), clock.today(), stage=STAGE) for sheet in _sheets(listing)]


def questions(listing: Listing) -> list[Question]:
    """What the owner is asked on the way to the public; what was answered comes along."""
    return asking.of_listing(listing, _sheets(listing))


def in_the_way(judgement: engine.Judgement) -> list[engine.Finding]:
    """The findings that keep a listing from the public.

    Consents are given to a deal and prior notice of it to the authority, so both are gathered there,
    before signing; until then the page
    shows that one is needed. What lacks a fact is asked again before signing too.
    """
    return [
        finding
        for finding in judgement.findings
        if finding.status is engine.Status.OPEN
        and not finding.missing
        and finding.effect not in DEFERRED
        and finding.rule not in OWN_CHECKS
    ]


def must_be_lawful(
    listing: Listing, *, deal: Mapping[str, Any] | None = None, besides: Collection[str] = ()
) -> None:
    """Stand before the rules of the stage, right by right.

    `deal`: what is known beyond the listing of how it is sold (an auction's floor, round and deposit);
    `besides`: rules of the next stage that these facts let judge already.
    """
    sheets = [one | {"deal": one["deal"] | dict(deal or {})} for one in _sheets(listing)]
    found = [
        compliance.judge(listing, stage=STAGE, facts=sheet, part=asset.reference)
        for asset, sheet in zip(listing.assets, sheets, strict=True)
    ]
    compliance.note(listing, [finding for each in found for finding in each.findings])
    if besides:
        found += [
            engine.judge(Facts.of(sheet), clock.today(), stage="offer", only=besides)
            for sheet in sheets
        ]
    blocking = {finding.rule for each in found for finding in in_the_way(each)}
    if blocking:
        raise Unlawful("rules.blocked", needs=sorted(blocking))


def _sheets(listing: Listing) -> list[dict[str, Any]]:
    reports = queries.reports_of(listing.assets)
    rights = registers.rights_of(listing.assets)
    return [
        known.sheet(
            listing,
            asset,
            report=next((r for r in reports.get(asset.id, []) if r.is_valid), None),
            right=rights[asset.id],
        )
        for asset in listing.assets
    ]


def lock_assets(listing: Listing) -> None:
    """Of two listings of one right, the second waits and then sees the first."""
    ids = sorted(item.asset_id for item in listing.items)
    db.session.execute(
        select(Asset.id).where(Asset.id.in_(ids)).order_by(Asset.id).with_for_update(key_share=True)
    )
