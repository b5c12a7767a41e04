"""Signing on behalf of an organisation, and the exchange's seal; each leaves a record."""

from dataclasses import dataclass

from pyhanko.sign.timestamps import DummyTimeStamper, TimeStamper
from pyhanko.sign.timestamps.requests_client import HTTPTimeStamper

from marketplace.core import clock, settings
from marketplace.core.db import Record, db
from marketplace.core.policy import Actor
from marketplace.documents import papers, typeset
from marketplace.documents.models import SigningEvidence
from marketplace.documents.signing import chain, keeping, pades
from marketplace.documents.signing.chain import Identity
from marketplace.organisations.models import Organisation, User

OWN_CLOCK = "own"
TSA_SECONDS = 8


@dataclass(frozen=True)
class Means:
    """How the signatory was known: what was asked again for this signature, and from where."""

    password: bool = False
    second_factor: bool = False
    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True)
class Done:
    """The file with the signature, and the record of it."""

    pdf: bytes
    evidence: SigningEvidence


def sign(
    pdf: bytes, *, by: Actor, subject: Record, draft_sha256: str, place: str, means: Means
) -> Done:
    """Put a person's signature for an organisation under a file.

    Callers have proved that `by` may sign the subject, and that `pdf` is the draft with this hash,
    or that draft with other signatures appended. Raises CannotSign for a file that takes none.
    """
    user = db.session.get_one(User, by.user)
    organisation = db.session.get_one(Organisation, by.organisation)
    identity = keeping.of_person(user, organisation)
    at = clock.now()
    box = pades.box_of(pdf, place)
    width, height = box.size
    shown = papers.SignatureBlock(
        signer=user.name,
        organisation=organisation.name,
        at=at,
        serial=identity.serial,
        sha256=draft_sha256,
        width=width,
        height=height,
    )
    signed = pades.append(
        pdf,
        identity,
        field=place,
        at=at,
        box=box,
        stamp=pades.Stamp(typeset.print_paper(shown), f"SHA-256 {draft_sha256}", user.name),
        timestamper=_timestamper(),
    )
    evidence = SigningEvidence(
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        place=place,
        organisation_id=organisation.id,
        user_id=user.id,
        signer=user.name,
        on_behalf_of=organisation.name,
        authority=by.role,
        method="electronic",
        password=means.password,
        second_factor=means.second_factor,
        ip=means.ip[:45],
        user_agent=means.user_agent[:300],
        document_sha256=draft_sha256,
        signed_sha256=pades.digest(signed),
        certificate_serial=identity.serial,
        certificate_sha256=chain.fingerprint(identity.certificate),
        created_at=at,
    )
    db.session.add(evidence)
    db.session.flush()
    return Done(signed, evidence)


def seal(pdf: bytes) -> bytes:
    """Put the exchange's seal under a file, after which nothing may be added to it."""
    identity = keeping.seal()
    timestamper = _timestamper()
    trust = None
    if timestamper is not None:  # what is to be valid for long needs a time that others vouch for
        roots = (*keeping.roots(), *keeping.further_roots(), *identity.above[-1:])
        trust = pades.Trust(roots, keeping.lists(), keeping.issuers())
    return pades.append(
        pdf,
        identity,
        field="exchange",
        at=clock.now(),
        stamp=pades.Stamp(name=settings.current().site_name),
        last=True,
        trust=trust,
        timestamper=timestamper,
    )


def _timestamper() -> TimeStamper | None:
    where = settings.current().signing_tsa_url
    if not where:
        return None
    if where == OWN_CLOCK:
        return own_clock(keeping.of_exchange(chain.TIME))
    return HTTPTimeStamper(where, timeout=TSA_SECONDS)  # type: ignore[no-untyped-call]


def own_clock(identity: Identity) -> TimeStamper:
    """A time stamp by the exchange itself: it keeps the form, and proves nothing to others."""
    return DummyTimeStamper(
        pades.asn1(identity.certificate),
        pades.asn1_key(identity),
        certs_to_embed=pades.store_of(identity),
        fixed_dt=clock.now(),
    )
