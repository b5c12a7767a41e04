"""Founding and describing organisations; what they may do."""

import pytest

from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotAllowed, NotFound, WrongState
from marketplace.core.policy import Actor
from marketplace.organisations import policy, queries, uscc
from marketplace.organisations.models import (
    Capability,
    GrantState,
    Organisation,
    OrganisationKind,
    Region,
    Role,
)
from marketplace.organisations.services import capabilities
from marketplace.organisations.services import organisations as registry
from marketplace.organisations.services.organisations import Identity, Profile
from tests import factories as a

pytestmark = pytest.mark.usefixtures("app")

K = OrganisationKind


def found(**over) -> Organisation:
    wanted = {"name": "岭南光电公司", "kind": K.ENTERPRISE, "uscc": a.uscc()} | over
    return registry.create(Actor(a.user().id, None), Identity(**wanted))


def refused(**over) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        found(**over)
    return refusal.value.fields


def test_the_founder_becomes_owner():
    founder = a.user()

    made = registry.create(
        Actor(founder.id, None),
        Identity(name="  岭南  光电公司 ", kind=K.SOE, uscc=a.uscc()),
        Profile(name_en="Lingnan Photonics Co., Ltd.", city="广州市"),
    )

    [membership] = queries.members_of(made.id)
    assert (membership.user_id, membership.role) == (founder.id, Role.OWNER)
    assert (made.name, made.slug, made.state_owned) == (
        "岭南 光电公司", "lingnan-photonics-co-ltd", True,
    )  # fmt: skip


def test_two_of_one_english_name_have_two_addresses():
    one, two = (
        registry.create(
            Actor(a.user().id, None),
            Identity(name="甲", kind=K.INDIVIDUAL),
            Profile(name_en="Same Name"),
        )
        for _ in range(2)
    )
    assert one.slug == "same-name"
    assert two.slug.startswith("same-name-")


def test_nobody_founds_an_organisation_before_confirming_the_address():
    with pytest.raises(NotAllowed) as refusal:
        registry.create(
            Actor(a.user().id, None, policy.UNCONFIRMED), Identity(name="甲", kind=K.INDIVIDUAL)
        )
    assert (refusal.value.code, refusal.value.needs) == (
        "organisation.create",
        ("has_confirmed_address",),
    )


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "uscc.missing"),
        ("9144010100000001", "uscc.length"),
        ("91440101000000010I", "uscc.characters"),
        ("914401010000000100", "uscc.check_digit"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_the_reason(number, code):
    assert refused(uscc=number) == {"uscc": code}


def test_the_check_digit_is_really_checked():
    right = a.uscc()
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")

    assert (uscc.fault(right), uscc.fault(wrong)) == ("", "uscc.check_digit")


def test_a_credit_code_may_be_typed_with_spaces_hyphens_and_full_width():
    number = a.uscc()
    typed = f"{number[:2]} {number[2:8]}-{number[8:]}".lower()
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in typed)

    assert found(uscc=wide).uscc == number


def test_a_registered_organisation_is_not_opened_twice_and_says_whom_to_ask():
    number = found().uscc

    assert refused(uscc=number) == {"uscc": "organisation.uscc_taken"}


def test_the_index_decides_between_two_at_once(monkeypatch):
    number = found().uscc
    monkeypatch.setattr(queries, "uscc_is_taken", lambda *_, **__: False)

    assert refused(uscc=number) == {"uscc": "organisation.uscc_taken"}


def test_individuals_need_no_number_and_bodies_abroad_their_own():
    assert found(kind=K.INDIVIDUAL, uscc="").uscc is None
    assert refused(region=Region.HONG_KONG, uscc="") == {
        "foreign_registration": "organisation.registration_missing"
    }
    assert refused(region=Region.FOREIGN, uscc=a.uscc()) == {"uscc": "uscc.not_mainland"}
    assert found(region=Region.HONG_KONG, uscc="", foreign_registration="CR 123").uscc is None


def test_only_state_bodies_are_state_established():
    assert found(kind=K.UNIVERSITY, state_established=True).state_established
    assert not found(kind=K.ENTERPRISE, state_established=True).state_established


@pytest.mark.parametrize(
    ("kind", "established", "owned"),
    [
        (K.SOE, False, True),
        (K.GOVERNMENT, False, True),
        (K.UNIVERSITY, True, True),
        (K.UNIVERSITY, False, False),
        (K.ENTERPRISE, True, False),
    ],
)
def test_what_the_state_established_the_state_owns(kind, established, owned):
    assert found(kind=kind, state_established=established).state_owned is owned


def test_the_identity_is_its_owners_until_verified_then_the_exchanges():
    firm = a.organisation(verified_at=None, uscc=a.uscc())
    owner = a.actor(firm, "owner")
    corrected = Identity(name="新名称", kind=K.ENTERPRISE, uscc=firm.uscc)

    registry.identify(owner, firm, corrected)
    assert firm.name == "新名称"

    application = a.application(a.organisation("broker", verified_at=None))
    capabilities.grant(a.operator(), application)
    verified = application.organisation
    with pytest.raises(NotAllowed) as refusal:
        registry.identify(a.actor(verified, "owner"), verified, corrected)
    assert refusal.value.needs in {("is_not_verified_yet",), ("is_operator",)}
    registry.identify(
        a.operator(), verified,
        Identity(name="更正后", kind=K.ENTERPRISE, uscc=a.uscc()), because="执照更名",
    )  # fmt: skip
    assert verified.name == "更正后"


