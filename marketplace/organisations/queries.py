"""Reading people and organisations."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from marketplace.core import clock
from marketplace.core.db import Record, db
from marketplace.core.errors import NotFound
from marketplace.core.events import Event
from marketplace.core.policy import Actor, is_operator
from marketplace.organisations.models import (
    Capability,
    CapabilityGrant,
    GrantState,
    Invitation,
    InvitationState,
    Membership,
    Organisation,
    OrganisationKind,
    RecoveryCode,
    Region,
    Role,
    SignIn,
    User,
)
from marketplace.organisations.readers import LOOKING, SIGN_IN_LASTS

PAGE = 25


def user_by_email(email: str) -> User | None:
    """Whose address it is; for signing in and up, where nobody is known yet."""
    return db.session.scalar(select(User).where(User.email == email.strip().lower()))


def pending_user(user_id: int) -> User | None:
    """Somebody between password and code."""
    found = db.session.get(User, user_id)
    return found if found is not None and found.closed_at is None else None


def count_events(user: User, kind: str, *, since: datetime) -> int:
    """How often something happened to a person since a moment."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Event.subject_kind == User.__tablename__,
                Event.subject_id == user.id,
                Event.kind == kind,
                Event.created_at > since,
            )
        )
        or 0
    )


def last_organisation_id(user: User) -> int | None:
    """The organisation that the person acted for last, while still a member; else the first one."""
    mine = [m.organisation_id for m in memberships_of(user)]
    last = db.session.scalar(
        select(SignIn.organisation_id)
        .where(SignIn.user_id == user.id, SignIn.organisation_id.in_(mine))
        .order_by(SignIn.last_seen_at.desc(), SignIn.id.desc())
        .limit(1)
    )
    first = select(Membership.organisation_id).where(
        Membership.user_id == user.id, Membership.organisation_id.in_(mine)
    )
    return last or db.session.scalar(first.order_by(Membership.id).limit(1))


def users_ending_in(suffix: str) -> list[User]:
    """People whose address ends so, with their memberships: the demonstration's sign-ins."""
    return list(
        db.session.scalars(
            select(User)
            .options(selectinload(User.memberships).joinedload(Membership.organisation))
            .where(User.email.endswith(suffix, autoescape=True), User.closed_at.is_(None))
            .order_by(User.id)
        )
    )


# ---- a person's own --------------------------------------------------------------------------


def own_account(actor: Actor) -> User:
    """The account of the person asking."""
    return db.session.get_one(User, actor.user)


def memberships_of(user: User) -> list[Membership]:
    """The organisations of a person, by name."""
    return list(
        db.session.scalars(
            select(Membership)
            .join(Membership.organisation)
            .options(joinedload(Membership.organisation))
            .where(Membership.user_id == user.id, Organisation.closed_at.is_(None))
            .order_by(Organisation.name, Membership.id)
        )
    )


def membership_in(actor: Actor, organisation_id: int) -> Membership:
    """One's own membership in an organisation, or NotFound."""
    found = db.session.scalar(
        select(Membership)
        .join(Membership.organisation)
        .where(
            Membership.user_id == actor.user,
            Membership.organisation_id == organisation_id,
            Organisation.closed_at.is_(None),
        )
    )
    if found is None:
        raise NotFound("organisation")
    return found


def sign_ins(actor: Actor) -> list[SignIn]:
    """One's own browsers that are signed in, the one seen last first."""
    return list(
        db.session.scalars(
            select(SignIn)
            .where(
                SignIn.user_id == actor.user,
                SignIn.revoked_at.is_(None),
                SignIn.last_seen_at > clock.now() - SIGN_IN_LASTS,
            )
            .order_by(SignIn.last_seen_at.desc(), SignIn.id.desc())
        )
    )


def sign_in(actor: Actor, sign_in_id: int) -> SignIn:
    """One of one's own sign-ins, or NotFound."""
    found = db.session.get(SignIn, sign_in_id)
    if found is None or found.user_id != actor.user:
        raise NotFound("sign_in")
    return found


def recovery_codes_left(user: User) -> int:
    """How many recovery codes have not been used."""
    return (
        db.session.scalar(
            select(func.count()).where(
                RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None)
            )
        )
        or 0
    )


