"""Reading what happened to rights: status, chain of title, freshness, what is due."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from marketplace.assets import policy, terms
from marketplace.assets.legal_status import replay
from marketplace.assets.legal_status.chain import Chain, title_chain
from marketplace.assets.legal_status.codes import ADVERSE, Code
from marketplace.assets.legal_status.freshness import Freshness, freshness
from marketplace.assets.legal_status.happenings import Happening
from marketplace.assets.models import (
    Asset,
    AssetKind,
    LegalEvent,
    LegalEventState,
    LegalStatus,
)
from marketplace.assets.queries import visible_to
from marketplace.core import clock, settings
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor, require

GONE = frozenset({LegalEventState.REFUSED, LegalEventState.WITHDRAWN})
OVER = frozenset(
    {LegalStatus.LAPSED, LegalStatus.EXPIRED, LegalStatus.INVALIDATED, LegalStatus.CANCELLED}
)  # a right that is not there any more, or never was


def events_of(asset: Asset) -> list[LegalEvent]:
    """All that was ever said to have happened to a right, newest first."""
    return list(
        db.session.scalars(
            select(LegalEvent)
            .options(joinedload(LegalEvent.evidence))
            .where(LegalEvent.asset_id == asset.id)
            .order_by(LegalEvent.happened_on.desc(), LegalEvent.id.desc())
        )
    )


def standing_events(asset: Asset) -> list[LegalEvent]:
    """What was neither refused nor taken back."""
    return [e for e in events_of(asset) if e.state not in GONE]


def counts(event: LegalEvent) -> bool:
    """Whether it bears on the status: checked, of the record, or said against one's own right."""
    if event.state is LegalEventState.DECLARED:
        return event.code in ADVERSE
    return event.state not in GONE


def happening(event: LegalEvent) -> Happening:
    """An event as the thinking needs it."""
    return Happening(
        Code(event.code),
        event.happened_on,
        number=event.number,
        givers=tuple(event.givers),
        takers=tuple(event.takers),
        reference=f"{event.id:012}",
    )


def calendar_of(asset: Asset) -> replay.Calendar:
    """What the calendar says of a right, as it is on record."""
    is_mark = asset.kind is AssetKind.TRADEMARK and asset.jurisdiction == "CN"
    last, due = asset.last_day, asset.fee_due_on
    return replay.Calendar(
        last_day=last,
        grace_ends=terms.renewal_window(last).grace_ends if is_mark and last else None,
        fee_due=due,
        fee_grace_ends=terms.add_months(due, terms.GRACE_MONTHS) if due else None,
    )


def status_of(
    asset: Asset, on: date | None = None, events: Iterable[LegalEvent] | None = None
) -> replay.Status:
    """How a right stands on a day, by its events that count and by the calendar."""
    told = standing_events(asset) if events is None else events
    return replay.replay(
        (happening(e) for e in told if counts(e)),
        asset.kind.value,
        on or clock.today(),
        calendar_of(asset),
    )


def chain_of(asset: Asset, events: Iterable[LegalEvent] | None = None) -> Chain:
    """Who held a right when; what is only declared is told too."""
    told = standing_events(asset) if events is None else events
    return title_chain(
        (happening(e) for e in told if e.state not in GONE), [o.name for o in asset.owners]
    )


def freshness_of(asset: Asset) -> Freshness:
    """How old what we know of it is."""
    now = settings.current()
    return freshness(asset.checked_on, clock.today(), fresh=now.fresh_days, stale=now.stale_days)


def declared(actor: Actor, *, state: str = "", text: str = "") -> Select[tuple[LegalEvent]]:
    """The operators' desk: what keepers declared, oldest first."""
    require(actor, policy.decide_event)
    found = (
        select(LegalEvent)
        .join(LegalEvent.asset)
        .options(
            joinedload(LegalEvent.asset).joinedload(Asset.keeper), joinedload(LegalEvent.evidence)
        )
        .order_by(LegalEvent.id)
    )
    if state in set(LegalEventState):
        found = found.where(LegalEvent.state == LegalEventState(state))
    if text:
        like = f"%{text}%"
        found = found.where(
            or_(
                Asset.title.ilike(like),
                Asset.reference.ilike(like),
                Asset.application_number.ilike(like),
                Asset.registration_number.ilike(like),
            )
        )
    return found


def legal_event(actor: Actor, event_id: int) -> LegalEvent:
    """One event of a right that the reader may see."""
    found = db.session.get(LegalEvent, event_id)
    if (
        found is None
        or db.session.scalar(visible_to(actor).where(Asset.id == found.asset_id)) is None
    ):
        raise NotFound("legal_event")
    return found
