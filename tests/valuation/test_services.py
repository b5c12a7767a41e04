from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, WrongState
from marketplace.core.money import Money, yuan
from marketplace.listings import services as listings
from marketplace.listings.models import PriceMode
from marketplace.listings.terms import DealKind, Terms
from marketplace.organisations.models import OrganisationKind
from marketplace.valuation import queries, services
from marketplace.valuation.models import ReportState
from tests import factories as a

pytestmark = pytest.mark.usefixtures("app")


def filed(right=None, **over):
    right = right or a.asset()
    today = clock.today()
    parts = {
        "firm_name": "南方资产评估公司",
        "number": "南评字1号",
        "signers": ("甲", "乙"),
        "base_date": today - timedelta(days=10),
        "valid_until": today + timedelta(days=300),
        "purpose": "transfer",
        "value": yuan(1_000_000),
        "document": a.document(organisation_id=right.keeper_id),
    }
    with transaction():
        return services.file_report(a.actor(right.keeper), right, **parts | over)


def test_a_report_counts_once_an_operator_confirmed_it():
    report = filed()
    assert queries.valid_report(report.asset) is None

    services.confirm(a.operator(), report)

    assert report.state is ReportState.CONFIRMED
    assert queries.valid_report(report.asset) == report


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"signers": ("甲", "甲")}, "valuation.two_signers"),
        ({"signers": ("甲", " ")}, "valuation.two_signers"),
        ({"value": Money("CNY", 0)}, "valuation.value"),
        ({"value": Money("CNY", -1)}, "valuation.value"),
        ({"base_date": clock.today() + timedelta(days=1)}, "valuation.future"),
        ({"valid_until": clock.today() - timedelta(days=10)}, "valuation.validity"),
        ({"valid_until": clock.today() + timedelta(days=400)}, "valuation.validity"),
    ],
)
def test_what_is_no_report_is_refused(over, code):
    with pytest.raises(Invalid) as refusal:
        filed(**over)

    assert refusal.value.code == code


def test_the_same_report_is_filed_once():
    right = a.asset()
    filed(right)

    with pytest.raises(Invalid) as refusal:
        filed(right)

    assert refusal.value.code == "valuation.known"


def test_only_operators_confirm_and_strangers_see_nothing():
    report = filed()
    owner, stranger = a.actor(report.asset.keeper), a.actor(a.organisation())

    with pytest.raises(NotAllowed):
        services.confirm(owner, report)
    with pytest.raises(NotFound):
        queries.get(stranger, report.id)
    assert queries.get(owner, report.id) == report


def test_a_refusal_needs_a_reason_and_a_decision_is_made_once():
    report = filed()
    with pytest.raises(Invalid):
        services.refuse(a.operator(), report, because=" ")
    services.refuse(a.operator(), report, because="签名与文件不符")

    with pytest.raises(WrongState):
        services.confirm(a.operator(), report)


@pytest.mark.parametrize(("days", "counts"), [(300, True), (301, False)])
def test_a_report_counts_to_its_last_day(days, counts):
    report = filed()
    services.confirm(a.operator(), report)

    with clock.freeze(clock.now() + timedelta(days=days)):
        assert report.is_valid is counts
        assert (queries.valid_report(report.asset) == report) is counts


def test_of_two_reports_the_later_base_date_counts():
    right = a.asset()
    a.valuation(right, base_date=clock.today() - timedelta(days=90))
    later = a.valuation(right, base_date=clock.today() - timedelta(days=5))

    assert queries.valid_report(right) == later


# ---- articles 18, 19, 26: the record shows and gates wherever the right appears -----------------


def test_an_out_of_date_report_does_not_open_the_gate_of_article_18():
    firm = a.organisation(kind=OrganisationKind.SOE, state_owned=True)
    right = a.asset(keeper=firm, abstract="一种方法")
    a.valuation(
        right,
        base_date=clock.today() - timedelta(days=400),
        valid_until=clock.today() - timedelta(days=35),
    )
    terms = Terms(kind=DealKind.TRANSFER, price=yuan(500_000))
    with transaction():
        draft = listings.draft(
            a.actor(firm), [right], terms=terms, price_mode=PriceMode.POSTED, summary="说明"
        )
    blocking = [f.rule for j in listings.judgements(draft) for f in listings.in_the_way(j)]
    assert "seed18-valuation-state" in blocking

    a.valuation(right)
    db.session.expire_all()
    blocking = [f.rule for j in listings.judgements(draft) for f in listings.in_the_way(j)]
    assert "seed18-valuation-state" not in blocking


def test_valuation_and_pledge_stand_on_every_page_where_the_right_appears(sign_in, client):
    right = a.asset()
    based_on = a.valuation(right).base_date
    a.pledge(right)
    listing = a.listing(right, summary="说明")
    badge = f"评估报告 {based_on.year}年{based_on.month}月{based_on.day}日"
    owner, operator = sign_in(right.keeper), sign_in(a.exchange())
    pages = {
        "listing": client.get(f"/listings/{listing.reference}"),
        "my listing": owner.get(f"/workbench/listings/{listing.reference}"),
        "my listings": owner.get("/workbench/listings"),
        "picker": owner.get("/workbench/listings/new"),
        "review": operator.get(f"/console/listings/{listing.reference}"),
    }
    for name, page in pages.items():
        text = page.get_data(as_text=True)
        assert "已质押" in text, name
        assert badge in text, name
