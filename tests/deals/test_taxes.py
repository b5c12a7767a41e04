"""Stamp duty in whole fen, and only what the catalogue says."""

import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import Money, yuan
from marketplace.deals import registration, taxes
from tests import factories as a
from tests.deals import journey


@pytest.fixture
def deal(app):  # noqa: ARG001 -- the site has to run
    return journey.opened(a.listing(terms=a.terms(price=Money("CNY", 12_345_678_91))))


@given(st.integers(1, 10**13))
def test_three_in_ten_thousand_is_never_off_by_more_than_half_a_fen(minor):
    duty = Money("CNY", minor).share(3).minor
    assert abs(duty * 10_000 - minor * 3) <= 5_000


def test_each_party_pays_on_its_own_copy_and_reliefs_wait_for_the_recognition(deal):
    found = registration.taxes_of(deal[0])

    assert (found.stamp.each, found.stamp.both) == (Money("CNY", 370_370), Money("CNY", 740_740))
    shown = {
        h.finding.rule: (h.after_recognition, h.amount, h.halved, h.finding.confirmed, h.is_open)
        for h in found.hints
    }
    assert shown == {
        "tax-vat-tech-exempt": (True, None, None, False, False),
        "tax-vat-six-percent": (False, Money("CNY", 74_074_073), None, True, False),
        "tax-cit-tech-transfer": (True, yuan(5_000_000), Money("CNY", 734_567_891), True, True),
    }


def test_nothing_is_due_on_nothing(deal):
    found = registration.taxes_of(deal[0])
    assert taxes.stamp_duty(Money("CNY", 0), [found.stamp.finding]) is None


def test_the_pack_holds_form_contract_list_and_data_the_same_twice(deal):
    deal, who = deal
    draft = zipfile.ZipFile(io.BytesIO(registration.pack(who.seller, deal)))
    assert [n[:2] for n in draft.namelist()] == ["01", "03", "04"]
    assert json.loads(draft.read("04-data.json"))["draft"] is True

    journey.cleared(deal, who)
    journey.signed(deal, who)
    packed = registration.pack(who.seller, deal)
    assert packed == registration.pack(who.buyer, deal)
    signed = zipfile.ZipFile(io.BytesIO(packed))
    data = json.loads(signed.read("04-data.json"))
    assert [n[:2] for n in signed.namelist()] == ["01", "02", "03", "04"]
    assert (data["draft"], data["stamp_duty"]["each_party"]["minor"]) == (False, 370_370)
    assert signed.read("01-技术合同认定登记申请表.pdf").startswith(b"%PDF")
