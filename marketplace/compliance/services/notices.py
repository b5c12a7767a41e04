"""Verbs of public notices and objections.

What a notice says is worked out by the package whose noun it is about; here it is frozen, hashed,
counted down, held by objections and ended.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.compliance import policy
from marketplace.compliance.models import (
    Notice,
    NoticeKind,
    NoticeState,
    Objection,
    ObjectionState,
    PeriodUnit,
)
from marketplace.core import clock, events, signing, working_days
from marketplace.core.db import Record, db, lock, one_at_a_time
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.core.references import next_reference
from marketplace.documents.models import Document
from marketplace.organisations.models import Organisation

ANSWER_WITHIN = timedelta(days=7)  # the exchange's own rule, published with each notice
CONFIRM_WITHIN = 3 * 24 * 3600
LONGEST = 8_000


@dataclass(frozen=True)
class Draft:
    """What a notice is to say, as its own package worked it out; `content` is plain JSON."""

    kind: NoticeKind
    organisation: Organisation
    title: str
    title_en: str
    content: Mapping[str, Any]
    period_days: int
    period_unit: PeriodUnit = PeriodUnit.CALENDAR
    right_kinds: tuple[str, ...] = ()


def draft(
    actor: Actor,
    subject: Record,
    given: Draft,
    *,
    corrects: Notice | None = None,
    because: str = "",
) -> Notice:
    """Draw a notice up; a draft there is already is drawn up anew. Nobody else sees it yet.

    One notice of a kind runs for a subject; what is wrong in it is corrected by a new one.
    """
    may_draft(actor, given.organisation)
    db.session.flush()  # the subject needs its id
    one_at_a_time(f"notice:{subject.__tablename__}:{subject.id}")
    standing = _of(subject, given.kind)
    if any(one.is_live for one in standing) and corrects is None:
        raise Refused("notice.exists")
    if corrects is not None and not because.strip():
        raise Invalid("reason.missing", fields={"because": "reason.missing"})
    notice = next((one for one in standing if one.state is NoticeState.DRAFT), None)
    if notice is None:
        notice = Notice(
            reference=next_reference("N"),
            subject_kind=subject.__tablename__,
            subject_id=subject.id,
            kind=given.kind,
            organisation=given.organisation,
            organisation_id=given.organisation.id,
        )
    notice.title, notice.title_en = given.title[:300], given.title_en[:300]
    notice.content = dict(given.content)
    notice.right_kinds = f",{','.join(given.right_kinds)}," if given.right_kinds else ""
    notice.region, notice.city = given.organisation.region, given.organisation.city
    notice.period_days, notice.period_unit = given.period_days, given.period_unit
    notice.corrects, notice.correction = corrects, because.strip()
    db.session.add(notice)
    events.record(notice, "notice.draft", by=actor, because=because, reference=notice.reference)
    return notice


def may_draft(actor: Actor, organisation: Organisation) -> None:
    """Refuse whoever may not announce anything for an organisation."""
    require(actor, policy.publish_notice, Notice(organisation_id=organisation.id))


def publish(actor: Actor, notice: Notice, *, posted_inside: str = "") -> None:
    """Put it on the board: content frozen and hashed, the period begins the day after (民法典 201).

    Of an agreed price the law wants a posting inside the institution as well: where it hangs is
    part of the notice. A calendar of working days that is not out yet is refused, not guessed.
    """
    require(actor, policy.publish_notice, notice)
    lock(notice)
    notice.lifecycle.target(notice.state, "publish")
    if notice.kind is NoticeKind.AGREED_PRICE and not posted_inside.strip():
        raise Invalid("notice.posted_inside", fields={"posted_inside": "notice.posted_inside"})
    today = clock.today()
    notice.published_at = clock.now()
    notice.starts_on = today + timedelta(days=1)
    notice.ends_on = last_day(today, notice.period_days, notice.period_unit)
    notice.content = {
        **notice.content,
        "reference": notice.reference,
        "kind": notice.kind.value,
        "title": notice.title,
        "title_en": notice.title_en,
        "publisher": notice.organisation.name,
        "posted_inside": posted_inside.strip()[:300],
        "published_on": today.isoformat(),
        "starts_on": notice.starts_on.isoformat(),
        "ends_on": notice.ends_on.isoformat(),
        "period_days": notice.period_days,
        "period_unit": notice.period_unit.value,
        "corrects": notice.corrects.reference if notice.corrects else "",
        "correction": notice.correction,
    }
    notice.sha256 = fingerprint(notice.content)
    advance(
        notice, "publish", by=actor, ends_on=notice.ends_on, sha256=notice.sha256,
        because=notice.correction,
    )  # fmt: skip
    corrected = notice.corrects
    if corrected is not None and corrected.is_live:
        _close(actor, corrected, notice.correction)


def withdraw(actor: Actor, notice: Notice, *, because: str) -> None:
    """Take a published notice back, with a reason; it stays to be read."""
    require(actor, policy.withdraw_notice, notice)
    if not because.strip():
        raise Invalid("reason.missing", fields={"because": "reason.missing"})
    _close(actor, notice, because)


def end_due(today: date | None = None) -> list[Notice]:
    """End the notices whose last day is over and which no objection holds."""
    day = today or clock.today()
    due = db.session.scalars(
        select(Notice)
        .where(Notice.state == NoticeState.PUBLISHED, Notice.ends_on < day)
        .order_by(Notice.id)
    ).all()
    for notice in due:
        advance(notice, "end", by=SYSTEM)
        notice.ended_at = clock.now()
    return list(due)


def last_day(published_on: date, days: int, unit: PeriodUnit) -> date:
    """The last day of a period that begins after the day of publication."""
    if unit is PeriodUnit.WORKING:
        return working_days.add(published_on, days)
    return published_on + timedelta(days=days)


def fingerprint(content: Mapping[str, Any]) -> str:
    """The SHA-256 of what a notice or filing says, in one fixed order."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def is_unchanged(notice: Notice) -> bool:
    """Whether the content is still what was published."""
    return bool(notice.sha256) and fingerprint(notice.content) == notice.sha256


