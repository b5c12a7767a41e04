"""Taxes, deposits and repayments under deaths and races: one effect, the books at nought."""

import pytest

from marketplace.assets.models import PledgeState
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.money import yuan
from marketplace.deals import services as deals
from marketplace.deals import shares
from marketplace.deals.models import DealState, RepaymentState, TaxName
from marketplace.documents.models import Document
from marketplace.ledger import queries as books
from marketplace.organisations.models import Organisation, OrganisationKind
from marketplace.payments import queries as payments
from tests import factories as a
from tests.auctions.door.racing import at_once
from tests.deals import journey
from tests.deals.test_settled_once import deal_of, dies_at_every_step

fork = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def paper(by):
    return a.document(organisation_id=by.organisation_id)


def taxed():
    """A deal whose release has withheld 50,000 yuan."""
    deal, who = journey.to(DealState.SETTLEMENT)
    with transaction():
        deals.instruct_tax(who.buyer, deal, name=TaxName.INCOME, amount=yuan(50_000), basis="10%")
    journey.released(deal, who)
    return deal, who


def order(by, number):
    with transaction():
        [tax] = deal_of(number).withheld_taxes
        deals.order_tax(by, tax, office="税务局", bank="国库", account="1", form_number="F")


def deposited():
    """A deal of which 300,000 yuan lie on deposit for a lender whose claim is due."""
    bank, listing = a.organisation("lender", kind=OrganisationKind.BANK), a.listing()
    pledge = a.pledge(listing.assets[0], amount_minor=yuan(300_000).minor)
    deal, who = journey.opened(listing)
    journey.proven(deal, who, "pledgee_consent")
    for step in (journey.cleared, journey.signed, journey.paid, journey.recorded):
        step(deal, who)
    journey.released(deal, who)
    return deal, who, pledge, bank


@fork
@pytest.mark.usefixtures("own_database")
def test_a_tax_is_ordered_whole_or_not_at_all():
    deal, who = taxed()
    number = deal.id
    assert dies_at_every_step(lambda: order(who.operator, number), number) > 5
    order(who.operator, number)
    orders = [p.amount for p in payments.payouts_of(deal_of(number)) if p.purpose == "tax"]
    assert (orders, books.balance(f"tax:deal:{number}")) == ([yuan(50_000)], yuan(0))
    assert deals.self_check().breaks == ()


@fork
@pytest.mark.usefixtures("own_database")
def test_what_a_seller_pays_back_is_passed_on_whole_or_not_at_all():
    deal, who = journey.to(DealState.CLOSED)
    with transaction():
        back = deals.propose_repayment(
            who.operator, deal, amount=yuan(70_000), because="x", document=paper(who.operator)
        )
    with transaction():
        deals.ask_repayment(who.cashier, back)
    number, seen = deal.id, journey.seen(yuan(70_000))

    def pay():
        with transaction():
            found = deal_of(number).repayments[0]
            if found.state is RepaymentState.ASKED:
                deals.receive(who.operator, found.payment, seen)

    assert dies_at_every_step(pay, number) > 5
    pay()
    refunds = [p.amount for p in payments.payouts_of(deal_of(number)) if p.purpose == "refund"]
    assert (refunds, books.balance(f"repay:deal:{number}")) == ([yuan(70_000)], yuan(0))
    assert deals.self_check().breaks == ()


@fork
@pytest.mark.usefixtures("own_database")
def test_a_repayment_is_proposed_and_asked_for_whole_or_not_at_all():
    deal, who = journey.to(DealState.CLOSED)
    number, document = deal.id, paper(who.operator).id

    def propose():
        with transaction():
            deals.propose_repayment(
                who.operator,
                deal_of(number),
                amount=yuan(70_000),
                because="x",
                document=db.session.get_one(Document, document),
            )

    def agree():
        with transaction():
            [found] = deal_of(number).repayments
            if found.state is RepaymentState.PROPOSED:
                deals.ask_repayment(who.cashier, found)

    for work in (propose, agree):
        assert dies_at_every_step(work, number) > 3
        work()
    [back] = deal_of(number).repayments
    expected = [p.amount for p in payments.of(deal_of(number)) if p.account == back.account]
    assert (back.state, expected) == (RepaymentState.ASKED, [yuan(70_000)])
    assert deals.self_check().breaks == ()


@fork
@pytest.mark.parametrize("to", ["lender", "seller"])
@pytest.mark.usefixtures("own_database")
def test_a_deposit_is_paid_out_whole_or_not_at_all_and_once_by_one_form(to):
    deal, who, pledge, bank = deposited()
    if to == "seller":
        pledge.state = PledgeState.RELEASED  # the register's own verbs are tested with the register
        db.session.commit()
    number, document, lender = deal.id, paper(who.operator).id, bank.id

    def pay():
        with transaction():
            found = deal_of(number)
            said = {"because": "x", "document": db.session.get_one(Document, document), "key": "f1"}
            [pledge] = found.assets[0].pledges
            if to == "seller":
                return deals.pass_deposit_to_seller(who.operator, found, pledge, **said).amount
            firm = db.session.get_one(Organisation, lender)
            return deals.pay_deposit_to_lender(
                who.operator, found, pledge, lender=firm, amount=yuan(100_000), **said
            ).amount

    assert dies_at_every_step(pay, number) > 5
    amount, left = (yuan(300_000), yuan(0)) if to == "seller" else (yuan(100_000), yuan(200_000))
    assert pay() == amount
    orders = [p.amount for p in payments.payouts_of(deal_of(number)) if p.purpose == "deposit"]
    assert (orders, books.balance(f"tici:deal:{number}")) == ([amount], left)
    assert deals.self_check().breaks == ()


def test_two_people_order_one_tax_at_once(own_database):
    deal, who = taxed()
    number, staff = deal.id, (who.operator, a.operator())
    db.session.rollback()
    at_once(own_database, [lambda by=by: order(by, number) for by in staff])
    db.session.rollback()
    orders = [p.amount for p in payments.payouts_of(deal_of(number)) if p.purpose == "tax"]
    assert orders == [yuan(50_000)]
    assert deals.self_check().breaks == ()


def test_two_people_pay_one_deposit_out_at_once_and_no_more_goes_than_there_is(own_database):
    deal, who, pledge, bank = deposited()
    number, staff = deal.id, (who.operator, a.operator())
    proofs, lender, pledge_id = [paper(by).id for by in staff], bank.id, pledge.id
    db.session.rollback()
    answers = []

    def paying(by, document):
        def work():
            try:
                with transaction():
                    found = deal_of(number)
                    deals.pay_deposit_to_lender(
                        by,
                        found,
                        found.assets[0].pledges[0],
                        lender=db.session.get_one(Organisation, lender),
                        amount=yuan(200_000),
                        because="到期",
                        document=db.session.get_one(Document, document),
                    )
                answers.append("done")
            except Refused as refusal:
                answers.append(refusal.code)

        return work

    at_once(
        own_database, [paying(by, document) for by, document in zip(staff, proofs, strict=True)]
    )
    db.session.rollback()
    assert sorted(answers) == ["deposit.amount", "done"]
    assert shares.deposited(deal_of(number)) == {pledge_id: yuan(100_000)}
    assert books.balance(f"tici:deal:{number}") == yuan(100_000)
    assert deals.self_check().breaks == ()
