"""The exchange's certificates at rest: made when they are first wanted, or at set-up by command."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from sqlalchemy import Select, select

from marketplace.core import clock, settings
from marketplace.core import signing as secrets
from marketplace.core.db import db, one_at_a_time
from marketplace.core.errors import Invalid, NotFound, Refused
from marketplace.documents.models import SigningCertificate
from marketplace.documents.signing import chain
from marketplace.documents.signing.chain import Identity, Subject
from marketplace.organisations.models import Organisation, User


def of_exchange(role: str) -> Identity:
    """The exchange's certificate in use for this role (chain has them), made where there is none."""
    return _open(_row_of_exchange(role))


def of_person(user: User, organisation: Organisation) -> Identity:
    """The certificate of a person who signs for an organisation.

    Another one is made once a name has changed, it ran out, or its issuer signs no more.
    """
    number = organisation.uscc or organisation.foreign_registration
    wanted = Subject(user.name, organisation.name, number)
    issuer = _row_of_exchange(chain.ISSUER)
    one_at_a_time(f"signing {user.id} {organisation.id}")
    known = db.session.scalar(
        _in_use(chain.PERSON).where(
            SigningCertificate.user_id == user.id,
            SigningCertificate.organisation_id == organisation.id,
            SigningCertificate.above_id == issuer.id,
            SigningCertificate.subject == wanted.x509().rfc4514_string()[:300],
        )
    )
    if known is None:
        known = _make(chain.PERSON, wanted, issuer)
        known.user_id, known.organisation_id = user.id, organisation.id
        db.session.flush()
    return _open(known)


def seal() -> Identity:
    """What the exchange seals with: the certificate that is set, or one of its own chain."""
    now = settings.current()
    if not now.signing_pkcs12:
        return of_exchange(chain.SEAL)
    try:
        content = Path(now.signing_pkcs12).read_bytes()
        return chain.from_pkcs12(content, now.signing_pkcs12_password.encode())
    except (OSError, ValueError) as error:
        raise Refused("signing.certificate") from error


def rotate(*, with_root: bool = False) -> list[SigningCertificate]:
    """New certificates from now on; the old ones sign no more, and what they signed stays good."""
    now = clock.now()
    one_at_a_time("signing exchange")
    kept = () if with_root else (chain.ROOT,)
    for old in db.session.scalars(_unretired().where(SigningCertificate.role.not_in(kept))):
        old.retired_at = now
    db.session.flush()
    return make()


def make() -> list[SigningCertificate]:
    """The exchange's chain: what is there stays, what is missing is made."""
    return [_row_of_exchange(role) for role in (chain.ROOT, chain.ISSUER, chain.SEAL, chain.TIME)]


def revoke(serial: str) -> SigningCertificate:
    """A key may be in wrong hands: signatures that no trusted time puts before now fail."""
    found = db.session.scalar(
        select(SigningCertificate).where(SigningCertificate.serial == serial.lower())
    )
    if found is None:
        raise NotFound("signing.no_certificate")
    if found.role == chain.ROOT:
        raise Invalid("signing.root")
    now = clock.now()
    found.revoked_at = found.revoked_at or now
    found.retired_at = found.retired_at or now
    return found


def all_certificates() -> list[SigningCertificate]:
    """Every certificate there ever was, in order."""
    return list(db.session.scalars(select(SigningCertificate).order_by(SigningCertificate.id)))


def shown(row: SigningCertificate) -> dict[str, Any]:
    """A certificate for people to see; never its key."""
    return {
        "role": row.role,
        "serial": row.serial,
        "subject": row.subject,
        "sha256": row.sha256,
        "made_at": row.created_at.isoformat(),
        "expires_at": row.expires_at.isoformat(),
        "retired_at": row.retired_at and row.retired_at.isoformat(),
        "revoked_at": row.revoked_at and row.revoked_at.isoformat(),
    }


def roots() -> tuple[x509.Certificate, ...]:
    """Our own roots, those of long ago too."""
    return _certificates(chain.ROOT)


def issuers() -> tuple[x509.Certificate, ...]:
    """Our own issuers, which not every file has inside."""
    return _certificates(chain.ISSUER)


def further_roots() -> tuple[x509.Certificate, ...]:
    """Roots of others that the exchange has been set to trust."""
    where = settings.current().signing_roots
    if not where:
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(Path(where).read_bytes()))
    except (OSError, ValueError) as error:
        raise Refused("signing.certificate") from error


