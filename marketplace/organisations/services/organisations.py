"""Opening and describing an organisation."""

import re
import secrets
from dataclasses import asdict, dataclass

from sqlalchemy.exc import IntegrityError

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid
from marketplace.core.policy import Actor, require
from marketplace.organisations import policy, queries, uscc
from marketplace.organisations.models import (
    Membership,
    Organisation,
    OrganisationKind,
    Region,
    Role,
    User,
)

STATE_KINDS = {
    OrganisationKind.UNIVERSITY,
    OrganisationKind.PUBLIC_INSTITUTION,
    OrganisationKind.GOVERNMENT,
}
STATE_OWNED_KINDS = {OrganisationKind.SOE, OrganisationKind.GOVERNMENT}
SLUG_LENGTH = 32


@dataclass(frozen=True)
class Identity:
    """What an operator checks against documents; fixed once verified."""

    name: str
    kind: OrganisationKind
    region: Region = Region.MAINLAND
    uscc: str = ""
    foreign_registration: str = ""
    representative: str = ""
    state_owned: bool = False
    state_established: bool = False
    wholly_state_owned: bool | None = None
    central: bool | None = None
    above_scale: bool | None = None
    inventor_reward_rule: bool | None = None


@dataclass(frozen=True)
class Profile:
    """What an organisation says of itself."""

    name_en: str = ""
    province: str = ""
    city: str = ""
    address: str = ""
    website: str = ""
    about: str = ""
    about_en: str = ""


def create(actor: Actor, identity: Identity, profile: Profile | None = None) -> Organisation:
    """Open an organisation; its founder becomes its owner.

    A mainland body needs its 统一社会信用代码, checked and not yet registered here; a body
    elsewhere its register number; an individual neither.
    """
    require(actor, policy.create_organisation)
    user = db.session.get_one(User, actor.user)
    profile = profile or Profile()
    organisation = Organisation(slug=new_slug(profile.name_en))
    _identify(organisation, identity)
    _describe(organisation, profile)
    try:
        with db.session.begin_nested():  # the unique index decides between two at once
            db.session.add(organisation)
    except IntegrityError as error:
        raise _taken() from error
    db.session.add(Membership(user=user, organisation=organisation, role=Role.OWNER))
    events.record(organisation, "organisation.create", by=Actor(user.id, organisation.id))
    return organisation


def describe(actor: Actor, organisation: Organisation, profile: Profile) -> None:
    """Change what the organisation says of itself."""
    require(actor, policy.edit_organisation, organisation)
    _describe(organisation, profile)
    events.record(organisation, "organisation.revise", by=actor)


def identify(
    actor: Actor, organisation: Organisation, identity: Identity, *, because: str = ""
) -> None:
    """Correct the identity: its owner before the check, an operator (with a reason) at any time."""
    require(actor, policy.edit_identity, organisation)
    lock(organisation)
    before = {
        "name": organisation.name,
        "kind": organisation.kind,
        "region": organisation.region,
        "uscc": organisation.uscc,
    }
    try:
        with db.session.begin_nested():
            _identify(organisation, identity)
    except IntegrityError as error:
        raise _taken() from error
    events.record(organisation, "organisation.identify", by=actor, because=because, before=before)


def set_bank_account(actor: Actor, organisation: Organisation, *, bank: str, account: str) -> None:
    """Set where the organisation is paid out. The entry point has asked for the password."""
    require(actor, policy.edit_bank_account, organisation)
    organisation.bank_name, organisation.bank_account = bank.strip(), account.strip()
    events.record(organisation, "organisation.set_bank_account", by=actor, bank=bank.strip())


def close(actor: Actor, organisation: Organisation, *, because: str) -> None:
    """Close an organisation: nobody acts for it any more; its record stays."""
    require(actor, policy.close_organisation, organisation)
    lock(organisation)
    if organisation.closed_at is not None:
        return
    if not because.strip():
        raise Invalid("reason.missing", fields={"because": "reason.missing"})
    if organisation.id == actor.organisation_id:
        raise Invalid("organisation.own")
    organisation.closed_at = clock.now()
    events.record(organisation, "organisation.close", by=actor, because=because)


def reopen(actor: Actor, organisation: Organisation, *, because: str) -> None:
    """Open a closed organisation again."""
    require(actor, policy.close_organisation, organisation)
    lock(organisation)
    if organisation.closed_at is None:
        return
    organisation.closed_at = None
    events.record(organisation, "organisation.reopen", by=actor, because=because)


def new_slug(name_en: str) -> str:
    """A public address that no organisation has: from the English name, else at random."""
    words = re.sub(r"[^a-z0-9]+", "-", name_en.lower()).strip("-")[:SLUG_LENGTH].strip("-")
    if len(words) >= 3 and not queries.slug_is_taken(words):
        return words
    return f"{words or 'o'}-{secrets.token_hex(3)}"


def _identify(organisation: Organisation, identity: Identity) -> None:
    name = " ".join(identity.name.split())
    if not name:
        raise Invalid("organisation.name_missing", fields={"name": "organisation.name_missing"})
    number = _checked_uscc(organisation, identity)
    _checked_registration(identity)
    for field, value in asdict(identity).items():
        setattr(organisation, field, value.strip() if isinstance(value, str) else value)
    organisation.name, organisation.uscc = name, number
    organisation.kind, organisation.region = identity.kind, identity.region
    organisation.state_established = identity.state_established and identity.kind in STATE_KINDS
    organisation.state_owned = (
        identity.state_owned or identity.kind in STATE_OWNED_KINDS or organisation.state_established
    )
    if identity.kind is not OrganisationKind.SOE:  # asked of state-owned enterprises alone
        organisation.wholly_state_owned = organisation.central = organisation.above_scale = None


def _checked_uscc(organisation: Organisation, identity: Identity) -> str | None:
    number = uscc.canonical(identity.uscc)
    needed = identity.region is Region.MAINLAND and identity.kind is not OrganisationKind.INDIVIDUAL
    if not number:
        if needed:
            raise Invalid("uscc.missing", fields={"uscc": "uscc.missing"})
        return None
    if identity.region is not Region.MAINLAND:
        raise Invalid("uscc.not_mainland", fields={"uscc": "uscc.not_mainland"})
    wrong = uscc.fault(number)
    if wrong:
        raise Invalid(wrong, fields={"uscc": wrong})
    if queries.uscc_is_taken(number, but=organisation.id):
        raise _taken()
    return number


def _checked_registration(identity: Identity) -> None:
    abroad = identity.region is not Region.MAINLAND
    body = identity.kind is not OrganisationKind.INDIVIDUAL
    if abroad and body and not identity.foreign_registration.strip():
        code = "organisation.registration_missing"
        raise Invalid(code, fields={"foreign_registration": code})


def _describe(organisation: Organisation, profile: Profile) -> None:
    for field, value in asdict(profile).items():
        setattr(organisation, field, value.strip())


def _taken() -> Invalid:
    return Invalid("organisation.uscc_taken", fields={"uscc": "organisation.uscc_taken"})
