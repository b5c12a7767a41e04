"""Keeping the search index to what the database says: by events, and by healing."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from marketplace.assets.models import Asset, AssetKind, LegalEvent, Pledge, TitleVerification
from marketplace.core import clock, events
from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from marketplace.core.policy import SYSTEM
from marketplace.listings.models import Listing, ListingAsset, ListingState, SavedSearch
from marketplace.listings.services import FRESH_FOR
from marketplace.search import site
from marketplace.search.document import SearchDocument
from marketplace.search.filters import query_from
from marketplace.search.index import SearchUnavailable
from marketplace.search.queries import search
from marketplace.valuation import queries as valuation
from marketplace.valuation.models import ValuationReport

log = structlog.get_logger()
FOUND = frozenset({ListingState.PUBLISHED, ListingState.SUSPENDED, ListingState.RESERVED})
CHUNK = 200
MOST_ALERTED = 1000
MOST_NAMED = 5  # listings that a message names
LOOK_BACK = timedelta(hours=1)


def follow(happened: list[Event]) -> None:
    """Put right every listing that the events touch. Called by the worker, outside transactions."""
    ids = {number for event in happened for number in _touched(event)}
    if not ids:
        return
    documents = list(_documents(ids, _read_at()))
    kept = {document.id for document in documents}
    try:
        site.index().apply(documents, [number for number in ids if number not in kept])
    except SearchUnavailable:
        rebuild()


def rebuild() -> int:
    """The whole index anew, beside the old one; how many documents it has."""
    return site.index().rebuild(_all_documents())


def mend() -> None:
    """Rebuild an index that cannot be read: cheap to ask, so it is asked often."""
    health = site.index().health()
    if not health.is_sound:
        log.warning("search index rebuilt", state=str(health.state))
        rebuild()


def heal() -> None:
    """Rebuild an index that cannot be read, or that does not hold what the database says."""
    health = site.index().health()
    if health.is_sound and _agrees(health.documents):
        return
    log.warning("search index rebuilt", state=str(health.state))
    rebuild()


def _agrees(documents: int) -> bool:
    """Whether the index has as many listings as are to be found, events on their way aside."""
    waiting = db.session.scalar(
        select(events.EventDelivery.id)
        .where(events.EventDelivery.reader == "index", events.EventDelivery.done_at.is_(None))
        .limit(1)
    )
    wanted = db.session.scalar(select(func.count(Listing.id)).where(Listing.state.in_(FOUND)))
    return waiting is not None or documents == wanted


def _touched(event: Event) -> Iterable[int]:
    of_asset = select(ListingAsset.listing_id)
    match event.subject_kind:
        case "listing":
            return [event.subject_id]
        case "asset":
            assets = [event.subject_id]
        case "pledge":
            assets = _asset_ids(Pledge, event.subject_id)
        case "title_verification":
            assets = _asset_ids(TitleVerification, event.subject_id)
        case "legal_event":
            assets = _asset_ids(LegalEvent, event.subject_id)
        case "valuation_report":
            assets = _asset_ids(ValuationReport, event.subject_id)
        case "organisation":
            return db.session.scalars(
                select(Listing.id).where(
                    Listing.seller_id == event.subject_id, Listing.state.in_(FOUND)
                )
            )
        case _:
            return []
    return db.session.scalars(of_asset.where(ListingAsset.asset_id.in_(assets)))


def _asset_ids(
    model: type[LegalEvent | Pledge | TitleVerification | ValuationReport], number: int
) -> list[int]:
    return list(db.session.scalars(select(model.asset_id).where(model.id == number)))


def _all_documents() -> Iterator[SearchDocument]:
    ids = db.session.scalars(
        select(Listing.id).where(Listing.state.in_(FOUND)).order_by(Listing.id)
    ).all()
    for start in range(0, len(ids), CHUNK):
        yield from _documents(ids[start : start + CHUNK], _read_at())


def _read_at() -> int:
    """Orders what is read of a listing: not event numbers, which may be committed out of order."""
    return time.time_ns() // 1000


def _documents(ids: Iterable[int], version: int) -> Iterator[SearchDocument]:
    asset = selectinload(Listing.items).joinedload(ListingAsset.asset)
    listings = db.session.scalars(
        select(Listing)
        .options(
            joinedload(Listing.seller),
            asset.selectinload(Asset.owners),
            asset.selectinload(Asset.numbers),
            asset.selectinload(Asset.classes),
            asset.selectinload(Asset.pledges),
            asset.selectinload(Asset.verifications),
            asset.selectinload(Asset.persons),
        )
        .where(Listing.id.in_(list(ids)), Listing.state.in_(FOUND))
        .execution_options(populate_existing=True)
    )
    found = listings.all()
    valued = valuation.valid_reports(asset.id for each in found for asset in each.assets)
    for listing in found:
        yield document(listing, version, valued)


def document(
    listing: Listing, version: int, valued: Mapping[int, ValuationReport]
) -> SearchDocument:
    """What the index knows of a listing; `valued`: the valid report by right."""
    assets = listing.assets
    expiries = [a.last_day for a in assets if a.last_day]
    registered = [a for a in assets if a.kind is not AssetKind.KNOW_HOW]  # a secret has no number
    reports = [valued[a.id] for a in assets if a.id in valued]
    return SearchDocument(
        id=listing.id,
        reference=listing.reference,
        title=listing.title,
        title_en=listing.title_en,
        abstract="\n".join(filter(None, [listing.summary, *(a.abstract for a in assets)])),
        abstract_en="\n".join(filter(None, [listing.summary_en, *(a.abstract_en for a in assets)])),
        owners=_once(
            [listing.seller.name, listing.seller.name_en]
            + [o.name for a in assets for o in a.owners]
        ),
        keywords=_once(
            [t for a in assets for t in (a.title, a.title_en)]
            + [p.name for a in assets for p in a.persons]
            + [a.goods for a in assets]
            + [listing.terms.field]
        ),
        numbers=_once(
            [listing.reference]
            + [n.number for a in registered for n in a.numbers]
            + [
                n
                for a in registered
                for n in (a.application_number, a.patent_number, a.registration_number)
                if n
            ]
        ),
        classes=_once([c.symbol for a in assets for c in a.classes if c.scheme in {"ipc", "cpc"}]),
        nice=tuple(
            sorted(
                {
                    int(c.symbol)
                    for a in assets
                    for c in a.classes
                    if c.scheme == "nice" and c.symbol.isdigit()
                }
            )
        ),
        kinds=_once([a.kind.value for a in assets]),
        deal_modes=(listing.terms.rule_kind,),
        price_minor=listing.price.minor if listing.price else None,
        cities=_once([a.city or listing.seller.city for a in assets]),
        industries=_once([a.industry for a in assets]),
        owner_kinds=(listing.seller.kind.value,),
        pledged=any(a.is_pledged for a in assets),
        valued=bool(reports),
        valued_until=max((report.valid_until for report in reports), default=None),
        verified=bool(assets) and all(a.title_verification for a in assets),
        checked_on=_checked_on(assets),
        expires_on=min(expiries) if expiries else None,
        published_at=listing.published_at,
        updated_at=_updated_at(listing),
        version=version,
    )


def _checked_on(assets: list[Asset]) -> date | None:
    """The stalest look into the register counts; none where one right was never looked up."""
    days = [asset.checked_on for asset in assets]
    return min((d for d in days if d), default=None) if all(days) else None


def _updated_at(listing: Listing) -> datetime | None:
    """When something about it was last put on record: published, confirmed, verified, pledged."""
    confirmed = listing.reconfirm_by and listing.reconfirm_by - FRESH_FOR
    recorded = [
        record.created_at for a in listing.assets for record in (*a.verifications, *a.pledges)
    ]
    known = [moment for moment in (listing.published_at, confirmed, *recorded) if moment]
    return max(known, default=None)


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def alert_saved_searches() -> None:
    """Tell people, once a listing, of what was published since they saved a search."""
    due = db.session.scalars(
        select(SavedSearch.id).where(SavedSearch.alerts).order_by(SavedSearch.id)
    ).all()
    for saved_id in due:
        with transaction():
            saved = db.session.get(SavedSearch, saved_id)
            if saved is None:
                continue
            fresh = _not_told_yet(saved)
            saved.checked_at = clock.now()
            if fresh:
                events.record(
                    saved,
                    "saved_search.found",
                    by=SYSTEM,
                    because=_named(fresh),
                    listings=[listing.reference for listing in fresh],
                )


def _named(found: Sequence[Listing]) -> str:
    """The first few of them by number and title, for the message."""
    lines = [f"{each.reference} {each.title}" for each in found[:MOST_NAMED]]
    more = len(found) - MOST_NAMED
    return "\n".join([*lines, f"… +{more}"] if more > 0 else lines)


def _not_told_yet(saved: SavedSearch) -> list[Listing]:
    """New finds; what only comes near is not a find.

    The index may lag behind the publication, so it looks back a while and leaves out what it has
    told already.
    """
    found = search(
        site.index(),
        query_from(parse_qs(saved.query), sort="newest", per_page=MOST_ALERTED, with_facets=False),
    )
    if found.relaxed:
        return []
    since = max(saved.created_at, saved.checked_at - LOOK_BACK)
    told = db.session.scalars(
        select(events.Event.facts).where(
            events.Event.subject_kind == SavedSearch.__tablename__,
            events.Event.subject_id == saved.id,
            events.Event.kind == "saved_search.found",
            events.Event.created_at >= since - LOOK_BACK,
        )
    )
    published = db.session.scalars(
        select(Listing)
        .where(
            Listing.id.in_([hit.id for hit in found.hits]),
            Listing.state == ListingState.PUBLISHED,
            Listing.published_at > since,
        )
        .order_by(Listing.id)
    ).all()
    known = {reference for facts in told for reference in facts["listings"]}
    return [listing for listing in published if listing.reference not in known]
