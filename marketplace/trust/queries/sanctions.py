"""Reading sanctions: public for a broker's page, all of them for the authority."""

from collections.abc import Iterable

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor
from marketplace.organisations.models import Organisation
from marketplace.trust.models import Sanction, SanctionKind, SanctionState


def listed(
    actor: Actor, *, kind: str = "", state: str = "", search: str = ""
) -> Select[tuple[Sanction]]:
    """The authority's list; the exchange reads it too."""
    if not (actor.is_regulator or actor.is_operator):
        raise NotFound("sanction.unknown")
    found = select(Sanction).options(
        joinedload(Sanction.broker), joinedload(Sanction.authority), joinedload(Sanction.credential)
    )
    if kind in set(SanctionKind):
        found = found.where(Sanction.kind == kind)
    if state in set(SanctionState):
        found = found.where(Sanction.state == state)
    if search:
        found = found.where(
            or_(
                Sanction.reference.contains(search, autoescape=True),
                Sanction.number.contains(search, autoescape=True),
                Sanction.broker.has(Organisation.name.contains(search, autoescape=True)),
            )
        )
    return found.order_by(Sanction.id.desc())


def get(actor: Actor, reference: str) -> Sanction:
    """One of them, or NotFound."""
    found = db.session.scalar(listed(actor).where(Sanction.reference == reference))
    if found is None:
        raise NotFound("sanction.unknown")
    return found


def of(broker_ids: Iterable[int]) -> list[Sanction]:
    """All that were imposed on these brokers or their people, the newest first; they are public."""
    return list(
        db.session.scalars(
            select(Sanction)
            .where(Sanction.broker_id.in_(list(broker_ids)))
            .options(joinedload(Sanction.credential), joinedload(Sanction.authority))
            .order_by(Sanction.id.desc())
        )
    )
