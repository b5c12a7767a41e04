"""An owner's open-licence statement from its drawing up to its withdrawal (专利法 arts. 50-52)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace.assets import services as assets
from marketplace.assets.bundle import Act, Grant
from marketplace.assets.models import (
    AssetKind,
    AssetOwner,
    BurdenState,
    Consent,
    ConsentState,
    LegalStatus,
    Licence,
    LicenceState,
)
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, Unlawful, WrongState
from marketplace.core.money import yuan
from marketplace.core.policy import Acting
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.listings.terms import DealKind, RoyaltyBase, Terms
from marketplace.listings.terms import Grant as Granted
from marketplace.negotiation import queries as talks
from marketplace.negotiation import standing
from marketplace.negotiation.models import StandingState
from marketplace.open_licences import facts, policy, queries, services
from marketplace.open_licences.models import StatementState
from marketplace.open_licences.services import Said
from tests import factories as a
from tests.deals import journey as j

pytestmark = pytest.mark.usefixtures("app")

FEE = Terms(kind=DealKind.LICENCE, grant=Granted.NON_EXCLUSIVE, price=yuan(50_000), months=36)
SAID = Said(
    terms=FEE,
    payment_way="付至粤知市监管专户",
    fee_basis="参照同领域普通许可合同的平均费用确定。",
    contact_name="陈经理",
    contact_phone="020-88888888",
)


def drawn_up(said=SAID, **over):
    asset = over.pop("asset", None) or a.asset(**over)
    owner = a.actor(asset.keeper)
    with transaction():
        statement = services.draw_up(owner, asset, said)
    return statement, owner


def answered(statement, owner, **over):
    replies = j.ANSWERS | {path.replace("__", "."): value for path, value in over.items()}
    for _ in range(5):
        asked = facts.of(statement).open_questions
        if not asked:
            return
        with transaction():
            for question in asked:
                value = replies.get(question.path, False)
                services.answer(owner, statement, question.path, value)


def filed(said=SAID, **over):
    statement, owner = drawn_up(said, **over)
    answered(statement, owner)
    with transaction():
        services.file(owner, statement)
    return statement, owner


def published(said=SAID, number="KFXK-1", **over):
    statement, owner = filed(said, **over)
    announce(statement, owner, number)
    decide(statement, assets.confirm_burden)
    return statement, owner


def announce(statement, owner, number="KFXK-1"):
    with transaction():
        services.announce(
            owner,
            statement,
            number=number,
            published_on=clock.today() - timedelta(days=1),
            evidence=a.document(organisation_id=owner.organisation),
        )


def decide(statement, verb, **over):
    operator = a.operator()
    with transaction():
        verb(operator, statement.burden, **over)
        standing.follow_register(statement.asset, by=operator)


def withdrawn(statement, owner):
    with transaction():
        services.ask_withdrawal(owner, statement, because="改为独占许可")
    withdrawn_now(statement, owner)


def offered(statement):
    """The statement's terms stand for everyone on a listing."""
    listing = a.listing(statement.asset, terms=statement.terms)
    owner = a.actor(statement.owner)
    with transaction():
        made = standing.state(owner, listing)
    return listing, made


def taken(listing, made):
    buyer = a.organisation()
    who = j.Parties(a.actor(listing.seller), a.actor(buyer), a.operator(), a.operator())
    with transaction():
        deal = standing.take(who.buyer, listing, reference=made.reference, agreed_to=True)
    return deal, who


def test_it_is_drawn_up_filed_published_and_withdrawn():
    statement, owner = drawn_up()
    assert statement.state is StatementState.DRAFT
    answered(statement, owner)
    with transaction():
        paper = services.file(owner, statement)
    assert (statement.state, statement.filed_on) == (StatementState.FILED, clock.today())
    assert (paper.media_type, paper.subject_kind) == ("application/pdf", "open_statement")
    announce(statement, owner)
    assert statement.state is StatementState.ANNOUNCED
    assert statement.burden.state is BurdenState.DECLARED
    decide(statement, assets.confirm_burden)
    assert (statement.state, statement.number) == (StatementState.PUBLISHED, "KFXK-1")
    withdrawn(statement, owner)
    assert (statement.state, statement.withdrawal_number) == (StatementState.WITHDRAWN, "CH-1")
    assert statement.burden.state is BurdenState.LIFTED
    assert queries.under_way(statement.asset) is None


def test_a_right_has_one_statement_under_way():
    statement, owner = drawn_up()
    with pytest.raises(Refused) as refused, transaction():
        services.draw_up(owner, statement.asset, SAID)
    assert refused.value.facts["reference"] == statement.reference
    with transaction():
        services.drop(owner, statement, because="不办了")
        assert services.draw_up(owner, statement.asset, SAID).state is StatementState.DRAFT


