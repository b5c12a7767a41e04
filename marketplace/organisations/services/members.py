"""Members of an organisation and invitations to it."""

from datetime import timedelta

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, NotFound, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.organisations import policy, queries
from marketplace.organisations.models import (
    Invitation,
    InvitationState,
    Membership,
    Organisation,
    Role,
    User,
)

INVITATION_LASTS = timedelta(days=14)


def invite(actor: Actor, *, email: str, role: Role) -> Invitation:
    """Invite an address to one's organisation; the mail goes out with the event."""
    require(actor, policy.invite_member, role)
    organisation = _locked(actor.organisation)
    email = email.strip().lower()
    if queries.is_member(organisation.id, email):
        raise Invalid("invitation.is_member", fields={"email": "invitation.is_member"})
    if queries.open_invitation(organisation.id, email) is not None:
        raise Invalid("invitation.is_open", fields={"email": "invitation.is_open"})
    invitation = Invitation(
        organisation=organisation,
        email=email,
        role=role,
        invited_by_id=actor.user,
        expires_at=clock.now() + INVITATION_LASTS,
    )
    db.session.add(invitation)
    events.record(invitation, "member.invite", by=actor, email=email, role=role)
    return invitation


def invite_again(actor: Actor, invitation: Invitation) -> None:
    """Send an open invitation once more, with a new term of fourteen days."""
    require(actor, policy.withdraw_invitation, invitation)
    lock(invitation)
    if invitation.state is not InvitationState.SENT:
        raise WrongState("invitation.send_again", needs=["invitation.sent"])
    invitation.expires_at = clock.now() + INVITATION_LASTS
    events.record(
        invitation,
        "member.invite",
        by=actor,
        email=invitation.email,
        role=invitation.role,
        again=True,
    )


def withdraw(actor: Actor, invitation: Invitation) -> None:
    """Take an invitation back."""
    require(actor, policy.withdraw_invitation, invitation)
    advance(invitation, "withdraw", by=actor)


def accept(actor: Actor, invitation: Invitation, *, by_mail: bool) -> Membership:
    """Join the organisation: only the person whose address was invited, and once.

    An invitation opened from the mail (`by_mail`) confirms the address as well.
    """
    user = db.session.get_one(User, actor.user)
    require(actor, policy.accept_invitation, (invitation, user.email))
    if invitation.expires_at <= clock.now():
        raise WrongState("invitation.expired")
    advance(invitation, "accept", by=actor)
    if by_mail and user.confirmed_at is None:
        user.confirmed_at = clock.now()
        events.record(user, "user.confirm", by=actor)
    if invitation.organisation.closed_at is not None:
        raise WrongState("organisation.closed")
    if queries.is_member(invitation.organisation_id, user.email):
        raise WrongState("invitation.is_member")
    membership = Membership(user=user, organisation=invitation.organisation, role=invitation.role)
    db.session.add(membership)
    events.record(
        membership, "member.join", by=Actor(user.id, invitation.organisation_id),
        role=invitation.role, invited_by=invitation.invited_by_id,
    )  # fmt: skip
    return membership


def expire_invitations() -> int:
    """Close invitations whose time has passed; run by the clock. Returns how many."""
    stale = queries.stale_invitations()
    for invitation in stale:
        advance(invitation, "expire", by=SYSTEM)
    return len(stale)


def change_role(actor: Actor, membership: Membership, role: Role) -> None:
    """Give a member another role; the last owner stays one."""
    require(actor, policy.change_role, membership)
    _locked(membership.organisation_id)
    lock(membership)
    before = membership.role
    if before is role:
        return
    if before is Role.OWNER:
        _keep_an_owner(membership)
    membership.role = role
    events.record(
        membership, "member.role", by=actor, before=before, after=role,
        user=membership.user_id,
    )  # fmt: skip


def remove(actor: Actor, membership: Membership, *, because: str = "") -> None:
    """Remove a member, or leave; not the last owner."""
    require(actor, policy.remove_member, membership)
    organisation = _locked(membership.organisation_id)
    member = queries.membership_row(membership.id)
    if member is None:
        raise NotFound("membership")
    if member.role is Role.OWNER:
        _keep_an_owner(member)
    kind = "member.leave" if actor.user_id == member.user_id else "member.remove"
    if kind == "member.remove":  # nobody comes back by an invitation of one's own
        for invitation in queries.invitations_by(organisation.id, member.user_id):
            advance(invitation, "withdraw", by=actor)
    events.record(organisation, kind, by=actor, because=because, user=member.user_id)
    db.session.delete(member)


def _locked(organisation_id: int) -> Organisation:
    """The organisation's row is the lock for its members: two owners cannot both step down."""
    organisation = db.session.get_one(Organisation, organisation_id)
    lock(organisation)
    return organisation


def _keep_an_owner(membership: Membership) -> None:
    if queries.owner_count(membership.organisation_id) <= 1:
        raise WrongState("member.last_owner")