def lists() -> tuple[bytes, ...]:
    """What every authority of ours has revoked, as of now."""
    wanted = select(SigningCertificate).where(
        SigningCertificate.role.in_((chain.ROOT, chain.ISSUER))
    )
    found = db.session.scalars(wanted.order_by(SigningCertificate.id))
    return tuple(_list_of(authority) for authority in found)


def list_by(serial: str) -> bytes:
    """What the authority with this serial number has revoked, as of now."""
    authority = db.session.scalar(
        select(SigningCertificate).where(
            SigningCertificate.serial == serial,
            SigningCertificate.role.in_((chain.ROOT, chain.ISSUER)),
        )
    )
    if authority is None:
        raise NotFound("signing.no_certificate")
    return _list_of(authority)


def revoked() -> dict[bytes, datetime]:
    """When certificates of ours were revoked, by their SHA-256."""
    wanted = select(SigningCertificate).where(SigningCertificate.revoked_at.is_not(None))
    return {
        bytes.fromhex(one.sha256): one.revoked_at
        for one in db.session.scalars(wanted)
        if one.revoked_at is not None
    }


def _list_of(authority: SigningCertificate) -> bytes:
    below = select(SigningCertificate).where(
        SigningCertificate.above_id == authority.id, SigningCertificate.revoked_at.is_not(None)
    )
    own = {
        int(one.serial, 16): one.revoked_at
        for one in db.session.scalars(below)
        if one.revoked_at is not None
    }
    return chain.revocations(_open(authority), clock.now(), own)


def _certificates(role: str) -> tuple[x509.Certificate, ...]:
    found = select(SigningCertificate.certificate).where(SigningCertificate.role == role)
    return tuple(
        x509.load_pem_x509_certificate(pem.encode())
        for pem in db.session.scalars(found.order_by(SigningCertificate.id))
    )


def _unretired() -> Select[tuple[SigningCertificate]]:
    return select(SigningCertificate).where(SigningCertificate.retired_at.is_(None))


def _in_use(role: str) -> Select[tuple[SigningCertificate]]:
    return (
        _unretired()
        .where(SigningCertificate.role == role, SigningCertificate.expires_at > clock.now())
        .order_by(SigningCertificate.id.desc())
        .limit(1)
    )


def _row_of_exchange(role: str) -> SigningCertificate:
    known = db.session.scalar(_in_use(role))
    if known is not None:
        return known
    one_at_a_time("signing exchange")
    known = db.session.scalar(_in_use(role))
    if known is not None:
        return known
    above = {chain.ROOT: "", chain.ISSUER: chain.ROOT}.get(role, chain.ISSUER)
    name = settings.current().site_name
    titles = {
        chain.ROOT: f"{name} 根证书",
        chain.ISSUER: f"{name} 签发证书",
        chain.SEAL: f"{name} 电子印章",
        chain.TIME: f"{name} 时间戳",
    }
    return _make(role, Subject(titles[role], name), _row_of_exchange(above) if above else None)


def _make(role: str, subject: Subject, above: SigningCertificate | None) -> SigningCertificate:
    site = settings.current().site_url.rstrip("/")
    made = chain.issue(
        role,
        subject,
        clock.now(),
        _open(above) if above else None,
        revoked_at_url=f"{site}/signatures/{above.serial}.crl" if above else "",
    )
    row = SigningCertificate(
        role=role,
        serial=made.serial,
        sha256=chain.fingerprint(made.certificate),
        subject=subject.x509().rfc4514_string()[:300],
        certificate=made.pem(),
        locked_key=made.locked_key(_secret()),
        above_id=above.id if above else None,
        expires_at=made.certificate.not_valid_after_utc,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _open(row: SigningCertificate) -> Identity:
    """With its key and everything above it."""
    try:
        found = chain.unlock(row.certificate, row.locked_key, _secret())
    except ValueError as error:
        raise Refused("signing.key_locked") from error  # SIGNING_SECRET is another one by now
    above, one = [], row.above
    while one is not None:
        above.append(x509.load_pem_x509_certificate(one.certificate.encode()))
        one = one.above
    return Identity(found.certificate, found.key, tuple(above))


def _secret() -> bytes:
    chosen = settings.current().signing_secret.encode() or secrets.master()
    return hashlib.sha256(b"keys of signatures:" + chosen).hexdigest().encode()