def test_what_the_law_wants_in_it_is_there_before_it_is_filed():
    said = Said(terms=replace(FEE, price=None), payment_way="", fee_basis="", contact_name="")
    statement, owner = drawn_up(said)
    with pytest.raises(Invalid) as refused, transaction():
        services.file(owner, statement)
    assert refused.value.fields == {
        "price": "terms.price_not_positive",
        "payment_way": "open_statement.missing",
        "fee_basis": "open_statement.missing",
        "contact_name": "open_statement.missing",
        "contact_phone": "open_statement.missing",
    }


def test_only_a_patent_can_be_stated():
    with pytest.raises(Refused) as refused:
        drawn_up(kind=AssetKind.TRADEMARK)
    assert refused.value.code == "open_statement.patents_only"


@pytest.mark.parametrize("status", [LegalStatus.ANNUITY_GRACE, LegalStatus.LAPSED])
def test_no_statement_while_the_annuity_is_unpaid_or_the_right_gone(status):
    statement, owner = drawn_up(status=status)
    answered(statement, owner)
    with pytest.raises(Refused) as refused, transaction():
        services.file(owner, statement)
    assert refused.value.code == "bundle.impossible"


def test_no_statement_beside_an_exclusive_licence():
    statement, owner = drawn_up()
    a.keep(
        Licence(
            asset=statement.asset,
            licensee_name="某公司",
            grant=Grant.EXCLUSIVE.value,
            territory="CN",
            field="",
            starts_on=clock.today() - timedelta(days=100),
            state=LicenceState.REGISTERED,
        )
    )
    answered(statement, owner)
    with pytest.raises(Refused) as refused, transaction():
        services.file(owner, statement)
    assert refused.value.code == "bundle.impossible"


def test_the_pledgee_has_to_agree_first():
    statement, owner = drawn_up()
    lender = a.organisation("lender")
    a.pledge(statement.asset, lender_name=lender.name, lender_id=lender.id)
    answered(statement, owner)
    with pytest.raises(Refused) as refused, transaction():
        services.file(owner, statement)
    assert refused.value.code == "bundle.consent_missing"
    _agreed(statement.asset, lender.name, lender.id, "pledgee")
    answered(statement, owner)
    with transaction():
        services.file(owner, statement)
    assert statement.state is StatementState.FILED


def test_all_owners_have_to_agree_first():
    asset = a.asset()
    asset.owners[0].share_bps = 5_000
    a.keep(AssetOwner(asset=asset, name="共有人公司", share_bps=5_000, position=1))
    statement, owner = drawn_up(asset=asset)
    answered(statement, owner)
    with pytest.raises(Refused) as refused, transaction():
        services.file(owner, statement)
    assert refused.value.code == "bundle.consent_missing"
    _agreed(asset, "共有人公司", None, "coowner")
    with transaction():
        services.file(owner, statement)
    assert statement.state is StatementState.FILED


def _agreed(asset, name, number, code):
    return a.keep(
        Consent(
            asset=asset,
            party_name=name,
            party_id=number,
            code=code,
            act=Act.OPEN_LICENCE,
            state=ConsentState.GIVEN,
            answered_at=clock.now(),
        )
    )


@pytest.mark.parametrize("kind", [AssetKind.UTILITY_MODEL, AssetKind.DESIGN])
def test_a_utility_model_and_a_design_need_their_evaluation_report(kind):
    statement, owner = drawn_up(kind=kind)
    answered(statement, owner)
    with pytest.raises(Unlawful) as refused, transaction():
        services.file(owner, statement)
    assert refused.value.needs == ("open-licence-evaluation-report",)
    with transaction():
        services.attach_report(owner, statement, a.document(organisation_id=owner.organisation))
    answered(statement, owner)
    with transaction():
        services.file(owner, statement)
    assert statement.state is StatementState.FILED


@pytest.mark.parametrize(
    "terms",
    [
        replace(FEE, price=yuan(20_000_001)),
        replace(FEE, price=yuan(0), royalty_bps=2_001, royalty_base=RoyaltyBase.NET_SALES),
        replace(FEE, price=yuan(0), royalty_bps=4_001, royalty_base=RoyaltyBase.PROFIT),
    ],
    ids=["fixed", "net-sales", "profit"],
)
def test_the_fee_keeps_below_its_ceiling(terms):
    statement, owner = drawn_up(replace(SAID, terms=terms))
    answered(statement, owner)
    with pytest.raises(Unlawful) as refused, transaction():
        services.file(owner, statement)
    assert refused.value.needs == ("open-licence-fee-cap",)


def test_what_is_filed_is_changed_only_after_it_was_taken_back():
    statement, owner = filed()
    with pytest.raises(Refused) as refused, transaction():
        services.revise(owner, statement, SAID)
    assert refused.value.code == "open_statement.not_draft"
    with transaction():
        services.take_back(owner, statement, because="费用写错")
        services.revise(owner, statement, replace(SAID, other="不含技术服务"))
    assert (statement.other, statement.filed_on) == ("不含技术服务", None)


