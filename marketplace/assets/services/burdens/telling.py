"""What is written into the register of burdens is an event of the right too."""

from datetime import date

from marketplace.assets.bundle import BurdenKind
from marketplace.assets.legal_status.codes import Code, codes_for
from marketplace.assets.legal_status.happenings import Details
from marketplace.assets.models import Asset, Burden, EventSource, Licence, Pledge
from marketplace.assets.services import legal_events
from marketplace.core import clock
from marketplace.core.policy import Actor
from marketplace.documents.models import Document

_BEGINS = {
    BurdenKind.FREEZE: Code.FROZEN,
    BurdenKind.OPEN_LICENCE: Code.OPEN_LICENCE_STATED,
    BurdenKind.INVALIDATION: Code.INVALIDATION_FILED,
}
_ENDS = {
    BurdenKind.FREEZE: Code.UNFROZEN,
    BurdenKind.OPEN_LICENCE: Code.OPEN_LICENCE_WITHDRAWN,
    BurdenKind.INVALIDATION: Code.INVALIDATION_REJECTED,
}


def of_licence(licence: Licence, *, by: Actor, source: EventSource) -> None:
    """It stands from its first day, or from today where that is still to come."""
    details = Details(
        givers=_owners(licence.asset),
        takers=(licence.licensee_name,),
        number=_number(licence),
        source_reference=licence.deal_reference,
    )
    day = min(licence.starts_on, clock.today())
    _tell(licence.asset, Code.LICENSED, day, details, by=by, source=source)


def of_licence_end(licence: Licence, ended_on: date, *, by: Actor) -> None:
    """It ended before its time."""
    details = Details(
        givers=(licence.licensee_name,), takers=_owners(licence.asset), number=_number(licence)
    )
    _tell(
        licence.asset,
        Code.LICENCE_ENDED,
        ended_on,
        details,
        by=by,
        source=EventSource.OPERATOR,
    )


def of_pledge(pledge: Pledge, *, by: Actor) -> None:
    """Registered at the office."""
    details = Details(
        givers=_owners(pledge.asset), takers=(pledge.lender_name,), number=pledge.register_number
    )
    _tell(
        pledge.asset,
        Code.PLEDGED,
        pledge.registered_on,
        details,
        by=by,
        source=EventSource.OPERATOR,
        evidence=pledge.evidence,
    )


def of_release(pledge: Pledge, released_on: date, *, by: Actor) -> None:
    """Struck from the register."""
    details = Details(
        givers=(pledge.lender_name,), takers=_owners(pledge.asset), number=pledge.register_number
    )
    _tell(pledge.asset, Code.RELEASED, released_on, details, by=by, source=EventSource.OPERATOR)


def of_transfer(asset: Asset, before: list[str], *, by: Actor, deal_reference: str) -> None:
    """A deal here was recorded at the office."""
    details = Details(
        givers=tuple(before),
        takers=_owners(asset),
        number=deal_reference,
        source_reference=deal_reference,
    )
    _tell(asset, Code.ASSIGNED, clock.today(), details, by=by, source=EventSource.DEAL)


def of_burden(burden: Burden, *, by: Actor) -> None:
    """Confirmed by an operator."""
    code = _BEGINS.get(burden.kind)
    if code is not None:
        _tell(
            burden.asset,
            code,
            burden.starts_on,
            _about(burden),
            by=by,
            source=EventSource.OPERATOR,
        )


def of_lift(burden: Burden, lifted_on: date, *, by: Actor) -> None:
    """Over, as an operator found."""
    code = _ENDS.get(burden.kind)
    if code is not None:
        _tell(burden.asset, code, lifted_on, _about(burden), by=by, source=EventSource.OPERATOR)


def _tell(
    asset: Asset,
    code: Code,
    day: date,
    details: Details,
    *,
    by: Actor,
    source: EventSource,
    evidence: Document | None = None,
) -> None:
    if code in codes_for(asset.kind.value):
        legal_events.note(
            asset,
            code,
            happened_on=day,
            by=by,
            source=source,
            details=details,
            evidence=evidence,
            silently=True,
        )


def _owners(asset: Asset) -> tuple[str, ...]:
    return tuple(owner.name for owner in asset.owners)


def _number(licence: Licence) -> str:
    return licence.recordal_number or licence.deal_reference or f"#{licence.id}"


def _about(burden: Burden) -> Details:
    return Details(givers=(burden.holder_name,), number=burden.register_number or f"#{burden.id}")
