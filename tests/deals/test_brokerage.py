"""Brokers' fees as a price is released: the seller's out of it, the buyer's beside it; what falls away."""

import pytest

from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from marketplace.core.money import Money, yuan
from marketplace.deals import queries as deal_queries
from marketplace.deals import services as deals
from marketplace.deals import statements
from marketplace.deals.models import Basis, DealState, Outcome
from marketplace.ledger import queries as books
from marketplace.mandates import queries
from marketplace.mandates import services as mandates
from marketplace.mandates.models import CommissionState, Payer, Side
from marketplace.notifications.subjects import subject_of
from marketplace.organisations.models import OrganisationKind
from marketplace.payments import queries as payments
from marketplace.payments.models import PaymentState
from tests import factories as a
from tests.auctions.door.racing import at_once
from tests.deals import installing as parts
from tests.deals import journey
from tests.deals.test_settled_once import deal_of, dies_at_every_step
from tests.mandates.mandating import in_force

FEE = yuan(15_900)  # three per cent of 500,000 yuan, and six per cent VAT on it
NOTHING = yuan(0)


def brokered(payer, *, instalments=True, state=DealState.SETTLEMENT, pledged=None, steps=None):
    """A deal for 500,000 yuan that a broker's exclusive mandate of one side earns a fee by."""
    listing = a.listing(terms=parts.terms() if instalments else None)
    if pledged:
        lender = a.organisation("lender", kind=OrganisationKind.BANK)
        a.pledge(listing.assets[0], lender_id=lender.id, amount_minor=pledged.minor)
    broker, buyer = a.organisation("broker"), a.organisation()
    if payer is Payer.SELLER:
        in_force(listing.seller, broker, assets=tuple(listing.assets), exclusive=True)
    else:
        in_force(buyer, broker, side=Side.BUY, exclusive=True)
    deal, who = journey.opened(listing, buyer=buyer)
    if pledged:
        journey.proven(deal, who, "pledgee_consent")
    for step in steps or (journey.cleared, journey.signed, _price_paid, journey.recorded):
        if deal.state is state:
            break
        step(deal, who)
    assert deal.state is state
    return deal, who, broker, claim_of(deal)


def _price_paid(deal, who):
    if deal.parts:
        parts.paid(deal, who)
        return
    [payment] = [p for p in payments.of(deal) if p.account == deal.escrow_account]
    with transaction():
        deals.receive(who.operator, payment, journey.seen(deal.price))


def claim_of(deal):
    [claim] = [c for c in queries.claims_on(deal.reference) if c.deal_reference == deal.reference]
    return claim


def fee_paid(who, claim, amount=None):
    with transaction():
        deals.receive(who.operator, claim.payment, journey.seen(amount or claim.payment.amount))


def got(deal, who, purpose=None):
    """What was ordered to an organisation, order by order."""
    return [
        p.amount
        for p in payments.payouts_of(deal)
        if p.payee_id == who.id and purpose in {None, p.purpose}
    ]


def waived(deal, who, number):
    with transaction():
        deals.waive_instalment(who.seller, parts.line(deal, number), because="双方另行约定")


def sound(deal):
    db.session.expire_all()
    assert deals.self_check().breaks == ()
    assert sum(books.balances("").values()) == 0
    return deal


# ---- borne by the seller ------------------------------------------------------------------------


@pytest.mark.usefixtures("app")
def test_a_claim_is_paid_with_each_instalment_and_ends_with_the_last():
    deal, who, broker, claim = brokered(Payer.SELLER)
    parts.released(deal, who, 1)
    assert (got(deal, broker), claim.paid, claim.open) == (
        [yuan(4_770)], yuan(4_770), yuan(11_130),
    )  # fmt: skip
    assert claim.state is CommissionState.ARISEN
    parts.paid(deal, who, 2)
    parts.confirmed(deal, who, 3)
    parts.paid(deal, who, 3)
    journey.released(deal, who)
    assert (claim.state, claim.paid, claim.fallen) == (CommissionState.PAID, FEE, NOTHING)
    assert sum(one.minor for one in got(sound(deal), broker)) == FEE.minor


