"""Reading entries in registers: each party its own deals', the exchange and the authority all."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, case, false, or_, select
from sqlalchemy.orm import joinedload

from marketplace.assets.models import Asset
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import SYSTEM, Actor
from marketplace.deals import procedures
from marketplace.deals.models import (
    AT_THE_OFFICE,
    Deal,
    DealState,
    Evidence,
    Recordal,
    RecordalState,
)
from marketplace.listings.models import Listing

OPEN = frozenset(
    {RecordalState.TO_FILE, RecordalState.WITHDRAWN, RecordalState.REFUSED, *AT_THE_OFFICE}
)
WAITS = frozenset({RecordalState.TO_FILE, RecordalState.WITHDRAWN, RecordalState.REFUSED})
SOON_DAYS = 30
NEXT_DAY = case(
    (Recordal.state == RecordalState.SUPPLEMENT_ASKED, Recordal.supplement_due),
    (Recordal.state.in_(WAITS), Recordal.due_on),
)
SORTS: dict[str, tuple[Any, ...]] = {
    "due": (NEXT_DAY.asc().nulls_last(), Recordal.id),
    "newest": (Recordal.id.desc(),),
    "deal": (Recordal.deal_id.desc(), Recordal.id),
}


@dataclass(frozen=True)
class Wish:
    """How a list is narrowed: words, office, state ("open" and "all" too), when due, the order."""

    search: str = ""
    office: str = ""
    state: str = "open"
    when: str = ""  # late, soon, dated
    sort: str = "due"


def visible_to(actor: Actor) -> Select[tuple[Recordal]]:
    """The entries that the actor may see."""
    rows = select(Recordal).join(Recordal.deal)
    if actor is SYSTEM or actor.is_operator or actor.is_regulator:
        return rows
    if actor.organisation_id is None:
        return rows.where(false())
    own = actor.organisation_id
    return rows.where(or_(Deal.seller_id == own, Deal.buyer_id == own))


def get(actor: Actor, reference: str) -> Recordal:
    """One entry by its reference; another firm's is not there."""
    found = db.session.scalar(visible_to(actor).where(Recordal.reference == reference))
    if found is None:
        raise NotFound("recordal.unknown")
    return found


def listed(actor: Actor, wish: Wish) -> Select[tuple[Recordal]]:
    """The entries of a list page."""
    rows = visible_to(actor).options(
        joinedload(Recordal.asset),
        joinedload(Recordal.deal).joinedload(Deal.listing),
        joinedload(Recordal.deal).joinedload(Deal.seller),
        joinedload(Recordal.deal).joinedload(Deal.buyer),
        joinedload(Recordal.deal).selectinload(Deal.evidence).joinedload(Evidence.document),
        joinedload(Recordal.deal).selectinload(Deal.items),
    )
    if wish.office:
        of_office = [one.id for one in procedures.table() if one.office_code == wish.office]
        rows = rows.where(Recordal.procedure.in_(of_office))
    rows = rows.where(*_in_state(wish.state), *_due(wish.when))
    if wish.search:
        rows = rows.join(Deal.listing).outerjoin(Recordal.asset).where(_mentions(wish.search))
    return rows.order_by(*SORTS.get(wish.sort, SORTS["due"]))


def _in_state(state: str) -> list[Any]:
    if state == "open":
        return [Recordal.state.in_(OPEN), Deal.state != DealState.CANCELLED]
    if state in {one.value for one in RecordalState}:
        return [Recordal.state == RecordalState(state)]
    return []


def _due(when: str) -> list[Any]:
    today = clock.today()
    match when:
        case "late":
            return [today > NEXT_DAY]
        case "soon":
            return [and_(today <= NEXT_DAY, today + timedelta(days=SOON_DAYS) >= NEXT_DAY)]
        case "dated":
            return [NEXT_DAY.is_not(None)]
        case _:
            return []


def _mentions(words: str) -> Any:
    return or_(
        Recordal.reference.contains(words.upper(), autoescape=True),
        Recordal.office_number.icontains(words, autoescape=True),
        Deal.reference.contains(words.upper(), autoescape=True),
        Listing.title.icontains(words, autoescape=True),
        Asset.title.icontains(words, autoescape=True),
        Asset.application_number.icontains(words, autoescape=True),
        Asset.patent_number.icontains(words, autoescape=True),
        Asset.registration_number.icontains(words, autoescape=True),
    )
