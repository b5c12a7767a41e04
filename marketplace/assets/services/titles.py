"""Verifying titles against register extracts."""

from collections.abc import Sequence
from datetime import date, timedelta

from marketplace.assets import policy
from marketplace.assets.models import Asset, TitleVerification, VerificationState
from marketplace.assets.services import legal_events
from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.documents.models import Document

OLDEST_EXTRACT = timedelta(days=180)


def request_verification(
    actor: Actor, asset: Asset, *, extract: Document, extract_date: date
) -> TitleVerification:
    """Ask an operator to check the title against a register extract of a day."""
    require(actor, policy.request_verification, asset)
    today = clock.today()
    if extract_date > today:
        raise Invalid("title.extract_in_future", fields={"extract_date": "title.extract_in_future"})
    if today - extract_date > OLDEST_EXTRACT:
        raise Invalid("title.extract_too_old", fields={"extract_date": "title.extract_too_old"})
    if any(v.state is VerificationState.REQUESTED for v in asset.verifications):
        raise Invalid("title.already_requested")
    made = TitleVerification(
        asset=asset,
        extract_id=extract.id,
        extract_date=extract_date,
        requested_by_id=actor.user_id,
    )
    db.session.add(made)
    events.record(made, "title.request", by=actor, asset=asset.reference)
    return made


def withdraw_request(actor: Actor, verification: TitleVerification) -> None:
    """Take a request back before it is decided."""
    require(actor, policy.request_verification, verification.asset)
    advance(verification, "withdraw", by=actor)


def confirm_title(actor: Actor, verification: TitleVerification, *, because: str = "") -> None:
    """The extract shows the owners as recorded: the title is verified as of the extract's day."""
    require(actor, policy.decide_title, verification)
    _decide(actor, verification, "confirm", because)
    legal_events.look_into_register(verification.asset, verification.extract_date)


def refuse_title(actor: Actor, verification: TitleVerification, *, because: str) -> None:
    """The extract does not prove the title; the reason goes to the keeper."""
    require(actor, policy.decide_title, verification)
    if not because.strip():
        raise Invalid("reason.required", fields={"because": "reason.required"})
    _decide(actor, verification, "refuse", because)


def outdate(asset: Asset, before: Sequence[object], after: Sequence[object], *, by: Actor) -> None:
    """What was verified is no longer what is on record: the title has to be verified again.

    A number that was not known before takes nothing from the verification.
    """
    if all(one is None or one == other for one, other in zip(before, after, strict=True)):
        return
    for done in asset.verifications:
        if done.state is VerificationState.CONFIRMED:
            advance(done, "outdate", by=by, asset=asset.reference)


def _decide(actor: Actor, verification: TitleVerification, action: str, because: str) -> None:
    advance(verification, action, by=actor, because=because, asset=verification.asset.reference)
    verification.decided_by_id = actor.user_id
    verification.decided_at = clock.now()
    verification.reason = because
