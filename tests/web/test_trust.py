"""Pages of trust: the public broker, rating from the deal, complaints from both sides, the desks."""

import csv
import io
from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.deals.models import Deal
from marketplace.organisations.models import OrganisationKind
from marketplace.seed.paper import sheet
from marketplace.trust.models import (
    CaseState,
    Complaint,
    ComplaintState,
    GradeCase,
    Rating,
    RatingState,
    Sanction,
    SanctionKind,
    SanctionState,
)
from marketplace.trust.queries import grades
from tests import factories as a
from tests.trust import scenes

pytestmark = pytest.mark.usefixtures("app")
FOUNDED = {"decide-outcome": "founded", "decide-gravity": "grave", "decide-because": "双方代理"}
MARKS = {"expertise": "5", "diligence": "4", "disclosure": "3", "fees": "2", "comment": "进度快"}


def one(model):
    db.session.expire_all()
    return db.session.query(model).order_by(model.id.desc()).first()


def deal_page(scene):
    return f"/workbench/deals/{scene.deal.reference}"


def test_a_party_rates_from_the_page_of_its_deal_once_and_everybody_reads_it(sign_in, client):
    scene = scenes.closed()
    seller = sign_in(scene.deal.seller, "manager")
    path = f"{deal_page(scene)}/rate/{scene.broker.slug}"
    assert path in seller.get(deal_page(scene)).text

    assert seller.post(path, data=MARKS).status_code == 303
    assert seller.post(path, data=MARKS | {"fees": "5"}).status_code == 303  # changed, not doubled

    rating = one(Rating)
    assert (db.session.query(Rating).count(), rating.fees, rating.comment) == (1, 5, "进度快")
    public = client.get(f"/brokers/{scene.broker.slug}").text
    assert "进度快" in public
    assert scene.deal.seller.name not in public


def test_a_rating_without_a_score_is_shown_again_with_what_is_wrong(sign_in):
    scene = scenes.closed()
    seller = sign_in(scene.deal.seller, "manager")

    answer = seller.post(f"{deal_page(scene)}/rate/{scene.broker.slug}", data=MARKS | {"fees": ""})

    assert (answer.status_code, db.session.query(Rating).count()) == (422, 0)
    assert "请打分" in answer.text


@pytest.mark.parametrize("who", ["viewer", "stranger", "broker"])
def test_others_do_not_rate(sign_in, who):
    scene = scenes.closed()
    browser = {
        "viewer": lambda: sign_in(scene.deal.seller, "viewer"),
        "stranger": lambda: sign_in(a.organisation(), "owner"),
        "broker": lambda: sign_in(scene.broker, "owner"),
    }[who]()

    status = browser.post(f"{deal_page(scene)}/rate/{scene.broker.slug}", data=MARKS).status_code

    assert (status, db.session.query(Rating).count()) == (403 if who == "viewer" else 404, 0)


def test_the_broker_answers_on_its_page_and_hidden_words_are_not_shown(sign_in, client):
    scene = scenes.closed()
    rating = scenes.rated(scene)
    house = sign_in(scene.broker, "manager")
    assert rating.comment in house.get("/workbench/broker/ratings").text
    path = f"/workbench/broker/ratings/{rating.id}/answer"
    assert house.post(path, data={"text": "感谢"}).status_code == 303
    operator, second = (sign_in(a.exchange(), "owner") for _ in range(2))
    for browser, verb in ((operator, "propose"), (operator, "hide"), (second, "hide")):
        browser.post(f"/console/ratings/{rating.id}/{verb}", data={"because": "违法言论"})

    public = client.get(f"/brokers/{scene.broker.slug}").text

    assert one(Rating).state is RatingState.HIDDEN
    assert "办事认真" not in public
    assert [word in public for word in ("违法言论", "感谢")] == [True, True]


