"""A contract signed by hand: asked for, scanned, checked by the exchange."""

import pytest

from marketplace.core.db import transaction
from marketplace.core.errors import Refused
from marketplace.deals import queries
from marketplace.deals import services as deals
from marketplace.deals.models import DealState, PaperState
from marketplace.documents import queries as documents
from marketplace.documents import services as kept
from marketplace.documents.signing import evidence
from tests import factories as a
from tests.deals import journey
from tests.documents.signing import files

pytestmark = pytest.mark.usefixtures("app")
SIGNERS = {"seller": "张三", "buyer": "李四"}


def _filed(deal, by):
    with transaction():
        scan = kept.keep(
            by, files.draft(), "scan.pdf", purpose="scan", organisation_id=by.organisation_id
        )
        deals.file_scan(by, deal, scan=scan)
    return scan


def _asked():
    deal, who = journey.to(DealState.SIGNING)
    with transaction():
        deals.ask_for_paper(who.seller, deal, reason="登记机关要纸质原件")
    return deal, who


def test_a_checked_scan_binds_both_and_the_deal_goes_on():
    deal, who = _asked()
    scan = _filed(deal, who.buyer)
    with transaction():
        deals.accept_paper(who.operator, deal, signers=SIGNERS, executed=scan)
    assert deal.state is DealState.PAYMENT
    assert queries.paper_signing(deal).state is PaperState.ACCEPTED
    records = evidence.of(deal)
    assert [(one.place, one.signer, one.method) for one in records] == [
        ("seller", "张三", "paper"),
        ("buyer", "李四", "paper"),
    ]
    [executed] = documents.of(who.seller, deal, purpose="contract_executed")
    assert executed.sha256 == scan.sha256
    assert documents.of(who.seller, deal, purpose="signing_evidence")


def test_while_a_contract_is_signed_on_paper_nobody_signs_it_here_until_that_is_withdrawn():
    deal, who = _asked()
    with pytest.raises(Refused, match=r"deal\.on_paper"):
        journey.sign(deal, who.buyer)
    with transaction():
        deals.withdraw_paper(who.buyer, deal)
    journey.signed(deal, who)
    assert deal.state is DealState.PAYMENT


def test_a_scan_is_sent_back_with_a_reason_and_filed_again():
    deal, who = _asked()
    scan = _filed(deal, who.seller)
    with pytest.raises(Refused, match=r"deal\.reason"), transaction():
        deals.send_back_scan(who.operator, deal, because=" ")
    with transaction():
        deals.send_back_scan(who.operator, deal, because="缺乙方签名")
    with pytest.raises(Refused, match=r"paper_signing\.accept"), transaction():
        deals.accept_paper(who.operator, deal, signers=SIGNERS, executed=scan)
    _filed(deal, who.seller)
    assert queries.papers_to_check()[-1].deal is deal


def test_only_the_exchange_checks_and_only_a_scan_of_this_deal():
    deal, who = _asked()
    scan = _filed(deal, who.seller)
    for by, given, code in (
        (who.buyer, {"signers": SIGNERS, "executed": scan}, "deal.check_paper"),
        (who.operator, {"signers": {"seller": "张三"}, "executed": scan}, "deal.signer_name"),
        (who.operator, {"signers": SIGNERS, "executed": a.document()}, "deal.no_scan"),
    ):
        with pytest.raises(Refused) as refused, transaction():
            deals.accept_paper(by, deal, **given)
        assert refused.value.code == code
    assert deal.state is DealState.SIGNING
