"""People, organisations, who acts for whom, and what each organisation may do."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful


class OrganisationKind(StrEnum):
    """What kind of body an organisation is (owner.kind of the fact model)."""

    ENTERPRISE = "enterprise"
    SOE = "soe"
    UNIVERSITY = "university"
    PUBLIC_INSTITUTION = "public_institution"
    GOVERNMENT = "government"
    BANK = "bank"
    INTERMEDIARY = "intermediary"
    INDIVIDUAL = "individual"


class Region(StrEnum):
    """Where it is seated; Hong Kong, Macao and Taiwan are neither mainland nor foreign."""

    MAINLAND = "CN"
    HONG_KONG = "HK"
    MACAO = "MO"
    TAIWAN = "TW"
    FOREIGN = "foreign"


class Role(StrEnum):
    """What a member may do in an organisation."""

    OWNER = "owner"
    MANAGER = "manager"
    FINANCE = "finance"
    VIEWER = "viewer"


class Capability(StrEnum):
    """What an organisation may do here, each granted after a check of documents."""

    HOLDER = "holder"
    ACQUIRER = "acquirer"
    BROKER = "broker"
    VALUER = "valuer"
    LENDER = "lender"
    GUARANTOR = "guarantor"
    INVESTOR = "investor"
    REGULATOR = "regulator"
    OPERATOR = "operator"


class User(Record):
    """A person who can sign in."""

    __tablename__ = "user"

    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(10), default="zh_Hans")
    confirmed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    password_changed_at: Mapped[datetime | None]
    totp_secret: Mapped[str | None] = mapped_column(String(300))  # sealed
    totp_enabled_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]  # a code counts once
    mail_wanted: Mapped[bool] = mapped_column(default=True)  # messages of deals by mail too

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="user", order_by="Membership.id"
    )

    @property
    def has_second_factor(self) -> bool:
        """Sign-in asks for a code."""
        return self.totp_enabled_at is not None


class RecoveryCode(Record):
    """One use instead of the second factor."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class SignIn(Record):
    """A signed-in browser: listed, and revoked, by its owner."""

    __tablename__ = "sign_in"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))  # acts for
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    network: Mapped[str] = mapped_column(String(60), default="")  # a /24 or /48, never the address
    last_seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class SignInAttempt(Record):
    """A failed sign-in, counted by account and network together: nobody locks out another."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_who", "email_hash", "network", "created_at"),)

    email_hash: Mapped[str] = mapped_column(String(64))
    network: Mapped[str] = mapped_column(String(60))


class Organisation(Record):
    """A university, firm, bank, intermediary, authority or person that trades."""

    __tablename__ = "organisation"

    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    slug: Mapped[str] = mapped_column(String(40), unique=True)  # in its public address
    kind: Mapped[OrganisationKind]
    region: Mapped[Region] = mapped_column(default=Region.MAINLAND)
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)  # GB 32100-2015
    foreign_registration: Mapped[str] = mapped_column(String(60), default="")
    province: Mapped[str] = mapped_column(String(40), default="")
    city: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    representative: Mapped[str] = mapped_column(String(80), default="")
    website: Mapped[str] = mapped_column(String(200), default="")
    about: Mapped[str] = mapped_column(default="")
    about_en: Mapped[str] = mapped_column(default="")
    state_owned: Mapped[bool] = mapped_column(default=False)
    state_established: Mapped[bool] = mapped_column(default=False)
    wholly_state_owned: Mapped[bool | None]  # none, here and below: nobody has said yet
    central: Mapped[bool | None]  # a group under the State Council's SASAC, or of it
    above_scale: Mapped[bool | None]  # 规模以上: above the statistical threshold
    inventor_reward_rule: Mapped[bool | None]  # rules of its own on inventors' rewards
    bank_name: Mapped[str] = mapped_column(String(120), default="")
    bank_account: Mapped[str] = mapped_column(String(60), default="")
    verified_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="organisation", order_by="Membership.id"
    )
    grants: Mapped[list["CapabilityGrant"]] = relationship(
        back_populates="organisation", order_by="CapabilityGrant.id"
    )

    @property
    def capabilities(self) -> frozenset[str]:
        """What it may do today."""
        return frozenset(g.capability.value for g in self.grants if g.state is GrantState.GRANTED)

    @property
    def is_verified(self) -> bool:
        """Its identity was checked by an operator."""
        return self.verified_at is not None


class Membership(Record):
    """A person in an organisation."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[Role]

    user: Mapped[User] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship(back_populates="memberships")


class InvitationState(StrEnum):
    """Where an invitation stands."""

    SENT = "sent"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


INVITATION = Lifecycle(
    "invitation",
    {
        "accept": Move({InvitationState.SENT}, InvitationState.ACCEPTED),
        "withdraw": Move({InvitationState.SENT}, InvitationState.WITHDRAWN),
        "expire": Move({InvitationState.SENT}, InvitationState.EXPIRED),
    },
)


class Invitation(Stateful):
    """An address asked to join an organisation in a role."""

    __tablename__ = "invitation"
    lifecycle = INVITATION

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[Role]
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    expires_at: Mapped[datetime]
    state: Mapped[InvitationState] = mapped_column(default=InvitationState.SENT)

    organisation: Mapped[Organisation] = relationship()
    invited_by: Mapped[User] = relationship()


class GrantState(StrEnum):
    """Where an application for a capability stands."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    REVOKED = "revoked"


CAPABILITY_GRANT = Lifecycle(
    "capability",
    {
        "grant": Move({GrantState.REQUESTED}, GrantState.GRANTED),
        "refuse": Move({GrantState.REQUESTED}, GrantState.REFUSED),
        "request_again": Move({GrantState.REFUSED, GrantState.REVOKED}, GrantState.REQUESTED),
        "revoke": Move({GrantState.GRANTED}, GrantState.REVOKED),
    },
)


class CapabilityGrant(Stateful):
    """An organisation's application for a capability, and what the operator said."""

    __tablename__ = "capability_grant"
    __table_args__ = (UniqueConstraint("organisation_id", "capability"),)
    lifecycle = CAPABILITY_GRANT

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    capability: Mapped[Capability]
    statement: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[GrantState] = mapped_column(default=GrantState.REQUESTED)

    organisation: Mapped[Organisation] = relationship(back_populates="grants")
