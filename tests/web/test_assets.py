"""Portfolio, import and title pages through the browser's door."""

import io
import re
from datetime import date

import pytest

from marketplace.assets.models import AssetKind, VerificationState
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.documents import queries as documents
from marketplace.seed.paper import sheet
from tests import factories as a
from tests.conftest import at_most

CSV = (
    "专利名称,申请号,申请日\n一种检测装置,CN202011068945.9,2020-09-30\n坏的一行,CN202011068945.1,\n"
)
TYPED = {
    "kind": AssetKind.INVENTION.value,
    "title": "一种装置",
    "status": "in_force",
    "filing_date": "2020-09-30",
    "grant_date": "2022-01-04",
    "place": "广东省|深圳市",
    "industry": "",
    "jurisdiction": "CN",
    "owners": "甲公司",
}


def paper() -> tuple[io.BytesIO, str]:
    return io.BytesIO(sheet("extract")), "extract.pdf"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_portfolio_costs_the_same_however_long(sign_in, rows):
    keeper = a.organisation()
    for _ in range(rows):
        a.asset(keeper=keeper)
    browser = sign_in(keeper)
    browser.get("/workbench/assets")
    db.session.expire_all()
    with at_most(24):
        page = browser.get("/workbench/assets")
    assert (page.status_code, page.text.count('name="assets"')) == (200, rows)


def test_another_firms_right_is_not_there(sign_in):
    right = a.asset()
    assert sign_in(a.organisation()).get(f"/workbench/assets/{right.reference}").status_code == 404


def test_what_is_typed_is_shown_as_text(sign_in):
    keeper = a.organisation()
    right = a.asset(keeper=keeper, title="<script>alert(1)</script>")
    page = sign_in(keeper).get(f"/workbench/assets/{right.reference}")
    assert "<script>alert(1)</script>" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


def test_a_wrong_number_is_explained_beside_its_field(sign_in):
    page = sign_in(a.organisation()).post(
        "/workbench/assets/new",
        data=TYPED | {"application_number": "CN202011068945.8"},
    )
    assert page.status_code == 422
    assert 'id="application_number-error"' in page.text


def test_a_right_is_put_on_record_once(sign_in):
    browser = sign_in(a.organisation())
    data = TYPED | {"application_number": "202011068945.9", "owners": "甲 | 60%\n乙 | 40%"}
    first = browser.post("/workbench/assets/new", data=data)
    again = browser.post("/workbench/assets/new", data=data)
    assert (first.status_code, again.status_code) == (303, 422)
    page = browser.get(first.headers["Location"])
    assert re.findall(r">(.)</th><td[^>]*>(\d+%)", page.text) == [("甲", "60%"), ("乙", "40%")]
    assert "2040年9月29日" in page.text


def test_a_viewer_may_not_add(sign_in):
    page = sign_in(a.organisation(), "viewer").post("/workbench/assets/new", data=TYPED)
    assert page.status_code == 403


def test_a_title_is_asked_for_and_confirmed_once(sign_in):
    keeper = a.organisation()
    right = a.asset(keeper=keeper, verified=False)
    today = clock.today().isoformat()
    asked = sign_in(keeper).post(
        f"/workbench/assets/{right.reference}/title",
        data={"extract_date": today, "document": paper()},
        content_type="multipart/form-data",
    )
    assert asked.status_code == 303
    [request] = right.verifications
    operator = sign_in(a.exchange(), "owner")
    address = f"/console/titles/{request.id}"
    assert operator.post(address, data={"decision": "refuse", "because": ""}).status_code == 422
    assert operator.post(address, data={"decision": "confirm"}).status_code == 303
    db.session.expire_all()
    assert right.verifications[0].state is VerificationState.CONFIRMED
    assert operator.post(address, data={"decision": "confirm"}).status_code == 422


def test_an_extract_of_tomorrow_is_refused_beside_its_field(sign_in):
    keeper = a.organisation()
    right = a.asset(keeper=keeper, verified=False)
    page = sign_in(keeper).post(
        f"/workbench/assets/{right.reference}/title",
        data={"extract_date": date(2199, 1, 1).isoformat(), "document": paper()},
        content_type="multipart/form-data",
    )
    assert page.status_code == 422
    assert 'id="extract_date-error"' in page.text


def test_the_queues_are_for_operators(sign_in):
    assert sign_in(a.organisation()).get("/console/titles").status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02" * 99, b"<html><p>x</p></html>"],
    ids=["empty", "binary", "page"],
)
def test_what_is_no_portfolio_is_refused_on_the_form(sign_in, content):
    page = sign_in(a.organisation()).post(
        "/workbench/imports/new",
        data={"document": (io.BytesIO(content), "list.csv")},
        content_type="multipart/form-data",
    )
    assert page.status_code == 422
    assert 'id="document-error"' in page.text


def test_an_import_is_another_firms_404(sign_in):
    browser = sign_in(a.organisation())
    made = browser.post(
        "/workbench/imports/new",
        data={"document": (io.BytesIO(CSV.encode("gb18030")), "list.csv")},
        content_type="multipart/form-data",
    )
    assert made.status_code == 303
    page = browser.get(made.headers["Location"])
    assert "一种检测装置" in page.text
    assert sign_in(a.organisation()).get(made.headers["Location"]).status_code == 404


@pytest.mark.parametrize("reader", ["pledgee", "valuer", "authority"])
def test_who_has_a_stake_reads_every_tab_and_is_offered_nothing_to_change(sign_in, reader):
    right = a.asset(keeper=a.organisation())
    paper_of_the_keeper = a.document(organisation_id=right.keeper_id)
    bank, firm = a.organisation(), a.organisation()
    a.pledge(right, lender_id=bank.id, evidence_id=paper_of_the_keeper.id)
    a.valuation(right, filed_by_id=firm.id)
    who = {"pledgee": bank, "valuer": firm, "authority": a.organisation("regulator")}[reader]
    browser, here = sign_in(who), f"/workbench/assets/{right.reference}"
    for tab in ("", "/status", "/burdens", "/title-chain", "/value", "/documents", "/history"):
        page = browser.get(here + tab)
        main = page.text.partition("<main")[2]
        assert (tab, page.status_code, re.findall(r'method="post"', main)) == (tab, 200, [])
        papers = {int(n) for n in re.findall(r'href="/documents/(\d+)"', main)}
        assert (tab, papers) == (tab, documents.readable(a.actor(who), papers))
        for link in set(re.findall(r'href="(/workbench/assets/[^"#]+)"', main)):
            assert (tab, link, browser.get(link).status_code) == (tab, link, 200)
