"""Taxes withheld, deposits paid out, payoff letters, repayments, fees owed, rewards, statements."""

from datetime import date, timedelta

import pytest

from marketplace.assets.models import PledgeState
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused
from marketplace.core.money import Money, yuan
from marketplace.deals import rewards, shares, statements
from marketplace.deals import services as deals
from marketplace.deals.models import DealState, ReceivableState, RepaymentState, TaxName, TaxState
from marketplace.ledger import queries as books
from marketplace.organisations.models import OrganisationKind
from marketplace.payments import accounting
from marketplace.payments import queries as payments
from marketplace.payments import services as paying
from marketplace.payments.models import PayoutState
from tests import factories as a
from tests.deals import installing as parts
from tests.deals import journey

TAX, CLAIM = yuan(50_000), yuan(300_000)
pytestmark = pytest.mark.usefixtures("app")


def refused(work, *given, **over):
    with pytest.raises(Refused) as caught:
        work(*given, **over)
    db.session.rollback()
    return caught.value.code


def paper(by):
    return a.document(organisation_id=by.organisation_id, purpose="settlement")


def instructed(deal, who, amount=TAX):
    with transaction():
        return deals.instruct_tax(
            who.buyer, deal, name=TaxName.INCOME, amount=amount, basis="企业所得税法第37条，10%"
        )


def ordered(tax, by, **over):
    said = {
        "office": "国家税务总局广州市税务局",
        "bank": "国库",
        "account": "0044",
        "form_number": "F1",
    }
    with transaction():
        return deals.order_tax(by, tax, **said | over)


# ---- taxes --------------------------------------------------------------------------------------


def test_a_tax_is_taken_off_the_price_paid_to_the_office_by_two_people_and_proven():
    deal, who = journey.to(DealState.SETTLEMENT)
    tax = instructed(deal, who)
    [to_seller] = journey.released(deal, who)
    assert (to_seller.amount, tax.state) == (yuan(440_000), TaxState.WITHHELD)
    assert books.balance(shares.tax_account(deal)) == yuan(50_000)
    payout = ordered(tax, who.operator)
    assert ordered(tax, who.operator) is payout
    assert (payout.amount, payout.payee.kind) == (yuan(50_000), OrganisationKind.GOVERNMENT)
    code = refused(
        deals.send_payout, who.operator, payout, bank_reference="T", sent_on=clock.today()
    )
    assert code == "payout.four_eyes"
    document = paper(who.operator)
    assert refused(
        deals.file_tax_receipt, who.operator, tax, number="1", document=document
    ) == "tax.not_paid"  # fmt: skip
    journey.sent(deal, who)
    assert (tax.state, deal.state) == (TaxState.PAID, DealState.CLOSED)
    with transaction():
        deals.file_tax_receipt(who.operator, tax, number="44010", document=document)
    assert (tax.receipt_number, tax.receipt) == ("44010", document)
    assert deals.self_check().breaks == ()


def test_what_a_price_leaves_nothing_for_waits_for_the_next_release():
    lender = a.organisation("lender", kind=OrganisationKind.BANK)
    listing = a.listing(terms=parts.terms())
    a.pledge(listing.assets[0], lender_id=lender.id, amount_minor=yuan(150_000).minor)
    deal, who = journey.opened(listing)
    journey.proven(deal, who, "pledgee_consent")
    for step in (journey.cleared, journey.signed, parts.paid, journey.recorded):
        step(deal, who)
    tax = instructed(deal, who, yuan(20_000))
    journey.released(deal, who)
    assert tax.state is TaxState.INSTRUCTED
    parts.paid(deal, who, 2)
    journey.released(deal, who)
    assert (tax.state, tax.withheld) == (TaxState.WITHHELD, yuan(20_000))
    assert deals.self_check().breaks == ()


def test_who_instructs_and_how_much():
    deal, who = journey.to(DealState.RECORDAL)
    with pytest.raises(NotAllowed), transaction():
        deals.instruct_tax(who.seller, deal, name=TaxName.VAT, amount=yuan(1), basis="x")
    for amount in (yuan(0), yuan(500_001), Money("USD", 1)):
        with pytest.raises(Invalid) as caught, transaction():
            deals.instruct_tax(who.buyer, deal, name=TaxName.VAT, amount=amount, basis="x")
        assert caught.value.fields == {"amount": "tax.too_much"}
    tax = instructed(deal, who)
    with transaction():
        deals.withdraw_tax(who.buyer, tax, because="享受协定待遇")
    assert tax.state is TaxState.WITHDRAWN
    assert refused(ordered, tax, who.operator) == "withheld_tax.order"
    with pytest.raises(Invalid) as caught, transaction():
        deals.order_tax(who.operator, tax, office=" ", bank="b", account="1", form_number="")
    assert set(caught.value.fields) == {"office", "form_number"}