def test_a_complaint_goes_its_way_from_both_sides_and_the_desk(sign_in):
    scene = scenes.closed()
    buyer, house = sign_in(scene.deal.buyer, "manager"), sign_in(scene.broker, "manager")
    operator, second = (sign_in(a.exchange(), "owner") for _ in range(2))
    form = {"kind": "concealed_interest", "text": "同时代理双方", "about": scene.deal.reference}
    new = f"/workbench/complaints/new?broker={scene.broker.slug}"
    assert buyer.post(new, data=form).status_code == 303
    assert buyer.post(new, data=form).status_code == 422  # sent twice
    reference = one(Complaint).reference
    page, desk = f"/workbench/complaints/{reference}", f"/console/complaints/{reference}"
    assert house.get(page).status_code == 404  # not accepted yet

    assert operator.post(f"{desk}/accept").status_code == 303
    assert house.get(page).status_code == 200
    assert house.post(f"{page}/answer", data={"answer-text": "已披露"}).status_code == 303
    assert buyer.post(f"{page}/answer", data={"answer-text": "x"}).status_code == 403
    assert buyer.post(f"{page}/say", data={"say-text": "没有"}).status_code == 303
    assert operator.post(f"{desk}/decide", data=FOUNDED).status_code == 303
    assert house.post(f"{page}/object", data={"object-because": "有误"}).status_code == 303
    review = {key.replace("decide", "review"): value for key, value in FOUNDED.items()}
    assert operator.post(f"{desk}/review", data=review).status_code == 422
    assert second.post(f"{desk}/review", data=review).status_code == 303

    assert one(Complaint).state is ComplaintState.FINAL
    assert grades.graded(scene.broker.id).grade.points == 80
    assert "80" in house.get("/workbench/broker/grade").text


def test_who_never_dealt_with_the_broker_is_told_so(sign_in):
    broker = a.organisation("broker")
    browser = sign_in(a.organisation(), "manager")
    new = f"/workbench/complaints/new?broker={broker.slug}"

    assert "不能投诉" in browser.get(new).text
    answer = browser.post(new, data={"kind": "other", "text": "x"})
    assert (answer.status_code, db.session.query(Complaint).count()) == (422, 0)
    assert sign_in(a.organisation(), "viewer").get(new).status_code == 403


def test_a_complaint_is_not_there_for_others_and_the_authority_only_reads(sign_in):
    scene = scenes.closed()
    complaint = scenes.accepted(scene)
    path = f"/workbench/complaints/{complaint.reference}"
    office = sign_in(a.organisation("regulator", kind=OrganisationKind.GOVERNMENT), "owner")

    assert sign_in(a.organisation("broker"), "owner").get(path).status_code == 404
    assert office.get(f"/authority/complaints/{complaint.reference}").status_code == 200
    assert office.post(f"{path}/say", data={"say-text": "x"}).status_code == 403
    assert one(Complaint).statements == []


def test_evidence_is_put_down_on_the_page_and_a_missing_file_is_said(sign_in):
    scene = scenes.closed()
    complaint = scenes.accepted(scene)
    house = sign_in(scene.broker, "manager")
    path = f"/workbench/complaints/{complaint.reference}/papers"

    assert house.post(path, data={}).status_code == 422
    paper = (io.BytesIO(sheet("Proof")), "proof.pdf")
    status = house.post(
        path, data={"paper-paper": paper}, content_type="multipart/form-data"
    ).status_code
    assert (status, len(one(Complaint).papers)) == (303, 1)


def test_the_authority_sanctions_and_takes_back_and_the_directory_follows(sign_in, client):
    scene = scenes.closed()
    office = a.organisation("regulator", kind=OrganisationKind.GOVERNMENT)
    browser, path = sign_in(office, "owner"), f"/authority/brokers/{scene.broker.slug}/sanction"
    form = {
        "kind": "suspension", "article": "专利代理条例第25条", "number": "粤知罚1号", "reason": "泄密",
        "starts_on": clock.today().isoformat(),
        "ends_on": (clock.today() + timedelta(days=60)).isoformat(),
    }  # fmt: skip
    assert browser.post(path, data=form | {"ends_on": ""}).status_code == 422
    assert browser.post(path, data=form).status_code == 303
    assert browser.post(path, data=form).status_code == 422  # sent twice

    assert scene.broker.name not in client.get("/brokers").text
    page = client.get(f"/brokers/{scene.broker.slug}").text
    assert ["粤知罚1号" in page, "起草委托" in page] == [True, False]
    sanction = one(Sanction)
    other = sign_in(a.organisation("regulator", kind=OrganisationKind.GOVERNMENT), "owner")
    revoke = f"/authority/sanctions/{sanction.reference}/revoke"
    assert other.post(revoke, data={"because": "x"}).status_code == 403
    assert browser.post(revoke, data={"because": "复议撤销"}).status_code == 303
    assert one(Sanction).state is SanctionState.REVOKED
    assert scene.broker.name in client.get("/brokers").text


