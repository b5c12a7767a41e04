"""Licences: written by deals, or declared by the keeper and confirmed by an operator."""

from datetime import date

from marketplace.assets import bundle, policy
from marketplace.assets.models import Asset, EventSource, Licence, LicenceState
from marketplace.assets.scopes import TERRITORIES
from marketplace.assets.services.burdens import telling
from marketplace.assets.services.burdens.saying import (
    must_be_in_order,
    must_be_past,
    must_say_why,
)
from marketplace.core import events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.documents.models import Document


def declare_licence(
    actor: Actor, asset: Asset, said: bundle.Burden, *, evidence: Document | None = None
) -> Licence:
    """Say that somebody holds a licence; it counts at once, an operator confirms it."""
    require(actor, policy.declare_licence, asset)
    lock(asset)  # of a deal and a declaration at once, one sees the other
    made = _record(asset, said)
    made.evidence_id = evidence.id if evidence else None
    db.session.add(made)
    events.record(made, "licence.declare", by=actor, asset=asset.reference)
    return made


def register_licence(actor: Actor, licence: Licence, *, because: str = "") -> None:
    """The contract or the office's register shows the licence."""
    require(actor, policy.decide_licence, licence)
    advance(licence, "register", by=actor, because=because, asset=licence.asset.reference)
    telling.of_licence(licence, by=actor, source=EventSource.OPERATOR)


def refuse_licence(actor: Actor, licence: Licence, *, because: str) -> None:
    """There is no such licence; it counts no longer."""
    require(actor, policy.decide_licence, licence)
    must_say_why(because)
    advance(licence, "refuse", by=actor, because=because, asset=licence.asset.reference)


def withdraw_licence(actor: Actor, licence: Licence, *, because: str) -> None:
    """Take a declaration back before it is confirmed."""
    require(actor, policy.declare_licence, licence.asset)
    must_say_why(because)
    advance(licence, "withdraw", by=actor, because=because, asset=licence.asset.reference)


def declare_licence_end(
    actor: Actor, licence: Licence, *, ended_on: date, evidence: Document
) -> None:
    """Say that a licence ended before its time; it stands until an operator confirms that."""
    require(actor, policy.declare_licence, licence.asset)
    _check_end(licence, ended_on)
    advance(licence, "declare_end", by=actor, asset=licence.asset.reference)
    licence.ended_on, licence.end_evidence_id = ended_on, evidence.id


def refuse_licence_end(actor: Actor, licence: Licence, *, because: str) -> None:
    """The licence goes on."""
    require(actor, policy.decide_licence, licence)
    must_say_why(because)
    advance(licence, "refuse_end", by=actor, because=because, asset=licence.asset.reference)
    licence.ended_on = licence.end_evidence_id = None


def end_licence(actor: Actor, licence: Licence, *, ended_on: date, because: str = "") -> None:
    """The licence has ended: its scope is free again."""
    require(actor, policy.decide_licence, licence)
    _check_end(licence, ended_on)
    advance(licence, "end", by=actor, because=because, asset=licence.asset.reference)
    licence.ended_on = ended_on
    telling.of_licence_end(licence, ended_on, by=actor)


def grant_licence(
    asset: Asset, granted: bundle.Burden, *, by: Actor, deal_reference: str
) -> Licence:
    """Write a licence into the right's register. A deal calls it at closing, once per deal."""
    known = (
        db.session.query(Licence)
        .filter_by(asset_id=asset.id, deal_reference=deal_reference)
        .one_or_none()
    )
    if known is not None:
        return known
    made = _record(asset, granted, state=LicenceState.REGISTERED)
    made.deal_reference = deal_reference
    db.session.add(made)
    events.record(asset, "asset.licence", by=by, deal=deal_reference, licensee=granted.holder.name)
    telling.of_licence(made, by=by, source=EventSource.DEAL)
    return made


def _record(
    asset: Asset, said: bundle.Burden, *, state: LicenceState = LicenceState.DECLARED
) -> Licence:
    scope = said.scope
    if said.grant is None or scope is None or not said.holder.name:
        raise Invalid("licence.incomplete", fields={"grant": "licence.incomplete"})
    if not {t.lstrip("-") for t in scope.territory} <= TERRITORIES or not scope.territory:
        raise Invalid("licence.territory", fields={"territory": "licence.territory"})
    must_be_in_order(scope.starts, scope.ends, "ends_on")
    return Licence(
        asset=asset,
        licensee_name=said.holder.name,
        licensee_id=said.holder.id,
        grant=said.grant.value,
        territory=",".join(sorted(scope.territory)),
        field=",".join(sorted(scope.fields)),
        sublicence=said.sublicence,
        starts_on=scope.starts,
        ends_on=scope.ends,
        recordal_number=said.number,
        state=state,
    )


def _check_end(licence: Licence, ended_on: date) -> None:
    must_be_past(ended_on, "ended_on")
    must_be_in_order(licence.starts_on, ended_on, "ended_on")
