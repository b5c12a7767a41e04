"""The register of burdens: who may say what, what counts, who agrees to what."""

from datetime import timedelta

import pytest

from marketplace.assets import bundle, services
from marketplace.assets.bundle import Act, BurdenKind, Grant, Party, Verdict, Wish, can
from marketplace.assets.models import AssetOwner, ConsentState
from marketplace.assets.queries import registers
from marketplace.assets.scopes import scope
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused, WrongState
from marketplace.core.events import Event
from tests import factories as a
from tests.conftest import statements

pytestmark = pytest.mark.usefixtures("app")
K = BurdenKind
TRANSFER = Wish(Act.TRANSFER)


def today():
    return clock.today()


def said(kind, **more):
    return bundle.Burden(kind, starts=today() - timedelta(days=1), **more)


def licence(grant="exclusive", *places, to="甲公司"):
    where = scope(today(), territory=places or ("CN",))
    return bundle.Burden(K.LICENCE, holder=Party(to), grant=Grant(grant), scope=where)


def verdict(asset, wish=TRANSFER):
    return can(registers.right_of(asset), wish, today()).verdict


def wish(grant, *places):
    return Wish(Act.LICENCE, Grant(grant), scope(today(), territory=places or ("CN",)))


def shared():
    """A right of two: its keeper's, and of an organisation with us."""
    right, other = a.asset(), a.organisation()
    db.session.add(AssetOwner(asset=right, name=other.name, organisation_id=other.id, position=1))
    db.session.commit()
    return right, other


def test_a_declared_burden_counts_until_it_is_refused():
    right, operator = a.asset(), a.operator()
    keeper = a.actor(right.keeper)
    with transaction():
        made = services.declare_burden(keeper, right, said(K.FREEZE, holder=Party("某法院")))
    assert verdict(right) is Verdict.IMPOSSIBLE
    with transaction():
        services.refuse_burden(operator, made, because="查无此裁定")
    assert verdict(right) is Verdict.POSSIBLE


def test_an_agreement_of_the_co_owners_frees_only_once_it_is_confirmed():
    right, _ = shared()
    keeper, operator = a.actor(right.keeper), a.operator()
    agreed = said(K.COOWNERSHIP, deeds=frozenset({"transfer"}))
    with transaction():
        made = services.declare_burden(keeper, right, agreed)
    assert verdict(right) is Verdict.WITH_CONSENT
    with transaction():
        services.confirm_burden(operator, made)
    assert verdict(right) is Verdict.POSSIBLE


def test_the_end_of_a_burden_counts_once_an_operator_recorded_it():
    right = a.asset()
    keeper, operator, proof = a.actor(right.keeper), a.operator(), a.document()
    with transaction():
        made = services.declare_burden(keeper, right, said(K.FREEZE, holder=Party("某法院")))
        services.confirm_burden(operator, made)
        services.declare_lift(keeper, made, lifted_on=today(), evidence=proof)
    assert verdict(right) is Verdict.IMPOSSIBLE
    with transaction():
        services.lift_burden(operator, made, lifted_on=today())
    assert verdict(right) is Verdict.POSSIBLE
    told = [e.kind for e in db.session.query(Event).filter_by(subject_kind="burden")]
    assert told == ["burden.declare", "burden.confirm", "burden.declare_lift", "burden.lift"]


@pytest.mark.parametrize(
    ("burden", "field"),
    [
        (lambda: said(K.FREEZE), "holder_name"),
        (lambda: said(K.PRIORITY, holder=Party("某人")), "priority"),
        (lambda: said(K.COOWNERSHIP), "kind"),
        (lambda: said(K.PLEDGE), "kind"),
        (lambda: bundle.Burden(K.OPEN_LICENCE, starts=today() + timedelta(days=1)), "starts_on"),
    ],
)
def test_a_burden_says_what_its_kind_needs(burden, field):
    right = a.asset()
    keeper = a.actor(right.keeper)
    with pytest.raises(Invalid) as refusal, transaction():
        services.declare_burden(keeper, right, burden())
    assert list(refusal.value.fields) == [field]


def test_only_the_keeper_declares_and_only_operators_decide():
    right = a.asset()
    keeper, stranger = a.actor(right.keeper), a.actor(a.organisation())
    with pytest.raises(NotAllowed), transaction():
        services.declare_licence(stranger, right, licence())
    with transaction():
        made = services.declare_licence(keeper, right, licence())
    with pytest.raises(NotAllowed), transaction():
        services.register_licence(keeper, made)


