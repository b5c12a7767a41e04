"""An open licence: written notice and the published fee make it, and nobody signs (专利法 art. 51)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace.assets import services as assets
from marketplace.assets.bundle import BurdenKind
from marketplace.assets.models import Burden, BurdenState
from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, Refused, WrongState
from marketplace.core.money import yuan
from marketplace.core.policy import Acting
from marketplace.deals import facts, policy, progress, queries, steps
from marketplace.deals import services as deals
from marketplace.deals.models import DealState, RecordalState
from marketplace.documents import signing, storage
from marketplace.listings.terms import DealKind, Grant, RoyaltyBase, Terms
from tests import factories as a
from tests.deals import journey as j

pytestmark = pytest.mark.usefixtures("app")

S = DealState
LUMP = Terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, price=yuan(50_000), months=36)
RUNNING = replace(LUMP, price=yuan(0), royalty_bps=300, royalty_base=RoyaltyBase.NET_SALES)


def stated(asset, number="KFXK-2026-001", **over):
    return a.keep(
        Burden(
            **{
                "asset": asset,
                "kind": BurdenKind.OPEN_LICENCE,
                "register_number": number,
                "starts_on": clock.today() - timedelta(days=30),
                "deeds": [],
                "state": BurdenState.CONFIRMED,
            }
            | over
        )
    )


def taken(terms=LUMP):
    """A deal under a published statement, its checklist answered."""
    listing = a.listing(terms=terms)
    burden = stated(listing.assets[0])
    buyer = a.organisation()
    who = j.Parties(a.actor(listing.seller), a.actor(buyer), a.operator(), a.operator())
    with transaction():
        deal = deals.open_deal(
            who.buyer,
            listing,
            buyer_id=buyer.id,
            terms=terms,
            statement=burden.register_number,
        )
    j.answered(deal, who)
    return deal, who, burden


def notified(deal, who):
    with transaction():
        return deals.notify(who.buyer, deal)


def test_notice_then_payment_then_it_holds_from_the_day_of_the_bank():
    deal, who, _ = taken()
    assert progress.next_step(deal, who.buyer).code == "notify"
    given = notified(deal, who)
    assert (deal.state, deal.signed_at, deal.contract) == (S.PAYMENT, None, None)
    assert (given.organisation_id, given.user_id) == (deal.buyer_id, who.buyer.user)
    j.paid(deal, who)
    assert (deal.state, given.paid_on) == (S.RECORDAL, clock.today())
    assert deal.signed_at == given.created_at  # paid on the day of the notice
    assert deal.contract.purpose == "contract_executed"
    report = signing.verify(storage.read(deal.contract.sha256))
    assert (report.verdict, [one.intact for one in report.signatures]) == ("good", [True])


def test_money_that_the_bank_saw_later_counts_from_its_day():
    deal, who, _ = taken()
    given = notified(deal, who)
    with transaction():
        given.created_at -= timedelta(days=9)
    j.paid(deal, who)
    assert deal.signed_at.astimezone(clock.BEIJING).date() == clock.today()
    assert deal.signed_at > given.created_at


def test_a_running_royalty_without_entry_fee_holds_from_the_notice():
    deal, who, _ = taken(RUNNING)
    given = notified(deal, who)
    assert (deal.state, deal.signed_at) == (S.RECORDAL, given.created_at)
    assert deal.contract is not None


def test_its_entry_in_the_register_is_that_of_an_open_licence_and_release_waits_for_it():
    deal, who, _ = taken()
    notified(deal, who)
    assert deal.recordals == []
    j.paid(deal, who)
    assert [(one.procedure, one.required, one.side) for one in deal.recordals if one.required] == [
        ("open_licence_taken", True, "buyer")
    ]
    with pytest.raises(WrongState):
        j.released(deal, who)
    j.recorded(deal, who)
    assert deal.state is S.SETTLEMENT
    [entry] = [one for one in deal.recordals if one.required]
    assert entry.state is RecordalState.RECORDED
    j.released(deal, who)
    j.sent(deal, who)
    assert deal.state is S.CLOSED


def test_the_same_notice_twice_is_one():
    deal, who, _ = taken()
    first = notified(deal, who)
    assert notified(deal, who) is first


def test_the_steps_leave_the_signing_out():
    deal, who, _ = taken()
    assert steps.of(deal) == (S.CHECKLIST, S.PAYMENT, S.RECORDAL, S.SETTLEMENT, S.CLOSED)
    with pytest.raises(Refused) as refused, transaction():
        deals.clear(who.seller, deal)
    assert refused.value.code == "deal.by_notice"


def test_a_deal_without_statement_is_not_taken_by_notice():
    deal, who = j.opened(terms=LUMP)
    j.answered(deal, who)
    with pytest.raises(Refused) as refused:
        notified(deal, who)
    assert refused.value.code == "deal.not_by_notice"


def test_no_notice_after_the_statement_has_gone():
    deal, who, burden = taken()
    with transaction():
        assets.lift_burden(who.operator, burden, lifted_on=clock.today())
    with pytest.raises(Refused) as refused:
        notified(deal, who)
    assert refused.value.code == "deal.statement_withdrawn"


def test_only_the_licensees_manager_or_its_broker_gives_the_notice():
    deal, who, _ = taken()
    for actor in (who.seller, who.operator, a.actor(deal.buyer, "viewer")):
        with pytest.raises(NotAllowed), transaction():
            deals.notify(actor, deal)
    broker = a.actor(a.organisation("broker"))
    under = Acting("M-1", deal.buyer_id, "buy", frozenset({"accept"}))
    assert policy.notify.allows(replace(broker, under=under), deal)
    other = replace(under, principal_id=deal.seller_id)
    assert not policy.notify.allows(replace(broker, under=other), deal)
    with transaction():
        given = deals.notify(replace(broker, under=under), deal)
    assert given.under == "M-1"


def test_the_rules_judge_it_as_an_open_licence_taken():
    deal, _, _ = taken()
    [(_, sheet)] = facts.sheets(deal)
    assert (sheet["deal"]["kind"], sheet["deal"]["taken"]) == ("open_licence", True)
    assert {"open_licence_declaration", "fee_basis_note"} <= set(sheet["docs"])


def test_both_parties_read_notice_and_confirmation():
    deal, who, _ = taken(RUNNING)
    notified(deal, who)
    for actor in (who.seller, who.buyer):
        assert queries.get(actor, deal.reference).notice.document.filename.endswith("notice.pdf")
