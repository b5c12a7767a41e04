"""What keepers say happened to their rights, and what an operator finds in the register."""

from datetime import date

from marketplace.assets import policy
from marketplace.assets.legal_status.codes import CHANGES_HOLDER, codes_for
from marketplace.assets.legal_status.happenings import Details
from marketplace.assets.models import (
    Asset,
    EventSource,
    LegalEvent,
    LegalEventState,
)
from marketplace.assets.queries.legal import standing_events
from marketplace.assets.services.legal_events.noting import (
    NO_DETAILS,
    key_of,
    look_into_register,
    note,
    take_effect,
    undo,
)
from marketplace.core import clock, events
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.documents.models import Document


def declare(
    actor: Actor,
    asset: Asset,
    code: str,
    *,
    happened_on: date,
    details: Details = NO_DETAILS,
    evidence: Document | None = None,
) -> LegalEvent:
    """Say that something happened; an operator holds it against the register.

    An operator's own declaration is confirmed by being made.
    """
    require(actor, policy.declare_event, asset)
    _check(asset, code, happened_on, details)
    key = key_of(code, happened_on, details)
    known = next((e for e in standing_events(asset) if e.natural_key == key), None)
    if known is not None:
        return _ask_for(actor, known, evidence)
    made = note(
        asset,
        code,
        happened_on=happened_on,
        by=actor,
        source=EventSource.OPERATOR if actor.is_operator else EventSource.KEEPER,
        details=details,
        evidence=evidence,
        state=LegalEventState.CONFIRMED if actor.is_operator else LegalEventState.DECLARED,
        silently=True,
    )
    if actor.is_operator:
        made.decided_by_id, made.decided_at = actor.user_id, clock.now()
        look_into_register(asset, clock.today())
        events.record(made, "legal_event.note", by=actor, asset=asset.reference, code=code)
    else:
        events.record(made, "legal_event.declare", by=actor, asset=asset.reference, code=code)
    return made


def _ask_for(actor: Actor, event: LegalEvent, evidence: Document | None) -> LegalEvent:
    """What follows from the record already is to be held against the register too."""
    if event.state is not LegalEventState.RECORDED:
        raise Invalid("legal_event.known")
    event.evidence_id = evidence.id if evidence else event.evidence_id
    if actor.is_operator:
        confirm(actor, event)
    else:
        advance(event, "declare", by=actor, asset=event.asset.reference, code=event.code)
    return event


def confirm(actor: Actor, event: LegalEvent, *, because: str = "") -> None:
    """The register shows it; so it was looked into today."""
    require(actor, policy.decide_event, event)
    _decide(actor, event, "confirm", because)
    look_into_register(event.asset, clock.today())
    take_effect(event, actor)


def refuse(actor: Actor, event: LegalEvent, *, because: str) -> None:
    """The register does not show it; the reason goes to the keeper."""
    require(actor, policy.decide_event, event)
    _reasoned(because)
    _decide(actor, event, "refuse", because)
    undo(event, actor)


def withdraw(actor: Actor, event: LegalEvent, *, because: str) -> None:
    """Take a declaration back before it is decided."""
    require(actor, policy.declare_event, event.asset)
    _reasoned(because)
    advance(event, "withdraw", by=actor, because=because, asset=event.asset.reference)
    event.reason = because
    undo(event, actor)


def _check(asset: Asset, code: str, happened_on: date, details: Details) -> None:
    if code not in codes_for(asset.kind.value):
        raise Invalid("legal_event.code", fields={"code": "legal_event.code"})
    today, published_on = clock.today(), details.published_on
    for name, day in (("happened_on", happened_on), ("published_on", published_on)):
        if day is not None and day > today:
            raise Invalid("legal_event.in_future", fields={name: "legal_event.in_future"})
    if published_on is not None and published_on < happened_on:
        raise Invalid(
            "legal_event.published_before", fields={"published_on": "legal_event.published_before"}
        )
    if code in CHANGES_HOLDER:
        for name, parties in (("givers", details.givers), ("takers", details.takers)):
            if not parties:
                raise Invalid("legal_event.parties", fields={name: "legal_event.parties"})


def _decide(actor: Actor, event: LegalEvent, action: str, because: str) -> None:
    advance(event, action, by=actor, because=because, asset=event.asset.reference)
    event.decided_by_id, event.decided_at = actor.user_id, clock.now()
    event.reason = because


def _reasoned(because: str) -> None:
    if not because.strip():
        raise Invalid("reason.required", fields={"because": "reason.required"})