# ---- deposits and payoff letters ----------------------------------------------------------------


def pledged(amount=CLAIM, *, due=30, lender=True):
    bank = a.organisation("lender", kind=OrganisationKind.BANK) if lender else None
    listing = a.listing()
    pledge = a.pledge(
        listing.assets[0],
        lender_id=bank.id if bank else None,
        amount_minor=amount.minor,
        due_on=clock.today() + timedelta(days=due),
    )
    deal, who = journey.opened(listing)
    journey.proven(deal, who, "pledgee_consent")
    for step in (journey.cleared, journey.signed, journey.paid, journey.recorded):
        step(deal, who)
    return deal, who, pledge, bank


def letter(deal, pledge, bank, amount, *, per_day=0, days=30, as_of=None):
    with transaction():
        return deals.enter_payoff(
            a.actor(bank), deal, pledge, amount=amount, per_day=Money("CNY", per_day),
            as_of=as_of or clock.today(), valid_until=clock.today() + timedelta(days=days),
            document=paper(a.actor(bank)),
        )  # fmt: skip


def to_lender(who, deal, pledge, bank, amount):
    return deals.pay_deposit_to_lender(
        who.operator, deal, pledge, lender=bank, amount=amount, because="到期", document=paper(who.operator)
    )  # fmt: skip


def test_a_deposit_goes_to_the_lender_when_its_claim_is_due_and_no_fen_more():
    deal, who, pledge, bank = pledged()
    journey.released(deal, who)
    assert shares.deposited(deal) == {pledge.id: yuan(300_000)}
    assert refused(to_lender, who, deal, pledge, bank, yuan(300_000)) == "deposit.not_due"
    with clock.freeze(clock.now() + timedelta(days=31)):
        assert refused(to_lender, who, deal, pledge, bank, yuan(300_001)) == "deposit.amount"
        other = a.organisation("lender")
        assert refused(to_lender, who, deal, pledge, other, yuan(1)) == "deposit.other_lender"
        with transaction():
            payout = to_lender(who, deal, pledge, bank, yuan(280_000))
    assert (payout.payee_id, payout.amount, payout.purpose) == (bank.id, yuan(280_000), "deposit")
    assert shares.deposited(deal) == {pledge.id: yuan(20_000)}
    assert refused(
        deals.send_payout, who.operator, payout, bank_reference="D1", sent_on=clock.today()
    ) == "payout.four_eyes"  # fmt: skip
    journey.sent(deal, who)
    assert deals.self_check().breaks == ()


def test_where_the_pledge_has_ended_the_rest_goes_on_to_the_seller():
    deal, who, pledge, _ = pledged()
    journey.released(deal, who)
    given = {"because": "债务已另行清偿", "document": paper(who.operator)}
    assert refused(deals.pass_deposit_to_seller, who.operator, deal, pledge, **given) == (
        "deposit.pledge_stands"
    )
    pledge.state = PledgeState.RELEASED  # the register's own verbs are tested with the register
    db.session.commit()
    with transaction():
        payout = deals.pass_deposit_to_seller(who.operator, deal, pledge, **given)
    assert (payout.payee_id, payout.amount) == (deal.seller_id, yuan(300_000))
    assert refused(deals.pass_deposit_to_seller, who.operator, deal, pledge, **given) == (
        "deposit.nothing"
    )
    assert books.balance(shares.deposit_account(deal)) == yuan(0)
    assert deals.self_check().breaks == ()


def test_only_the_exchange_pays_a_deposit_out():
    deal, who, pledge, bank = pledged()
    journey.released(deal, who)
    with pytest.raises(NotAllowed), transaction():
        deals.pass_deposit_to_seller(
            who.seller, deal, pledge, because="x", document=paper(who.seller)
        )
    with pytest.raises(NotAllowed), transaction():
        deals.pay_deposit_to_lender(
            a.actor(bank), deal, pledge, lender=bank, amount=yuan(1), because="x", document=paper(who.seller)
        )  # fmt: skip


