"""Sanctions of the authority; they take effect in the gates at once."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from marketplace.core import clock
from marketplace.core import events as log
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.core.references import next_reference
from marketplace.mandates import queries as mandates
from marketplace.mandates import services as gates
from marketplace.mandates.models import Credential
from marketplace.organisations.models import Organisation
from marketplace.trust import policy
from marketplace.trust.models import BARRING, Sanction, SanctionKind
from marketplace.trust.services.impartial import must_be_impartial, said

LONGEST = timedelta(days=1096)
EARLIEST, LATEST = timedelta(days=-365), timedelta(days=90)


@dataclass(frozen=True)
class Measure:
    """What is imposed, by which article, from when, and the number of the decision."""

    kind: SanctionKind
    article: str
    reason: str
    number: str
    starts_on: date
    ends_on: date | None = None


def impose(
    actor: Actor, broker: Organisation, measure: Measure, practitioner: Credential | None = None
) -> Sanction:
    """Impose a sanction on a broker or one of its people (专利代理条例 art. 25 to 27).

    A suspension or revocation keeps it out of the directory and from new mandates from its first day;
    mandates in force are brought to their end. The same decision is entered once.
    """
    require(actor, policy.impose)
    must_be_impartial(actor, [broker.id])
    _check(broker, measure, practitioner)
    lock(broker)
    if _known(broker, measure) is not None:
        raise Refused("sanction.known")
    made = Sanction(
        reference=next_reference("S"),
        broker=broker,
        credential=practitioner,
        kind=measure.kind,
        article=measure.article.strip()[:200],
        reason=said(measure.reason, "reason"),
        number=measure.number.strip()[:80],
        starts_on=measure.starts_on,
        ends_on=measure.ends_on,
        authority_id=actor.organisation,
        entered_by_id=actor.user,
    )
    db.session.add(made)
    log.record(made, "sanction.impose", by=actor, because=made.reason, kind_of=made.kind)
    if made.kind in BARRING:
        gates.suspend(
            actor,
            broker,
            cause=made.reference,
            starts_on=made.starts_on,
            ends_on=made.ends_on,
            credential=practitioner,
        )
    return made


def _known(broker: Organisation, measure: Measure) -> Sanction | None:
    return db.session.scalar(
        select(Sanction).where(
            Sanction.broker_id == broker.id,
            Sanction.number == measure.number.strip()[:80],
            Sanction.kind == measure.kind,
        )
    )


def _check(broker: Organisation, measure: Measure, practitioner: Credential | None) -> None:
    wrong = {}
    if mandates.broker_by_id(broker.id) is None:
        wrong["broker"] = "complaint.not_a_broker"
    if practitioner is not None and practitioner.organisation_id != broker.id:
        wrong["practitioner"] = "complaint.practitioner"
    if not measure.article.strip():
        wrong["article"] = "sanction.article"
    if not measure.number.strip():
        wrong["number"] = "sanction.number"
    if not EARLIEST <= measure.starts_on - clock.today() <= LATEST:
        wrong["starts_on"] = "sanction.start"
    if measure.kind is SanctionKind.SUSPENSION and not _is_term(measure):
        wrong["ends_on"] = "sanction.term"
    if measure.kind is not SanctionKind.SUSPENSION and measure.ends_on is not None:
        wrong["ends_on"] = "sanction.no_term"
    if wrong:
        raise Invalid("sanction.incomplete", fields=wrong)


def _is_term(measure: Measure) -> bool:
    end = measure.ends_on
    return end is not None and measure.starts_on <= end <= measure.starts_on + LONGEST


def revoke(actor: Actor, sanction: Sanction, *, because: str) -> None:
    """The same authority takes it back: the gates open, and the grade does not count it."""
    require(actor, policy.revoke_sanction, sanction)
    reason = said(because, "because")
    advance(sanction, "revoke", by=actor, because=reason)
    sanction.revoked_on, sanction.revoke_reason = clock.today(), reason
    gates.lift_suspension(actor, sanction.reference)
