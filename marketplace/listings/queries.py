"""Reading listings. The only way from a reference to one is through what the actor may see."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, inspect, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from marketplace.assets.models import (
    Asset,
    AssetClass,
    AssetKind,
    Pledge,
    PledgeState,
    TitleVerification,
    VerificationState,
)
from marketplace.assets.queries import registers
from marketplace.compliance.models import EvidenceState
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.events import Event
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.listings import policy
from marketplace.listings.models import (
    PUBLIC,
    Listing,
    ListingAsset,
    ListingEvidence,
    ListingState,
    SavedSearch,
    Watch,
)
from marketplace.organisations.models import Organisation
from marketplace.valuation.models import ReportState, ValuationReport

S = ListingState
READS_EVERYTHING = {"operator", "regulator"}
AMONG = 400  # of so many latest listings a showcase chooses
FRESH, CURRENT = timedelta(days=90), timedelta(days=180)  # a title check is green, then yellow
LASTING = timedelta(days=5 * 365)
CLAIM_LASTS = timedelta(minutes=30)
SAYING = ("listing.publish", "listing.reprice")  # their events keep what the listing said
TOLD = (
    "listing.publish", "listing.reprice", "listing.reconfirm", "listing.reserve",
    "listing.release", "listing.close", "listing.withdraw", "listing.expire", "listing.suspend",
    "listing.resume",
)  # fmt: skip
IN_THE_WAY = (S.SUBMITTED, S.PUBLISHED, S.SUSPENDED, S.RESERVED)
standing_licences = registers.standing_licences
SORTS: Mapping[str, Any] = {
    "changed": func.coalesce(Listing.published_at, Listing.submitted_at, Listing.created_at),
    "title": Listing.title,
    "reference": Listing.reference,
    "reconfirm": Listing.reconfirm_by,
    "published": Listing.published_at,
    "submitted": Listing.submitted_at,
}


def _reports() -> Any:
    """The backref of valuation on assets, which is not in Asset's type."""
    return inspect(Asset).relationships["valuation_reports"].class_attribute


def _with_assets(*, deep: bool = False) -> list[Any]:
    """Loads a listing's assets in a fixed number of statements."""
    assets = selectinload(Listing.items).joinedload(ListingAsset.asset)
    shallow = [
        joinedload(Listing.seller),
        assets.selectinload(Asset.numbers),
        assets.selectinload(Asset.pledges),
        assets.selectinload(Asset.verifications),
        assets.selectinload(_reports()),
    ]
    if not deep:
        return shallow
    return [
        *shallow,
        assets.selectinload(Asset.owners),
        assets.selectinload(Asset.persons),
        assets.selectinload(Asset.classes),
        assets.joinedload(Asset.keeper),
        assets.selectinload(Asset.pledges).joinedload(Pledge.lender),
    ]


def visible_to(actor: Actor) -> Select[tuple[Listing]]:
    """Public listings and the actor's own; the exchange and the authority see all but drafts."""
    seen: ColumnElement[bool]
    if actor is SYSTEM:
        seen = true()
    elif actor.capabilities & READS_EVERYTHING:
        seen = or_(Listing.state != S.DRAFT, Listing.seller_id == actor.organisation_id)
    else:
        own = (
            Listing.seller_id == actor.organisation_id
            if actor.organisation_id is not None
            else false()
        )
        seen = or_(Listing.state.in_(PUBLIC), own)
    return select(Listing).where(seen)


def for_cards(actor: Actor, ids: Iterable[int]) -> Select[tuple[Listing]]:
    """Those of the listings that the reader may see, with all that a card shows."""
    return visible_to(actor).where(Listing.id.in_(list(ids))).options(*_with_assets(deep=True))