def test_the_lender_s_own_letter_is_what_the_release_pays_it_early():
    deal, who, pledge, bank = pledged()
    letter(
        deal, pledge, bank, yuan(290_000), per_day=1_000, as_of=clock.today() - timedelta(days=10)
    )
    letter(
        deal, pledge, bank, yuan(280_000), per_day=1_050, as_of=clock.today() - timedelta(days=10)
    )
    paid = {p.payee_id: p.amount for p in journey.released(deal, who)}
    assert paid[bank.id] == Money("CNY", yuan(280_000).minor + 10_500)
    assert shares.deposited(deal) == {}
    assert sum(one.minor for one in paid.values()) + yuan(10_000).minor == yuan(500_000).minor


def test_a_letter_that_has_run_out_says_nothing():
    deal, who, pledge, bank = pledged()
    letter(deal, pledge, bank, yuan(280_000), days=5)
    with clock.freeze(clock.now() + timedelta(days=6)):
        journey.released(deal, who)
    assert shares.deposited(deal) == {pledge.id: yuan(300_000)}


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"amount": Money("USD", 1)}, "payoff.amount"),
        ({"amount": yuan(-1)}, "payoff.amount"),
        ({"days": -1}, "payoff.valid"),
        ({"as_of": date(2099, 1, 1)}, "payoff.valid"),
    ],
)
def test_a_letter_that_cannot_be_meant_is_refused(over, code):
    deal, _, pledge, bank = pledged()
    said = {"amount": yuan(1)} | over
    amount = said.pop("amount")
    assert refused(letter, deal, pledge, bank, amount, **said) == code


def test_nobody_else_writes_a_letter():
    deal, who, pledge, _ = pledged()
    with pytest.raises(NotAllowed), transaction():
        deals.enter_payoff(
            who.seller, deal, pledge, amount=yuan(1), per_day=yuan(0), as_of=clock.today(),
            valid_until=clock.today(), document=paper(who.seller),
        )  # fmt: skip


# ---- fees owed ----------------------------------------------------------------------------------


def test_a_fee_that_the_pledge_left_nothing_for_is_owed_earned_once_and_collected():
    deal, who, _, _ = pledged(yuan(800_000), due=-1)
    journey.released(deal, who)
    [owed] = deal.receivables
    assert (owed.amount, owed.debtor_id) == (yuan(10_000), deal.seller_id)
    assert books.balance(accounting.RECEIVABLE) == -yuan(10_000)
    earned = books.balance("own:revenue:commission") + books.balance(accounting.VAT)
    assert earned == yuan(10_000)
    assert deal.state is DealState.SETTLEMENT
    with transaction():
        deals.receive(who.operator, owed.payment, journey.seen(yuan(4_000)))
    assert owed.state is ReceivableState.OPEN
    with transaction():
        deals.receive(who.operator, owed.payment, journey.seen(yuan(6_000)))
    assert (owed.state, books.balance(payments.COMMISSION)) == (ReceivableState.PAID, yuan(10_000))
    with transaction():
        paying.follow()
    earned = books.balance("own:revenue:commission") + books.balance(accounting.VAT)
    assert (earned, books.balance(accounting.RECEIVABLE)) == (yuan(10_000), yuan(0))
    journey.sent(deal, who)
    assert (deal.state, deals.self_check().breaks) == (DealState.CLOSED, ())


def in_parts_under_a_pledge(amount):
    """A pledge takes the first 150,000 yuan of 500,000: 3,000 of commission are owed."""
    lender = a.organisation("lender", kind=OrganisationKind.BANK)
    listing = a.listing(terms=parts.terms())
    a.pledge(listing.assets[0], lender_id=lender.id, amount_minor=amount.minor)
    deal, who = journey.opened(listing)
    journey.proven(deal, who, "pledgee_consent")
    for step in (journey.cleared, journey.signed, parts.paid, journey.recorded):
        step(deal, who)
    journey.released(deal, who)
    assert [one.amount for one in deal.receivables] == [yuan(3_000)]
    return deal, who


def to_the_seller(deal, number):
    rows = [p for p in payments.payouts_of(deal) if p.key.startswith(f"deal:{deal.id}:release:")]
    return [
        p.amount
        for p in rows
        if p.payee_id == deal.seller_id and p.key.split(":")[3] == str(number)
    ]


