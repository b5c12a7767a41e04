"""Pledges: declared by the keeper, registered and released by an operator."""

from datetime import date

from marketplace.assets import policy
from marketplace.assets.models import NEVER_DEALT_IN, Asset, Pledge, PledgeState
from marketplace.assets.services.burdens import telling
from marketplace.assets.services.burdens.saying import must_say_why
from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.documents.models import Document
from marketplace.organisations.models import Organisation


def declare_pledge(
    actor: Actor,
    asset: Asset,
    *,
    lender_name: str,
    register_number: str,
    registered_on: date,
    lender: Organisation | None = None,
    amount: Money | None = None,
    due_on: date | None = None,
    evidence: Document | None = None,
) -> Pledge:
    """Say that a right is pledged; an operator confirms it against the registration notice."""
    require(actor, policy.declare_pledge, asset)
    _check(asset, register_number, registered_on)
    made = Pledge(
        asset=asset,
        lender_name=lender.name if lender else lender_name,
        lender_id=lender.id if lender else None,
        register_number=register_number,
        registered_on=registered_on,
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else "CNY",
        due_on=due_on,
        evidence_id=evidence.id if evidence else None,
    )
    db.session.add(made)
    events.record(made, "pledge.declare", by=actor, asset=asset.reference)
    return made


def register_pledge(actor: Actor, pledge: Pledge, *, because: str = "") -> None:
    """The register shows the pledge: from now on it is a flag on the right."""
    require(actor, policy.decide_pledge, pledge)
    advance(pledge, "register", by=actor, because=because, asset=pledge.asset.reference)
    telling.of_pledge(pledge, by=actor)


def refuse_pledge(actor: Actor, pledge: Pledge, *, because: str) -> None:
    """The register does not show the pledge."""
    require(actor, policy.decide_pledge, pledge)
    must_say_why(because)
    advance(pledge, "refuse", by=actor, because=because, asset=pledge.asset.reference)


def revise_pledge(
    actor: Actor,
    pledge: Pledge,
    *,
    lender_name: str,
    register_number: str,
    registered_on: date,
    lender: Organisation | None = None,
    amount: Money | None = None,
    due_on: date | None = None,
    evidence: Document | None = None,
) -> None:
    """Correct a declaration that nobody has decided yet; its file stays unless there is a new one."""
    require(actor, policy.declare_pledge, pledge.asset)
    _check(pledge.asset, register_number, registered_on, but=pledge)
    advance(pledge, "revise", by=actor, asset=pledge.asset.reference)
    pledge.lender_name = lender.name if lender else lender_name
    pledge.lender_id = lender.id if lender else None
    pledge.register_number, pledge.registered_on = register_number, registered_on
    pledge.amount_minor = amount.minor if amount else None
    pledge.due_on = due_on
    pledge.evidence_id = evidence.id if evidence else pledge.evidence_id


def withdraw_pledge(actor: Actor, pledge: Pledge, *, because: str) -> None:
    """Take a declaration back before it is decided; a registered pledge can only be released."""
    require(actor, policy.declare_pledge, pledge.asset)
    must_say_why(because)
    advance(pledge, "withdraw", by=actor, because=because, asset=pledge.asset.reference)


def declare_release(actor: Actor, pledge: Pledge, *, released_on: date, evidence: Document) -> None:
    """Say that a pledge was struck from the register; it stands until an operator confirms that."""
    require(actor, policy.declare_pledge, pledge.asset)
    _check_release(pledge, released_on)
    advance(pledge, "declare_release", by=actor, asset=pledge.asset.reference)
    pledge.released_on, pledge.release_evidence_id = released_on, evidence.id


def refuse_release(actor: Actor, pledge: Pledge, *, because: str) -> None:
    """The register still shows the pledge: it goes on standing."""
    require(actor, policy.decide_pledge, pledge)
    must_say_why(because)
    advance(pledge, "refuse_release", by=actor, because=because, asset=pledge.asset.reference)
    pledge.released_on = pledge.release_evidence_id = None


def release_pledge(
    actor: Actor,
    pledge: Pledge,
    *,
    released_on: date,
    evidence: Document | None = None,
    because: str = "",
) -> None:
    """The pledge has been struck from the register."""
    require(actor, policy.decide_pledge, pledge)
    _check_release(pledge, released_on)
    advance(pledge, "release", by=actor, because=because, asset=pledge.asset.reference)
    pledge.released_on = released_on
    pledge.release_evidence_id = evidence.id if evidence else pledge.release_evidence_id
    telling.of_release(pledge, released_on, by=actor)


def _check(
    asset: Asset, register_number: str, registered_on: date, *, but: Pledge | None = None
) -> None:
    """A pledge is registered by now, and stands in the portfolio once."""
    if asset.kind in NEVER_DEALT_IN:
        raise Invalid("pledge.never")
    if registered_on > clock.today():
        raise Invalid("pledge.in_future", fields={"registered_on": "pledge.in_future"})
    gone = {PledgeState.REFUSED, PledgeState.WITHDRAWN}
    others = (p for p in asset.pledges if p is not but and p.state not in gone)
    if any(p.register_number == register_number for p in others):
        raise Invalid("pledge.known", fields={"register_number": "pledge.known"})


def _check_release(pledge: Pledge, released_on: date) -> None:
    if not pledge.registered_on <= released_on <= clock.today():
        raise Invalid("pledge.release_date", fields={"released_on": "pledge.release_date"})
