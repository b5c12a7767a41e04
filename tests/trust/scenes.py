"""A broker with a deal that it brought about, complaints brought to a state, through the services."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import Actor
from marketplace.deals.models import Deal, DealState
from marketplace.mandates.models import Mandate
from marketplace.organisations.models import Organisation, OrganisationKind
from marketplace.trust import services as trust
from marketplace.trust.models import (
    Complaint,
    ComplaintKind,
    Gravity,
    Outcome,
    Rating,
    Sanction,
    SanctionKind,
)
from marketplace.trust.services import Measure, Ruling
from tests import factories as a
from tests.deals import journey
from tests.mandates.mandating import in_force

SCORES = {"expertise": 5, "diligence": 4, "disclosure": 5, "fees": 4}
WITH_CARE = Ruling(Outcome.FOUNDED, "证据充分。", Gravity.ORDINARY, "退还多收部分")


@dataclass
class Scene:
    """A broker, its principal who sells, and the buyer, after a fulfilled deal."""

    broker: Organisation
    deal: Deal
    mandate: Mandate
    seller: Actor
    buyer: Actor
    house: Actor  # somebody of the broker
    operator: Actor
    second: Actor  # another of the staff


def closed(broker: Organisation | None = None, **over: Any) -> Scene:
    """A deal under an exclusive mandate, fulfilled; its state is set, not walked to."""
    house = broker or a.organisation("broker")
    listing = a.listing()
    mandate = in_force(listing.seller, house, assets=tuple(listing.assets), exclusive=True)
    deal, who = journey.opened(listing, **over)
    deal.state, deal.closed_at = DealState.CLOSED, clock.now()
    db.session.commit()
    return Scene(
        house, deal, mandate, who.seller, who.buyer, a.actor(house), a.operator(), a.operator()
    )


def rated(scene: Scene, by: Actor | None = None, **scores: int) -> Rating:
    with transaction():
        return trust.rate(
            by or scene.seller, scene.deal, scene.broker, SCORES | scores, comment="办事认真。"
        )


def complained(scene: Scene, **over: Any) -> Complaint:
    with transaction():
        return trust.file_complaint(
            over.pop("by", scene.seller),
            scene.broker,
            over.pop("kind", ComplaintKind.OVERCHARGING),
            **{"text": "多收了费用。"} | over,
        )


def accepted(scene: Scene, **over: Any) -> Complaint:
    made = complained(scene, **over)
    with transaction():
        trust.accept(scene.operator, made)
    return made


def answered(scene: Scene, **over: Any) -> Complaint:
    made = accepted(scene, **over)
    with transaction():
        trust.answer(scene.house, made, "已按约定收费。")
    return made


def decided(scene: Scene, ruling: Ruling = WITH_CARE, **over: Any) -> Complaint:
    made = answered(scene, **over)
    with transaction():
        trust.decide(scene.operator, made, ruling)
    return made


def final(scene: Scene, ruling: Ruling = WITH_CARE, **over: Any) -> Complaint:
    """Decided, and the days for objections are over."""
    made = decided(scene, ruling, **over)
    later(16)
    return made


def later(days: int) -> None:
    """The clock's look so many days on."""
    with clock.freeze(clock.now() + timedelta(days=days)), transaction():
        trust.follow()


def authority() -> Actor:
    return a.actor(a.organisation("regulator", kind=OrganisationKind.GOVERNMENT), "owner")


def sanctioned(broker: Organisation, kind: SanctionKind, **over: Any) -> Sanction:
    given = {
        "article": "专利代理条例第25条",
        "reason": "未履行保密义务",
        "number": f"粤知罚〔2026〕{kind.value}号",
        "starts_on": clock.today(),
        "ends_on": clock.today() + timedelta(days=90) if kind is SanctionKind.SUSPENSION else None,
    } | over
    by = given.pop("by", None) or authority()
    practitioner = given.pop("practitioner", None)
    with transaction():
        return trust.impose(by, broker, Measure(kind=kind, **given), practitioner)
