"""What is due for a right: the schedule, payments and taking them back, what lateness and reductions do."""

from datetime import date, timedelta

import pytest

from marketplace.assets import services, terms
from marketplace.assets.bundle import BurdenKind
from marketplace.assets.models import (
    AssetClass,
    AssetKind,
    AssetOwner,
    Burden,
    BurdenState,
    FeeReduction,
    LegalStatus,
)
from marketplace.assets.queries import upkeep
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused
from marketplace.core.money import Money, yuan
from tests import factories as a

TODAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def _today(app):  # noqa: ARG001 -- the records need the application
    with clock.freeze(clock.start_of(TODAY)):
        yield


def patent(**over):
    return a.asset(
        **{"filing_date": date(2020, 1, 2), "grant_date": date(2022, 3, 4), "fee_paid_through": 6}
        | over
    )


def first(asset):
    return terms.unpaid(upkeep.schedule_of(asset, clock.today()))[0]


def paid(asset, number, paid_on=TODAY):
    with transaction():
        return services.record_payment(
            a.actor(asset.keeper),
            asset,
            number=number,
            paid_on=paid_on,
            amount=yuan(2000),
            receipt=a.document(organisation_id=asset.keeper_id),
        )


def test_a_renewal_is_paid_for_each_class_and_grace_costs_more():
    mark = a.asset(kind=AssetKind.TRADEMARK, last_day=date(2026, 10, 31), patent_number="1")
    mark.classes = [AssetClass(scheme="nice", symbol=s) for s in ("09", "42")]
    due = first(mark)
    assert (due.fee, due.surcharge(TODAY), due.grace_ends) == (
        1000_00,
        500_00,
        date(2027, 4, 30),
    )


def test_what_a_portfolio_owes_is_what_its_rights_owe():
    keeper = a.organisation()
    soon = patent(keeper=keeper, filing_date=date(2020, 12, 1), fee_paid_through=6)
    patent(keeper=keeper, filing_date=date(2020, 6, 1), fee_paid_through=6)  # late by months
    patent(keeper=keeper, status=LegalStatus.LAPSED, fee_paid_through=6)
    patent(fee_paid_through=6)  # of another firm
    found = upkeep.portfolio(a.actor(keeper), TODAY, months=1)
    assert [d.asset.reference for d in found][-1] == soon.reference
    assert upkeep.cost(found, TODAY) == Money("CNY", sum(d.due.total(TODAY) for d in found))


# ---- paid, undone, reduced -----------------------------------------------------------------------


def test_a_payment_moves_the_record_on_and_undoing_it_moves_it_back():
    right = patent(filing_date=date(2020, 12, 2))
    payment = paid(right, 7)
    assert (right.fee_paid_through, first(right).number) == (7, 8)
    with transaction():
        services.undo_payment(a.actor(right.keeper), payment, because="登记错了")
    assert (right.fee_paid_through, first(right).number) == (6, 7)


def test_a_renewal_paid_lengthens_the_mark_by_ten_years():
    mark = a.asset(
        kind=AssetKind.TRADEMARK, grant_date=date(2017, 3, 1), last_day=date(2027, 2, 28)
    )
    payment = paid(mark, 1)
    assert mark.last_day == date(2037, 2, 28)
    with transaction():
        services.undo_payment(a.actor(mark.keeper), payment, because="登记错了")
    assert mark.last_day == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("number", "paid_on", "code"),
    [
        (8, TODAY, "fee.not_next"),
        (7, TODAY + timedelta(days=1), "fee.in_future"),
        (7, date(2026, 7, 3), "fee.too_late"),
    ],
)
def test_what_was_not_paid_so_is_refused(number, paid_on, code):
    right = patent()
    with pytest.raises(Refused) as refused:
        paid(right, number, paid_on)
    assert refused.value.code == code


def test_only_the_last_payment_is_undone_and_with_a_reason():
    right = patent(filing_date=date(2019, 12, 20), grant_date=date(2022, 3, 4))
    older = paid(right, 7, date(2025, 12, 1))
    newer = paid(right, 8)
    for payment, because, code in (
        (older, "错", "fee.not_last"),
        (newer, " ", "reason.required"),
    ):
        with pytest.raises((Refused, Invalid)) as refused, transaction():
            services.undo_payment(a.actor(right.keeper), payment, because=because)
        assert refused.value.code == code


def test_nobody_else_records_a_payment():
    right = patent()
    with pytest.raises(NotAllowed), transaction():
        services.record_payment(
            a.actor(a.organisation()),
            right,
            number=7,
            paid_on=TODAY,
            amount=yuan(1),
            receipt=a.document(),
        )


@pytest.mark.parametrize(("owners", "fee"), [(1, 300_00), (2, 600_00)])
def test_a_reduction_depends_on_how_many_owners_there_are(owners, fee):
    right = patent(filing_date=date(2020, 12, 2))
    right.owners = [AssetOwner(name=f"甲{i}", position=i) for i in range(owners)]
    db.session.commit()
    with transaction():
        services.reduce_fees(a.actor(right.keeper), [right], FeeReduction.INSTITUTION)
    assert (first(right).full_fee, first(right).fee) == (2000_00, fee)


def test_an_open_licence_takes_something_off_and_does_not_add_up_with_another_reduction():
    right = patent(filing_date=date(2020, 12, 2))
    a.keep(
        Burden(
            asset=right,
            kind=BurdenKind.OPEN_LICENCE,
            starts_on=date(2025, 1, 1),
            state=BurdenState.CONFIRMED,
        )
    )
    assert first(right).fee == 1700_00
    with transaction():
        services.reduce_fees(a.actor(right.keeper), [right], FeeReduction.INSTITUTION)
    assert first(right).fee == 300_00
