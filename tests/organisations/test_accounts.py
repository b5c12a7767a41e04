"""Accounts: signing up, confirming, resetting; what a password must be."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotAllowed
from marketplace.core.events import Event
from marketplace.core.policy import Actor
from marketplace.organisations import passwords, queries, readers, tokens
from marketplace.organisations.models import InvitationState, SignIn, User
from marketplace.organisations.services import accounts, sign_ins
from tests import factories as a

pytestmark = pytest.mark.usefixtures("app")


def sign_up(email="new@example.org", **over):
    wanted = {"name": "陈晓", "password_hash": "hash", "locale": "zh_Hans"} | over
    return accounts.sign_up(email=email, **wanted)


def kinds(subject) -> list[str]:
    found = select(Event.kind).where(
        Event.subject_kind == subject.__tablename__, Event.subject_id == subject.id
    )
    return list(db.session.scalars(found.order_by(Event.id)))


def oneself(user: User) -> Actor:
    return Actor(user.id, None)


def test_signing_up_opens_an_account_that_waits_for_its_confirmation():
    user = sign_up(" New@Example.org ")

    assert (user.email, user.confirmed_at, kinds(user)) == (
        "new@example.org",
        None,
        ["user.sign_up"],
    )


def test_signing_up_with_a_known_address_changes_nothing_and_tells_its_owner():
    owner = a.user(email="known@example.org", name="原主", password_hash="before")

    sign_up("KNOWN@example.org", name="别人", password_hash="after")

    assert (owner.name, owner.password_hash) == ("原主", "before")
    assert kinds(owner) == ["user.address_taken"]
    assert db.session.scalar(select(func.count()).where(User.email == "known@example.org")) == 1


def test_a_stranger_cannot_fill_a_mailbox():
    owner = a.user(email="known@example.org")

    for _ in range(9):
        accounts.ask_reset("known@example.org", network="203.0.113.0/24")

    assert kinds(owner) == ["user.reset_request"] * accounts.MAILS_AN_HOUR


def test_the_mailed_link_confirms_the_address_and_twice_does_no_harm():
    user = sign_up()
    token = tokens.confirmation(user)

    accounts.confirm(token)
    accounts.confirm(token)

    assert user.confirmed_at is not None
    assert kinds(user) == ["user.sign_up", "user.confirm"]


def test_a_link_is_good_for_one_purpose_and_three_days():
    user = sign_up()
    token = tokens.confirmation(user)

    with pytest.raises(Invalid, match=r"token\.invalid"):
        accounts.reset(token, password_hash="x")
    with pytest.raises(Invalid, match=r"token\.invalid"):
        accounts.confirm(tokens.reset(user))
    with pytest.raises(Invalid, match=r"token\.invalid"):
        accounts.confirm(token[:-2] + "xx")


def test_a_reset_link_works_once_signs_everybody_out_and_proves_the_address():
    user = sign_up()
    sign_ins.open_for(user, network="n", user_agent="")
    token = tokens.reset(user)

    accounts.reset(token, password_hash="new")

    assert (user.password_hash, user.confirmed_at is not None) == ("new", True)
    assert queries.sign_ins(oneself(user)) == []
    with pytest.raises(Invalid, match=r"token\.invalid"):
        accounts.reset(token, password_hash="newer")
    assert user.password_hash == "new"


def test_a_reset_link_dies_when_the_password_is_changed_otherwise():
    user = sign_up()
    token = tokens.reset(user)
    with clock.freeze(clock.now() + timedelta(minutes=1)):
        accounts.change_password(oneself(user), user, password_hash="other", keep=None)

        with pytest.raises(Invalid, match=r"token\.invalid"):
            tokens.read_reset(token)


def test_changing_the_password_signs_out_every_other_browser():
    user = sign_up()
    here, _ = sign_ins.open_for(user, network="n", user_agent="here")
    sign_ins.open_for(user, network="n", user_agent="there")

    accounts.change_password(oneself(user), user, password_hash="new", keep=here.id)

    assert [s.user_agent for s in queries.sign_ins(oneself(user))] == ["here"]


def test_nobody_edits_the_account_of_another():
    owner, other = a.user(), a.user()

    with pytest.raises(NotAllowed) as refusal:
        accounts.change_password(oneself(other), owner, password_hash="x", keep=None)

    assert (refusal.value.code, refusal.value.needs) == ("user.edit", ("is_this_person",))


def test_signing_up_through_an_invitation_confirms_and_joins_at_once():
    firm = a.organisation()
    invitation = a.invitation(firm, "guest@example.org")

    user = sign_up("guest@example.org", invitation=invitation)

    assert user.confirmed_at is not None
    assert [m.organisation_id for m in queries.memberships_of(user)] == [firm.id]
    assert invitation.state is InvitationState.ACCEPTED


def test_an_invitation_of_another_address_opens_a_plain_account():
    invitation = a.invitation(a.organisation(), "guest@example.org")

    user = sign_up("thief@example.org", invitation=invitation)

    assert (user.confirmed_at, queries.memberships_of(user)) == (None, [])
    assert invitation.state is InvitationState.SENT


def test_an_operator_closes_an_account_with_a_reason_and_it_is_out():
    user = a.user()
    _, token = sign_ins.open_for(user, network="n", user_agent="")
    operator = a.operator()

    with pytest.raises(Invalid, match=r"reason\.missing"):
        accounts.close(operator, user, because=" ")
    accounts.close(operator, user, because="冒用他人身份")

    assert readers.reader_by_hash(readers.token_hash(token)) is None
    assert not passwords.matches(user, "whatever it was")
    accounts.reopen(operator, user, because="已核实")
    assert user.closed_at is None


def test_only_operators_close_accounts_and_never_their_own():
    user, operator = a.user(), a.operator()
    with pytest.raises(NotAllowed) as refusal:
        accounts.close(a.actor(a.organisation(), "owner"), user, because="x")
    assert refusal.value.needs == ("is_operator",)

    with pytest.raises(NotAllowed) as refusal:
        accounts.close(operator, db.session.get_one(User, operator.user), because="x")
    assert refusal.value.needs == ("is_someone_else",)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password.short"),
        ("123456789", "password.short"),
        ("x" * 201, "password.long"),
        ("1234567890", "password.common"),
        ("Woaini1314520", "password.common"),
        ("PASSWORD123", "password.common"),
        ("aaaaaaaaaabb", "password.common"),
        ("person@example.org", "password.email"),
        ("person-is-my-name", "password.email"),
        ("岭南荔枝三百颗日啖不辞", ""),
        ("correct horse battery", ""),
    ],
)
def test_a_password_is_long_uncommon_and_not_the_address(password, code):
    if not code:
        passwords.check(password, email="person@example.org")
        return
    with pytest.raises(Invalid) as refusal:
        passwords.check(password, email="Person@example.org")
    assert refusal.value.fields == {"password": code}


def test_a_hash_is_argon2id_with_todays_parameters_and_an_older_one_is_noticed():
    user = a.user(password_hash=passwords.hashed("correct horse battery"))

    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(user, "correct horse battery")
    assert not passwords.matches(user, "correct horse batterz")
    assert not passwords.matches(None, "correct horse battery")
    assert not passwords.is_outdated(user)
    user.password_hash = user.password_hash.replace("t=2", "t=1")
    assert passwords.is_outdated(user)


def test_sign_ins_of_thirty_days_without_use_are_over():
    user = a.user()
    _, token = sign_ins.open_for(user, network="n", user_agent="")

    with clock.freeze(clock.now() + timedelta(days=31)):
        assert readers.reader_by_hash(readers.token_hash(token)) is None
    assert db.session.scalar(select(func.count()).select_from(SignIn)) == 1