# ---- objections ----------------------------------------------------------------------------------


def raise_objection(
    actor: Actor,
    notice: Notice,
    *,
    name: str,
    email: str,
    text: str,
    locale: str = "zh_Hans",
    document: Document | None = None,
) -> Objection:
    """Object to a running notice. Who is signed in objects at once; others confirm by a link.

    An open objection holds the notice, and whatever waits for it, until it is decided.
    """
    require(actor, policy.object_to, notice)
    lock(notice)
    require(actor, policy.object_to, notice)  # it may have ended while we waited
    _must_be_complete(name, email, text)
    objection = Objection(
        notice=notice,
        user_id=actor.user_id,
        organisation_id=actor.organisation_id,
        name=name.strip()[:80],
        email=email.strip().lower()[:254],
        locale=locale,
        text=text.strip(),
        document=document,
        state=ObjectionState.UNCONFIRMED,
    )
    db.session.add(objection)
    if actor.user_id is None:
        events.record(objection, "objection.confirm_request", by=actor, notice=notice.reference)
        return objection
    db.session.flush()
    _file(actor, objection)
    return objection


def confirmation(objection: Objection) -> str:
    """The token of the link that confirms an objection; three days."""
    return signing.sign("objection", [objection.id, objection.email])


def read_confirmation(token: str) -> Objection:
    """Whose objection a link confirms, or Invalid `token.invalid`."""
    payload = signing.unsign("objection", token, max_age_seconds=CONFIRM_WITHIN)
    found = db.session.get(Objection, payload[0])
    if found is None or found.email != payload[1]:
        raise Invalid("token.invalid")
    return found


def confirm_objection(token: str) -> Objection:
    """The link was opened: the objection counts. Opening it twice is opening it once."""
    objection = read_confirmation(token)
    lock(objection)
    if objection.state is not ObjectionState.UNCONFIRMED:
        return objection
    if not objection.notice.is_live:
        raise Refused("objection.too_late")
    _file(Actor(None, None, "visitor"), objection)
    return objection


def answer_objection(actor: Actor, objection: Objection, *, text: str) -> None:
    """The institution says what it thinks of it; the decision may follow."""
    require(actor, policy.answer_objection, objection)
    if not text.strip():
        raise Invalid("objection.text", fields={"text": "objection.text"})
    advance(objection, "answer", by=actor)
    objection.answer, objection.answered_at = text.strip(), clock.now()


def decide_objection(actor: Actor, objection: Objection, *, uphold: bool, because: str) -> None:
    """Uphold it: the notice falls, and a corrected one begins anew. Or reject it, with reasons."""
    require(actor, policy.decide_objection, objection)
    if not because.strip():
        raise Invalid("reason.missing", fields={"because": "reason.missing"})
    lock(objection.notice)
    advance(objection, "uphold" if uphold else "reject", by=actor, because=because)
    objection.decision, objection.decided_at = because.strip(), clock.now()
    objection.decided_by_id = actor.organisation_id
    if uphold and objection.notice.is_live:
        _close(actor, objection.notice, because)
    _resume(objection.notice)


def withdraw_objection(actor: Actor, objection: Objection) -> None:
    """Take one's objection back."""
    require(actor, policy.withdraw_objection, objection)
    lock(objection.notice)
    advance(objection, "withdraw", by=actor)
    _resume(objection.notice)


def _must_be_complete(name: str, email: str, text: str) -> None:
    wrong = {}
    if not name.strip():
        wrong["name"] = "objection.name"
    if "@" not in email:
        wrong["email"] = "objection.email"
    if not text.strip() or len(text) > LONGEST:
        wrong["text"] = "objection.text"
    if wrong:
        raise Invalid("objection.incomplete", fields=wrong)


def _file(actor: Actor, objection: Objection) -> None:
    lock(objection.notice)
    advance(objection, "confirm", by=actor, notice=objection.notice.reference)
    objection.due_at = clock.now() + ANSWER_WITHIN
    if objection.notice.state is NoticeState.PUBLISHED:
        advance(objection.notice, "hold", by=SYSTEM)


def _resume(notice: Notice) -> None:
    db.session.flush()
    db.session.refresh(notice, ["objections"])
    if notice.state is NoticeState.HELD and not notice.open_objections:
        advance(notice, "resume", by=SYSTEM)


def _close(actor: Actor, notice: Notice, because: str) -> None:
    advance(notice, "withdraw", by=actor, because=because)
    notice.withdrawn_because = because.strip()


def _of(subject: Record, kind: NoticeKind) -> list[Notice]:
    return list(
        db.session.scalars(
            select(Notice).where(
                Notice.subject_kind == subject.__tablename__,
                Notice.subject_id == subject.id,
                Notice.kind == kind,
            )
        )
    )