def newest(actor: Actor, limit: int) -> list[Listing]:
    """The latest published listings; kinds of right take turns, so that none fills the page."""
    rows = db.session.execute(
        _published(actor)
        .with_only_columns(Listing.id, Listing.seller_id, Asset.kind)
        .where(ListingAsset.position == 0)
        .order_by(Listing.published_at.desc(), Listing.id.desc())
        .limit(AMONG)
    )
    by_kind: dict[AssetKind, list[tuple[int, int]]] = {}
    for listing_id, seller_id, kind in rows:
        by_kind.setdefault(kind, []).append((listing_id, seller_id))
    turns = [each for turn in zip_longest(*by_kind.values()) for each in turn if each is not None]
    return _in_order(actor, _few_a_seller(turns, limit, 2))


def newly_verified(actor: Actor, limit: int) -> list[Listing]:
    """Published listings whose titles were checked last, against an extract that is still fresh."""
    return _featured(actor, limit, _verified_within(FRESH), TitleVerification.decided_at)


def valued(actor: Actor, limit: int) -> list[Listing]:
    """Published listings with a valid valuation report on record, the latest first."""
    return _featured(actor, limit, _validly_valued(), ValuationReport.base_date)


def fit_for_pledge(actor: Actor, limit: int) -> list[Listing]:
    """Published listings that a lender could look at (articles 19 and 26 of the outline).

    Title verified, validly valued, no pledge standing, five years or more to run; dearest first.
    """
    unencumbered = ~Asset.pledges.any(Pledge.state == PledgeState.REGISTERED)
    lasting = Asset.last_day >= clock.today() + LASTING
    wanted = and_(_verified_within(CURRENT), _validly_valued(), unencumbered, lasting)
    return _featured(actor, limit, wanted, ValuationReport.value_minor)


def published_references(actor: Actor, limit: int) -> list[tuple[str, datetime | None]]:
    """References of the published listings and when they were published, the latest first."""
    rows = db.session.execute(
        visible_to(actor)
        .with_only_columns(Listing.reference, Listing.published_at)
        .where(Listing.state == S.PUBLISHED)
        .order_by(Listing.id.desc())
        .limit(limit)
    )
    return list(rows.tuples())


def _published(actor: Actor) -> Select[Any]:
    return (
        visible_to(actor)
        .where(Listing.state == S.PUBLISHED)
        .join(Listing.items)
        .join(ListingAsset.asset)
    )


def _verified_within(age: timedelta) -> ColumnElement[bool]:
    return and_(
        TitleVerification.state == VerificationState.CONFIRMED,
        TitleVerification.extract_date >= clock.today() - age,
    )


def _validly_valued() -> ColumnElement[bool]:
    return and_(
        ValuationReport.state == ReportState.CONFIRMED,
        ValuationReport.base_date <= clock.today(),
        ValuationReport.valid_until >= clock.today(),
    )


def _featured(
    actor: Actor, limit: int, wanted: ColumnElement[bool], by: InstrumentedAttribute[Any]
) -> list[Listing]:
    """Listings of which a right is as wanted, by the highest figure, one a seller."""
    rows = db.session.execute(
        _published(actor)
        .outerjoin(TitleVerification, TitleVerification.asset_id == Asset.id)
        .outerjoin(ValuationReport, ValuationReport.asset_id == Asset.id)
        .with_only_columns(Listing.id, Listing.seller_id)
        .where(wanted)
        .group_by(Listing.id, Listing.seller_id)
        .order_by(func.max(by).desc(), Listing.id.desc())
        .limit(AMONG)
    )
    return _in_order(actor, _few_a_seller(rows.tuples().all(), limit, 1))


def _few_a_seller(rows: Iterable[tuple[int, int]], limit: int, most: int) -> list[int]:
    """The first listings, with at most so many of one seller."""
    chosen: list[int] = []
    taken: Counter[int] = Counter()
    for listing_id, seller_id in rows:
        if len(chosen) < limit and taken[seller_id] < most:
            taken[seller_id] += 1
            chosen.append(listing_id)
    return chosen


def _in_order(actor: Actor, ids: Sequence[int]) -> list[Listing]:
    found = {each.id: each for each in db.session.scalars(for_cards(actor, ids)).unique()}
    return [found[each] for each in ids if each in found]