@pytest.mark.usefixtures("app")
def test_where_a_line_is_waived_the_claim_ends_by_what_was_paid_and_the_rest_falls_away():
    deal, who, broker, claim = brokered(Payer.SELLER)
    parts.paid(deal, who, 2)
    journey.released(deal, who)
    journey.sent(deal, who)
    assert claim.state is CommissionState.ARISEN
    waived(deal, who, 3)
    assert deal.state is DealState.CLOSED
    assert (claim.state, claim.paid, claim.fallen) == (
        CommissionState.PAID, yuan(9_540), yuan(6_360),
    )  # fmt: skip
    assert got(sound(deal), broker) == [yuan(4_770)] * 2


@pytest.mark.usefixtures("app")
def test_what_a_pledge_left_nothing_for_is_made_up_for_by_the_next_release():
    deal, who, broker, claim = brokered(Payer.SELLER, pledged=yuan(150_000))
    parts.released(deal, who, 1)
    assert (got(deal, broker), claim.paid) == ([], NOTHING)
    parts.paid(deal, who, 2)
    parts.released(deal, who, 2)
    assert (got(deal, broker), claim.paid) == ([yuan(9_540)], yuan(9_540))
    sound(deal)


@pytest.mark.usefixtures("app")
def test_what_a_pledge_has_taken_for_good_stays_a_claim_and_does_not_fall_away():
    deal, who, broker, claim = brokered(
        Payer.SELLER, instalments=False, pledged=yuan(495_000),
    )  # fmt: skip
    journey.released(deal, who)
    journey.sent(deal, who)
    assert (got(deal, broker), claim.state, claim.fallen, claim.open) == (
        [], CommissionState.ARISEN, NOTHING, FEE,
    )  # fmt: skip
    sound(deal)


@pytest.mark.usefixtures("app")
def test_a_split_agreed_to_late_is_paid_by_the_release_after_it():
    deal, who, broker, claim = brokered(Payer.SELLER)
    other = a.organisation("broker")
    split = [(broker.id, 6_667, "主办"), (other.id, 3_333, "引荐")]
    with transaction():
        mandates.propose_split(a.actor(broker), claim, split)
    parts.released(deal, who, 1)
    assert got(deal, broker) == got(deal, other) == []
    with transaction():
        mandates.agree_split(a.actor(other), claim)
    parts.paid(deal, who, 2)
    parts.confirmed(deal, who, 3)
    parts.paid(deal, who, 3)
    journey.released(deal, who)
    each = [sum(one.minor for one in got(deal, firm)) for firm in (broker, other)]
    assert each == [one.minor for one in queries.shares_of(claim).values()]
    assert (sum(each), claim.state) == (FEE.minor, CommissionState.PAID)
    sound(deal)


# ---- borne by the buyer -------------------------------------------------------------------------


@pytest.mark.usefixtures("app")
def test_what_the_buyer_bears_is_a_payment_of_its_own_that_the_release_passes_on():
    deal, who, broker, claim = brokered(Payer.BUYER, instalments=False, state=DealState.PAYMENT)
    asked = claim.payment
    assert (asked.payer_id, asked.amount, asked.state) == (
        deal.buyer_id, FEE, PaymentState.AWAITED,
    )  # fmt: skip
    fee_paid(who, claim)
    assert deal.state is DealState.PAYMENT  # the fee is no part of the price
    assert (books.balance(claim.account), deal.in_escrow) == (FEE, NOTHING)
    _price_paid(deal, who)
    journey.recorded(deal, who)
    assert got(deal, broker) == []
    journey.released(deal, who)
    assert got(deal, broker, "brokerage") == [FEE]
    assert got(deal, deal.seller) == [yuan(490_000)]  # the whole price but our own fee
    assert (claim.state, claim.paid) == (CommissionState.PAID, FEE)
    assert books.balance(claim.account) == NOTHING
    journey.sent(deal, who)
    assert sound(deal).state is DealState.CLOSED


@pytest.mark.usefixtures("app")
def test_a_fee_that_comes_after_the_release_is_passed_on_when_it_comes():
    deal, who, broker, claim = brokered(Payer.BUYER, instalments=False)
    journey.released(deal, who)
    journey.sent(deal, who)
    assert (deal.state, got(deal, broker), claim.state) == (
        DealState.CLOSED, [], CommissionState.ARISEN,
    )  # fmt: skip
    fee_paid(who, claim, yuan(5_000))
    fee_paid(who, claim, FEE - yuan(5_000))
    assert got(deal, broker) == [yuan(5_000), FEE - yuan(5_000)]
    assert claim.state is CommissionState.PAID
    sound(deal)


