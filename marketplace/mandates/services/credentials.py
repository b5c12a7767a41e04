"""Licences and practising certificates: filed with their proof, checked by an operator."""

from datetime import date

from sqlalchemy import select

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.documents.models import Document
from marketplace.mandates import policy
from marketplace.mandates.models import (
    BrokerProfile,
    Credential,
    CredentialKind,
    CredentialState,
)
from marketplace.organisations.models import Organisation


def file_credential(
    actor: Actor,
    kind: CredentialKind,
    *,
    number: str,
    document: Document,
    name: str = "",
    valid_to: date | None = None,
) -> Credential:
    """File a licence of one's organisation, or the certificate of one of its practitioners.

    A patent agency needs its licence (专利代理条例); a person needs a name. What was refused
    or revoked may be filed again under the same number.
    """
    require(actor, policy.file_credential)
    wrong = {}
    if not number.strip():
        wrong["number"] = "credential.number_missing"
    if kind is CredentialKind.PRACTITIONER and not name.strip():
        wrong["name"] = "credential.name_missing"
    if valid_to is not None and valid_to < clock.today():
        wrong["valid_to"] = "credential.over"
    if document.organisation_id != actor.organisation:
        wrong["document"] = "credential.document_not_yours"
    if wrong:
        raise Invalid("credential.incomplete", fields=wrong)
    lock(db.session.get_one(Organisation, actor.organisation))
    known = db.session.scalar(
        select(Credential).where(
            Credential.organisation_id == actor.organisation,
            Credential.kind == kind,
            Credential.number == number.strip()[:60],
        )
    )
    if known is not None and known.state in {CredentialState.FILED, CredentialState.CONFIRMED}:
        raise Refused("credential.known")
    if known is not None:
        db.session.delete(known)
        db.session.flush()
    made = Credential(
        organisation_id=actor.organisation,
        kind=kind,
        name=name.strip()[:80],
        number=number.strip()[:60],
        valid_to=valid_to,
        document=document,
    )
    db.session.add(made)
    events.record(made, "credential.file", by=actor, kind_of=kind, number=made.number)
    return made


def confirm(actor: Actor, credential: Credential, *, because: str = "") -> None:
    """The operator compared it with the register that issued it."""
    require(actor, policy.decide_credential, credential)
    _decide(actor, credential, "confirm", because)


def refuse(actor: Actor, credential: Credential, *, because: str) -> None:
    """It does not hold; why is told."""
    require(actor, policy.decide_credential, credential)
    _must_say(because)
    _decide(actor, credential, "refuse", because)


def revoke_credential(actor: Actor, credential: Credential, *, because: str) -> None:
    """It held, and holds no more: withdrawn by its issuer, or found wrong."""
    require(actor, policy.decide_credential, credential)
    _must_say(because)
    _decide(actor, credential, "revoke", because)


def _decide(actor: Actor, credential: Credential, action: str, because: str) -> None:
    advance(credential, action, by=actor, because=because.strip())
    credential.decided_by_id = actor.user_id
    credential.reason = because.strip()


def _must_say(because: str) -> None:
    if not because.strip():
        raise Invalid("mandate.reason_missing", fields={"because": "mandate.reason_missing"})


def describe(
    actor: Actor, *, fields: str, regions: str, languages: str, fees: str, text: str
) -> BrokerProfile:
    """Say for the directory what one does, where, in which languages and for which fees."""
    require(actor, policy.edit_profile)
    lock(db.session.get_one(Organisation, actor.organisation))
    own = db.session.scalar(
        select(BrokerProfile).where(BrokerProfile.organisation_id == actor.organisation)
    )
    if own is None:
        own = BrokerProfile(organisation_id=actor.organisation)
        db.session.add(own)
    own.fields, own.regions = fields.strip()[:500], regions.strip()[:500]
    own.languages, own.fees, own.text = languages.strip()[:200], fees.strip(), text.strip()
    events.record(own, "broker_profile.edit", by=actor)
    return own