def by_references(actor: Actor, references: Iterable[str]) -> Select[tuple[Listing]]:
    """Those of the listings that the reader may see, by their references."""
    return (
        visible_to(actor)
        .where(Listing.reference.in_(list(references)))
        .options(*_with_assets(deep=True))
    )


def get(actor: Actor, reference: str) -> Listing:
    """One listing with its assets; what the actor may not see is not there."""
    found = db.session.scalar(
        visible_to(actor)
        .options(*_with_assets(deep=True))
        .where(Listing.reference == reference.strip().upper()[:20])
    )
    if found is None:
        raise NotFound("listing")
    return found


def paper(actor: Actor, paper_id: int) -> ListingEvidence:
    """One paper of a listing that the actor may see."""
    found = db.session.get(ListingEvidence, paper_id)
    if found is None or not (policy.owns_listing(actor, found.listing) or actor.is_operator):
        raise NotFound("evidence.unknown")
    return found


def papers_to_decide(actor: Actor) -> Sequence[ListingEvidence]:
    """Papers of listings that wait for the exchange, the oldest first."""
    require(actor, policy.decide_paper)
    return db.session.scalars(
        select(ListingEvidence)
        .where(ListingEvidence.state == EvidenceState.FILED)
        .options(
            joinedload(ListingEvidence.listing),
            joinedload(ListingEvidence.document),
            joinedload(ListingEvidence.filed_by),
        )
        .order_by(ListingEvidence.created_at, ListingEvidence.id)
        .limit(200)
    ).all()


def get_own(actor: Actor, reference: str) -> Listing:
    """One of the actor's own listings, for the pages that change it."""
    found = get(actor, reference)
    if not policy.owns_listing(actor, found):
        raise NotFound("listing")
    return found


def _narrowed(
    listings: Select[tuple[Listing]], text: str = "", kind: str = ""
) -> Select[tuple[Listing]]:
    text = text.strip()[:200]
    if text:
        like = f"%{_escaped(text)}%"
        number = f"%{_escaped(text.replace(' ', '').upper())}%"
        in_assets = (
            select(ListingAsset.listing_id)
            .join(Asset, Asset.id == ListingAsset.asset_id)
            .where(
                or_(
                    Asset.title.ilike(like, escape="\\"),
                    Asset.title_en.ilike(like, escape="\\"),
                    Asset.patent_number.ilike(number, escape="\\"),
                    Asset.registration_number.ilike(number, escape="\\"),
                    Asset.application_number.ilike(number, escape="\\"),
                    Asset.reference == text.upper(),
                )
            )
        )
        listings = listings.where(
            or_(
                Listing.title.ilike(like, escape="\\"),
                Listing.title_en.ilike(like, escape="\\"),
                Listing.reference == text.upper(),
                Listing.id.in_(in_assets),
            )
        )
    if kind:
        offered = Listing.terms_data["kind"].as_string()
        grant = Listing.terms_data["grant"].as_string()
        listings = listings.where(or_(offered == kind, grant == kind))
    return listings


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _sorted(listings: Select[tuple[Listing]], sort: str, default: str) -> Select[tuple[Listing]]:
    name = sort.removeprefix("-")
    if name not in SORTS:
        sort, name = default, default.removeprefix("-")
    key = SORTS[name]
    ordered = key.desc().nulls_last() if sort.startswith("-") else key.asc().nulls_last()
    return listings.order_by(ordered, Listing.id.desc())


def mine(
    actor: Actor,
    *,
    state: ListingState | None = None,
    text: str = "",
    kind: str = "",
    sort: str = "-changed",
) -> Select[tuple[Listing]]:
    """The listings of the actor's organisation."""
    own = select(Listing).where(Listing.seller_id == actor.organisation)
    if state:
        own = own.where(Listing.state == state)
    return _sorted(_narrowed(own, text, kind), sort, "-changed").options(*_with_assets())