def invitations_to(user: User) -> list[Invitation]:
    """Open invitations to a person's confirmed address."""
    if user.confirmed_at is None:
        return []
    return list(
        db.session.scalars(
            select(Invitation)
            .options(joinedload(Invitation.organisation), joinedload(Invitation.invited_by))
            .where(
                Invitation.email == user.email,
                Invitation.state == InvitationState.SENT,
                Invitation.expires_at > clock.now(),
            )
            .order_by(Invitation.id)
        )
    )


# ---- the organisation acted for --------------------------------------------------------------


def own_organisation(actor: Actor) -> Organisation:
    """The organisation acted for; refused as `actor.organisation` when there is none."""
    return db.session.get_one(
        Organisation, actor.organisation, options=[selectinload(Organisation.grants)]
    )


def members_of(organisation_id: int) -> list[Membership]:
    """The members, oldest first; for callers who have shown that they may see them."""
    return list(
        db.session.scalars(
            select(Membership)
            .options(joinedload(Membership.user), joinedload(Membership.organisation))
            .where(Membership.organisation_id == organisation_id)
            .order_by(Membership.id)
        )
    )


def people_of(organisation_id: int, *roles: Role) -> list[User]:
    """The people of an organisation whose account is open, in these roles (all by default)."""
    members = (
        select(User)
        .join(User.memberships)
        .where(Membership.organisation_id == organisation_id, User.closed_at.is_(None))
    )
    if roles:
        members = members.where(Membership.role.in_(roles))
    return list(db.session.scalars(members.order_by(User.id)))


def operators() -> list[User]:
    """Exchange staff."""
    return list(
        db.session.scalars(
            select(User)
            .join(User.memberships)
            .join(CapabilityGrant, CapabilityGrant.organisation_id == Membership.organisation_id)
            .where(
                CapabilityGrant.capability == Capability.OPERATOR,
                CapabilityGrant.state == GrantState.GRANTED,
                Membership.role.not_in(LOOKING),
                User.closed_at.is_(None),
            )
            .distinct()
            .order_by(User.id)
        )
    )


def membership(actor: Actor, membership_id: int) -> Membership:
    """A membership of the organisation acted for, or one's own, or NotFound."""
    found = db.session.get(Membership, membership_id)
    if found is None or (
        found.organisation_id != actor.organisation_id and found.user_id != actor.user
    ):
        raise NotFound("membership")
    return found


def own_membership(actor: Actor, membership_id: int) -> Membership:
    """A membership of one's own, or NotFound."""
    found = db.session.get(Membership, membership_id)
    if found is None or found.user_id != actor.user:
        raise NotFound("membership")
    return found


def membership_row(membership_id: int) -> Membership | None:
    """The membership as it stands now; none when it has been removed."""
    return db.session.scalar(
        select(Membership)
        .where(Membership.id == membership_id)
        .execution_options(populate_existing=True)
    )


def is_member(organisation_id: int, email: str) -> bool:
    """Whether the address belongs to a member."""
    return (
        db.session.scalar(
            select(Membership.id)
            .join(Membership.user)
            .where(Membership.organisation_id == organisation_id, User.email == email)
        )
        is not None
    )


def owner_count(organisation_id: int) -> int:
    """How many owners with an open account an organisation has."""
    return (
        db.session.scalar(
            select(func.count(Membership.id))
            .join(Membership.user)
            .where(
                Membership.organisation_id == organisation_id,
                Membership.role == Role.OWNER,
                User.closed_at.is_(None),
            )
        )
        or 0
    )


def invitations(actor: Actor) -> list[Invitation]:
    """The invitations of the organisation acted for, newest first."""
    return list(
        db.session.scalars(
            select(Invitation)
            .options(joinedload(Invitation.invited_by))
            .where(Invitation.organisation_id == actor.organisation)
            .order_by(Invitation.id.desc())
            .limit(200)
        )
    )


def invitation(actor: Actor, invitation_id: int) -> Invitation:
    """An invitation of the organisation acted for, or NotFound."""
    found = db.session.get(Invitation, invitation_id)
    if found is None or found.organisation_id != actor.organisation:
        raise NotFound("invitation")
    return found


def open_invitation(organisation_id: int, email: str) -> Invitation | None:
    """The invitation of an address that can still be accepted."""
    return db.session.scalar(
        select(Invitation).where(
            Invitation.organisation_id == organisation_id,
            Invitation.email == email,
            Invitation.state == InvitationState.SENT,
            Invitation.expires_at > clock.now(),
        )
    )


