"""Members, roles and invitations."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, WrongState
from marketplace.core.policy import Actor
from marketplace.organisations import queries, readers, tokens
from marketplace.organisations import services as organisations
from marketplace.organisations.models import (
    Invitation,
    InvitationState,
    Membership,
    Organisation,
    Role,
)
from marketplace.organisations.services import members
from tests import factories as a
from tests.conftest import at_most
from tests.organisations.at_once import at_once


def oneself(user) -> Actor:
    return Actor(user.id, None)


@pytest.fixture
def firm(app) -> Organisation:  # noqa: ARG001 -- it needs the database
    return a.organisation()


def test_a_manager_invites_and_the_invited_person_joins_in_that_role(firm):
    guest = a.user(email="guest@example.org")
    invitation = members.invite(a.actor(firm), email=" Guest@Example.org", role=Role.FINANCE)

    membership = members.accept(oneself(guest), invitation, by_mail=True)

    assert (membership.user_id, membership.role) == (guest.id, Role.FINANCE)
    assert invitation.state is InvitationState.ACCEPTED


@pytest.mark.parametrize("role", ["viewer", "finance"])
def test_a_wrong_role_cannot_invite_and_is_told_what_is_needed(firm, role):
    with pytest.raises(NotAllowed) as refusal:
        members.invite(a.actor(firm, role), email="x@example.org", role=Role.VIEWER)

    assert (refusal.value.code, refusal.value.needs) == ("member.invite", ("may_manage",))


def test_a_manager_cannot_make_an_owner(firm):
    with pytest.raises(NotAllowed) as refusal:
        members.invite(a.actor(firm), email="x@example.org", role=Role.OWNER)

    assert refusal.value.needs == ("is_not_for_an_owner",)
    members.invite(a.actor(firm, "owner"), email="x@example.org", role=Role.OWNER)


def test_an_invitation_to_another_address_is_refused(firm):
    invitation = a.invitation(firm, "guest@example.org")
    thief = a.user(email="thief@example.org")

    with pytest.raises(NotAllowed) as refusal:
        members.accept(oneself(thief), invitation, by_mail=True)

    assert (refusal.value.code, refusal.value.needs) == ("invitation.accept", ("is_invited",))
    assert queries.memberships_of(thief) == []


def test_an_invitation_is_accepted_once(firm):
    guest = a.user(email="guest@example.org")
    invitation = a.invitation(firm, "guest@example.org")
    members.accept(oneself(guest), invitation, by_mail=True)

    with pytest.raises(WrongState, match=r"invitation\.accept"):
        members.accept(oneself(guest), invitation, by_mail=True)

    assert len(queries.memberships_of(guest)) == 1


def test_a_withdrawn_or_expired_invitation_is_refused(firm):
    guest = a.user(email="guest@example.org")
    withdrawn, late = a.invitation(firm, guest.email), a.invitation(firm, guest.email)
    members.withdraw(a.actor(firm), withdrawn)
    with pytest.raises(WrongState):
        members.accept(oneself(guest), withdrawn, by_mail=True)

    with clock.freeze(clock.now() + timedelta(days=15)):
        with pytest.raises(WrongState, match=r"invitation\.expired"):
            members.accept(oneself(guest), late, by_mail=True)
        with pytest.raises(Invalid, match=r"token\.invalid"):
            tokens.read_invitation(tokens.invitation(late))
        assert organisations.expire_due() == 1
    assert late.state is InvitationState.EXPIRED


def test_one_open_invitation_an_address_and_none_for_members(firm):
    inviter = a.actor(firm)
    known = a.member(firm).user
    members.invite(inviter, email="guest@example.org", role=Role.VIEWER)

    refusals = {"guest@example.org": "invitation.is_open", known.email: "invitation.is_member"}
    for email, code in refusals.items():
        with pytest.raises(Invalid) as refusal:
            members.invite(inviter, email=email, role=Role.VIEWER)
        assert refusal.value.fields == {"email": code}


def test_sending_again_extends_the_term(firm):
    invitation = a.invitation(firm, expires_at=clock.now() + timedelta(hours=1))

    members.invite_again(a.actor(firm), invitation)

    assert invitation.expires_at > clock.now() + timedelta(days=13)


def test_another_firms_invitations_and_members_are_not_there(firm):
    stranger = a.actor(a.organisation(), "owner")
    invitation, membership = a.invitation(firm), a.member(firm)

    with pytest.raises(NotFound):
        queries.invitation(stranger, invitation.id)
    with pytest.raises(NotFound):
        queries.membership(stranger, membership.id)
    with pytest.raises(NotAllowed) as refusal:
        members.change_role(stranger, membership, Role.VIEWER)
    assert refusal.value.needs == ("belongs_to_it",)


def test_the_last_owner_can_neither_leave_nor_step_down(firm):
    owner = a.member(firm, "owner")
    acting = readers.actor_for(owner)

    with pytest.raises(WrongState, match=r"member\.last_owner"):
        members.remove(acting, owner)
    with pytest.raises(WrongState, match=r"member\.last_owner"):
        members.change_role(acting, owner, Role.MANAGER)

    second = a.member(firm, "manager")
    members.change_role(acting, second, Role.OWNER)
    members.remove(acting, owner)
    assert [m.id for m in queries.members_of(firm.id)] == [second.id]


def test_members_leave_by_themselves_and_only_owners_remove_others(firm):
    a.member(firm, "owner")
    viewer, manager = a.member(firm, "viewer"), a.member(firm, "manager")

    with pytest.raises(NotAllowed) as refusal:
        members.remove(readers.actor_for(manager), viewer)
    assert refusal.value.needs in {("is_owner",), ("is_own_membership",)}
    members.remove(readers.actor_for(viewer), viewer)

    assert viewer.id not in [m.id for m in queries.members_of(firm.id)]


@pytest.mark.parametrize("size", [1, 3])
def test_the_list_of_members_takes_one_statement(firm, size):
    for _ in range(size):
        a.member(firm)
    db.session.expire_all()
    firm_id = firm.id

    with at_most(1):
        listed = [(m.user.name, m.organisation.name) for m in queries.members_of(firm_id)]

    assert len(listed) == size


# ---- two at once ---------------------------------------------------------------------------------


def test_of_two_who_accept_one_invitation_at_once_one_joins(own_database):
    firm = a.organisation()
    guest = a.user(email="guest@example.org")
    invitation_id, actor = a.invitation(firm, guest.email).id, oneself(guest)
    db.session.remove()

    def accept():
        members.accept(actor, db.session.get_one(Invitation, invitation_id), by_mail=True)

    assert at_once(own_database, accept, accept) == ["done", "invitation.accept"]


def test_of_two_owners_who_leave_at_once_one_stays(own_database):
    firm = a.organisation()
    owners = a.member(firm, "owner"), a.member(firm, "owner")
    leaving = [(m.id, readers.actor_for(m)) for m in owners]
    firm_id = firm.id
    db.session.remove()

    def leave(membership_id, actor):
        members.remove(actor, db.session.get_one(Membership, membership_id))

    jobs = [lambda pair=pair: leave(*pair) for pair in leaving]

    assert at_once(own_database, *jobs) == ["done", "member.last_owner"]
    assert queries.owner_count(firm_id) == 1


@pytest.mark.usefixtures("app")
def test_someone_removed_cannot_come_back_by_an_invitation_of_their_own():
    firm = a.organisation()
    removed = a.member(firm, "owner")
    own = a.invitation(firm, "second-address@example.org", invited_by=removed.user)
    other = a.invitation(firm, "somebody@example.org")
    with transaction():
        members.remove(a.actor(firm, "owner"), removed)

    assert (own.state, other.state) == (InvitationState.WITHDRAWN, InvitationState.SENT)