def for_review(
    actor: Actor,
    *,
    state: ListingState | None = S.SUBMITTED,
    text: str = "",
    kind: str = "",
    sort: str = "submitted",
) -> Select[tuple[Listing]]:
    """What operators review, the longest waiting first."""
    require(actor, policy.review)
    seen = visible_to(actor).join(Listing.seller)
    if state:
        seen = seen.where(Listing.state == state)
    by_seller = Organisation.name.ilike(f"%{_escaped(text.strip()[:200])}%", escape="\\")
    narrowed = _narrowed(seen, text, kind)
    if text.strip():
        ids = [select(s.order_by(None).with_only_columns(Listing.id).subquery().c.id) for s in (
            narrowed, seen.where(by_seller)
        )]  # fmt: skip
        narrowed = seen.where(or_(*(Listing.id.in_(found) for found in ids)))
    return _sorted(narrowed, sort, "submitted").options(*_with_assets())


def on_offer(actor: Actor, *, text: str = "") -> Select[tuple[Listing]]:
    """Public listings by title or number, newest first: the plain search of the database."""
    public = visible_to(actor).where(Listing.state.in_((S.PUBLISHED, S.RESERVED)))
    newest_first = _narrowed(public, text).order_by(Listing.published_at.desc(), Listing.id.desc())
    return newest_first.options(*_with_assets(deep=True))


def review_counts(actor: Actor) -> dict[str, int]:
    """How many listings stand in each state, for the tabs of the review."""
    require(actor, policy.review)
    rows = visible_to(actor).with_only_columns(Listing.state, func.count()).group_by(Listing.state)
    return {state.value: number for state, number in db.session.execute(rows)}


def own_counts(actor: Actor) -> dict[str, int]:
    """How many of the organisation's listings stand in each state."""
    rows = (
        select(Listing.state, func.count())
        .where(Listing.seller_id == actor.organisation)
        .group_by(Listing.state)
    )
    return {state.value: number for state, number in db.session.execute(rows)}


def published_by(
    organisation_id: int, *, text: str = "", kind: str = "", sort: str = "-published"
) -> Select[tuple[Listing]]:
    """What an organisation has on offer, the newest first; narrowed by words and way of dealing."""
    offered = select(Listing).where(
        Listing.seller_id == organisation_id, Listing.state == S.PUBLISHED
    )
    return _sorted(_narrowed(offered, text, kind), sort, "-published").options(*_with_assets())


def appraisal(listing: Listing) -> Money | None:
    """The confirmed valuation; of several rights the highest of a single one, as they have one price."""
    found = [r.value for rows in reports_of(listing.assets).values() for r in rows if r.is_valid]
    return max((value for value in found if value.currency == "CNY"), default=None)


def times_relisted(listing: Listing) -> int:
    """How often it was put up again after it ran out or was withdrawn, or sold nothing by auction."""
    found = select(func.count(Event.id)).where(
        Event.subject_kind == Listing.__tablename__,
        Event.subject_id == listing.id,
        Event.kind.in_(("listing.relist", "listing.unsold")),
    )
    return db.session.scalar(found) or 0


def of_asset(actor: Actor, asset: Asset) -> list[Listing]:
    """The listings of a right that the actor may see, newest first."""
    return list(
        db.session.scalars(
            visible_to(actor)
            .join(ListingAsset, ListingAsset.listing_id == Listing.id)
            .where(ListingAsset.asset_id == asset.id)
            .order_by(Listing.id.desc())
        )
    )


# ---- what can be listed ------------------------------------------------------------------------


