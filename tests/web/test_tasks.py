"""The pages of what the law leaves to do: the checklist by stage, one's tasks, the operators' desks."""

import csv
import io
from datetime import UTC, datetime

import pytest

from marketplace.compliance import worklist
from marketplace.compliance.models import TaskState, WaiverState
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.seed.paper import sheet
from tests import factories as a
from tests.conftest import statements
from tests.deals import journey

SIGNED = datetime(2026, 3, 2, 2, tzinfo=UTC)


def waiting_for_inventors():
    deal, who = journey.opened()
    journey.answered(deal, who, asset__service_work=True)
    with transaction():
        deals.follow(deal)
    return deal, who


def paper():
    return io.BytesIO(sheet("waiver")), "waiver.pdf"


@pytest.mark.usefixtures("app")
class TestTheChecklist:
    def test_tells_the_law_who_by_when_and_by_which_paper(self, sign_in):
        deal, _ = waiting_for_inventors()
        page = sign_in(deal.seller).get(f"/workbench/deals/{deal.reference}/checklist").text

        for told in ("完成人优先受让", "民法典", "享有以同等条件优先受让的权利", "/rules/service-inventor-preemption",
                     "通知完成人优先受让的文件", "申请豁免", "交易当前步骤的期限"):  # fmt: skip
            assert told in page

    def test_is_exported_row_by_row(self, sign_in):
        deal, _ = waiting_for_inventors()
        answer = sign_in(deal.buyer).get(f"/workbench/deals/{deal.reference}/checklist?format=csv")
        rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))

        row = next(row for row in rows if row["规则编号"] == "service-inventor-preemption")
        assert (row["状态"], row["约束力"], row["由谁办理"]) == (
            "未满足",
            "硬性要求",
            "权利人（卖方）",
        )
        assert row["期限"] == deal.due_at.astimezone(clock.BEIJING).date().isoformat()

    def test_asks_for_a_waiver_which_the_exchange_confirms(self, sign_in):
        deal, _ = waiting_for_inventors()
        seller = sign_in(deal.seller)
        form = f"/workbench/deals/{deal.reference}/waivers/new?rule=service-inventor-preemption"
        assert "民法典第847条第1款" in seller.get(form).text
        given = {"given_by": "inventors", "holder": "李明", "because": "放弃"}
        assert seller.post(form, data=given).status_code == 422, "the paper is missing"
        answer = seller.post(form, data=given | {"document": paper()})
        assert answer.status_code == 303, answer.text
        [waiver] = worklist.waivers_of(deal)

        desk = sign_in(a.exchange())
        assert "完成人优先受让" in desk.get("/console/waivers").text
        answer = desk.post(f"/console/waivers/{waiver.id}", data={"decision": "confirm"})
        assert answer.status_code == 303
        db.session.refresh(waiver)
        assert waiver.state is WaiverState.CONFIRMED
        assert "已豁免" in seller.get(f"/workbench/deals/{deal.reference}").text

    def test_says_that_an_absolute_bar_cannot_be_waived(self, sign_in):
        right = a.asset()
        a.pledge(right)
        deal, _ = journey.opened(a.listing(right))
        form = "waivers/new?rule=pledged-no-transfer-or-licence"
        page = sign_in(deal.seller).get(f"/workbench/deals/{deal.reference}/{form}").text

        assert "这条规则不能豁免" in page


@pytest.mark.usefixtures("app")
class TestTasks:
    def closed(self):
        with clock.freeze(SIGNED):
            return journey.to(DealState.CLOSED)[0]

    def test_are_listed_late_ones_first_filtered_exported_and_in_the_calendar(self, sign_in):
        deal = self.closed()
        browser = sign_in(deal.seller)

        page = browser.get("/workbench/tasks?when=overdue").text
        assert "产权转移书据印花税" in page
        assert "增值税百分之六" not in page.split("<tbody>")[1]
        assert "没有符合条件的任务" in browser.get("/workbench/tasks?q=D-99999999").text
        rows = list(
            csv.DictReader(
                io.StringIO(browser.get("/workbench/tasks?format=csv").text.lstrip("\ufeff"))
            )
        )
        assert {row["编号"] for row in rows} == {deal.reference}
        calendar = browser.get("/workbench/tasks/calendar.ics").text
        assert "DTSTART;VALUE=DATE:20260317" in calendar
        assert all(len(line.encode()) <= 75 for line in calendar.split("\r\n"))
        assert deal.reference not in sign_in(a.organisation()).get("/workbench/tasks").text

    def test_a_duty_is_given_to_somebody_and_reported(self, sign_in):
        deal = self.closed()
        duty = next(t for t in worklist.tasks_of(deal) if t.rule == "tax-vat-six-percent")
        browser = sign_in(deal.seller, "owner")
        person = a.member(deal.seller, "manager").user_id

        at = f"/workbench/tasks/{duty.id}"
        assert browser.post(f"{at}/assign", data={"assignee": person}).status_code == 303
        assert browser.post(f"{at}/report", data={"because": " "}).status_code == 422
        assert browser.post(f"{at}/report", data={"because": "已开票"}).status_code == 303
        db.session.refresh(duty)
        assert (duty.assignee_id, duty.state, duty.report) == (person, TaskState.DONE, "已开票")
        assert "已开票" in browser.get(at).text

    def test_operators_see_everybody_s_late_tasks(self, sign_in):
        deal = self.closed()

        assert deal.reference in sign_in(a.exchange()).get("/console/tasks").text

    def test_pages_need_few_statements_whatever_the_number_of_tasks(self, sign_in):
        for _ in range(3):
            deal = self.closed()
        browser = sign_in(deal.seller)
        for page in ("/workbench/tasks", f"/workbench/deals/{deal.reference}/checklist"):
            browser.get(page)
            with statements(bool) as made:
                browser.get(page)
            assert len(made) <= 40, (page, len(made))
