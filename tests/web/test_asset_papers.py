"""Reports and pledges after they were filed: corrected, taken back, released; by whom."""

import io
from datetime import timedelta

import pytest

from marketplace.assets.models import PledgeState
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.documents import queries as documents
from marketplace.seed.paper import sheet
from marketplace.valuation.models import ReportState
from tests import factories as a


def paper() -> tuple[io.BytesIO, str]:
    return io.BytesIO(sheet("extract")), "paper.pdf"


def report_data(**over):
    today = clock.today()
    return {
        "firm_name": "南方资产评估公司", "number": "南评字8号", "signer_one": "甲", "signer_two": "乙",
        "base_date": (today - timedelta(days=10)).isoformat(),
        "valid_until": (today + timedelta(days=300)).isoformat(),
        "purpose": "transfer", "method": "income", "value": "120万",
    } | over  # fmt: skip


@pytest.fixture
def right(app):  # noqa: ARG001 -- for its context
    return a.asset(keeper=a.organisation())


def test_a_filed_report_is_corrected_and_keeps_its_file(sign_in, right):
    report = a.valuation(right, state=ReportState.FILED, filed_by_id=right.keeper_id)
    browser, address = (
        sign_in(right.keeper),
        f"/workbench/assets/{right.reference}/valuations/{report.id}",
    )
    before = report.document_id
    assert browser.get(address).status_code == 200
    assert browser.post(address, data=report_data()).status_code == 303
    db.session.refresh(report)
    assert (report.number, report.value_minor, report.document_id) == (
        "南评字8号",
        1_200_000_00,
        before,
    )


def test_one_signer_twice_is_said_beside_the_field(sign_in, right):
    report = a.valuation(right, state=ReportState.FILED, filed_by_id=right.keeper_id)
    page = sign_in(right.keeper).post(
        f"/workbench/assets/{right.reference}/valuations/{report.id}",
        data=report_data(signer_two="甲"),
    )
    assert page.status_code == 422
    assert 'id="signer_two-error"' in page.text


def test_a_confirmed_report_is_not_corrected_but_withdrawn_with_a_reason(sign_in, right):
    report = a.valuation(right, filed_by_id=right.keeper_id)
    browser, address = (
        sign_in(right.keeper),
        f"/workbench/assets/{right.reference}/valuations/{report.id}",
    )
    assert browser.post(address, data=report_data()).status_code == 422
    assert browser.post(f"{address}/withdraw", data={"because": " "}).status_code == 422
    assert browser.post(f"{address}/withdraw", data={"because": "基准日有误"}).status_code == 303
    db.session.refresh(report)
    assert (report.state, report.reason) == (ReportState.WITHDRAWN, "基准日有误")
    assert "基准日有误" in browser.get(f"/workbench/assets/{right.reference}/value").text


def test_another_firm_sees_neither_report_nor_pledge(sign_in, right):
    report, pledge = a.valuation(right), a.pledge(right)
    stranger = sign_in(a.organisation())
    here = f"/workbench/assets/{right.reference}"
    for address in (f"{here}/valuations/{report.id}", f"{here}/pledges/{pledge.id}"):
        assert stranger.get(address).status_code == 404
        assert stranger.post(f"{address}/withdraw", data={"because": "x"}).status_code == 404


def test_a_viewer_withdraws_nothing(sign_in, right):
    report = a.valuation(right, filed_by_id=right.keeper_id)
    pledge = a.pledge(right, state=PledgeState.DECLARED)
    viewer, here = sign_in(right.keeper, "viewer"), f"/workbench/assets/{right.reference}"
    because = {"because": "x"}
    assert viewer.post(f"{here}/valuations/{report.id}/withdraw", data=because).status_code == 403
    assert viewer.post(f"{here}/pledges/{pledge.id}/withdraw", data=because).status_code == 403


def pledge_data(**over):
    return {
        "lender_name": "广州第一银行", "register_number": "Y2026980000001",
        "registered_on": clock.today().isoformat(), "amount": "50万",
    } | over  # fmt: skip