@pytest.mark.parametrize(
    ("role", "allowed"), [("owner", True), ("finance", True), ("manager", False), ("viewer", False)]
)
def test_owners_and_finance_set_the_account_for_payments(role, allowed):
    firm = a.organisation()
    actor = a.actor(firm, role)
    if allowed:
        registry.set_bank_account(actor, firm, bank="广州银行", account="6222 0000")
        assert firm.bank_account == "6222 0000"
        return
    with pytest.raises(NotAllowed) as refusal:
        registry.set_bank_account(actor, firm, bank="广州银行", account="6222 0000")
    assert (refusal.value.code, refusal.value.needs) == ("organisation.bank", ("may_handle_money",))


def test_a_stranger_cannot_edit_an_organisation():
    with pytest.raises(NotAllowed) as refusal:
        registry.describe(a.actor(a.organisation(), "owner"), a.organisation(), Profile())
    assert refusal.value.needs == ("acts_for_it",)


def test_a_closed_organisation_has_no_public_page():
    firm, operator = a.organisation(), a.operator()
    assert queries.public(firm.slug).id == firm.id

    registry.close(operator, firm, because="注销登记")

    with pytest.raises(NotFound):
        queries.public(firm.slug)
    registry.reopen(operator, firm, because="误操作")
    assert queries.public(firm.slug).id == firm.id


# ---- capabilities --------------------------------------------------------------------------------


def test_a_capability_is_asked_for_granted_and_counts_from_then_on():
    firm = a.organisation("broker", verified_at=None)
    application = capabilities.apply_for(
        a.actor(firm), firm, Capability.HOLDER, statement="持有专利"
    )
    assert "holder" not in firm.capabilities

    capabilities.grant(a.operator(), application, because="执照相符")

    db.session.refresh(firm)
    assert firm.capabilities == {"broker", "holder"}
    assert firm.is_verified


def test_granting_another_capability_does_not_verify_the_identity():
    application = a.application(a.organisation("broker", verified_at=None), "valuer")

    capabilities.grant(a.operator(), application)

    assert not application.organisation.is_verified


def test_a_refusal_needs_a_reason_and_they_may_ask_again():
    application = a.application(a.organisation("broker"))
    operator = a.operator()
    with pytest.raises(Invalid) as refusal:
        capabilities.refuse(operator, application, because=" ")
    assert refusal.value.fields == {"because": "reason.missing"}
    capabilities.refuse(operator, application, because="执照过期")
    assert (application.state, application.reason, application.decided_by_id) == (
        GrantState.REFUSED, "执照过期", operator.user_id,
    )  # fmt: skip

    firm = application.organisation
    again = capabilities.apply_for(a.actor(firm), firm, Capability.HOLDER, statement="新执照")

    assert (again.id, again.state, again.reason) == (application.id, GrantState.REQUESTED, "")


def test_what_is_waiting_or_granted_is_not_asked_for_again():
    firm = a.organisation("holder")
    with pytest.raises(WrongState, match=r"capability\.request_again"):
        capabilities.apply_for(a.actor(firm), firm, Capability.HOLDER, statement="x")


def test_nobody_applies_to_be_the_exchange():
    firm = a.organisation()
    with pytest.raises(Invalid, match=r"capability\.operator"):
        capabilities.apply_for(a.actor(firm, "owner"), firm, Capability.OPERATOR, statement="x")


def test_a_revoked_capability_is_gone():
    firm = a.organisation("holder")
    [grant] = firm.grants

    capabilities.revoke(a.operator(), grant, because="材料不实")

    assert firm.capabilities == frozenset()


@pytest.mark.parametrize(
    ("who", "needs"),
    [
        (lambda _: a.actor(a.organisation(), "owner"), ("is_operator",)),
        (lambda _: a.actor(a.exchange(), "finance"), ("may_manage",)),
        (lambda of: a.actor(of, "owner"), ("is_operator", "decides_for_another")),
    ],
)
def test_only_operators_decide_and_not_for_themselves(who, needs):
    application = a.application(a.organisation("broker"))

    with pytest.raises(NotAllowed) as refusal:
        capabilities.grant(who(application.organisation), application)

    assert (refusal.value.code, refusal.value.needs) == ("capability.grant", needs)


def test_two_operators_decide_once():
    application = a.application(a.organisation("broker"))
    capabilities.grant(a.operator(), application)

    with pytest.raises(WrongState, match=r"capability\.refuse"):
        capabilities.refuse(a.operator(), application, because="x")


@pytest.mark.parametrize(
    "read",
    [
        lambda actor: queries.users(actor, queries.Wish()),
        lambda actor: queries.organisations(actor, queries.Wish()),
        lambda actor: queries.applications(actor, queries.Wish()),
        lambda actor: queries.user(actor, 1),
        lambda actor: queries.organisation(actor, 1),
        lambda actor: queries.application(actor, 1),
    ],
)
def test_the_console_reads_only_for_operators(read):
    with pytest.raises(NotFound):
        read(a.actor(a.organisation(), "owner"))


def test_the_console_finds_by_part_of_a_name_without_wildcards():
    a.organisation(name="岭南百分号100%公司", slug="percent")
    a.organisation(name="岭南百分号1000公司", slug="thousand")
    rows = queries.organisations(a.operator(), queries.Wish(text="100%"))

    assert [o.slug for o in db.session.scalars(rows)] == ["percent"]