@pytest.mark.usefixtures("app")
def test_co_brokers_get_their_parts_of_it_with_each_instalment_to_the_fen():
    deal, who, broker, claim = brokered(Payer.BUYER)
    other = a.organisation("broker")
    with transaction():
        mandates.propose_split(
            a.actor(broker), claim, [(broker.id, 6_667, "主办"), (other.id, 3_333, "引荐")]
        )
        mandates.agree_split(a.actor(other), claim)
    fee_paid(who, claim)
    parts.paid(deal, who, 2)
    parts.confirmed(deal, who, 3)
    for number in (1, 2):
        parts.released(deal, who, number)
    assert claim.state is CommissionState.ARISEN
    parts.paid(deal, who, 3)
    parts.released(deal, who, 3)
    each = [sum(one.minor for one in got(deal, firm)) for firm in (broker, other)]
    assert each == [one.minor for one in queries.shares_of(claim).values()]
    assert (len(got(deal, other)), sum(each), claim.state) == (3, FEE.minor, CommissionState.PAID)
    sound(deal)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("came", "back"), [(15_900, 6_360), (12_000, 2_460), (0, 0)])
def test_of_a_waived_line_the_buyer_gets_back_what_it_paid_too_much(came, back):
    deal, who, broker, claim = brokered(Payer.BUYER)
    if came:
        fee_paid(who, claim, yuan(came))
    parts.paid(deal, who, 2)
    journey.released(deal, who)
    journey.sent(deal, who)
    waived(deal, who, 3)
    assert (deal.state, claim.fallen) == (DealState.CLOSED, yuan(6_360))
    assert got(deal, deal.buyer, "brokerage_back") == ([yuan(back)] if back else [])
    if not came:
        assert (claim.state, claim.payment.amount) == (CommissionState.ARISEN, yuan(9_540))
        fee_paid(who, claim)
    assert sum(one.minor for one in got(deal, broker)) == yuan(9_540).minor
    assert (claim.state, books.balance(claim.account)) == (CommissionState.PAID, NOTHING)
    sound(deal)


@pytest.mark.usefixtures("app")
def test_an_undone_deal_gives_the_fee_back():
    deal, who, broker, claim = brokered(Payer.BUYER, instalments=False, state=DealState.RECORDAL)
    fee_paid(who, claim)
    with transaction():
        deals.request_cancellation(who.buyer, deal, because="登记不能")
        deals.agree_cancellation(who.seller, deal)
    assert claim.state is CommissionState.VOID
    assert got(deal, deal.buyer, "brokerage_back") == [FEE]
    assert (got(deal, broker), books.balance(claim.account)) == ([], NOTHING)
    sound(deal)


@pytest.mark.usefixtures("app")
def test_while_a_dispute_freezes_the_deal_the_broker_waits_as_well():
    deal, who, broker, claim = brokered(Payer.BUYER)
    parts.released(deal, who, 1)
    parts.paid(deal, who, 2)
    with transaction():
        dispute = deals.raise_dispute(who.buyer, deal, because="x")
    fee_paid(who, claim)
    assert got(deal, broker) == []
    with transaction():
        deals.propose_decision(
            who.operator, dispute, deals.Decision(Outcome.RELEASE, Basis.EXCHANGE, "继续", None)
        )
    with transaction():
        deals.decide_dispute(who.cashier, dispute)
    with transaction():
        assert deals.follow_brokerage() == 1
    with transaction():
        assert deals.follow_brokerage() == 0
    assert got(sound(deal), broker) == [yuan(4_770)]


@pytest.mark.usefixtures("app")
def test_a_split_agreed_to_after_everything_is_paid_by_the_clock():
    deal, who, broker, claim = brokered(Payer.BUYER, instalments=False)
    other = a.organisation("broker")
    with transaction():
        mandates.propose_split(
            a.actor(broker), claim, [(broker.id, 5_000, "主办"), (other.id, 5_000, "引荐")]
        )
    fee_paid(who, claim)
    journey.released(deal, who)
    assert got(deal, broker) == []
    with transaction():
        mandates.agree_split(a.actor(other), claim)
    with transaction():
        assert deals.follow_brokerage() == 2
    assert got(deal, broker) == got(deal, other) == [yuan(7_950)]
    sound(deal)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("side", [Side.SELL, Side.BUY])