@pytest.mark.parametrize(("paid", "to_seller"), [(0, 144_000), (1_000, 145_000), (3_000, 147_000)])
def test_what_is_owed_of_a_fee_is_set_off_by_the_next_release_of_the_deal(paid, to_seller):
    deal, who = in_parts_under_a_pledge(yuan(150_000))
    [owed] = deal.receivables
    if paid:
        with transaction():
            deals.receive(who.operator, owed.payment, journey.seen(yuan(paid)))
    parts.paid(deal, who, 2)
    journey.released(deal, who)
    assert to_the_seller(deal, 2) == [yuan(to_seller)]
    assert (owed.state, books.balance(payments.COMMISSION)) == (ReceivableState.PAID, yuan(6_000))
    assert books.balance(owed.account) == yuan(0)
    with transaction():
        paying.follow()
    earned = books.balance("own:revenue:commission") + books.balance(accounting.VAT)
    assert (earned, books.balance(accounting.RECEIVABLE)) == (yuan(6_000), yuan(0))
    seller = statements.of(deal, "seller")
    rows = [(row.what, row.amount) for row in seller.of("out") if row.note == "#2"]
    off = [("arrears", yuan(3_000 - paid))] if paid < 3_000 else []
    assert rows == [("platform", yuan(3_000)), *off, ("seller", yuan(to_seller))]
    assert "commission_owed" not in {row.what for row in seller.of("open")}
    assert seller.total("in") == seller.total("out") == yuan(300_000)
    assert deals.self_check().breaks == ()


def test_what_a_release_does_not_reach_for_waits_for_the_one_after_it():
    deal, who = in_parts_under_a_pledge(yuan(298_000))
    parts.paid(deal, who, 2)
    journey.released(deal, who)
    first, second = deal.receivables
    assert (first.state, second.amount, to_the_seller(deal, 2)) == (
        ReceivableState.OPEN, yuan(1_000), [],
    )  # fmt: skip
    owed = [r.amount for r in statements.of(deal, "seller").rows if r.what == "commission_owed"]
    assert owed == [yuan(3_000), yuan(1_000)]
    parts.confirmed(deal, who, 3)
    parts.paid(deal, who, 3)
    journey.released(deal, who)
    assert to_the_seller(deal, 3) == [yuan(192_000)]
    assert {one.state for one in deal.receivables} == {ReceivableState.PAID}
    assert books.balance(payments.COMMISSION) == yuan(10_000)
    journey.sent(deal, who)
    assert (deal.state, deals.self_check().breaks) == (DealState.CLOSED, ())


# ---- repayment after a release ------------------------------------------------------------------


def proposed(deal, by, amount):
    with transaction():
        return deals.propose_repayment(
            by, deal, amount=amount, because="法院判决撤销合同", document=paper(by)
        )


def test_after_a_release_only_what_the_seller_pays_back_goes_to_the_buyer():
    deal, who = journey.to(DealState.CLOSED)
    back = proposed(deal, who.operator, yuan(200_000))
    assert refused(deals.ask_repayment, who.operator, back) == "repayment.four_eyes"
    with transaction():
        deals.ask_repayment(who.cashier, back)
    refunds = [p for p in payments.payouts_of(deal) if p.purpose == "refund"]
    assert (refunds, back.payment.payer_id) == ([], deal.seller_id)
    with transaction():
        deals.receive(who.operator, back.payment, journey.seen(yuan(150_000)))
    assert back.state is RepaymentState.ASKED
    assert refused(deals.withdraw_repayment, who.operator, back, because="x") == (
        "repayment.partly_paid"
    )
    with transaction():
        deals.receive(who.operator, back.payment, journey.seen(yuan(50_000)))
    [refund] = [p for p in payments.payouts_of(deal) if p.purpose == "refund"]
    assert (refund.payee_id, refund.amount) == (deal.buyer_id, yuan(200_000))
    assert (back.state, refund.state) == (RepaymentState.REFUNDED, PayoutState.ORDERED)
    assert deals.self_check().breaks == ()


def test_no_more_is_asked_back_than_was_released():
    deal, who = journey.to(DealState.CLOSED)
    first = proposed(deal, who.operator, yuan(400_000))
    assert proposed(deal, who.operator, yuan(400_000)) is first  # the form sent twice
    assert len(deal.repayments) == 1
    assert refused(proposed, deal, who.operator, yuan(100_001)) == "repayment.too_much"
    last = proposed(deal, who.operator, yuan(100_000))
    with transaction():
        deals.withdraw_repayment(who.operator, last, because="双方和解")
    proposed(deal, who.operator, yuan(100_000))
    other, them = journey.to(DealState.RECORDAL)
    assert refused(proposed, other, them.operator, yuan(1)) == "repayment.propose"
    with pytest.raises(NotAllowed), transaction():
        deals.propose_repayment(
            who.seller, deal, amount=yuan(1), because="x", document=paper(who.seller)
        )


# ---- rewards ------------------------------------------------------------------------------------


