"""How a mandate comes into force, and how it ends."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, WrongState
from marketplace.core.money import yuan
from marketplace.mandates import queries
from marketplace.mandates import services as mandates
from marketplace.mandates.commission import FeeTable, Tier
from marketplace.mandates.models import Act, MandateState, Side
from tests import factories as a
from tests.mandates.mandating import drafted, in_force, offered, signed

pytestmark = pytest.mark.usefixtures("app")


def test_both_signatures_put_it_in_force():
    owner, broker = a.organisation(), a.organisation("broker")
    made = offered(owner, broker)
    signed(made, a.actor(owner))
    assert made.state is MandateState.OFFERED

    signed(made, a.actor(broker))

    assert (made.state, made.is_in_force) == (MandateState.IN_FORCE, True)


@pytest.mark.parametrize(
    ("over", "field", "code"),
    [
        ({"acts": ()}, "acts", "mandate.no_acts"),
        ({"limit": None}, "limit", "mandate.limit_missing"),
        ({"assets": ()}, "assets", "mandate.scope_missing"),
        ({"tail_days": 731}, "tail_days", "mandate.tail"),
        ({"fees": FeeTable((Tier(20_000),))}, "tiers", "mandate.fee_rate"),
        ({"side": Side.BUY, "assets": (), "kinds": ()}, "kinds", "mandate.scope_missing"),
        (
            {"side": Side.BUY, "assets": (), "kinds": ("design",), "acts": (Act.LIST,)},
            "acts",
            "mandate.acts_of_seller",
        ),
    ],
)
def test_what_a_mandate_must_say(over, field, code):
    with pytest.raises(Invalid) as refused:
        drafted(a.organisation(), a.organisation("broker"), **over)

    assert refused.value.fields[field] == code


def test_only_an_organisation_with_the_capability_is_a_broker():
    with pytest.raises(Invalid) as refused:
        drafted(a.organisation(), a.organisation())

    assert refused.value.fields["other"] == "mandate.not_a_broker"


def test_rights_of_somebody_else_cannot_be_mandated():
    with pytest.raises(Invalid) as refused:
        drafted(a.organisation(), a.organisation("broker"), assets=(a.asset(),))

    assert refused.value.fields["assets"] == "mandate.asset_not_theirs"


def test_a_third_firm_neither_sees_nor_signs_it():
    made = offered(a.organisation(), a.organisation("broker"))
    stranger = a.actor(a.organisation())

    with pytest.raises(NotFound):
        queries.get(stranger, made.reference)
    with pytest.raises(NotAllowed):
        signed(made, stranger)


def test_the_other_side_sees_a_draft_only_once_it_is_offered():
    owner, broker = a.organisation(), a.organisation("broker")
    made = drafted(owner, broker)

    with pytest.raises(NotFound):
        queries.get(a.actor(broker), made.reference)


@pytest.mark.parametrize(
    ("over", "code"),
    [({"password_proved": False}, "mandate.password"), ({"sha256": "0" * 64}, "mandate.changed")],
)
def test_a_signature_needs_the_password_and_the_very_file(over, code):
    owner = a.organisation()
    made = offered(owner, a.organisation("broker"))

    with pytest.raises(Refused) as refused:
        signed(made, a.actor(owner), **over)

    assert refused.value.code == code


def test_one_person_does_not_sign_for_both():
    owner, broker, person = a.organisation(), a.organisation("broker"), a.user()
    made = offered(owner, broker)
    a.member(owner, user_=person), a.member(broker, user_=person)
    by = a.actor(owner)
    signed(made, type(by)(person.id, owner.id, "manager", owner.capabilities))

    with pytest.raises(Refused, match=r"mandate.same_person"):
        signed(made, type(by)(person.id, broker.id, "manager", broker.capabilities))


def test_two_exclusive_mandates_for_one_right_do_not_stand_together():
    owner = a.organisation()
    right, other = a.asset(keeper=owner), a.asset(keeper=owner)
    in_force(owner, a.organisation("broker"), exclusive=True, assets=(right, other))

    with pytest.raises(Refused, match=r"mandate.exclusive_elsewhere"):
        in_force(owner, a.organisation("broker"), exclusive=True, assets=(right,))
    assert in_force(owner, a.organisation("broker"), assets=(right,)).is_in_force


def test_an_exclusive_one_may_follow_when_the_first_has_run_out():
    owner = a.organisation()
    right = a.asset(keeper=owner)
    first = in_force(owner, a.organisation("broker"), exclusive=True, assets=(right,))

    with clock.freeze(clock.now() + timedelta(days=91)):
        second = in_force(owner, a.organisation("broker"), exclusive=True, assets=(right,))

        assert (first.is_in_force, second.is_in_force) == (False, True)


def test_a_buyer_s_two_exclusive_searches_may_not_overlap():
    buyer = a.organisation()
    in_force(buyer, a.organisation("broker"), side=Side.BUY, exclusive=True, kinds=("invention",))

    with pytest.raises(Refused, match=r"mandate.exclusive_elsewhere"):
        in_force(
            buyer,
            a.organisation("broker"),
            side=Side.BUY,
            exclusive=True,
            kinds=("invention", "design"),
        )
    marks = in_force(
        buyer, a.organisation("broker"), side=Side.BUY, exclusive=True, kinds=("trademark",)
    )
    assert marks.is_in_force


@pytest.mark.parametrize("side", ["principal", "broker"])
def test_either_side_revokes_it_at_once_and_says_why(side):
    owner, broker = a.organisation(), a.organisation("broker")
    made = in_force(owner, broker)
    by = a.actor(owner if side == "principal" else broker)
    with pytest.raises(Invalid, match=r"mandate.reason_missing"):
        mandates.revoke(by, made, because=" ")

    mandates.revoke(by, made, because="另有安排")

    assert (made.state, made.is_in_force) == (MandateState.REVOKED, False)


def test_only_the_principal_says_that_it_is_done():
    owner, broker = a.organisation(), a.organisation("broker")
    made = in_force(owner, broker)
    with pytest.raises(WrongState):
        mandates.complete(a.actor(broker), made)

    mandates.complete(a.actor(owner), made)

    assert made.state is MandateState.COMPLETED


def test_the_clock_ends_it_and_the_tail_runs_from_its_last_day():
    made = in_force(a.organisation(), a.organisation("broker"), tail_days=30)
    last = made.expires_on

    with clock.freeze(clock.now() + timedelta(days=95)), transaction():
        assert mandates.expire_due() == 1
        assert mandates.expire_due() == 0

    assert made.state is MandateState.EXPIRED
    assert made.tail_until == last + timedelta(days=30)


def test_a_draft_is_turned_down():
    owner, broker = a.organisation(), a.organisation("broker")
    made = offered(owner, broker, limit=yuan(1))

    mandates.decline(a.actor(broker), made, because="费率太低")

    assert (made.state, made.end_reason) == (MandateState.DECLINED, "费率太低")