def invitations_by(organisation_id: int, user_id: int) -> list[Invitation]:
    """The open invitations that a member has sent."""
    return list(
        db.session.scalars(
            select(Invitation)
            .where(
                Invitation.organisation_id == organisation_id,
                Invitation.invited_by_id == user_id,
                Invitation.state == InvitationState.SENT,
            )
            .order_by(Invitation.id)
        )
    )


def stale_invitations() -> list[Invitation]:
    """Invitations whose time has passed and that nobody closed."""
    return list(
        db.session.scalars(
            select(Invitation)
            .where(Invitation.state == InvitationState.SENT, Invitation.expires_at <= clock.now())
            .order_by(Invitation.id)
        )
    )


def grant_of(organisation: Organisation, capability: Capability) -> CapabilityGrant | None:
    """The organisation's application for a capability."""
    return db.session.scalar(
        select(CapabilityGrant).where(
            CapabilityGrant.organisation_id == organisation.id,
            CapabilityGrant.capability == capability,
        )
    )


# ---- all organisations -----------------------------------------------------------------------


def public(slug: str) -> Organisation:
    """An organisation by its public address, or NotFound."""
    found = db.session.scalar(
        select(Organisation)
        .options(selectinload(Organisation.grants))
        .where(Organisation.slug == slug, Organisation.closed_at.is_(None))
    )
    if found is None:
        raise NotFound("organisation")
    return found


def public_slugs() -> list[str]:
    """The public addresses of the verified organisations."""
    verified = Organisation.verified_at.is_not(None) & Organisation.closed_at.is_(None)
    return list(db.session.scalars(select(Organisation.slug).where(verified)))


def slug_is_taken(slug: str) -> bool:
    """Whether an organisation has this public address."""
    return db.session.scalar(select(Organisation.id).where(Organisation.slug == slug)) is not None


def with_uscc(number: str) -> Organisation | None:
    """The organisation with this 统一社会信用代码; for the exchange's staff and services."""
    return db.session.scalar(select(Organisation).where(Organisation.uscc == number.strip()))


def uscc_is_taken(number: str, *, but: int | None) -> bool:
    """Whether another organisation is registered under this number."""
    return (
        db.session.scalar(
            select(Organisation.id).where(
                Organisation.uscc == number, Organisation.id != (but or 0)
            )
        )
        is not None
    )


# ---- the console -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """What an operator looks for: words, one filter and an order."""

    text: str = ""
    filter: str = ""
    state: str = ""
    sort: str = ""


def _operators_only(actor: Actor) -> None:
    if not is_operator(actor, None):
        raise NotFound("page")