def listable(
    actor: Actor, *, text: str = "", kind: str = "", sort: str = "-added"
) -> Select[tuple[Asset]]:
    """The organisation's own rights, to choose from."""
    own = select(Asset).where(Asset.keeper_id == actor.organisation)
    text = text.strip()[:200]
    if text:
        like = f"%{_escaped(text)}%"
        number = f"%{_escaped(text.replace(' ', '').upper())}%"
        own = own.where(
            or_(
                Asset.title.ilike(like, escape="\\"),
                Asset.patent_number.ilike(number, escape="\\"),
                Asset.registration_number.ilike(number, escape="\\"),
                Asset.application_number.ilike(number, escape="\\"),
                Asset.reference == text.upper(),
            )
        )
    if kind in {k.value for k in AssetKind}:
        own = own.where(Asset.kind == AssetKind(kind))
    order: dict[str, Any] = {
        "title": Asset.title.asc(),
        "-title": Asset.title.desc(),
        "added": Asset.id.asc(),
    }
    return own.order_by(order.get(sort, Asset.id.desc()), Asset.id.desc()).options(
        selectinload(Asset.numbers),
        selectinload(Asset.pledges),
        selectinload(Asset.verifications),
        selectinload(_reports()),
    )


def own_assets(actor: Actor, references: Iterable[str]) -> list[Asset]:
    """Rights of the organisation by reference, in the order given; any other is not found."""
    wanted = list(dict.fromkeys(r.strip().upper()[:20] for r in references if r.strip()))
    found = {
        asset.reference: asset
        for asset in db.session.scalars(
            select(Asset)
            .where(Asset.keeper_id == actor.organisation, Asset.reference.in_(wanted))
            .options(
                selectinload(Asset.numbers),
                selectinload(Asset.owners),
                selectinload(Asset.verifications),
                selectinload(Asset.pledges),
                selectinload(_reports()),
            )
        )
    }
    if len(found) != len(wanted):
        raise NotFound("asset")
    return [found[reference] for reference in wanted]


def in_the_way(assets: Sequence[Asset], *, but: Listing | None = None) -> list[Listing]:
    """Other listings of any of these rights that are under review, public or in a deal."""
    if not assets:
        return []
    ids = select(ListingAsset.listing_id).where(
        ListingAsset.asset_id.in_([asset.id for asset in assets])
    )
    found = select(Listing).where(Listing.id.in_(ids), Listing.state.in_(IN_THE_WAY))
    if but is not None and but.id is not None:
        found = found.where(Listing.id != but.id)
    return list(db.session.scalars(found.order_by(Listing.id)))


def standing_listings(assets: Sequence[Asset]) -> dict[int, list[Listing]]:
    """Right → its listings under review, public or in a deal, for lists of rights."""
    if not assets:
        return {}
    rows = db.session.execute(
        select(ListingAsset.asset_id, Listing)
        .join(Listing, Listing.id == ListingAsset.listing_id)
        .where(
            ListingAsset.asset_id.in_([asset.id for asset in assets]),
            Listing.state.in_(IN_THE_WAY),
        )
        .order_by(Listing.id)
    )
    found: dict[int, list[Listing]] = {}
    for asset_id, listing in rows:
        found.setdefault(asset_id, []).append(listing)
    return found


def reports_of(assets: Sequence[Asset]) -> dict[int, list[ValuationReport]]:
    """Right → its confirmed valuation reports, newest first, in one statement."""
    if not assets:
        return {}
    found: dict[int, list[ValuationReport]] = {}
    for report in db.session.scalars(
        select(ValuationReport)
        .where(
            ValuationReport.asset_id.in_([asset.id for asset in assets]),
            ValuationReport.state == ReportState.CONFIRMED,
        )
        .order_by(ValuationReport.base_date.desc(), ValuationReport.id.desc())
    ):
        found.setdefault(report.asset_id, []).append(report)
    return found


# ---- around a public listing -------------------------------------------------------------------


