"""Drafts: begun, changed, copied."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.assets.models import Asset
from marketplace.core import events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.policy import Actor, require
from marketplace.core.references import next_reference
from marketplace.listings import policy, queries
from marketplace.listings import terms as agreed
from marketplace.listings.models import (
    Listing,
    ListingAsset,
    ListingState,
    PriceMode,
)
from marketplace.listings.terms import Terms
from marketplace.organisations.models import Organisation

LARGEST_BUNDLE = 200


@dataclass(frozen=True)
class Text:
    """What a listing says of itself, in Chinese and, if wanted, in English."""

    title: str = ""
    title_en: str = ""
    summary: str = ""
    summary_en: str = ""


def draft(
    actor: Actor,
    assets: Sequence[Asset],
    *,
    terms: Terms,
    price_mode: PriceMode = PriceMode.NEGOTIATED,
    title: str = "",
    title_en: str = "",
    summary: str = "",
    summary_en: str = "",
    facts: Mapping[str, Any] | None = None,
    key: str = "",
) -> Listing:
    """Begin a listing of one's own rights. It may be incomplete; submit() looks at everything.

    Without a title it takes that of its first right. The same key again is the same draft.
    """
    require(actor, policy.draft)
    if key:
        lock(db.session.get_one(Organisation, actor.party))
        done = queries.draft_by_key(actor, key)
        if done is not None:
            return done
    first = assets[0] if assets else None
    listing = Listing(
        reference=next_reference("L"),
        seller_id=actor.party,
        created_by_id=actor.user_id,
        drafted_under="" if actor.under is None else actor.under.reference,
        title=(title or (first.title if first else ""))[:500],
        title_en=(title_en or (first.title_en if first and not title else ""))[:500],
        summary=summary or (first.abstract if first else ""),
        summary_en=summary_en or (first.abstract_en if first and not summary else ""),
        price_mode=price_mode,
        terms_data=events.plain(agreed.normalised(terms).to_json()),
        facts=dict(facts or {}),
    )
    db.session.add(listing)
    _put(listing, assets, actor)
    events.record(listing, "listing.draft", by=actor, key=key)
    return listing


def revise(
    actor: Actor,
    listing: Listing,
    *,
    assets: Sequence[Asset] | None = None,
    terms: Terms | None = None,
    price_mode: PriceMode | None = None,
    text: Text | None = None,
    facts: Mapping[str, Any] | None = None,
    basis: str = "",
) -> None:
    """Change a draft, or one that was returned; what is not named stays.

    With the `basis` that the form was made on (see basis_of), a change that somebody else made
    meanwhile is not overwritten unseen.
    """
    require(actor, policy.revise, listing)
    lock(listing)
    if listing.state not in {ListingState.DRAFT, ListingState.RETURNED}:
        raise WrongState("listing.revise", needs=["listing.draft", "listing.returned"])
    before = snapshot(listing)
    if basis and basis != basis_of(listing):
        raise Refused("listing.changed")
    if assets is not None:
        _put(listing, assets, actor)
    if terms is not None:
        listing.terms_data = events.plain(agreed.normalised(terms).to_json())
    if price_mode is not None:
        listing.price_mode = price_mode
    if text is not None:
        listing.title, listing.title_en = text.title[:500], text.title_en[:500]
        listing.summary, listing.summary_en = text.summary, text.summary_en
    if facts is not None:
        listing.facts = dict(facts)
    db.session.flush()
    after = snapshot(listing)
    changed = sorted(name for name in after if after[name] != before[name])
    if changed or facts is not None:
        events.record(listing, "listing.revise", by=actor, changed=changed)


def _put(listing: Listing, assets: Sequence[Asset], actor: Actor) -> None:
    if len(assets) > LARGEST_BUNDLE:
        raise Invalid("listing.bundle_too_large", fields={"assets": "listing.bundle_too_large"})
    if any(asset.keeper_id != actor.party for asset in assets):
        raise Invalid("listing.asset_not_yours", fields={"assets": "listing.asset_not_yours"})
    if actor.under is not None and not actor.under.assets >= {asset.id for asset in assets}:
        raise Invalid("listing.asset_not_mandated", fields={"assets": "listing.asset_not_mandated"})
    with db.session.no_autoflush:
        standing = {item.asset_id: item for item in listing.items}
    wanted = {asset.id: asset for asset in assets}
    for asset_id, item in standing.items():
        if asset_id not in wanted:
            listing.items.remove(item)
    for position, (asset_id, asset) in enumerate(wanted.items()):
        if asset_id in standing:
            standing[asset_id].position = position
        else:
            listing.items.append(ListingAsset(asset=asset, position=position))
    db.session.flush()


def snapshot(listing: Listing) -> dict[str, Any]:
    """What the listing says, as plain values: kept at publication, compared at the next review."""
    return {
        "title": listing.title,
        "title_en": listing.title_en,
        "summary": listing.summary,
        "summary_en": listing.summary_en,
        "price_mode": listing.price_mode.value,
        "terms": events.plain(dict(listing.terms_data)),
        "assets": [item.asset.reference for item in listing.items],
    }


def basis_of(listing: Listing) -> str:
    """A short mark of what the listing says, to notice that it changed."""
    said = json.dumps(snapshot(listing), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def copy(actor: Actor, listing: Listing) -> Listing:
    """A new draft that says the same; what it says of rights since lost is left out."""
    require(actor, policy.copy, listing)
    kept = [asset for asset in listing.assets if asset.keeper_id == actor.organisation_id]
    return draft(
        actor,
        kept,
        terms=listing.terms,
        price_mode=listing.price_mode,
        title=listing.title,
        title_en=listing.title_en,
        summary=listing.summary,
        summary_en=listing.summary_en,
        facts=listing.facts,
    )
