"""Fees and terms on the site: the schedule with its receipt, the portfolio, exports, the help on kinds."""

import io
import re
from datetime import date, timedelta

import pytest

from marketplace.assets import identifiers
from marketplace.assets.models import AssetKind
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.web.kinds import NUMBERS
from tests import factories as a
from tests.documents.samples import pdf


@pytest.fixture
def right(app):  # noqa: ARG001 -- the records need the application
    """A patent whose eighth year falls due in three weeks."""
    filed = clock.today() + timedelta(days=21)
    filed = date(filed.year - 7, filed.month, min(filed.day, 28))
    granted = filed + timedelta(days=500)
    return a.asset(filing_date=filed, grant_date=granted, fee_paid_through=7)


def test_a_payment_with_its_receipt_is_recorded_and_undone(sign_in, right):
    browser, here = sign_in(right.keeper), f"/workbench/assets/{right.reference}"
    assert "第 8 年度年费" in browser.get(f"{here}/status").text
    paid = {"number": 8, "paid_on": clock.today().isoformat(), "amount": "2000"}
    missing = browser.post(f"{here}/fees", data=paid)
    assert (missing.status_code, "请选择文件。" in missing.text) == (422, True)
    done = browser.post(f"{here}/fees", data=paid | {"document": (io.BytesIO(pdf()), "票据.pdf")})
    assert done.status_code == 303
    page = browser.get(f"{here}/status").text
    assert ("第 9 年度年费" in page, "票据.pdf" in page) == (True, True)
    undo = re.search(r'action="([^"]+/undo)"', page)[1]
    assert browser.post(undo, data={"because": ""}).status_code == 422
    assert browser.post(undo, data={"because": "登记错了"}).status_code == 303
    db.session.expire_all()
    assert right.fee_paid_through == 7


def test_a_declared_reduction_lowers_what_is_due(sign_in, right):
    browser = sign_in(right.keeper)
    page = f"/workbench/assets/{right.reference}"
    browser.post(f"{page}/fees/reduction", data={"ground": "institution"})
    assert "减 85%" in browser.get(f"{page}/status").text
    browser.post("/workbench/upkeep/reduction", data={"ground": "none"})
    assert "减 85%" not in browser.get(f"{page}/status").text


def test_the_portfolio_is_shown_exported_and_goes_into_a_calendar(sign_in, right):
    browser = sign_in(right.keeper)
    assert right.title in browser.get("/workbench/upkeep?months=3").text
    table = browser.get("/workbench/upkeep?format=csv").get_data(as_text=True)
    assert [line.split(",")[0] for line in table.splitlines()[1:]] == [right.reference]
    assert browser.get("/workbench/upkeep?format=xlsx").data[:2] == b"PK"
    for address in ("upkeep/calendar.ics", f"assets/{right.reference}/calendar.ics"):
        file = browser.get(f"/workbench/{address}").data
        assert file.startswith(b"BEGIN:VCALENDAR\r\n")
        assert f"UID:{right.reference}-annuity-8@".encode() in file
        assert max(map(len, file.split(b"\r\n"))) <= 75


def test_a_portfolio_without_fees_says_so(sign_in):
    page = sign_in(a.organisation()).get("/workbench/upkeep").text
    assert "这段时间没有要缴的费用" in page


@pytest.mark.parametrize("kind", list(AssetKind))
def test_every_kind_has_its_page_in_both_languages(client, kind):
    page = client.get(f"/help/kinds/{kind.value}")
    assert (page.status_code, "能做什么" in page.text) == (200, True)
    english = client.get(f"/help/kinds/{kind.value}?lang=en").text.partition("<main")[2]
    assert "None" not in re.sub(r"None[;,]", "", english)


def test_the_numbers_given_as_examples_are_true():
    wrong = [
        n
        for n in {n for listed in NUMBERS.values() for n in listed}
        if not identifiers.check(n).valid
    ]
    assert wrong == []


def test_indications_are_shown_to_anybody(client):
    right = a.asset(kind=AssetKind.GI, title="凤凰山单丛茶", patent_number="AGI01234")
    assert right.title in client.get("/help/kinds/gi_product").text