@pytest.mark.parametrize("who", ["operator", "a viewer of the authority"])
def test_nobody_else_sanctions(sign_in, who):
    scene = scenes.closed()
    house = a.exchange() if who == "operator" else a.organisation("regulator")
    browser = sign_in(house, "owner" if who == "operator" else "viewer")

    status = browser.post(
        f"/authority/brokers/{scene.broker.slug}/sanction", data={"kind": "warning"}
    ).status_code

    assert (status, db.session.query(Sanction).count()) == (403, 0)


def test_a_broker_objects_on_its_page_and_two_of_the_staff_decide(sign_in):
    scene = scenes.closed()
    scenes.final(scene)
    house = sign_in(scene.broker, "manager")
    with clock.freeze(clock.now() + timedelta(days=20)):
        key = grades.graded(scene.broker.id).entries[0].key
        path = f"/workbench/broker/grade/items/{key}"
        first, second = (sign_in(a.exchange(), "owner") for _ in range(2))
        assert path in house.get("/workbench/broker/grade").text
        assert house.get(path).status_code == 200
        assert house.post(path, data={"kind": "repair", "text": "已改"}).status_code == 422
        assert house.post(path, data={"kind": "objection", "text": "有误"}).status_code == 303
        desk = f"/console/grade-cases/{one(GradeCase).reference}"
        assert first.post(desk, data={"to_grant": "y", "because": "属实"}).status_code == 303
        first.post(f"{desk}/settle")
        assert one(GradeCase).state is CaseState.PROPOSED
        second.post(f"{desk}/settle")

        assert one(GradeCase).state is CaseState.GRANTED
        assert grades.graded(scene.broker.id).grade.points == 100
        assert sign_in(a.organisation(), "owner").get("/workbench/broker/grade").status_code == 403


def test_the_directory_is_narrowed_and_ordered_by_grade_and_exported(client):
    good, poor = scenes.closed(), scenes.closed()
    scenes.rated(good)
    scenes.sanctioned(poor.broker, SanctionKind.CRITICISM)

    def names(query):
        rows = csv.reader(io.StringIO(client.get(f"/brokers?format=csv{query}").text))
        return [row[0] for row in rows][1:]

    assert names("&grade=B") == [poor.broker.name]
    assert names("&sort=grade") == [good.broker.name, poor.broker.name]
    assert names("&sort=deals&grade=D") == []
    assert "没有符合条件的机构" in client.get("/brokers?grade=D").text


def test_the_authority_exports_the_ranking(sign_in):
    scene = scenes.closed()
    scenes.rated(scene)
    office = sign_in(a.organisation("regulator", kind=OrganisationKind.GOVERNMENT), "viewer")

    rows = list(csv.DictReader(io.StringIO(office.get("/authority/brokers?format=csv").text)))

    assert [(r["﻿机构"] if "﻿机构" in r else r["机构"], r["等级"], r["完成交易"]) for r in rows] == [
        (scene.broker.name, "A", "1")
    ]
    assert rows[0]["成交额（人民币）"] == str(scene.deal.price.amount)
    assert office.get("/authority/brokers?format=xlsx").status_code == 200
    assert sign_in(a.organisation(), "owner").get("/authority/brokers").status_code == 404


def test_the_rules_are_public_in_both_languages(client):
    assert "国知发运字" in client.get("/brokers/grading-rules").text
    english = client.get("/brokers/grading-rules?lang=en", headers={"Accept-Language": "en"}).text
    assert "Founded complaint (grave)" in english


def test_a_rating_belongs_to_its_own_deal(sign_in):
    scene, other = scenes.closed(), scenes.closed()
    seller = sign_in(scene.deal.seller, "manager")

    assert seller.get(f"{deal_page(scene)}/rate/{other.broker.slug}").status_code == 404
    assert db.session.query(Deal).count() == 2
