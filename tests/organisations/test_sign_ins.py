"""Failed attempts slow down those who make them, and nobody else; codes count once."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from marketplace.core import clock, signing
from marketplace.core.errors import Invalid, NotAllowed, NotFound, TooOften, WrongState
from marketplace.core.policy import Actor
from marketplace.organisations import policy, queries, readers, second_factor
from marketplace.organisations.models import Organisation, User
from marketplace.organisations.services import second_factors, sign_ins
from tests import factories as a
from tests.organisations.at_once import at_once

pytestmark = pytest.mark.usefixtures("app")

HOME, ELSEWHERE = "10.1.2.0/24", "203.0.113.0/24"
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


def fail(times: int, email="owner@example.org", network=ELSEWHERE, browser="") -> None:
    for _ in range(times):
        sign_ins.begin(email, network=network, browser=browser)


def test_after_five_failures_the_pair_waits_longer_each_time():
    with clock.freeze(NOON):
        fail(5)
        with pytest.raises(TooOften) as refusal:
            fail(1)
    assert (refusal.value.code, refusal.value.facts) == ("sign_in.too_often", {"seconds": 16})

    with clock.freeze(NOON + timedelta(seconds=16)):
        fail(1)
        with pytest.raises(TooOften) as refusal:
            fail(1)
    assert refusal.value.facts == {"seconds": 31}


def test_the_wait_never_passes_a_quarter_of_an_hour():
    assert [sign_ins.wait_after(n).total_seconds() for n in (0, 4, 5, 6, 7, 11, 500)] == [
        0, 0, 15, 30, 60, 900, 900,
    ]  # fmt: skip


def test_nobody_is_locked_out_from_another_network():
    fail(5)
    with pytest.raises(TooOften):
        fail(1)

    fail(1, network=HOME)  # the owner, at home, is let through


def test_a_browser_that_has_signed_in_before_is_counted_by_itself():
    fail(5, network=HOME)
    with pytest.raises(TooOften):
        fail(1, network=HOME)

    fail(1, network=HOME, browser="known")  # even next to the attacker


def test_a_network_that_tries_many_accounts_is_stopped_for_all_of_them():
    for n in range(sign_ins.NETWORK_ATTEMPTS):
        fail(1, email=f"person{n}@example.org")

    with pytest.raises(TooOften):
        fail(1, email="one-more@example.org")
    fail(1, email="one-more@example.org", network=HOME)


def test_success_forgets_the_failures_of_the_pair():
    user = a.user(email="owner@example.org")
    fail(5, network=HOME)

    sign_ins.succeeded(user, network=HOME)

    fail(4, network=HOME)


def test_old_attempts_are_forgotten():
    with clock.freeze(NOON):
        fail(5)
    with clock.freeze(NOON + timedelta(days=2)):
        assert sign_ins.prune() == 5
        fail(1)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        (None, "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_networks_are_kept_never_addresses(address, network):
    assert sign_ins.network_of(address) == network


# ---- the second factor ---------------------------------------------------------------------------


def with_second_factor():
    user = a.user()
    actor = Actor(user.id, None)
    second_factors.prepare(actor, user)
    code = code_of(user, -1)
    return user, actor, second_factors.enable(actor, user, code)


def code_of(user, steps: int = 0) -> str:
    secret = signing.unseal(user.totp_secret)
    return pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30 * steps))


def test_a_code_of_the_application_counts_once():
    with clock.freeze(NOON):
        user, _, _ = with_second_factor()
        code = code_of(user)

        assert second_factors.spend(user, code) == "totp"
        with pytest.raises(Invalid, match=r"second_factor\.wrong"):
            second_factors.spend(user, code)
        with pytest.raises(Invalid, match=r"second_factor\.wrong"):
            second_factors.spend(user, code_of(user, -1))  # an earlier one neither
        assert second_factors.spend(user, code_of(user, 1)) == "totp"


def test_codes_of_two_minutes_ago_are_refused():
    with clock.freeze(NOON):
        user, _, _ = with_second_factor()
        old = code_of(user)
    with clock.freeze(NOON + timedelta(minutes=2)), pytest.raises(Invalid):
        second_factors.spend(user, old)


def test_a_recovery_code_works_once_however_it_is_typed():
    user, _, codes = with_second_factor()
    assert len(set(codes)) == second_factor.RECOVERY_CODES

    assert second_factors.spend(user, codes[0].upper().replace("-", " ")) == "recovery"

    with pytest.raises(Invalid, match=r"second_factor\.wrong"):
        second_factors.spend(user, codes[0])
    assert queries.recovery_codes_left(user) == 9


def test_new_recovery_codes_end_the_old_ones():
    user, actor, old = with_second_factor()

    second_factors.renew_recovery_codes(actor, user)

    assert queries.recovery_codes_left(user) == 10
    with pytest.raises(Invalid):
        second_factors.spend(user, old[0])


def test_the_seed_is_sealed_in_the_database_and_gone_when_turned_off():
    user, actor, codes = with_second_factor()
    assert signing.unseal(user.totp_secret) not in user.totp_secret

    second_factors.disable(actor, user)

    assert (user.totp_secret, user.has_second_factor, queries.recovery_codes_left(user)) == (
        None, False, 0,
    )  # fmt: skip
    with pytest.raises(Invalid):
        second_factors.spend(user, codes[0])


def test_it_is_turned_on_only_with_a_right_code_and_only_once():
    user = a.user()
    actor = Actor(user.id, None)
    with pytest.raises(WrongState, match=r"second_factor\.no_seed"):
        second_factors.enable(actor, user, "123456")
    second_factors.prepare(actor, user)
    with pytest.raises(Invalid) as refusal:
        second_factors.enable(actor, user, "000000")
    assert (refusal.value.fields, user.has_second_factor) == (
        {"code": "second_factor.wrong"},
        False,
    )
    second_factors.enable(actor, user, code_of(user))
    with pytest.raises(WrongState, match=r"second_factor\.on"):
        second_factors.prepare(actor, user)


def test_guessing_codes_is_slowed_and_limited_per_account():
    user = a.user()
    for n in range(sign_ins.CODE_ATTEMPTS):
        sign_ins.begin_code(user, network=f"10.0.{n}.0/24")

    with pytest.raises(TooOften):
        sign_ins.begin_code(user, network=HOME)
    sign_ins.begin_code(user, network=HOME, browser="known")


def test_the_picture_has_no_style_and_no_namespace():
    address = second_factor.address(second_factor.new_secret(), email="a@b.c", issuer="GIPX")
    svg = second_factor.picture(address, "二维码")

    assert svg.startswith('<svg viewBox="0 0 ')
    assert "style" not in svg


# ---- whom one acts for ---------------------------------------------------------------------------


def test_a_sign_in_acts_for_the_organisation_used_last_and_may_change_it():
    user = a.user()
    first, second = a.organisation(), a.organisation("broker")
    a.member(first, "owner", user)
    a.member(second, "viewer", user)
    here, _ = sign_ins.open_for(user, network=HOME, user_agent="")
    assert readers.load_actor(here) == Actor(
        user.id, first.id, "owner", frozenset({"holder", "acquirer"})
    )

    sign_ins.act_for(readers.load_actor(here), here, second.id)

    assert readers.load_actor(here) == Actor(user.id, second.id, "viewer", frozenset({"broker"}))
    there, _ = sign_ins.open_for(user, network=HOME, user_agent="")
    assert there.organisation_id == second.id


def test_nobody_acts_for_an_organisation_of_others():
    user = a.user()
    here, _ = sign_ins.open_for(user, network=HOME, user_agent="")

    with pytest.raises(NotFound):
        sign_ins.act_for(readers.load_actor(here), here, a.organisation().id)


def test_an_unconfirmed_address_looks_but_acts_for_nobody():
    user = a.user(confirmed_at=None)
    a.member(a.organisation(), "owner", user)
    here, _ = sign_ins.open_for(user, network=HOME, user_agent="")

    assert readers.load_actor(here) == Actor(user.id, None, policy.UNCONFIRMED)


def test_a_removed_member_and_a_closed_organisation_act_no_more():
    firm = a.organisation()
    user = a.member(firm, "owner").user
    here, _ = sign_ins.open_for(user, network=HOME, user_agent="")
    assert readers.load_actor(here).organisation_id == firm.id

    a.db.session.get_one(Organisation, firm.id).closed_at = clock.now()

    assert readers.load_actor(here).organisation_id is None


def test_a_viewer_at_the_exchange_is_no_operator():
    exchange = a.exchange()

    viewer = readers.actor_for(a.member(exchange, "viewer"))
    manager = readers.actor_for(a.member(exchange, "manager"))

    assert (viewer.is_operator, manager.is_operator) == (False, True)


def test_one_signs_out_only_ones_own_browsers():
    user, stranger = a.user(), a.user()
    there, token = sign_ins.open_for(user, network=HOME, user_agent="")
    with pytest.raises(NotFound):
        queries.sign_in(Actor(stranger.id, None), there.id)
    with pytest.raises(NotAllowed, match=r"sign_in\.revoke"):
        sign_ins.revoke(Actor(stranger.id, None), there)

    sign_ins.revoke(Actor(user.id, None), there)

    assert readers.reader_by_hash(readers.token_hash(token)) is None


# ---- many at once --------------------------------------------------------------------------------


def test_of_ten_guesses_at_once_five_are_looked_at(own_database):
    outcomes = at_once(own_database, *[lambda: fail(1)] * 10)

    assert outcomes == ["done"] * 5 + ["sign_in.too_often"] * 5


def test_of_two_browsers_with_one_code_at_once_one_gets_in(own_database):
    user, _, codes = with_second_factor()
    user_id, code = user.id, code_of(user)
    a.db.session.commit()  # as the setting up was committed
    a.db.session.remove()

    def spend(typed: str):
        second_factors.spend(a.db.session.get_one(User, user_id), typed)

    for typed in (code, codes[0]):
        jobs = [lambda typed=typed: spend(typed)] * 2
        assert at_once(own_database, *jobs) == ["done", "second_factor.wrong"]
