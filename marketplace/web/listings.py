"""The public page of a listing."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets.queries import registers
from marketplace.auctions.queries import reading as auctions
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import Actor
from marketplace.deals import publicity
from marketplace.documents import queries as documents
from marketplace.listings import facts, queries, services
from marketplace.listings.models import Listing, ListingState
from marketplace.negotiation import policy as talk
from marketplace.negotiation import queries as negotiation
from marketplace.negotiation import standing
from marketplace.rooms import queries as rooms
from marketplace.rooms.models import RoomState
from marketplace.rules import engine
from marketplace.rules.facts import Facts
from marketplace.valuation.models import ValuationReport
from marketplace.web import covers, listing_page, open_licence_words, possibilities, wording
from marketplace.web.presentation import public_address
from marketplace.web.session import acting_organisation, current_actor, sign_in_required

bp = Blueprint("listings", __name__)


@bp.app_context_processor
def _wording() -> dict[str, Any]:
    """Terms and badges in words, on any page that shows a listing."""
    return {"wording": wording}


@bp.get("/listings/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """All that a reader may know of it, and what they may do."""
    actor = current_actor()
    listing = queries.get(actor, reference)
    assets = listing.assets
    reports = queries.reports_of(assets)
    licences = queries.standing_licences(assets)
    findings = law_ahead(listing, reports)
    reader = acting_organisation()
    title, title_lang = wording.own_title(listing)
    summary, summary_lang = wording.own_summary(listing)
    watchers, doors = queries.watch_count(listing), _doors(actor, listing)
    checks = listing_page.checks(
        listing, reports, licences, findings, reader.region if reader else None
    )
    more = queries.published_by(listing.seller_id).where(Listing.id != listing.id).limit(4)
    return render_template(
        "listings/show.html",
        listing=listing,
        terms=listing.terms,
        assets=assets,
        first=assets[0] if assets else None,
        strip=listing_page.strip(listing) if assets else [],
        checks=checks if assets else [],
        checks_summary=listing_page.summary(checks),
        right_rows=listing_page.right_rows,
        records=[(asset, report) for asset in assets for report in reports.get(asset.id, [])],
        title=title,
        title_lang=title_lang,
        summary=summary,
        summary_lang=summary_lang,
        badges=_badges(listing, reports),
        family=_family(listing),
        term_rows=wording.term_rows(listing.terms),
        process=listing_page.process(listing, by_notice=bool(doors["open"]))
        if listing.published_at
        else [],
        history=listing_page.history(queries.public_history(listing)),
        notices=publicity.of_listing(listing),
        watchers=watchers,
        watched=queries.is_watched(actor, listing),
        compared=listing.reference in session.get("compared", []),
        findings=findings,
        offered=possibilities.of_listing(actor, listing),
        public_papers=documents.public_of([listing, *assets]),
        similar=[wording.card(each) for each in queries.similar(listing)],
        more=db.session.scalars(more).unique().all(),
        doors=doors,
        auction=auctions.of_listing(actor, listing),
        address=public_address("listings.show", reference=listing.reference),
    )


def _family(listing: Listing) -> str:
    first = listing.assets[0] if listing.items else None
    return covers.family_of(first.kind.value, wording.first_class(first)) if first else "lattice"


def _badges(listing: Listing, reports: dict[int, list[ValuationReport]]) -> list[wording.Badge]:
    assets = listing.assets
    badges: list[wording.Badge] = [
        (wording.kind_of(listing), "b-brand", ""),
        (wording.mode_of(listing), "b-brand", ""),
        wording.title_badge(assets),
        wording.freshness_badge(assets),
        wording.pledge_badge(assets),
    ]
    valued = wording.valuation_badge([r for each in reports.values() for r in each])
    if valued:
        badges.append(valued)
    if assets:
        badges.append(wording.status_badge(assets[0]))
    return badges


def law_ahead(listing: Listing, reports: dict[int, list[ValuationReport]]) -> list[engine.Finding]:
    """What the law will ask before this kind of deal can be signed, as far as is known today."""
    found: dict[str, engine.Finding] = {}
    seen: set[tuple[Any, ...]] = set()
    rights = registers.rights_of(listing.assets)
    for asset in listing.assets:
        right = rights[asset.id]
        report = next((r for r in reports.get(asset.id, []) if r.is_valid), None)
        kinds = frozenset(burden.kind for burden in right.burdens)
        likeness = (asset.kind, kinds, report is None, len(asset.owners) > 1)
        if likeness in seen:
            continue
        seen.add(likeness)
        sheet = facts.sheet(listing, asset, report=report, right=right)
        judgement = engine.judge(Facts.of(sheet), clock.today(), stage="signing")
        for finding in judgement.findings:
            if finding.applies and finding.status is not engine.Status.INFO:
                found.setdefault(finding.rule, finding)
    return sorted(found.values(), key=lambda f: (f.gate.value != "hard", f.status.value))


def _doors(actor: Actor, listing: Listing) -> dict[str, Any]:
    """What this reader may do from here."""
    enquiry = negotiation.enquiry_about(actor, listing)
    offer = negotiation.open_offer_of(actor.organisation_id, listing)
    room = rooms.of_listing(listing)
    found = None if listing.terms.excludes_others else negotiation.standing_on(listing)
    open_now = standing.can_be_taken(found) if found else False
    return {
        "room": room if room and room.state is RoomState.OPEN else None,
        "in_room": room is not None and rooms.is_in(actor, room),
        "own": actor.organisation_id is not None and actor.organisation_id == listing.seller_id,
        "signed_in": actor.user_id is not None,
        "acts_for_one": actor.organisation_id is not None,
        "takes_offers": listing.takes_offers,
        "takes_questions": listing.state in {ListingState.PUBLISHED, ListingState.RESERVED},
        "enquiry": enquiry,
        "may_ask": talk.ask.allows(actor, listing),
        "offer": offer,
        "standing": open_now,
        "open": open_licence_words.shown(found) if found and open_now else None,
        "may_offer": talk.make_offer.allows(actor, listing),
        "lacks": [p.__name__ for p in talk.make_offer.missing(actor, listing)],
    }


@bp.post("/listings/<reference>/watch")
@sign_in_required
def watch(reference: str) -> ResponseReturnValue:
    """Watch, or no longer: the form says which it wants."""
    actor = current_actor()
    with transaction():
        listing = queries.get(actor, reference)
        if request.form.get("watch", "on") == "off":
            services.unwatch(actor, listing)
        else:
            services.watch(actor, listing)
    return redirect(_back(url_for("listings.show", reference=reference)), 303)


def _back(otherwise: str) -> str:
    """The page of ours from which the form came."""
    came_from = request.referrer or ""
    return came_from if came_from.startswith(request.host_url) else otherwise