def test_a_publication_that_nobody_finds_goes_back():
    statement, owner = filed()
    announce(statement, owner)
    decide(statement, assets.refuse_burden, because="公报上没有")
    assert (statement.state, statement.burden) == (StatementState.FILED, None)
    announce(statement, owner, "KFXK-2")
    decide(statement, assets.confirm_burden)
    assert statement.state is StatementState.PUBLISHED


def test_who_may_state_it():
    asset = a.asset()
    for actor in (a.operator(), a.actor(a.organisation()), a.actor(asset.keeper, "viewer")):
        with pytest.raises(NotAllowed), transaction():
            services.draw_up(actor, asset, SAID)
    broker = a.actor(a.organisation("broker"))
    under = Acting(
        "M-9",
        asset.keeper_id,
        "sell",
        frozenset({"list"}),
        assets=frozenset({asset.id}),
        capabilities=frozenset({"holder"}),
    )
    for wrong in (
        replace(under, side="buy"),
        replace(under, acts=frozenset({"answer"})),
        replace(under, assets=frozenset()),
        replace(under, principal_id=asset.keeper_id + 1),
    ):
        assert not policy.state.allows(replace(broker, under=wrong), asset)
    with transaction():
        statement = services.draw_up(replace(broker, under=under), asset, SAID)
    assert (statement.under, statement.owner_id) == ("M-9", asset.keeper_id)


def test_others_do_not_find_it():
    statement, owner = drawn_up()
    assert queries.get(owner, statement.reference) is statement
    assert queries.get(a.operator(), statement.reference) is statement
    with pytest.raises(NotFound):
        queries.get(a.actor(a.organisation()), statement.reference)


def test_a_standing_offer_on_its_terms_is_taken_by_notice():
    statement, _ = published()
    listing, made = offered(statement)
    assert made.declaration == "KFXK-1"
    deal, who = taken(listing, made)
    assert (deal.by_notice, deal.statement) == (True, "KFXK-1")
    j.answered(deal, who)
    assert deal.notice is None
    with transaction():
        deals.notify(who.buyer, deal)
    j.paid(deal, who)
    assert queries.licensees(statement) == [deal]


def test_the_notice_goes_out_with_the_taking_where_nothing_is_left_to_check():
    statement, _ = published()
    listing, made = offered(statement)
    first, who = taken(listing, made)
    j.answered(first, who)
    buyer = a.organisation()
    actor = a.actor(buyer)
    with transaction():
        deal = standing.take(actor, listing, reference=made.reference, agreed_to=True)
    if deal.notice is None:  # what only the buyer knows of itself is still open
        j.answered(deal, j.Parties(who.seller, actor, who.operator, who.cashier))
        assert deal.state is DealState.CHECKLIST
    else:
        assert deal.state is DealState.PAYMENT


def test_another_fee_than_the_published_one_is_an_ordinary_licence():
    statement, owner = published()
    listing = a.listing(statement.asset, terms=replace(FEE, price=yuan(40_000)))
    with transaction():
        made = standing.state(owner, listing)
    assert made.declaration == ""
    deal, _ = taken(listing, made)
    assert not deal.by_notice


def test_it_can_be_taken_until_the_withdrawal_is_published_and_not_after():
    statement, owner = published()
    listing, made = offered(statement)
    with transaction():
        services.ask_withdrawal(owner, statement, because="改为独占许可")
    before, _ = taken(listing, made)
    assert before.by_notice
    withdrawn_now(statement, owner)
    assert talks.standing_on(listing) is None
    assert made.state is StandingState.ENDED
    with pytest.raises(Refused) as refused:
        taken(listing, made)
    assert refused.value.code == "standing_offer.over"


def withdrawn_now(statement, owner):
    with transaction():
        services.announce_withdrawal(
            owner,
            statement,
            number="CH-1",
            published_on=clock.today(),
            evidence=a.document(organisation_id=owner.organisation),
        )
    decide(statement, assets.lift_burden, lifted_on=clock.today())


def test_the_withdrawal_is_in_writing_and_gives_a_reason():
    statement, owner = published()
    with pytest.raises(Invalid), transaction():
        services.ask_withdrawal(owner, statement, because=" ")
    with pytest.raises(Refused), transaction():
        services.announce_withdrawal(
            owner, statement, number="", published_on=clock.today(), evidence=a.document()
        )
    with transaction():
        paper = services.ask_withdrawal(owner, statement, because="改为独占许可")
    assert paper.filename.endswith("withdrawal.pdf")
    with pytest.raises(WrongState), transaction():
        services.ask_withdrawal(owner, statement, because="再一次")


def test_the_register_is_followed_once():
    statement, owner = published()
    withdrawn(statement, owner)
    with transaction():
        assert services.follow(statement.asset, by=a.operator()) == []
    assert db.session.get(type(statement), statement.id).state is StatementState.WITHDRAWN
