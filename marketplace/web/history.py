"""What happened to a record, as its page tells it: what, who, when, why."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from marketplace.audit import queries as audit
from marketplace.core.db import Record, db
from marketplace.core.events import Event
from marketplace.core.words import knows
from marketplace.organisations.models import Organisation, User
from marketplace.web.locale import gettext
from marketplace.web.presentation import org_name, words

TONES = {
    "return": "warn", "refuse": "bad", "decline": "bad", "withdraw": "warn", "expire": "warn",
    "lapse": "warn", "cancel": "bad", "publish": "ok", "accept": "ok", "close": "ok",
    "confirm": "ok",
}  # fmt: skip
ICONS = {"ok": "circle-check", "warn": "clock", "bad": "circle-x"}
REASONS = ("expiry_reason", "lapse_reason")


def entries(*subjects: Record) -> list[dict[str, Any]]:
    """The events of records that the reader may see, newest first, for ui.history."""
    return of_events(reversed(audit.timeline(*subjects)))


def of_events(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events with the names of those who acted, in three statements whatever their number."""
    found = list(events)
    people = _by_id(User, {e.user_id for e in found})
    bodies = _by_id(Organisation, {e.organisation_id for e in found})
    return [_entry(e, people.get(e.user_id), bodies.get(e.organisation_id)) for e in found]


def _by_id(model: Any, ids: set[int | None]) -> dict[Any, Any]:
    wanted = [i for i in ids if i is not None]
    if not wanted:
        return {}
    return {row.id: row for row in db.session.scalars(select(model).where(model.id.in_(wanted)))}


def _entry(event: Event, person: User | None, body: Organisation | None) -> dict[str, Any]:
    tone = TONES.get(event.kind.rsplit(".", 1)[-1], "")
    return {
        "text": words("events", event.kind),
        "who": _who(person, body, event.facts.get("under")),
        "at": event.created_at,
        "because": event.because or _reason(event.facts.get("reason")),
        "tone": tone,
        "ic": ICONS.get(tone, "circle-dot"),
    }


def _who(person: User | None, body: Organisation | None, under: str | None = None) -> str:
    """Who acted; for another, under which mandate."""
    if under and person is not None and body is not None:
        return gettext(
            "%(organisation)s · %(person)s，依委托 %(reference)s 代办",
            organisation=org_name(body),
            person=person.name,
            reference=under,
        )
    if person is None:
        return gettext("系统")
    if body is None:
        return person.name
    return gettext("%(organisation)s · %(person)s", organisation=org_name(body), person=person.name)


def _reason(code: Any) -> str:
    for prefix in REASONS:
        if isinstance(code, str) and knows("enums", f"{prefix}.{code}"):
            return words("enums", f"{prefix}.{code}")
    return ""