@pytest.mark.parametrize("minor", [1, 99, 10_001, 999_999_999])
def test_the_inventors_parts_sum_to_their_part_to_the_fen(minor):
    people = [
        rewards.Inventor("甲", 3_333),
        rewards.Inventor("乙", 3_333),
        rewards.Inventor("丙", 3_334),
    ]
    found = rewards.divide(Money("CNY", minor), Money("CNY", 0), 5_001, people)
    assert sum(amount.minor for _, amount in found.each) == found.part.minor
    assert found.part + found.owner == found.net


def test_costs_above_the_income_leave_nothing_to_share():
    found = rewards.divide(yuan(10), yuan(11), 5_000, [rewards.Inventor("甲", 10_000)])
    assert (found.net, found.part, [m for _, m in found.each]) == (yuan(0), yuan(0), [yuan(0)])
    with pytest.raises(ValueError, match="whole"):
        rewards.divide(yuan(10), yuan(0), 5_000, [rewards.Inventor("甲", 9_999)])


def planned(deal, by, **over):
    said = {
        "costs": yuan(1_000), "share_bps": 6_000, "inventors": [rewards.Inventor("甲", 10_000)],
    }  # fmt: skip
    with transaction():
        return deals.plan_rewards(by, deal, **said | over)


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"share_bps": 4_999}, "reward.floor"),
        ({"share_bps": 10_001}, "reward.floor"),
        ({"costs": yuan(-1)}, "reward.costs"),
        ({"inventors": [rewards.Inventor("甲", 9_999)]}, "reward.shares"),
        ({"inventors": [rewards.Inventor(" ", 10_000)]}, "reward.shares"),
        (
            {"announced_from": date(2027, 2, 1), "announced_until": date(2027, 1, 1)},
            "reward.period",
        ),
    ],
)
def test_a_reward_keeps_to_the_floor_and_to_the_whole(over, code):
    deal, who = journey.to(DealState.RECORDAL)
    assert refused(planned, deal, who.seller, **over) == code


def test_only_the_owner_enters_its_rewards():
    deal, who = journey.to(DealState.RECORDAL)
    for stranger in (who.buyer, who.operator):
        with pytest.raises(NotAllowed), transaction():
            deals.plan_rewards(stranger, deal, costs=yuan(0), share_bps=5_000, inventors=[])
    planned(deal, who.seller)
    assert (
        planned(deal, who.seller, share_bps=7_000).share_bps == deal.reward_plan.share_bps == 7_000
    )


# ---- statements ---------------------------------------------------------------------------------


def test_a_statement_has_all_of_the_seller_s_and_nothing_of_it_for_the_buyer():
    deal, who = journey.to(DealState.SETTLEMENT)
    instructed(deal, who)
    journey.released(deal, who)
    seller, buyer = statements.of(deal, "seller"), statements.of(deal, "buyer")
    assert [(row.what, row.amount) for row in seller.of("out")] == [
        ("tax", yuan(50_000)), ("platform", yuan(10_000)), ("seller", yuan(440_000)),
    ]  # fmt: skip
    assert (seller.total("in"), seller.total("out"), seller.held) == (
        deal.price,
        deal.price,
        yuan(0),
    )
    assert [(row.what, row.amount) for row in buyer.rows] == [
        ("received", yuan(500_000)), ("tax_withheld", yuan(50_000)),
    ]  # fmt: skip


def test_a_release_of_before_is_read_from_the_books():
    deal, who = journey.to(DealState.SETTLEMENT)
    journey.released(deal, who)
    db.session.delete(deal.releases[0])  # as on a site from before the records
    db.session.commit()
    found = {row.what: row.amount for row in statements.of(deal, "seller").of("out")}
    assert found == {"platform": yuan(10_000), "seller": yuan(490_000)}


def test_a_period_opens_where_the_one_before_it_closed():
    deal, who = journey.to(DealState.CLOSED)
    today = clock.today()
    [before] = payments.period(who.buyer, since=date(2000, 1, 1), until=today - timedelta(days=1))
    [now] = payments.period(who.buyer, since=today, until=today)
    assert (before.closing, now.opening, now.closing) == (yuan(0), yuan(0), -deal.price)
    [later] = payments.period(
        who.buyer, since=today + timedelta(days=1), until=today + timedelta(days=2)
    )
    assert (later.opening, later.lines, later.closing) == (-deal.price, (), -deal.price)
    assert now.sum_of(paid=False) - now.sum_of(paid=True) == now.closing - now.opening
