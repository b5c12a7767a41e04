"""Keeping the search index to what the database says: by events, and by healing."""

import time
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qs

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from marketplace.assets.models import Asset, Pledge, TitleVerification
from marketplace.core import clock, events
from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from marketplace.core.policy import SYSTEM
from marketplace.listings.models import Listing, ListingAsset, ListingState, SavedSearch
from marketplace.search import site
from marketplace.search.document import SearchDocument
from marketplace.search.filters import query_from
from marketplace.search.index import SearchUnavailable
from marketplace.search.queries import search
from marketplace.valuation import queries as valuation
from marketplace.valuation.models import ValuationReport

log = structlog.get_logger()
FOUND = frozenset({ListingState.PUBLISHED, ListingState.RESERVED})
CHUNK = 200


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
        case "valuation_report":
            assets = _asset_ids(ValuationReport, event.subject_id)
        case "organisation" | "capability_grant":
            return db.session.scalars(
                select(Listing.id).where(
                    Listing.seller_id == event.organisation_id, Listing.state.in_(FOUND)
                )
            )
        case _:
            return []
    return db.session.scalars(of_asset.where(ListingAsset.asset_id.in_(assets)))


def _asset_ids(
    model: type[Pledge] | type[TitleVerification] | type[ValuationReport], number: int
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
            + [n.number for a in assets for n in a.numbers]
            + [
                n
                for a in assets
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
        valued=any(a.id in valued for a in assets),
        verified=bool(assets) and all(a.title_verification for a in assets),
        expires_on=min(expiries) if expiries else None,
        published_at=listing.published_at,
        version=version,
    )


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def alert_saved_searches() -> None:
    """Tell people of listings published since their saved search was last looked at."""
    due = db.session.scalars(select(SavedSearch.id).where(SavedSearch.alerts)).all()
    for saved_id in due:
        with transaction():
            saved = db.session.get(SavedSearch, saved_id)
            if saved is None:
                continue
            fresh = _published_since(saved)
            saved.checked_at = clock.now()
            if fresh:
                events.record(saved, "saved_search.found", by=SYSTEM, listings=fresh)


def _published_since(saved: SavedSearch) -> list[str]:
    query = query_from(parse_qs(saved.query), sort="newest", per_page=50)
    found = search(site.index(), query)
    ids = [hit.id for hit in found.hits]
    return list(
        db.session.scalars(
            select(Listing.reference)
            .where(Listing.id.in_(ids), Listing.published_at > saved.checked_at)
            .order_by(Listing.id)
        )
    )
