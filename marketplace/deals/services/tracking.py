"""The entries that a deal needs in the registers: opened when their time comes, proven, let go."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select

from marketplace.assets.models import Asset
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor
from marketplace.core.references import next_reference
from marketplace.deals import facts, procedures
from marketplace.deals.models import AT_THE_OFFICE, Deal, DealState, Recordal, RecordalState
from marketplace.deals.procedures import Procedure

S = DealState
BEGUN = {
    S.PAYMENT: {"signing"},
    S.RECORDAL: {"signing", "recordal"},
    S.SETTLEMENT: {"signing", "recordal"},
}
"""Which entries are begun by the state of the deal: from its signing, from its recordal."""
OPEN_ENTRIES = frozenset({RecordalState.TO_FILE, *AT_THE_OFFICE})


def track(deal: Deal, *, by: Actor = SYSTEM) -> None:
    """Open the entries whose time has come, and record those that a confirmed paper proves.

    Twice is once. A deal that is undone needs no more entries; what lies at an office stays to be
    withdrawn there. A deal that was closed before there was a tracker gets none.
    """
    if deal.state is S.CANCELLED:
        _let_go(deal)
        return
    _open(deal, by)
    for one in deal.recordals:
        proof = facts.proof_of(deal, one) if one.state in OPEN_ENTRIES else None
        if proof is not None:
            advance(one, "record", by=by, procedure=one.procedure, number=proof.number)
            one.recorded_on, one.told = proof.issued_on, None


def _open(deal: Deal, by: Actor) -> None:
    if deal.signed_at is None or deal.state not in BEGUN:
        return
    if not _missing(deal):
        return
    lock(deal)  # of two who look at once the second finds what the first opened
    db.session.expire(deal, ["recordals"])
    for procedure, asset in _missing(deal):
        one = Recordal(
            reference=next_reference("R"),
            deal=deal,
            asset=asset,
            procedure=procedure.id,
            required=procedure.required,
            side=procedure.side,
            due_on=_due(deal, procedure),
        )
        db.session.add(one)
        events.record(
            one, "recordal.open", by=by, procedure=one.procedure, due_on=one.due_on, side=one.side
        )


def _missing(deal: Deal) -> list[tuple[Procedure, Asset | None]]:
    known = {(one.procedure, one.asset_id) for one in deal.recordals}
    begun = BEGUN.get(deal.state, set())
    return [
        (procedure, asset)
        for procedure, asset in wanted(deal)
        if procedure.begins in begun and (procedure.id, asset.id if asset else None) not in known
    ]


def wanted(deal: Deal) -> Iterator[tuple[Procedure, Asset | None]]:
    """Every entry of a deal by the table: one for each right and act, and those of the contract."""
    acts = facts.acts_of(deal)
    for asset in deal.assets:
        for procedure in procedures.of_right(acts, asset.kind.value):
            yield procedure, asset
    kinds = [asset.kind.value for asset in deal.assets]
    for procedure in procedures.of_contract(acts, kinds, facts.circumstances_of(deal)):
        yield procedure, None


def _due(deal: Deal, procedure: Procedure) -> date | None:
    """By law from the effect of the contract, otherwise by the contract from when it could begin."""
    if deal.signed_at is None:
        return None
    effective = deal.signed_at.astimezone(clock.BEIJING).date()
    if not procedure.required:
        return procedure.legal_period(effective)
    return procedure.due_on(effective, clock.today())


def _let_go(deal: Deal) -> None:
    for one in deal.recordals:
        if one.state is RecordalState.TO_FILE:
            advance(one, "dispense", by=SYSTEM, procedure=one.procedure, cause="undone")


def near(until: date, limit: int) -> list[Recordal]:
    """Entries of which a day is near or past, for the reminders."""
    waits = Recordal.state.in_(
        {RecordalState.TO_FILE, RecordalState.WITHDRAWN, RecordalState.REFUSED}
    )
    asked = Recordal.state == RecordalState.SUPPLEMENT_ASKED
    return list(
        db.session.scalars(
            select(Recordal)
            .where(
                (waits & (Recordal.due_on <= until)) | (asked & (Recordal.supplement_due <= until))
            )
            .where(Recordal.told.is_(None) | (Recordal.told >= 0))
            .join(Recordal.deal)
            .where(Deal.state != S.CANCELLED)
            .order_by(Recordal.id)
            .limit(limit)
        )
    )
