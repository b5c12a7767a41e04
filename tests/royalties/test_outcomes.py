"""The yearly return of a research house: contracts signed, sums agreed and received, by kind and place."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from marketplace.core.db import db
from marketplace.core.errors import NotAllowed
from marketplace.core.money import Money, yuan
from marketplace.deals.models import DealState
from marketplace.organisations.models import OrganisationKind, Region
from marketplace.payments.models import Payout, PayoutState
from marketplace.royalties import outcomes
from marketplace.royalties.models import RoyaltyStatement
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")
IN_2025 = datetime(2025, 6, 1, tzinfo=UTC)
LAST_HOUR_OF_2024 = datetime(2024, 12, 31, 17, tzinfo=UTC)  # 2025 by the clock of Guangdong


def university():
    return a.organisation(kind=OrganisationKind.UNIVERSITY)


def contract(house, signed_at=IN_2025, state=DealState.PAYMENT, **buyer):
    deal, _ = journey.opened(a.listing(seller=house), buyer=a.organisation(**buyer))
    deal.signed_at, deal.state = signed_at, state
    db.session.commit()
    return deal


def sent(deal, amount, on, *, subject="deal", subject_id=None, purpose="release", to=None):
    a.keep(
        Payout(
            key=f"{subject}:{deal.id}:{purpose}:{on}", subject_kind=subject,
            subject_id=subject_id or deal.id, payee_id=to or deal.seller_id, account="x",
            purpose=purpose, amount_minor=amount.minor, state=PayoutState.SENT, sent_on=on,
            bank_reference=f"{subject}{deal.id}{purpose}{on}",
        )
    )  # fmt: skip


def lines(house, year=2025):
    found = outcomes.of_year(a.actor(house), house, year).lines
    return [
        (x.kind, x.place, x.contracts, x.rights, x.agreed.get("CNY"), x.received.get("CNY"))
        for x in found
    ]


def test_contracts_are_counted_in_the_year_of_their_signature_by_the_place_of_the_buyer():
    house = university()
    price = contract(house).price
    contract(house, LAST_HOUR_OF_2024)
    contract(house, province="湖南省")
    contract(house, region=Region.HONG_KONG, province="")
    contract(house, datetime(2024, 6, 1, tzinfo=UTC))
    contract(house, state=DealState.CANCELLED)
    contract(university())  # another house's

    assert lines(house) == [
        ("transfer", "guangdong", 2, 2, price + price, None),
        ("transfer", "elsewhere", 1, 1, price, None),
        ("transfer", "abroad", 1, 1, price, None),
    ]


def test_money_counts_in_the_year_in_which_it_came_whenever_the_contract_was_signed():
    house = university()
    old = contract(house, datetime(2024, 6, 1, tzinfo=UTC), DealState.CLOSED)
    sent(old, yuan(100), date(2025, 1, 1))
    sent(old, yuan(7), date(2026, 1, 1))
    sent(old, yuan(50), date(2025, 2, 1), purpose="refund", to=old.buyer_id)
    statement = a.keep(
        RoyaltyStatement(
            reference="Y-1", deal=old, number=1, begins=date(2025, 1, 1), ends=date(2025, 3, 31),
            year=1, report_by=date(2025, 4, 30),
        )
    )  # fmt: skip
    sent(
        old, yuan(20), date(2025, 5, 1), subject="royalty_statement", subject_id=statement.id,
        purpose="royalty",
    )  # fmt: skip
    a.keep(
        RoyaltyStatement(
            reference="Y-2", deal=old, number=2, begins=date(2025, 4, 1), ends=date(2025, 6, 30),
            year=1, report_by=date(2025, 7, 30), royalty_minor=300, paid_directly_on=date(2025, 8, 1),
        )
    )  # fmt: skip

    assert lines(house) == [("transfer", "guangdong", 0, 0, None, yuan(123))]
    assert lines(house, 2026) == [("transfer", "guangdong", 0, 0, None, yuan(7))]


def test_currencies_are_kept_apart_and_summed():
    house = university()
    deal = contract(house)
    dollars = contract(house)
    dollars.currency = "USD"
    db.session.commit()
    found = outcomes.of_year(a.actor(house), house, 2025)

    assert found.total("agreed") == {
        "CNY": deal.price,
        "USD": Money("USD", dollars.price_minor),
    }


def test_only_a_research_house_reads_its_own_return():
    house, firm = university(), a.organisation()

    for by, about in (
        (a.actor(firm), firm),
        (a.actor(firm), house),
        (a.actor(university()), house),
    ):
        with pytest.raises(NotAllowed):
            outcomes.of_year(by, about, 2025)


def test_the_page_shows_a_year_exports_it_and_is_not_for_firms(sign_in):
    house = university()
    deal = contract(house)
    browser, path = sign_in(house, "viewer"), "/workbench/outcomes"

    assert deal.reference in browser.get(f"{path}?year=2025").text
    assert deal.reference not in browser.get(f"{path}?year=1999").text  # the latest year instead
    export = browser.get(f"{path}?year=2025&format=csv")
    rows = list(csv.reader(io.StringIO(export.text)))
    assert rows[1][1:] == ["转让", "广东省内", "1", "1", f"CNY {deal.price.amount}", ""]
    assert browser.get(f"{path}?format=xlsx").status_code == 200
    assert path in browser.get("/workbench/deals").text
    stranger = sign_in(a.organisation(), "owner")
    assert stranger.get(path).status_code == 403
    assert path not in stranger.get("/workbench/deals").text
