"""Waivers: asked for with a paper, confirmed by a second pair of eyes, revocable."""

from collections.abc import Collection

from marketplace.compliance import policy, worklist
from marketplace.compliance.models import Waiver, WaiverState
from marketplace.core import clock, events
from marketplace.core.db import Record, db
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.documents.models import Document
from marketplace.rules.library import load

OPEN = (WaiverState.ASKED, WaiverState.CONFIRMED)


def ask_waiver(
    subject: Record,
    *,
    by: Actor,
    rule: str,
    given_by: str,
    holder: str,
    because: str,
    document: Document,
    standing: Collection[str],
) -> Waiver:
    """File the paper by which somebody renounces what a rule asks; the exchange has to confirm it.

    For callers that proved the actor's part in the subject. `standing` are the rules that stand
    open there. Refused: `waiver.not_allowed` for a rule that nobody may waive.
    """
    found = load().by_id.get(rule)
    if found is None or found.waiver is None:
        raise Refused("waiver.not_allowed", rule=found.title.zh if found else rule)
    if rule not in standing:
        raise Refused("waiver.not_needed")
    wrong = {}
    if given_by not in found.waiver.by:
        wrong["given_by"] = "waiver.not_by"
    if not holder.strip():
        wrong["holder"] = "waiver.holder"
    if not because.strip():
        wrong["because"] = "waiver.because"
    if wrong:
        raise Invalid("waiver.incomplete", fields=wrong)
    if any(one.rule == rule and one.state in OPEN for one in worklist.waivers_of(subject)):
        raise Refused("waiver.asked_already")
    waiver = Waiver(
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        rule=rule,
        given_by=given_by,
        holder=holder.strip()[:200],
        because=because.strip()[:1000],
        document=document,
        filed_by_id=by.organisation_id,
        asked_by_id=by.user_id,
    )
    db.session.add(waiver)
    events.record(waiver, "waiver.ask", by=by, because=waiver.because, rule=rule)
    return waiver


def confirm_waiver(actor: Actor, waiver: Waiver, *, because: str = "") -> None:
    """The exchange saw the paper: the rule is waived. Never by the person who asked for it."""
    require(actor, policy.decide_waiver, waiver)
    _decide(actor, waiver, "confirm", because)


def refuse_waiver(actor: Actor, waiver: Waiver, *, because: str) -> None:
    """The paper does not say so, or not by whom it must; the reason is told."""
    require(actor, policy.decide_waiver, waiver)
    if not because.strip():
        raise Invalid("waiver.because", fields={"because": "waiver.because"})
    _decide(actor, waiver, "refuse", because)


def revoke_waiver(waiver: Waiver, *, by: Actor, because: str) -> None:
    """Take a waiver back; for callers that proved that it may still be."""
    if not because.strip():
        raise Invalid("waiver.because", fields={"because": "waiver.because"})
    advance(waiver, "revoke", by=by, because=because.strip(), rule=waiver.rule)
    waiver.reason = because.strip()


def _decide(actor: Actor, waiver: Waiver, action: str, because: str) -> None:
    if waiver.asked_by_id is not None and waiver.asked_by_id == actor.user_id:
        raise Refused("waiver.same_person")
    advance(waiver, action, by=actor, because=because.strip(), rule=waiver.rule)
    waiver.decided_by_id, waiver.decided_at = actor.user_id, clock.now()
    waiver.reason = because.strip()
