"""Verbs of listings: draft, submit, review, publish, keep fresh, reserve, close; watch and save."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from marketplace.assets.models import Asset, LegalStatus
from marketplace.compliance import services as compliance
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, Unlawful, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.core.references import next_reference
from marketplace.listings import facts as known
from marketplace.listings import policy, queries
from marketplace.listings import terms as agreed
from marketplace.listings.models import (
    Listing,
    ListingAsset,
    ListingState,
    PriceMode,
    SavedSearch,
    Watch,
)
from marketplace.listings.terms import DealKind, Terms
from marketplace.organisations.models import Organisation
from marketplace.rules import engine
from marketplace.rules.facts import Facts

S = ListingState
STAGE = "listing"
DEFERRED = frozenset({"require_consent"})
FRESH_FOR = timedelta(days=90)
REMIND_BEFORE = (14, 3)  # days
AFTER_RELEASE = timedelta(days=14)
PARTS = ("assets", "terms", "text", "price")  # of a listing, as its owner fills them in
LARGEST_BUNDLE = 200
LARGEST_BATCH = 500
ENDED = frozenset(
    {LegalStatus.LAPSED, LegalStatus.EXPIRED, LegalStatus.INVALIDATED, LegalStatus.CANCELLED}
)


@dataclass(frozen=True)
class Text:
    """What a listing says of itself, in Chinese and, if wanted, in English."""

    title: str = ""
    title_en: str = ""
    summary: str = ""
    summary_en: str = ""


# ---- drafts ------------------------------------------------------------------------------------


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
        lock(db.session.get_one(Organisation, actor.organisation))
        done = queries.draft_by_key(actor, key)
        if done is not None:
            return done
    first = assets[0] if assets else None
    listing = Listing(
        reference=next_reference("L"),
        seller_id=actor.organisation,
        created_by_id=actor.user_id,
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
    if listing.state not in {S.DRAFT, S.RETURNED}:
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
    if any(asset.keeper_id != actor.organisation_id for asset in assets):
        raise Invalid("listing.asset_not_yours", fields={"assets": "listing.asset_not_yours"})
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


# ---- checks ------------------------------------------------------------------------------------


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
    if not assets:
        return {"assets": "listing.assets_missing"}
    if any(asset.keeper_id != listing.seller_id for asset in assets):
        return {"assets": "listing.asset_not_yours"}
    if any(has_ended(asset) for asset in assets):
        return {"assets": "listing.asset_ended"}
    if rivals(listing):
        return {"assets": "listing.conflict"}
    if _licensed_away(listing, assets):
        return {"assets": "listing.licensed_away"}
    return {}


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


def _licensed_away(listing: Listing, assets: Sequence[Asset]) -> bool:
    """Whether an exclusive or sole licence in force leaves nothing of this to license."""
    terms = listing.terms
    if terms.kind is not DealKind.LICENCE:
        return False
    return any(
        licence.grant in {"exclusive", "sole"}
        and agreed.overlap(tuple(licence.territory.split(",")), terms.territory)
        and (not licence.field or not terms.field or licence.field == terms.field)
        for licence in queries.standing_licences(assets)
    )


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


def in_the_way(judgement: engine.Judgement) -> list[engine.Finding]:
    """The findings that keep a listing from the public.

    Consents are given to a deal, so they are gathered there, before signing; until then the page
    shows that one is needed. What lacks a fact is asked again before signing too.
    """
    return [
        finding
        for finding in judgement.findings
        if finding.status is engine.Status.OPEN
        and not finding.missing
        and finding.effect not in DEFERRED
    ]


def _must_be_lawful(listing: Listing) -> None:
    """Stand before the rules of the stage, right by right."""
    found = [compliance.judge(listing, stage=STAGE, facts=sheet) for sheet in _sheets(listing)]
    blocking = {finding.rule for each in found for finding in in_the_way(each)}
    if blocking:
        raise Unlawful("rules.blocked", needs=sorted(blocking))


def _sheets(listing: Listing) -> list[dict[str, Any]]:
    reports = queries.reports_of(listing.assets)
    licences = queries.standing_licences(listing.assets)
    return [
        known.sheet(
            listing,
            asset,
            report=next((r for r in reports.get(asset.id, []) if r.is_valid), None),
            licences=licences,
        )
        for asset in listing.assets
    ]


def _lock_assets(listing: Listing) -> None:
    """Of two listings of one right, the second waits and then sees the first."""
    ids = sorted(item.asset_id for item in listing.items)
    db.session.execute(
        select(Asset.id).where(Asset.id.in_(ids)).order_by(Asset.id).with_for_update(key_share=True)
    )


# ---- review ------------------------------------------------------------------------------------


def submit(actor: Actor, listing: Listing) -> None:
    """Ask for publication. Everything is checked here, every field named that is wrong."""
    require(actor, policy.submit, listing)
    lock(listing)  # first the listing, then its rights: everybody in this order
    listing.lifecycle.target(listing.state, "submit")
    _lock_assets(listing)
    wrong = problems(listing)
    if wrong:
        raise Invalid("listing.incomplete", fields=wrong)
    _must_be_lawful(listing)
    advance(listing, "submit", by=actor)
    listing.submitted_at = clock.now()


def take_back(actor: Actor, listing: Listing, *, because: str = "") -> None:
    """Make a draft again of what waits for review."""
    require(actor, policy.take_back, listing)
    advance(listing, "take_back", by=actor, because=because)
    listing.submitted_at = None


def publish(actor: Actor, listing: Listing, *, because: str = "") -> None:
    """Let everybody see it, for 90 days from now. Every title must be verified by then."""
    require(actor, policy.publish, listing)
    lock(listing)
    listing.lifecycle.target(listing.state, "publish")
    _lock_assets(listing)
    if any(asset.title_verification is None for asset in listing.assets):
        raise Refused("listing.title_unverified", needs=["title.confirmed"])
    wrong = problems(listing)
    if wrong:
        raise Invalid("listing.incomplete", fields=wrong)
    _must_be_lawful(listing)
    advance(listing, "publish", by=actor, because=because, snapshot=snapshot(listing))
    listing.published_at = clock.now()
    listing.reconfirm_by = clock.now() + FRESH_FOR


def return_(
    actor: Actor, listing: Listing, because: str = "", *, remarks: Mapping[str, str] | None = None
) -> None:
    """Send it back to its owner, who reads why: in general, and part by part (PARTS)."""
    require(actor, policy.return_, listing)
    told = {part: text.strip() for part, text in (remarks or {}).items() if text.strip()}
    if not because.strip() and not told:
        raise Invalid("listing.reason_missing", fields={"because": "listing.reason_missing"})
    advance(listing, "return", by=actor, because=because.strip(), remarks=told)


def refuse(actor: Actor, listing: Listing, because: str) -> None:
    """Turn it down for good; the owner reads why. The same rights may be listed anew."""
    require(actor, policy.refuse, listing)
    if not because.strip():
        raise Invalid("listing.reason_missing", fields={"because": "listing.reason_missing"})
    advance(listing, "refuse", by=actor, because=because.strip())
    listing.closed_at = clock.now()


def claim(actor: Actor, listing: Listing) -> None:
    """Say that one reviews it, so that no colleague begins too; an old claim can be taken over."""
    require(actor, policy.claim, listing)
    lock(listing)
    listing.lifecycle.target(listing.state, "publish")
    holder = queries.claims([listing]).get(listing.id)
    if holder is not None and holder != actor.user_id:
        raise Refused("listing.claimed")
    if holder is None:
        events.record(listing, "listing.claim", by=actor)


def publish_many(actor: Actor, found: Sequence[Listing]) -> events.Event:
    """Publish each that can be; the event that it answers keeps the outcome line by line."""
    require(actor, policy.review)
    lines = _each(found, lambda listing: publish(actor, listing), done="published")
    return _on_record(actor, "listing.publish_many", lines=lines)


def many(actor: Actor, found: Sequence[Listing], action: str, *, because: str = "") -> events.Event:
    """Submit, reconfirm or withdraw each of one's own listings that can be.

    The event that it answers keeps the outcome line by line.
    """
    verbs: dict[str, Callable[[Listing], None]] = {
        "submit": lambda listing: submit(actor, listing),
        "reconfirm": lambda listing: reconfirm(actor, listing),
        "withdraw": lambda listing: withdraw(actor, listing, because),
    }
    require(actor, policy.draft)
    if action not in verbs:
        raise Invalid("listing.bulk", fields={"action": "listing.bulk"})
    if action == "withdraw" and not because.strip():
        raise Invalid("listing.reason_missing", fields={"because": "listing.reason_missing"})
    lines = _each(sorted(found, key=lambda listing: listing.id), verbs[action], done="done")
    return _on_record(actor, "listing.bulk", action=action, lines=lines)


def _each(
    found: Sequence[Listing], verb: Callable[[Listing], None], *, done: str
) -> list[dict[str, Any]]:
    """Each stands or falls by itself."""
    lines = []
    for listing in found:
        line: dict[str, Any] = {"listing": listing.reference, "title": listing.title}
        try:
            with db.session.begin_nested():
                verb(listing)
        except Refused as refusal:
            lines.append(line | {"outcome": "refused"} | _told(refusal))
        else:
            lines.append(line | {"outcome": done})
    return lines


def _on_record(actor: Actor, kind: str, **facts: Any) -> events.Event:
    organisation = db.session.get_one(Organisation, actor.organisation)
    event = events.record(organisation, kind, by=actor, **facts)
    db.session.flush()  # the event's number is the address of the result
    return event


# ---- owner's care ------------------------------------------------------------------------------


def withdraw(actor: Actor, listing: Listing, because: str) -> None:
    """Take it off; open offers on it lapse when the worker next looks."""
    require(actor, policy.withdraw, listing)
    if not because.strip():
        raise Invalid("listing.reason_missing", fields={"because": "listing.reason_missing"})
    advance(listing, "withdraw", by=actor, because=because.strip())
    listing.closed_at = clock.now()


def reconfirm(actor: Actor, listing: Listing) -> None:
    """The owner says that it still stands: another 90 days."""
    require(actor, policy.reconfirm, listing)
    lock(listing)
    if listing.state is not S.PUBLISHED:
        raise WrongState("listing.reconfirm", needs=["listing.published"])
    if any(has_ended(asset) for asset in listing.assets):
        raise Invalid("listing.asset_ended", fields={"assets": "listing.asset_ended"})
    listing.reconfirm_by = clock.now() + FRESH_FOR
    events.record(listing, "listing.reconfirm", by=actor, reconfirm_by=listing.reconfirm_by)


def reprice(
    actor: Actor,
    listing: Listing,
    *,
    price: Money | None,
    price_mode: PriceMode,
    because: str = "",
    basis: str = "",
) -> None:
    """Change the price of a public listing, at once and without another review.

    Everything else that it says was reviewed and changes only through withdraw and relist. Offers
    that stand are not touched: an offer carries its own price.
    """
    require(actor, policy.reprice, listing)
    lock(listing)
    if listing.state is not S.PUBLISHED:
        raise WrongState("listing.reprice", needs=["listing.published"])
    if basis and basis != basis_of(listing):
        raise Refused("listing.changed")
    before = snapshot(listing)
    listing.terms_data = events.plain(replace(listing.terms, price=price).to_json())
    listing.price_mode = price_mode
    after = snapshot(listing)
    if after == before:
        return
    wrong = agreed.problems(listing.terms, firm=False)
    if price_mode is PriceMode.POSTED and price is None:
        wrong["price"] = "listing.price_missing"
    if wrong:
        raise Invalid("listing.incomplete", fields=wrong)
    _must_be_lawful(listing)
    events.record(
        listing, "listing.reprice", by=actor, because=because.strip(), before=before, snapshot=after
    )


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


def is_due_soon(listing: Listing) -> bool:
    """The owner should reconfirm now: the first reminder is due."""
    deadline = listing.reconfirm_by
    return deadline is not None and deadline <= clock.now() + timedelta(days=max(REMIND_BEFORE))


def relist(actor: Actor, listing: Listing) -> None:
    """Make a draft again of what expired or was withdrawn."""
    require(actor, policy.relist, listing)
    advance(listing, "relist", by=actor)
    listing.submitted_at = listing.reconfirm_by = listing.closed_at = None


def remind_due(now: datetime | None = None) -> int:
    """Tell owners 14 and 3 days before a listing expires, once each; how many were told."""
    now = now or clock.now()
    soon = list(
        db.session.scalars(
            select(Listing)
            .where(
                Listing.state == S.PUBLISHED,
                Listing.reconfirm_by > now,
                Listing.reconfirm_by <= now + timedelta(days=max(REMIND_BEFORE)),
            )
            .order_by(Listing.id)
        )
    )
    told = queries.reminders(soon)
    count = 0
    for listing in soon:
        deadline = listing.reconfirm_by
        if deadline is None:
            continue
        days = min(d for d in REMIND_BEFORE if deadline <= now + timedelta(days=d))
        if (listing.id, deadline.isoformat(), days) not in told:
            events.record(listing, "listing.remind", by=SYSTEM, reconfirm_by=deadline, days=days)
            count += 1
    return count


def expire_due(now: datetime | None = None) -> int:
    """Take off what its owner did not reconfirm and what lost its right; how many."""
    now = now or clock.now()
    lost = (
        select(ListingAsset.listing_id)
        .join(Asset, Asset.id == ListingAsset.asset_id)
        .where(Asset.last_day < clock.today())
    )
    due = list(
        db.session.scalars(
            select(Listing)
            .where(
                Listing.state == S.PUBLISHED,
                (Listing.reconfirm_by <= now) | Listing.id.in_(lost),
            )
            .order_by(Listing.id)
            .limit(500)
        )
    )
    for listing in due:
        reconfirmable = listing.reconfirm_by is not None and listing.reconfirm_by > now
        reason = "right_ended" if reconfirmable else "not_reconfirmed"
        advance(listing, "expire", by=SYSTEM, reason=reason)
        listing.closed_at = now
    return len(due)


# ---- for deals: they have proved who may -------------------------------------------------------


def reserve(listing: Listing, *, by: Actor, because: str = "") -> None:
    """Keep it for one deal. Of two who try at once, one finds it reserved: WrongState."""
    advance(listing, "reserve", by=by, because=because)


def release(listing: Listing, *, by: Actor, because: str = "") -> None:
    """The deal came to nothing: offer it again, with time for the owner to reconfirm."""
    advance(listing, "release", by=by, because=because)
    least = clock.now() + AFTER_RELEASE
    if listing.reconfirm_by is None or listing.reconfirm_by < least:
        listing.reconfirm_by = least


def close(listing: Listing, *, by: Actor, because: str = "") -> None:
    """The deal is done; the page stays and says so."""
    advance(listing, "close", by=by, because=because)
    listing.closed_at = clock.now()


# ---- many at once ------------------------------------------------------------------------------


@dataclass(frozen=True)
class BatchLine:
    """A right of a batch with what is its own: price, text."""

    asset: Asset
    terms: Terms


def batch(
    actor: Actor,
    lines: Sequence[BatchLine],
    *,
    price_mode: PriceMode,
    summary: str = "",
    submit_all: bool = False,
    key: str = "",
) -> events.Event:
    """A listing for each right, and, if asked, its submission; each stands or falls by itself.

    The event that it answers keeps the outcome line by line. The same key again answers the
    same event.
    """
    require(actor, policy.draft)
    if len(lines) > LARGEST_BATCH:
        raise Invalid("listing.batch_too_large", fields={"assets": "listing.batch_too_large"})
    seller = db.session.get_one(Organisation, actor.organisation)
    lock(seller)  # of two equal forms the second waits here and then finds the first one's event
    done = queries.batch_by_key(actor, key) if key else None
    if done is not None:
        return done
    done_by_asset = {
        line.asset.id: _batch_line(
            actor, line, price_mode=price_mode, summary=summary, submit_it=submit_all
        )
        for line in sorted(lines, key=lambda line: line.asset.id)  # rights are locked in order
    }
    outcomes = [done_by_asset[line.asset.id] for line in lines]
    event = events.record(
        seller, "listing.batch", by=actor, key=key, submitted=submit_all, lines=outcomes
    )
    db.session.flush()  # the event's number is the address of the result
    return event


def _batch_line(
    actor: Actor, line: BatchLine, *, price_mode: PriceMode, summary: str, submit_it: bool
) -> dict[str, Any]:
    outcome: dict[str, Any] = {"asset": line.asset.reference, "title": line.asset.title}
    try:
        with db.session.begin_nested():
            listing = draft(
                actor,
                [line.asset],
                terms=line.terms,
                price_mode=price_mode,
                summary="" if line.asset.abstract else summary,
            )
    except Refused as refusal:
        return outcome | {"outcome": "refused"} | _told(refusal)
    outcome |= {"listing": listing.reference, "outcome": "drafted"}
    if not submit_it:
        return outcome
    try:
        with db.session.begin_nested():
            submit(actor, listing)
    except Refused as refusal:
        return outcome | _told(refusal)
    return outcome | {"outcome": "submitted"}


def _told(refusal: Refused) -> dict[str, Any]:
    codes = list(dict.fromkeys(refusal.fields.values())) or [refusal.code]
    return {"codes": codes, "needs": list(refusal.needs)}


# ---- a person's own ----------------------------------------------------------------------------


def watch(actor: Actor, listing: Listing) -> None:
    """Keep an eye on a listing; twice is once."""
    require(actor, policy.watch, listing)
    try:
        with db.session.begin_nested():
            db.session.add(Watch(user_id=actor.user, listing_id=listing.id))
    except IntegrityError:
        return  # watched already


def unwatch(actor: Actor, listing: Listing) -> None:
    """No longer."""
    require(actor, policy.watch, listing)
    db.session.execute(
        delete(Watch).where(Watch.user_id == actor.user, Watch.listing_id == listing.id)
    )


def save_search(actor: Actor, *, name: str, query: str, alerts: bool = True) -> SavedSearch:
    """Remember a search under a name; the same search again is renamed."""
    require(actor, policy.save_search)
    if not name.strip():
        raise Invalid("saved_search.name_missing", fields={"name": "saved_search.name_missing"})
    if len(query) > 1000:
        raise Invalid(
            "saved_search.query_too_long", fields={"query": "saved_search.query_too_long"}
        )
    found = db.session.scalar(
        select(SavedSearch).where(SavedSearch.user_id == actor.user, SavedSearch.query == query)
    )
    if found is None:
        found = SavedSearch(user_id=actor.user, query=query)
        db.session.add(found)
    found.name, found.alerts = name.strip()[:120], alerts
    db.session.flush()
    return found


def toggle_alerts(actor: Actor, saved: SavedSearch) -> None:
    """Be told of what is new in a search of one's own, or no longer; what came meanwhile is past."""
    require(actor, policy.save_search)
    if saved.user_id == actor.user:
        saved.alerts = not saved.alerts
        saved.checked_at = clock.now()


def forget_search(actor: Actor, saved: SavedSearch) -> None:
    """Drop a saved search of one's own."""
    require(actor, policy.save_search)
    if saved.user_id == actor.user:
        db.session.delete(saved)
