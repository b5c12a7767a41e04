"""The pages of entries in registers: list, page, reports, upload, calendar, pack, console, authority."""

import io

from marketplace.core import clock
from marketplace.deals.models import DealState, RecordalState
from tests import factories as a
from tests.deals import journey

HERE = "/workbench/recordals"


def one_of(deal, procedure="patent_assignment"):
    return next(one for one in deal.recordals if one.procedure == procedure)


def text(answer, status=200):
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_a_party_reports_what_happens_at_the_office(sign_in):
    deal, _ = journey.to(DealState.RECORDAL)
    one = one_of(deal)
    browser = sign_in(deal.buyer)
    shown = text(browser.get(f"{HERE}/{one.reference}"))
    assert ("国家知识产权局专利局" in shown, "专利法" in shown, "登记提交情况" in shown) == (
        True,
    ) * 3
    today = clock.today().isoformat()
    address = f"{HERE}/{one.reference}"
    browser.post(f"{address}/file", data={"file-filed_on": today, "file-number": "202611260001"})
    assert (one.state, one.office_number) == (RecordalState.FILED, "202611260001")
    asked = {
        "ask-noticed_on": today,
        "ask-because": "缺共有人同意",
        "ask-document": (io.BytesIO(a_pdf()), "notice.pdf"),
    }
    browser.post(f"{address}/ask", data=asked, content_type="multipart/form-data")
    assert one.notice is not None
    shown = text(browser.get(address))
    assert ("缺共有人同意" in shown, "notice.pdf" in shown) == (True, True)
    assert "请说明理由" in text(browser.post(f"{address}/cure", data={}), 422)
    browser.post(f"{address}/cure", data={"cure-because": "已补交"})
    assert one.state is RecordalState.CURED
    wrong = text(
        browser.post(f"{address}/pay", data={"pay-amount": "200", "pay-paid_on": "2999-01-01"}), 422
    )
    assert "日期不能晚于今天" in wrong
    browser.post(f"{address}/pay", data={"pay-amount": "200", "pay-paid_on": today})
    assert one.fee_minor == 20_000


def a_pdf():
    from marketplace.seed.paper import sheet  # noqa: PLC0415 -- only a file that is one

    return sheet("Notice")


def test_a_refusal_leads_to_the_request_for_undoing_the_deal(sign_in):
    deal, _ = journey.to(DealState.RECORDAL)
    one = one_of(deal)
    browser, address = sign_in(deal.buyer), f"{HERE}/{one.reference}"
    today = clock.today().isoformat()
    browser.post(f"{address}/file", data={"file-filed_on": today})
    browser.post(
        f"{address}/refuse", data={"refuse-refused_on": today, "refuse-because": "权利冻结"}
    )
    assert "因登记被驳回申请解除交易" in text(browser.get(address))
    assert "1 项被主管机关驳回" in text(browser.get(f"/workbench/deals/{deal.reference}"))
    browser.post(f"{address}/rescind", data={"rescind-because": "无法登记"})
    assert deal.cancel_requested_by_id == deal.buyer_id


def test_a_paper_for_an_entry_is_filed_for_it_alone(sign_in):
    deal, _ = journey.to(DealState.RECORDAL)
    one = one_of(deal)
    address = f"/workbench/deals/{deal.reference}/evidence?recordal={one.reference}"
    given = {
        "name": "cnipa_transfer_registration",
        "document": (io.BytesIO(a_pdf()), "proof.pdf"),
        "issuer": "国家知识产权局",
        "issued_on": clock.today().isoformat(),
    }
    answer = sign_in(deal.buyer).post(address, data=given, content_type="multipart/form-data")
    assert answer.headers["Location"].endswith(f"{HERE}/{one.reference}")
    assert [e.recordal_id for e in deal.evidence if e.state == "filed"] == [one.id]


def test_lists_are_narrowed_and_exported_and_go_into_a_calendar(sign_in):
    deal, _ = journey.to(DealState.RECORDAL)
    one = one_of(deal)
    browser = sign_in(deal.seller)
    assert one.reference in text(browser.get(HERE))
    assert "没有符合条件的登记备案" in text(browser.get(f"{HERE}?office=cnipa_mark"))
    rows = text(browser.get(f"{HERE}?format=csv&office=cnipa_patent")).splitlines()
    assert (len(rows), one.reference in rows[1]) == (2, True)
    assert browser.get(f"{HERE}?format=xlsx").status_code == 200
    calendar = text(browser.get(f"{HERE}/calendar.ics"))
    assert f"recordal-{one.id}@" in calendar
    assert browser.get(f"{HERE}/{one.reference}/pack").data.startswith(b"PK")
    assert one.reference not in text(sign_in(a.organisation()).get(HERE))


def test_the_exchange_checks_the_proof_and_the_authority_only_reads(sign_in):
    deal, who = journey.to(DealState.RECORDAL)
    journey.filed(deal, who.buyer, "cnipa_transfer_registration")
    staff = text(sign_in(a.exchange()).get("/console/recordals"))
    assert ("交易所核对证明" in staff, "/console/evidence/" in staff) == (True, True)
    authority = sign_in(a.organisation("regulator"))
    assert one_of(deal).reference in text(authority.get("/authority/recordals"))
    page = text(authority.get(f"{HERE}/{one_of(deal).reference}"))
    assert "报告进展" not in page