def test_nobody_owes_by_a_mandate_that_another_gave(side):
    listing, broker, buyer = a.listing(), a.organisation("broker"), a.organisation()
    if side is Side.SELL:
        given = in_force(listing.seller, broker, assets=tuple(listing.assets), exclusive=True)
        given.payer = Payer.BUYER  # as the first mandates could say
    else:
        given = in_force(buyer, broker, side=Side.BUY, exclusive=True)
        given.payer = Payer.SELLER
    db.session.flush()
    deal, who = journey.opened(listing, buyer=buyer)
    journey.cleared(deal, who)
    journey.signed(deal, who)
    assert claim_of(deal).payment is None
    assert queries.payable_by_seller(deal.reference) == []
    assert [p.account for p in payments.of(deal)] == [deal.escrow_account]


@pytest.mark.usefixtures("app")
def test_each_side_s_statement_says_what_the_buyer_pays_its_broker_and_only_to_the_buyer():
    deal, who, _, claim = brokered(Payer.BUYER)
    rows = {row.what: row.amount for row in statements.of(deal, "buyer").of("open")}
    assert rows["brokerage_due"] == FEE
    fee_paid(who, claim)
    parts.released(deal, who, 1)
    rows = {row.what: row.amount for row in statements.of(deal, "buyer").of("open")}
    assert (rows["brokerage_paid"], rows["brokerage_held"]) == (yuan(4_770), yuan(11_130))
    assert not [row for row in statements.of(deal, "seller").rows if "brokerage" in row.what]
    assert statements.of(deal, "seller").total("in") == yuan(150_000)


@pytest.mark.usefixtures("app")
def test_the_seller_neither_reads_nor_is_told_of_what_the_buyer_pays_its_broker():
    deal, who, _, claim = brokered(Payer.BUYER, instalments=False)
    fee_paid(who, claim)
    journey.released(deal, who)
    told = {"payment.expect", "payout.order"}

    def seen(by):
        found = deal_queries.timeline(by, deal)
        return [e.kind for e in found if e.kind in told and str(FEE.minor) in str(e.facts)]

    assert (seen(who.buyer), seen(who.seller)) == (["payment.expect", "payout.order"], [])
    expected = db.session.scalars(
        db.select(Event).filter_by(
            kind="payment.expect", subject_kind="payment", subject_id=claim.payment_id
        )
    ).one()
    assert subject_of(expected).organisations == (deal.buyer_id,)


# ---- once ---------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.usefixtures("own_database")
def test_a_fee_is_passed_on_whole_or_not_at_all():
    deal, who, broker, claim = brokered(Payer.BUYER)
    fee_paid(who, claim)
    number, firm = deal.id, broker.id

    def settle():
        with transaction():
            deals.release_instalment(who.operator, deal_of(number).instalments[0])

    assert dies_at_every_step(settle, number) > 10
    settle()
    again = deal_of(number)
    fees = [p.amount for p in payments.payouts_of(again) if p.payee_id == firm]
    assert fees == [yuan(4_770)]
    assert claim_of(again).paid == yuan(4_770)
    sound(again)


def test_a_fee_comes_in_while_two_people_release_and_the_clock_looks(own_database):
    deal, who, broker, claim = brokered(Payer.BUYER)
    number, payment = deal.id, claim.payment.id
    staff, firm = (who.operator, a.operator()), broker.id
    db.session.rollback()

    def release(by):
        def work():
            with transaction():
                deals.release_instalment(by, deal_of(number).instalments[0])

        return work

    def pay():
        with transaction():
            found = db.session.get_one(type(claim.payment), payment)
            deals.receive(who.operator, found, journey.seen(Money("CNY", FEE.minor)))

    def look():
        with transaction():
            deals.follow_brokerage()

    at_once(own_database, [release(staff[0]), release(staff[1]), pay, look])
    look()
    db.session.rollback()
    again = deal_of(number)
    fees = [p.amount for p in payments.payouts_of(again) if p.payee_id == firm]
    assert fees == [yuan(4_770)]
    sound(again)
