"""What else rests on a right: declared by the keeper, confirmed and lifted by an operator."""

from datetime import date

from marketplace.assets import bundle, policy
from marketplace.assets.bundle import DEEDS, BurdenKind
from marketplace.assets.models import PATENTS, Asset, Burden
from marketplace.assets.services.burdens import telling
from marketplace.assets.services.burdens.saying import (
    must_be_in_order,
    must_be_past,
    must_say_why,
)
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.documents.models import Document

KEPT_ELSEWHERE = frozenset({BurdenKind.LICENCE, BurdenKind.PLEDGE})
WITH_HOLDER = frozenset(
    {BurdenKind.FREEZE, BurdenKind.DISPUTE, BurdenKind.SECURITY, BurdenKind.PRIORITY}
)
"""Kinds that mean nothing without a court, a claimant or a holder."""


def declare_burden(
    actor: Actor,
    asset: Asset,
    said: bundle.Burden,
    *,
    note: str = "",
    evidence: Document | None = None,
) -> Burden:
    """Say what rests on a right.

    What stands in the way counts at once; what frees (an agreement of the co-owners) counts once
    an operator has confirmed it.
    """
    require(actor, policy.declare_burden, asset)
    return _declare(actor, asset, said, note=note, evidence=evidence)


def enter_open_licence(
    by: Actor, asset: Asset, *, number: str, published_on: date, evidence: Document
) -> Burden:
    """The office published the owner's open-licence statement (专利法 art. 50); an operator confirms.

    Answers for its callers (marketplace.open_licences), who know who may state it.
    """
    if not number.strip():
        raise Invalid("burden.number_missing", fields={"number": "burden.number_missing"})
    said = bundle.Burden(BurdenKind.OPEN_LICENCE, starts=published_on, number=number.strip()[:80])
    return _declare(by, asset, said, note="", evidence=evidence)


def _declare(
    by: Actor, asset: Asset, said: bundle.Burden, *, note: str, evidence: Document | None
) -> Burden:
    lock(asset)
    _check(asset, said)
    made = Burden(
        asset=asset,
        kind=said.kind,
        holder_name=said.holder.name,
        holder_id=said.holder.id,
        register_number=said.number,
        starts_on=said.starts or clock.today(),
        ends_on=said.ends,
        suspended=said.suspended and said.kind is BurdenKind.DISPUTE,
        priority=said.priority if said.kind is BurdenKind.PRIORITY else None,
        deeds=sorted(said.deeds) if said.kind is BurdenKind.COOWNERSHIP else [],
        note=note.strip(),
        evidence_id=evidence.id if evidence else None,
    )
    db.session.add(made)
    events.record(made, "burden.declare", by=by, **_about(made))
    return made


def confirm_burden(actor: Actor, burden: Burden, *, because: str = "") -> None:
    """The paper or the register shows it."""
    require(actor, policy.decide_burden, burden)
    advance(burden, "confirm", by=actor, because=because, **_about(burden))
    telling.of_burden(burden, by=actor)


def refuse_burden(actor: Actor, burden: Burden, *, because: str) -> None:
    """There is no such thing; it counts no longer."""
    require(actor, policy.decide_burden, burden)
    must_say_why(because)
    advance(burden, "refuse", by=actor, because=because, **_about(burden))


def withdraw_burden(actor: Actor, burden: Burden, *, because: str) -> None:
    """Take a declaration back before it is confirmed."""
    require(actor, policy.declare_burden, burden.asset)
    must_say_why(because)
    advance(burden, "withdraw", by=actor, because=because, **_about(burden))


def declare_lift(actor: Actor, burden: Burden, *, lifted_on: date, evidence: Document) -> None:
    """Say that it is over; it stands until an operator confirms that."""
    require(actor, policy.declare_burden, burden.asset)
    enter_withdrawal(actor, burden, lifted_on=lifted_on, evidence=evidence)


def enter_withdrawal(by: Actor, burden: Burden, *, lifted_on: date, evidence: Document) -> None:
    """The same, for callers who know who may say so."""
    _check_lift(burden, lifted_on)
    advance(burden, "declare_lift", by=by, **_about(burden))
    burden.lifted_on, burden.lift_evidence_id = lifted_on, evidence.id


def refuse_lift(actor: Actor, burden: Burden, *, because: str) -> None:
    """It goes on."""
    require(actor, policy.decide_burden, burden)
    must_say_why(because)
    advance(burden, "refuse_lift", by=actor, because=because, **_about(burden))
    burden.lifted_on = burden.lift_evidence_id = None


def lift_burden(actor: Actor, burden: Burden, *, lifted_on: date, because: str = "") -> None:
    """It rests on the right no longer."""
    require(actor, policy.decide_burden, burden)
    _check_lift(burden, lifted_on)
    advance(burden, "lift", by=actor, because=because, **_about(burden))
    burden.lifted_on = lifted_on
    telling.of_lift(burden, lifted_on, by=actor)


def _about(burden: Burden) -> dict[str, str]:
    return {"asset": burden.asset.reference, "burden": burden.kind.value}


def _check(asset: Asset, said: bundle.Burden) -> None:
    kind = said.kind
    if kind in KEPT_ELSEWHERE:
        raise Invalid("burden.kind", fields={"kind": "burden.kind"})
    if kind is BurdenKind.OPEN_LICENCE and asset.kind not in PATENTS:
        raise Invalid("burden.patents_only", fields={"kind": "burden.patents_only"})
    if kind is BurdenKind.COOWNERSHIP and len(asset.owners) < 2:
        raise Invalid("burden.no_coowners", fields={"kind": "burden.no_coowners"})
    if kind in WITH_HOLDER and not said.holder.name:
        raise Invalid("burden.holder_missing", fields={"holder_name": "burden.holder_missing"})
    if kind is BurdenKind.PRIORITY and said.priority is None:
        raise Invalid("burden.priority_missing", fields={"priority": "burden.priority_missing"})
    if not said.deeds <= set(DEEDS):
        raise Invalid("burden.deeds", fields={"deeds": "burden.deeds"})
    if said.starts is not None:
        must_be_past(said.starts, "starts_on")
        must_be_in_order(said.starts, said.ends, "ends_on")


def _check_lift(burden: Burden, lifted_on: date) -> None:
    must_be_past(lifted_on, "lifted_on")
    must_be_in_order(burden.starts_on, lifted_on, "lifted_on")