def test_a_licence_shuts_its_scope_until_it_ends():
    right, operator = a.asset(), a.operator()
    keeper = a.actor(right.keeper)
    with transaction():
        made = services.declare_licence(keeper, right, licence("exclusive", "GD"))
        services.register_licence(operator, made)
    assert verdict(right, wish("non_exclusive")) is Verdict.IMPOSSIBLE
    assert verdict(right, wish("exclusive", "HK")) is Verdict.POSSIBLE
    with pytest.raises(WrongState), transaction():
        services.withdraw_licence(keeper, made, because="写错了")
    with transaction():
        services.end_licence(operator, made, ended_on=today(), because="双方解除")
    assert verdict(right, wish("non_exclusive")) is Verdict.POSSIBLE


def test_two_licences_that_cannot_both_be_true_are_pointed_out():
    right = a.asset()
    keeper = a.actor(right.keeper)
    with transaction():
        for name in ("甲公司", "乙公司"):
            services.declare_licence(keeper, right, licence(to=name))
    [(one, other)] = registers.conflicts_of(registers.right_of(right))
    assert {one.holder.name, other.holder.name} == {"甲公司", "乙公司"}


# ---- consents ----------------------------------------------------------------------------------


def test_a_co_owner_is_asked_and_agrees_and_may_take_it_back():
    right, other = shared()
    keeper, partner = a.actor(right.keeper), a.actor(other)
    with transaction():
        [asked] = services.ask_consents(keeper, right, TRANSFER)
    assert (asked.party_id, asked.code, verdict(right)) == (
        other.id, "coowner", Verdict.WITH_CONSENT,
    )  # fmt: skip
    with pytest.raises(NotAllowed), transaction():
        services.give_consent(keeper, asked)
    with transaction():
        services.give_consent(partner, asked)
    assert verdict(right) is Verdict.POSSIBLE
    with transaction():
        services.revoke_consent(partner, asked, because="情况有变")
    assert verdict(right) is Verdict.WITH_CONSENT


def test_a_consent_on_paper_counts_once_an_operator_has_seen_it():
    right = a.asset()
    pledge = a.pledge(right)  # its lender is not with us
    keeper, operator, proof = a.actor(right.keeper), a.operator(), a.document()
    with transaction():
        [asked] = services.ask_consents(keeper, right, TRANSFER)
        services.file_consent(keeper, asked, evidence=proof)
    assert (asked.party_name, verdict(right)) == (pledge.lender_name, Verdict.WITH_CONSENT)
    with transaction():
        services.confirm_consent(operator, asked)
    assert (asked.state, verdict(right)) == (ConsentState.GIVEN, Verdict.POSSIBLE)


def test_nobody_is_asked_twice_or_in_vain():
    right, _ = shared()
    keeper = a.actor(right.keeper)
    with pytest.raises(Invalid, match=r"consent\.nobody"), transaction():
        services.ask_consents(keeper, right, wish("non_exclusive"))
    with transaction():
        services.ask_consents(keeper, right, wish("exclusive"))
    with pytest.raises(Invalid, match=r"consent\.asked_already"), transaction():
        services.ask_consents(keeper, right, wish("exclusive", "GD"))
    with transaction():
        services.declare_licence(keeper, right, licence())
    with pytest.raises(Refused, match=r"bundle\.impossible"), transaction():
        services.ask_consents(keeper, right, wish("exclusive"))


def test_a_late_answer_gives_nothing():
    right, other = shared()
    keeper, partner = a.actor(right.keeper), a.actor(other)
    with transaction():
        [asked] = services.ask_consents(keeper, right, TRANSFER, until=today())
    later = clock.now() + timedelta(days=2)
    with clock.freeze(later), pytest.raises(Invalid, match=r"consent\.too_late"), transaction():
        services.give_consent(partner, asked)


def test_a_transfer_ends_what_bound_the_owners_and_keeps_the_rest():
    right, other = shared()
    keeper, partner, operator = a.actor(right.keeper), a.actor(other), a.operator()
    buyer = a.organisation()
    with transaction():
        services.declare_licence(keeper, right, licence("non_exclusive"))
        agreed = services.declare_burden(
            keeper, right, said(K.COOWNERSHIP, deeds=frozenset({"equity"}))
        )
        services.confirm_burden(operator, agreed)
        [asked] = services.ask_consents(keeper, right, TRANSFER)
        services.give_consent(partner, asked)
        services.change_owner(right, by=operator, owner=buyer, deal_reference="D-1")
    after = registers.right_of(right)
    assert {b.kind for b in after.burdens} == {K.LICENCE}
    assert (asked.state, after.consents) == (ConsentState.WITHDRAWN, frozenset())


def test_rights_are_read_in_a_fixed_number_of_statements():
    one, many = [a.asset()], [a.asset() for _ in range(8)]
    for right in many:
        a.pledge(right)
    counts = []
    for rights in (one, many):
        for right in rights:
            assert right.keeper.name
        with statements(lambda _: True) as told:
            registers.rights_of(rights)
        counts.append(len(told))
    assert counts == [5, 5]