def similar(listing: Listing, limit: int = 4) -> list[Listing]:
    """Other published listings, the nearest first: by class, industry, kind, city and words.

    The database ranks by what it can compare and gives a few dozen; pairs of characters that the
    titles share decide among those. The row is filled as long as there is anything of the kind.
    """
    assets = listing.assets
    classes = {c.symbol[:4] for a in assets for c in a.classes}
    industries = {a.industry[:3] for a in assets if a.industry}
    cities = {a.city for a in assets if a.city}
    same_class = (
        Asset.id.in_(
            select(AssetClass.asset_id).where(
                or_(*(AssetClass.symbol.startswith(c, autoescape=True) for c in sorted(classes)))
            )
        )
        if classes
        else false()
    )
    same_industry = (
        or_(*(Asset.industry.startswith(i, autoescape=True) for i in sorted(industries)))
        if industries
        else false()
    )
    pairs = sorted(_pairs(listing.title))
    named_alike = or_(*(Listing.title.contains(p, autoescape=True) for p in pairs[:40]), false())
    score = func.max(
        case((same_class, 6), else_=0)
        + case((same_industry, 3), else_=0)
        + case((Asset.kind.in_({a.kind for a in assets}), 2), else_=0)
        + case((Asset.city.in_(cities), 1), else_=0)
        + case((named_alike, 1), else_=0)
    )
    nearest = db.session.execute(
        select(Listing.id, Listing.title, score.label("score"))
        .join(ListingAsset, ListingAsset.listing_id == Listing.id)
        .join(Asset, Asset.id == ListingAsset.asset_id)
        .where(Listing.state == S.PUBLISHED, Listing.id != listing.id)
        .group_by(Listing.id, Listing.title)
        .having(score > 1)
        .order_by(score.desc(), Listing.id.desc())
        .limit(60)
    ).all()
    ranked = sorted(nearest, key=lambda row: -(row.score + len(_pairs(row.title) & set(pairs))))
    ids = [row.id for row in ranked[:limit]]
    found = db.session.scalars(
        select(Listing).where(Listing.id.in_(ids)).options(*_with_assets(deep=True))
    ).unique()
    by_id = {each.id: each for each in found}
    return [by_id[i] for i in ids if i in by_id]


COMMON_PAIRS = frozenset(
    {"一种", "方法", "装置", "系统", "及其", "基于", "及系", "设备", "的方", "用于"}
)


def _pairs(title: str) -> set[str]:
    """Neighbouring characters of a title that say what it is about."""
    found = {title[i : i + 2] for i in range(len(title) - 1)}
    return {pair for pair in found if pair.isalnum()} - COMMON_PAIRS


def watch_count(listing: Listing) -> int:
    """How many people keep an eye on it."""
    counted = select(func.count()).select_from(Watch).where(Watch.listing_id == listing.id)
    return db.session.scalar(counted) or 0


def is_watched(actor: Actor, listing: Listing) -> bool:
    """Whether this person watches it."""
    return listing.id in watched_ids(actor, [listing.id])


def watched_ids(actor: Actor, listing_ids: Sequence[int]) -> set[int]:
    """Which of these listings the person watches."""
    if actor.user_id is None or not listing_ids:
        return set()
    return set(
        db.session.scalars(
            select(Watch.listing_id).where(
                Watch.user_id == actor.user_id, Watch.listing_id.in_(listing_ids)
            )
        )
    )


def watchlist(actor: Actor) -> Select[tuple[Listing]]:
    """What the person watches and may still see, the latest first."""
    return (
        visible_to(actor)
        .join(Watch, Watch.listing_id == Listing.id)
        .where(Watch.user_id == actor.user)
        .order_by(Watch.id.desc())
        .options(*_with_assets(deep=True))
    )


def saved_searches(actor: Actor) -> list[SavedSearch]:
    """The person's saved searches, by name."""
    return list(
        db.session.scalars(
            select(SavedSearch)
            .where(SavedSearch.user_id == actor.user)
            .order_by(SavedSearch.name, SavedSearch.id)
        )
    )


def saved_search(actor: Actor, saved_search_id: int) -> SavedSearch:
    """One of the person's own."""
    found = db.session.scalar(
        select(SavedSearch).where(
            SavedSearch.id == saved_search_id, SavedSearch.user_id == actor.user
        )
    )
    if found is None:
        raise NotFound("saved_search")
    return found


# ---- what was said before ----------------------------------------------------------------------