def _like(text: str, *columns: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return or_(*(column.icontains(text.strip(), autoescape=True) for column in columns))


def applications(actor: Actor, wish: Wish) -> Select[tuple[CapabilityGrant]]:
    """Applications for capabilities as operators see them, the longest waiting first."""
    _operators_only(actor)
    found = (
        select(CapabilityGrant)
        .join(CapabilityGrant.organisation)
        .options(joinedload(CapabilityGrant.organisation))
    )
    if wish.text:
        found = found.where(_like(wish.text, *_ORGANISATION_TEXTS))
    if wish.filter in list(Capability):
        found = found.where(CapabilityGrant.capability == Capability(wish.filter))
    if wish.state in list(GrantState):
        found = found.where(CapabilityGrant.state == GrantState(wish.state))
    orders = {
        "": (CapabilityGrant.created_at, CapabilityGrant.id),
        "-created": (CapabilityGrant.created_at.desc(), CapabilityGrant.id.desc()),
        "created": (CapabilityGrant.created_at, CapabilityGrant.id),
        "name": (Organisation.name, CapabilityGrant.id),
        "-name": (Organisation.name.desc(), CapabilityGrant.id),
    }
    return found.order_by(*orders.get(wish.sort, orders[""]))


_ORGANISATION_TEXTS = (
    Organisation.name,
    Organisation.name_en,
    Organisation.uscc,
    Organisation.slug,
)


def application(actor: Actor, grant_id: int) -> CapabilityGrant:
    """An application, for an operator."""
    _operators_only(actor)
    found = db.session.get(CapabilityGrant, grant_id)
    if found is None:
        raise NotFound("capability")
    return found


def waiting_applications(actor: Actor) -> int:
    """How many applications wait for an operator."""
    _operators_only(actor)
    return (
        db.session.scalar(select(func.count()).where(CapabilityGrant.state == GrantState.REQUESTED))
        or 0
    )


def users(actor: Actor, wish: Wish) -> Select[tuple[User]]:
    """All people, for an operator."""
    _operators_only(actor)
    found = select(User).options(selectinload(User.memberships).joinedload(Membership.organisation))
    if wish.text:
        found = found.where(_like(wish.text, User.email, User.name))
    conditions: dict[str, ColumnElement[bool]] = {
        "open": User.closed_at.is_(None),
        "closed": User.closed_at.is_not(None),
        "unconfirmed": User.confirmed_at.is_(None),
        "second_factor": User.totp_enabled_at.is_not(None),
    }
    if wish.state in conditions:
        found = found.where(conditions[wish.state])
    orders = {
        "name": (User.name, User.id),
        "-name": (User.name.desc(), User.id),
        "email": (User.email,),
        "-email": (User.email.desc(),),
        "created": (User.created_at, User.id),
    }
    return found.order_by(*orders.get(wish.sort, (User.created_at.desc(), User.id.desc())))


def user(actor: Actor, user_id: int) -> User:
    """A person, for an operator."""
    _operators_only(actor)
    found = db.session.get(User, user_id)
    if found is None:
        raise NotFound("user")
    return found


def organisations(actor: Actor, wish: Wish) -> Select[tuple[Organisation]]:
    """All organisations, for an operator."""
    _operators_only(actor)
    found = select(Organisation).options(selectinload(Organisation.grants))
    if wish.text:
        found = found.where(_like(wish.text, *_ORGANISATION_TEXTS))
    if wish.filter in list(OrganisationKind):
        found = found.where(Organisation.kind == OrganisationKind(wish.filter))
    conditions: dict[str, ColumnElement[bool]] = {
        "verified": Organisation.verified_at.is_not(None),
        "unverified": Organisation.verified_at.is_(None),
        "closed": Organisation.closed_at.is_not(None),
        "abroad": Organisation.region != Region.MAINLAND,
    }
    if wish.state in conditions:
        found = found.where(conditions[wish.state])
    orders = {
        "name": (Organisation.name, Organisation.id),
        "-name": (Organisation.name.desc(), Organisation.id),
        "created": (Organisation.created_at, Organisation.id),
    }
    newest = (Organisation.created_at.desc(), Organisation.id.desc())
    return found.order_by(*orders.get(wish.sort, newest))


def organisation(actor: Actor, organisation_id: int) -> Organisation:
    """An organisation with its grants, for an operator."""
    _operators_only(actor)
    found = db.session.get(
        Organisation, organisation_id, options=[selectinload(Organisation.grants)]
    )
    if found is None:
        raise NotFound("organisation")
    return found


def history_of(actor: Actor, subject: Record) -> list[tuple[Event, User | None]]:
    """What happened to a person, organisation or application, newest first, and who did it."""
    _operators_only(actor)
    about = [(subject.__tablename__, subject.id)]
    if isinstance(subject, Organisation):
        about += [(CapabilityGrant.__tablename__, grant.id) for grant in subject.grants]
        about += [(Membership.__tablename__, m.id) for m in subject.memberships]
    happened = (
        select(Event, User)
        .outerjoin(User, User.id == Event.user_id)
        .where(tuple_(Event.subject_kind, Event.subject_id).in_(about))
        .order_by(Event.id.desc())
        .limit(100)
    )
    return [(event, user) for event, user in db.session.execute(happened)]


def last_seen(actor: Actor, user: User) -> datetime | None:
    """When a browser of the person was seen last."""
    _operators_only(actor)
    return db.session.scalar(select(func.max(SignIn.last_seen_at)).where(SignIn.user_id == user.id))


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """Names by id, for records that say who said something."""
    found = select(Organisation.id, Organisation.name).where(Organisation.id.in_(set(ids)))
    return dict(db.session.execute(found).tuples().all())


def named(name: str) -> Organisation | None:
    """The verified organisation of exactly this name, or with this public address; None if unsure."""
    found = db.session.scalars(
        select(Organisation)
        .where(
            (Organisation.name == name)
            | (Organisation.name_en == name)
            | (Organisation.slug == name),
            Organisation.verified_at.is_not(None),
            Organisation.closed_at.is_(None),
        )
        .limit(2)
    ).all()
    return found[0] if len(found) == 1 else None