def test_a_declared_pledge_is_corrected_or_taken_back(sign_in, right):
    pledge = a.pledge(right, state=PledgeState.DECLARED)
    browser, address = (
        sign_in(right.keeper),
        f"/workbench/assets/{right.reference}/pledges/{pledge.id}",
    )
    assert browser.post(address, data=pledge_data()).status_code == 303
    db.session.refresh(pledge)
    assert (pledge.register_number, pledge.amount_minor) == ("Y2026980000001", 500_000_00)
    assert browser.post(f"{address}/withdraw", data={"because": "重复申报"}).status_code == 303
    db.session.refresh(pledge)
    assert pledge.state is PledgeState.WITHDRAWN
    assert not right.is_pledged


def test_a_release_is_declared_by_the_keeper_and_stands_when_the_exchange_confirms(sign_in, right):
    pledge = a.pledge(right)
    browser, address = (
        sign_in(right.keeper),
        f"/workbench/assets/{right.reference}/pledges/{pledge.id}",
    )
    assert browser.post(f"{address}/withdraw", data={"because": "x"}).status_code == 409
    today = clock.today().isoformat()
    data = {"released_on": today, "document": paper()}
    assert browser.post(f"{address}/release", data=data).status_code == 303
    db.session.refresh(pledge)
    assert (pledge.state, pledge.release_is_declared) == (PledgeState.REGISTERED, True)
    operator, decide = sign_in(a.exchange(), "owner"), f"/console/pledges/{pledge.id}/release"
    assert pledge.register_number in operator.get("/console/pledges").text
    refused = {"released_on": today, "decision": "refuse"}
    assert operator.post(decide, data=refused).status_code == 422
    assert operator.post(decide, data=refused | {"because": "登记簿仍有"}).status_code == 303
    db.session.refresh(pledge)
    assert pledge.release_is_declared is False
    assert operator.post(decide, data={"released_on": today}).status_code == 303
    db.session.refresh(pledge)
    assert pledge.state is PledgeState.RELEASED


def test_a_request_for_verification_is_taken_back_and_asked_again(sign_in, right):
    browser, here = sign_in(right.keeper), f"/workbench/assets/{right.reference}"
    today = clock.today().isoformat()
    browser.post(f"{here}/title", data={"extract_date": today, "document": paper()})
    db.session.refresh(right)
    request = right.verifications[-1]
    assert browser.post(f"{here}/title/{request.id}/withdraw").status_code == 303
    again = browser.post(f"{here}/title", data={"extract_date": today, "document": paper()})
    assert again.status_code == 303


def test_papers_are_kept_with_the_right_and_read_by_its_keeper(sign_in, right):
    browser, here = sign_in(right.keeper), f"/workbench/assets/{right.reference}"
    assert browser.post(f"{here}/documents", data={"document": paper()}).status_code == 303
    assert "paper.pdf" in browser.get(f"{here}/documents").text
    script = (io.BytesIO(b"<script>alert(1)</script>"), "paper.pdf")
    assert browser.post(f"{here}/documents", data={"document": script}).status_code == 422


@pytest.mark.parametrize("used_as", ["verified", "pledged", "valued", "listed", "nothing"])
def test_only_a_right_that_nothing_was_built_on_is_removed(sign_in, used_as):
    keeper = a.organisation()
    right = a.asset(keeper=keeper, verified=used_as == "verified")
    build = {"pledged": a.pledge, "valued": a.valuation}.get(used_as)
    if build:
        build(right)
    if used_as == "listed":
        a.listing(right, seller=keeper)
    reference = right.reference
    browser = sign_in(keeper)
    assert browser.post(f"/workbench/assets/{reference}/remove").status_code == (
        303 if used_as == "nothing" else 422
    )
    db.session.expire_all()
    still = browser.get(f"/workbench/assets/{reference}").status_code
    assert still == (404 if used_as == "nothing" else 200)


def test_a_paper_made_public_stands_on_the_listing_until_it_is_taken_back(client, sign_in, right):
    listing = a.listing(right, seller=right.keeper)
    browser, here = sign_in(right.keeper), f"/workbench/assets/{right.reference}/documents"
    browser.post(here, data={"document": paper()})
    [kept] = documents.of(a.actor(right.keeper), right)
    seen = []
    for verb in ("", "/publish", "/hide"):
        if verb:
            assert browser.post(f"{here}/{kept.id}{verb}").status_code == 303
        page = client.get(f"/listings/{listing.reference}").text
        with client.get(f"/documents/{kept.id}") as file:
            seen.append((f"/documents/{kept.id}" in page, file.status_code))
    assert seen == [(False, 404), (True, 200), (False, 404)]
