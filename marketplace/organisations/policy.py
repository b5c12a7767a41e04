"""Who may do what to people, organisations, members and capabilities."""

from typing import Any

from marketplace.core.policy import (
    Actor,
    Permission,
    is_operator,
    is_owner,
    is_signed_in,
    may_manage,
)
from marketplace.organisations.models import (
    CapabilityGrant,
    Invitation,
    Membership,
    Organisation,
    Role,
    SignIn,
    User,
)

UNCONFIRMED = "unconfirmed"  # the role of someone whose address is not confirmed


def has_confirmed_address(actor: Actor, _: Any) -> bool:
    """You have confirmed your e-mail address."""
    return actor.user_id is not None and actor.role != UNCONFIRMED


def is_this_person(actor: Actor, user: User) -> bool:
    """The account is yours."""
    return actor.user_id is not None and actor.user_id == user.id


def is_own_sign_in(actor: Actor, sign_in: SignIn) -> bool:
    """The sign-in is yours."""
    return actor.user_id is not None and actor.user_id == sign_in.user_id


def is_someone_else(actor: Actor, user: User) -> bool:
    """The account is not your own."""
    return actor.user_id != user.id


def acts_for_it(actor: Actor, organisation: Organisation) -> bool:
    """You act for this organisation."""
    return actor.organisation_id is not None and actor.organisation_id == organisation.id


def may_handle_money(actor: Actor, _: Any) -> bool:
    """Your role in the organisation is owner or finance."""
    return actor.role in {"owner", "finance"}


def is_not_verified_yet(_: Actor, organisation: Organisation) -> bool:
    """The organisation's identity has not been verified yet."""
    return organisation.verified_at is None


def is_own_membership(actor: Actor, membership: Membership) -> bool:
    """The membership is yours."""
    return actor.user_id is not None and actor.user_id == membership.user_id


def belongs_to_it(actor: Actor, subject: Membership | Invitation | CapabilityGrant) -> bool:
    """You act for the organisation that it belongs to."""
    return actor.organisation_id is not None and actor.organisation_id == subject.organisation_id


def is_not_for_an_owner(_: Actor, role: Role) -> bool:
    """The role is another than owner."""
    return role is not Role.OWNER


def decides_for_another(actor: Actor, grant: CapabilityGrant) -> bool:
    """The application is not your own organisation's."""
    return actor.organisation_id != grant.organisation_id


edit_account = Permission("user.edit", ((is_this_person,),))
close_user = Permission("user.close", ((is_operator, may_manage, is_someone_else),))
revoke_sign_in = Permission("sign_in.revoke", ((is_own_sign_in,),))

create_organisation = Permission("organisation.create", ((is_signed_in, has_confirmed_address),))
edit_organisation = Permission("organisation.edit", ((acts_for_it, may_manage),))
edit_identity = Permission(
    "organisation.identify", ((acts_for_it, is_owner, is_not_verified_yet), (is_operator,))
)
edit_bank_account = Permission("organisation.bank", ((acts_for_it, may_handle_money),))
close_organisation = Permission("organisation.close", ((is_operator, may_manage),))
see_members = Permission("member.see", ((acts_for_it,), (is_operator,)))

invite_member = Permission("member.invite", ((may_manage, is_not_for_an_owner), (is_owner,)))
withdraw_invitation = Permission("invitation.withdraw", ((belongs_to_it, may_manage),))
change_role = Permission("member.change_role", ((belongs_to_it, is_owner),))
remove_member = Permission("member.remove", ((belongs_to_it, is_owner), (is_own_membership,)))

apply_for_capability = Permission("capability.request", ((acts_for_it, may_manage),))
decide_capability = Permission(
    "capability.grant", ((is_operator, may_manage, decides_for_another),)
)


def is_invited(actor: Actor, pair: tuple[Invitation, str]) -> bool:
    """The invitation was sent to your confirmed address."""
    invitation, email = pair
    return actor.user_id is not None and invitation.email == email


accept_invitation = Permission("invitation.accept", ((is_invited,),))
