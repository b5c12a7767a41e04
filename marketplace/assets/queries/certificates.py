"""Reading free-to-deal certificates, and what they would say now."""

from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from marketplace.assets import bundle, certificate, policy
from marketplace.assets.bundle import Right, Wish
from marketplace.assets.legal_status.freshness import freshness
from marketplace.assets.models import (
    Asset,
    AssetNumber,
    CertificateState,
    FreeToDealCertificate,
)
from marketplace.assets.queries.registers import right_of, territory_of
from marketplace.core import settings
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor, require
from marketplace.organisations.models import Organisation, OrganisationKind
from marketplace.payments import codes
from marketplace.rules import library


def by_code(code: str) -> FreeToDealCertificate | None:
    """The certificate of this code, for anybody who has the code."""
    found = select(FreeToDealCertificate).where(FreeToDealCertificate.code == codes.canonical(code))
    return db.session.scalar(found)


def certificates_of(asset: Asset) -> list[FreeToDealCertificate]:
    """Every certificate of a right, newest first."""
    found = (
        select(FreeToDealCertificate)
        .options(joinedload(FreeToDealCertificate.issued_by))
        .where(FreeToDealCertificate.asset_id == asset.id)
        .order_by(FreeToDealCertificate.id.desc())
    )
    return list(db.session.scalars(found))


def certificates(
    actor: Actor, *, state: str = "", verdict: str = "", text: str = ""
) -> Select[tuple[FreeToDealCertificate]]:
    """The certificates of the actor's organisation, newest first."""
    return _narrowed(state, verdict, text).where(
        FreeToDealCertificate.organisation_id == actor.organisation_id
    )


def all_certificates(
    actor: Actor, *, state: str = "", verdict: str = "", text: str = ""
) -> Select[tuple[FreeToDealCertificate]]:
    """The operators' list of all certificates, newest first."""
    require(actor, policy.revoke_certificate)
    return _narrowed(state, verdict, text)


def _narrowed(state: str, verdict: str, text: str) -> Select[tuple[FreeToDealCertificate]]:
    found = (
        select(FreeToDealCertificate)
        .join(FreeToDealCertificate.asset)
        .options(
            joinedload(FreeToDealCertificate.asset),
            joinedload(FreeToDealCertificate.organisation),
            joinedload(FreeToDealCertificate.issued_by),
        )
        .order_by(FreeToDealCertificate.id.desc())
    )
    if state in set(CertificateState):
        found = found.where(FreeToDealCertificate.state == CertificateState(state))
    if verdict in set(bundle.Verdict):
        found = found.where(FreeToDealCertificate.verdict == verdict)
    if text:
        like = f"%{text.replace('%', '').replace('_', '')}%"
        compact = f"%{codes.canonical(text)}%"
        found = found.where(
            or_(
                Asset.title.ilike(like),
                Asset.reference.ilike(like),
                Asset.numbers.any(AssetNumber.number.ilike(compact)),
                FreeToDealCertificate.code.ilike(compact),
            )
        )
    return found


def certificate_to_revoke(actor: Actor, code: str) -> FreeToDealCertificate:
    """One certificate, for an operator."""
    require(actor, policy.revoke_certificate)
    found = by_code(code)
    if found is None:
        raise NotFound("certificate.unknown")
    return found


# ---- what it says ------------------------------------------------------------------------------


def right_without_persons(asset: Asset) -> Right:
    """The right as a certificate shows it: natural persons are masked, but for owners."""
    right = right_of(asset)
    parties = {b.holder.id for b in right.burdens} | {c.party.id for c in right.consents}
    parties |= {c.to.id for c in right.consents}
    persons = db.session.scalars(
        select(Organisation.id).where(
            Organisation.id.in_([each for each in parties if each is not None]),
            Organisation.kind == OrganisationKind.INDIVIDUAL,
        )
    )
    return certificate.without_persons(right, set(persons))


def register_now(asset: Asset, right: Right | None = None) -> dict[str, Any]:
    """The sections of a certificate that say what the registers say, as of now."""
    right = right or right_without_persons(asset)
    sections = certificate.register_sections(right, _evidence(asset))
    return {"right": _facts(asset, right), "title": _title(asset)} | sections


def certificate_content(
    made: FreeToDealCertificate, right: Right, wish: Wish | None
) -> dict[str, Any]:
    """All that a certificate says."""
    day, now = made.as_of, settings.current()
    checked = made.asset.checked_on
    return register_now(made.asset, right) | {
        "schema": certificate.SCHEMA,
        "code": made.code,
        "issued_at": made.created_at.isoformat(timespec="seconds"),
        "issued_by": now.site_name,
        "issued_to": made.organisation.name,
        "demo": now.demo,
        "as_of": day.isoformat(),
        "freshness": {
            "checked_on": checked.isoformat() if checked else None,
            "age_days": (day - checked).days if checked else None,
            "colour": freshness(checked, day, fresh=now.fresh_days, stale=now.stale_days).value,
        },
        "can_be_done": [
            certificate.answer_as_dict(each, answer)
            for each, answer in bundle.what_can_be_done(right, day)
        ],
        "asked": wish and certificate.answer_as_dict(wish, bundle.can(right, wish, day)),
        "catalogue": library.catalogue_version(),
        "says_nothing_of": list(certificate.LIMITS),
    }


def _facts(asset: Asset, right: Right) -> dict[str, Any]:
    days = ("priority_date", "filing_date", "publication_date", "grant_date", "last_day")
    names = ("reference", "jurisdiction", "title", "title_en")
    numbers = ("application_number", "patent_number", "registration_number")
    return {
        "kind": asset.kind.value,
        "status": asset.status.value,
        "number": asset.number,
        "territory": sorted(territory_of(asset)),
        "classes": [f"{each.scheme}:{each.symbol}" for each in asset.classes],
        **{name: getattr(asset, name) or "" for name in (*names, *numbers)},
        **{name: day.isoformat() for name in days if (day := getattr(asset, name))},
    } | ({"last_day": right.last_day.isoformat()} if right.last_day else {})


def _title(asset: Asset) -> dict[str, Any] | None:
    done = asset.title_verification
    if done is None:
        return None
    return {
        "extract_date": done.extract_date.isoformat(),
        "sha256": done.extract.sha256,
        "confirmed_at": done.decided_at.isoformat(timespec="seconds") if done.decided_at else None,
    }


def _evidence(asset: Asset) -> dict[str, dict[str, Any]]:
    """By reference: in which state a burden or consent is, and the hash of what proves it."""
    kept: dict[str, list[Any]] = {
        "pledge": asset.pledges,
        "licence": asset.licences,
        "burden": asset.burdens,
        "consent": asset.consents,
    }
    return {
        f"{name}:{each.id}": {
            "state": each.state.value,
            "sha256": each.evidence.sha256 if each.evidence else "",
        }
        for name, rows in kept.items()
        for each in rows
    }