def last_published(listing: Listing) -> dict[str, Any] | None:
    """What the listing said when it was last published, as the event keeps it."""
    event = db.session.scalar(
        select(Event)
        .where(
            Event.subject_kind == Listing.__tablename__,
            Event.subject_id == listing.id,
            Event.kind.in_(SAYING),
        )
        .order_by(Event.id.desc())
        .limit(1)
    )
    return event.facts.get("snapshot") if event else None


def public_history(listing: Listing) -> list[Event]:
    """What the public may know of a listing's life, oldest first: the events, never who or why."""
    return list(
        db.session.scalars(
            select(Event)
            .where(
                Event.subject_kind == Listing.__tablename__,
                Event.subject_id == listing.id,
                Event.kind.in_(TOLD),
            )
            .order_by(Event.id)
        )
    )


def claims(listings: Sequence[Listing]) -> dict[int, int]:
    """Listing → the operator who reviews it now, by claims of the last half hour."""
    if not listings:
        return {}
    rows = db.session.scalars(
        select(Event)
        .where(
            Event.kind.in_(("listing.claim", "listing.submit")),
            Event.subject_kind == Listing.__tablename__,
            Event.subject_id.in_([listing.id for listing in listings]),
            Event.created_at > clock.now() - CLAIM_LASTS,
        )
        .order_by(Event.id)
    )
    found: dict[int, int] = {}
    for event in rows:
        if event.kind == "listing.submit":
            found.pop(event.subject_id, None)  # a claim ends with the review that it was for
        elif event.user_id is not None:
            found[event.subject_id] = event.user_id
    return found


def next_for_review(actor: Actor, but: Listing) -> Listing | None:
    """The longest waiting listing that nobody else reviews now."""
    waiting = list(
        db.session.scalars(for_review(actor).where(Listing.id != but.id).limit(50)).unique()
    )
    taken = claims(waiting)
    return next((each for each in waiting if taken.get(each.id) in (None, actor.user_id)), None)


def last_remarks(listing: Listing) -> dict[str, str]:
    """Part → what the last review said of it, as long as the listing stands returned."""
    if listing.state is not S.RETURNED:
        return {}
    event = db.session.scalar(
        select(Event)
        .where(
            Event.subject_kind == Listing.__tablename__,
            Event.subject_id == listing.id,
            Event.kind == "listing.return",
        )
        .order_by(Event.id.desc())
        .limit(1)
    )
    return dict(event.facts.get("remarks") or {}) if event else {}


def batch(actor: Actor, event_id: int, kind: str = "listing.batch") -> Event:
    """The record of many at once of the actor's organisation: listed, published, or another kind."""
    found = db.session.scalar(
        select(Event).where(
            Event.id == event_id,
            Event.kind == kind,
            Event.organisation_id == actor.organisation,
        )
    )
    if found is None:
        raise NotFound("listing.batch")
    return found


def batch_by_key(actor: Actor, key: str) -> Event | None:
    """The batch that this form made already."""
    recent = db.session.scalars(
        select(Event)
        .where(Event.kind == "listing.batch", Event.organisation_id == actor.organisation)
        .order_by(Event.id.desc())
        .limit(50)
    )
    return next((event for event in recent if event.facts.get("key") == key), None)


def draft_by_key(actor: Actor, key: str) -> Listing | None:
    """The draft that this form made already."""
    recent = db.session.scalars(
        select(Event)
        .where(Event.kind == "listing.draft", Event.organisation_id == actor.organisation)
        .order_by(Event.id.desc())
        .limit(50)
    )
    made = next((event.subject_id for event in recent if event.facts.get("key") == key), None)
    return db.session.get(Listing, made) if made else None


def reminders(listings: Sequence[Listing]) -> set[tuple[int, str, int]]:
    """(listing, deadline, days before) of the reminders that were sent."""
    if not listings:
        return set()
    found = db.session.scalars(
        select(Event).where(
            Event.kind == "listing.remind",
            Event.subject_kind == Listing.__tablename__,
            Event.subject_id.in_([listing.id for listing in listings]),
        )
    )
    return {(event.subject_id, event.facts["reconfirm_by"], event.facts["days"]) for event in found}
