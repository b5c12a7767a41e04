import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from marketplace.assets.models import AssetClass, AssetKind, AssetOwner, LegalStatus, Licence
from marketplace.assets.terms import patent_year
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from marketplace.core.money import yuan
from marketplace.listings import services
from marketplace.listings.models import Listing, ListingState, PriceMode
from marketplace.listings.terms import DealKind, Grant, RoyaltyBase, Terms
from marketplace.negotiation import services as negotiation
from marketplace.organisations.models import OrganisationKind, Region
from tests import factories as a
from tests.conftest import at_most

NASTY = "<script>alert(1)</script><b>粗</b>"
PLAIN = Terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, price=yuan(50_000))


def text_of(response):
    return response.get_data(as_text=True)


def only_listing():
    db.session.expire_all()
    return db.session.scalars(select(Listing)).one()


# ---- the public page ---------------------------------------------------------------------------


def test_a_visitor_sees_facts_terms_law_and_is_asked_to_sign_in(client):
    right = a.asset(abstract="一种浸没式液冷方法")
    right.classes = [AssetClass(scheme="ipc", symbol="H01M 10/613")]
    a.valuation(right, firm_name="南粤评估公司")
    a.pledge(right, lender_name="珠江银行")
    listing = a.listing(right)
    page = text_of(client.get(f"/listings/{listing.reference}"))
    for said in (
        right.title,
        right.patent_number,
        "H01M 10/613",
        "一种浸没式液冷方法",
        "南粤评估公司",
        "珠江银行",
        "已质押",
        "权属已核验",
        "¥500,000",
        "民法典第444条",
        "登录后咨询或报价",
    ):
        assert said in page, said


def test_english_readers_get_english_and_chinese_is_marked_where_there_is_none(client):
    one = a.listing(title_en="Immersion cooling", summary_en="It cools.")
    other = a.listing()
    page = text_of(client.get(f"/listings/{one.reference}?lang=en"))
    assert "Immersion cooling" in page
    assert "It cools." in page
    page = text_of(client.get(f"/listings/{other.reference}?lang=en"))
    assert f'<h1 id="t" lang="zh-CN">{other.title}' in page


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (ListingState.DRAFT, 404),
        (ListingState.SUBMITTED, 404),
        (ListingState.RETURNED, 404),
        (ListingState.WITHDRAWN, 404),
        (ListingState.PUBLISHED, 200),
        (ListingState.RESERVED, 200),
        (ListingState.CLOSED, 200),
    ],
)
def test_the_public_sees_what_is_public(client, state, status):
    listing = a.listing(state=state)
    assert client.get(f"/listings/{listing.reference}").status_code == status


def test_a_closed_listing_says_so_and_offers_nothing_more(sign_in):
    listing = a.listing(state=ListingState.CLOSED)
    page = text_of(sign_in(a.organisation()).get(f"/listings/{listing.reference}"))
    assert "已经成交" in page
    assert f"/listings/{listing.reference}/offer" not in page


def test_what_is_typed_stays_text(client):
    right = a.asset(title=NASTY, abstract=NASTY)
    listing = a.listing(
        right,
        title=NASTY,
        summary=NASTY,
        terms=Terms(
            kind=DealKind.LICENCE, grant=Grant.SOLE, field=NASTY, notes=NASTY, company=NASTY
        ),
    )
    for address in (f"/listings/{listing.reference}", f"/listings/{listing.reference}?lang=en"):
        page = text_of(client.get(address))
        assert "<script>alert" not in page
        assert "<b>粗" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_a_bundle_is_a_table(client):
    seller = a.organisation()
    rights = [a.asset(keeper=seller) for _ in range(3)]
    page = text_of(client.get(f"/listings/{a.listing(*rights).reference}"))
    assert "组合 · 3 件" in page
    for right in rights:
        assert right.title in page


def test_of_similar_rights_those_of_the_same_class_come_first_and_the_row_is_filled(client):
    ours, near, far = a.asset(), a.asset(), a.asset()
    ours.classes = [AssetClass(scheme="ipc", symbol="H01M 10/613")]
    near.classes = [AssetClass(scheme="ipc", symbol="H01M 4/36")]
    far.classes = [AssetClass(scheme="ipc", symbol="A61K 9/00")]
    db.session.commit()
    listing = a.listing(ours)
    a.listing(near), a.listing(far), a.listing(near, state=ListingState.DRAFT)
    page = text_of(client.get(f"/listings/{listing.reference}"))
    assert page.count(near.title) == 1
    assert page.index(near.title) < page.index(far.title)


def test_of_rights_that_are_equally_near_the_one_named_alike_comes_first(client):
    ours = a.listing(a.asset(title="一种电池液冷热管理方法"))
    alike = a.listing(a.asset(title="电池液冷热管理装置"))
    others = [a.listing(a.asset(title=f"一种第{word}代饲料")) for word in "一二三四五"]
    page = text_of(client.get(f"/listings/{ours.reference}"))
    shown = [each for each in (alike, *others) if each.title in page]
    assert len(shown) == 4
    assert all(page.index(alike.title) <= page.index(each.title) for each in shown)


def _card(page, title):
    """What a due-diligence card says under its title: its status and its note."""
    found = re.search(
        rf'<li class="(\w+)"><span class="mk">(?:(?!</li>).)*<strong>{title}</strong><p>(.*?)</p>',
        page,
    )
    return found and found.groups()


def _shared(right):
    right.owners = [*right.owners, AssetOwner(name="珠江研究院", position=1, share_bps=4000)]


def _licensed(grant):
    def write(right):
        db.session.add(
            Licence(asset=right, licensee_name="甲公司", grant=grant, starts_on=date(2024, 1, 2))
        )

    return write


def _late(right):
    right.status, right.fee_paid_through = LegalStatus.ANNUITY_GRACE, 6


def _paid(right):
    right.fee_paid_through = patent_year(right.filing_date, clock.today())


def _pending(right):
    right.status, right.grant_date = LegalStatus.PENDING, None


def _outdated(right):
    day = clock.today()
    a.valuation(right, base_date=day - timedelta(days=400), valid_until=day - timedelta(days=35))


@pytest.mark.parametrize(
    ("burden", "title", "status", "note"),
    [
        (lambda _: None, "权属一致", "ok", "登记簿副本核对"),
        (lambda _: None, "无质押", "ok", "登记在册的质押：无"),
        (lambda _: None, "许可负担清晰", "ok", "登记在册的有效许可：无"),
        (lambda _: None, "无共有人", "ok", "单独享有"),
        (lambda _: None, "年费正常", "ok", "下一次年费"),
        (lambda _: None, "出口管制与技术出口", "wait", "在内地以外时"),
        (a.pledge, "已质押", "bad", "广州第一银行"),
        (_licensed("exclusive"), "已有独占或排他许可", "warn", "1 项独占或排他许可"),
        (_licensed("non_exclusive"), "已有普通许可", "warn", "1 项普通许可"),
        (_shared, "共有权利", "warn", "珠江研究院"),
        (_late, "年费滞纳", "bad", "滞纳期"),
        (_paid, "年费已缴", "ok", "已缴至第"),
        (_pending, "申请审查中", "wait", "尚未授权"),
        (a.valuation, "评估报告有效", "ok", "南方资产评估公司"),
        (_outdated, "评估报告过期", "warn", "重新评估"),
    ],
)
def test_what_was_checked_stands_on_a_card(client, burden, title, status, note):
    right = a.asset()
    burden(right)
    db.session.commit()
    page = text_of(client.get(f"/listings/{a.listing(right).reference}"))
    found = _card(page, title)
    assert found, title
    assert found[0] == status
    assert note in found[1]


def test_a_reader_from_abroad_is_told_of_the_export_procedure(sign_in):
    abroad = sign_in(a.organisation(region=Region.FOREIGN))
    page = text_of(abroad.get(f"/listings/{a.listing().reference}"))
    assert _card(page, "技术出口手续")[0] == "warn"


def test_a_design_is_no_technology_to_export(sign_in):
    abroad = sign_in(a.organisation(region=Region.FOREIGN))
    listing = a.listing(a.asset(kind=AssetKind.DESIGN))
    assert _card(text_of(abroad.get(f"/listings/{listing.reference}")), "技术出口手续") is None


def test_what_nobody_stated_is_left_out(client):
    page = text_of(client.get(f"/listings/{a.listing().reference}"))
    rights = page[page.index('id="rights"') : page.index('id="law"')]
    assert "<dd>–</dd>" not in rights
    assert "优先权日" not in rights
    assert _card(page, "职务成果与奖酬") is None
    declared = a.listing(facts={"asset": {"service_work": True}})
    assert _card(text_of(client.get(f"/listings/{declared.reference}")), "职务成果与奖酬")


def test_the_fingerprint_of_know_how_is_no_number(client):
    secret = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"
    right = a.asset(kind=AssetKind.KNOW_HOW, patent_number=secret)
    others = a.asset(keeper=right.keeper)
    for listing in (a.listing(right), a.listing(right, others)):
        assert secret not in text_of(client.get(f"/listings/{listing.reference}"))


def test_a_valuation_is_shown_with_all_that_makes_it_one(client):
    right = a.asset()
    a.valuation(right, number="南评字（2026）第8号", method="income")
    page = text_of(client.get(f"/listings/{a.listing(right).reference}"))
    for said in ("¥1,000,000", "100.0 万元", "南评字（2026）第8号", "收益法", "甲、乙", "有效至",
                 "挂牌价为评估值的 50%"):  # fmt: skip
        assert said in page, said


def test_search_engines_get_one_address_in_three_languages(client):
    listing = a.listing()
    page = text_of(client.get(f"/listings/{listing.reference}?utm=x"))
    site = client.application.config["SITE_URL"]
    assert f'<link rel="canonical" href="{site}/listings/{listing.reference}">' in page
    assert 'property="og:title"' in page
    assert 'hreflang="en"' in page


def test_the_page_takes_as_many_statements_for_one_right_as_for_three(client):
    a.listing(), a.listing()  # similar to both

    def counted(number):
        seller = a.organisation()
        rights = [a.asset(keeper=seller) for _ in range(number)]
        for right in rights:
            a.valuation(right)
            a.pledge(right)
        reference = a.listing(*rights).reference
        client.get(f"/listings/{reference}")
        db.session.expunge_all()
        with at_most(40) as seen:
            assert client.get(f"/listings/{reference}").status_code == 200
        return len(seen)

    assert counted(1) == counted(3)


def test_watching_is_a_button(sign_in):
    listing, browser = a.listing(), sign_in(a.organisation())
    address = f"/listings/{listing.reference}"
    assert browser.post(f"{address}/watch", data={"watch": "on"}).status_code == 303
    assert "取消关注" in text_of(browser.get(address))
    browser.post(f"{address}/watch", data={"watch": "off"})
    assert "取消关注" not in text_of(browser.get(address))


def test_who_may_not_offer_is_told_what_is_missing(sign_in):
    listing = a.listing()
    page = text_of(sign_in(a.organisation("holder")).get(f"/listings/{listing.reference}"))
    assert "您的机构须有受让方资质" in page


def test_someone_without_an_organisation_is_shown_the_way(sign_in):
    listing, browser = a.listing(), sign_in(None)
    assert "创建或加入机构" in text_of(browser.get(f"/listings/{listing.reference}"))
    for address in (
        "/workbench/listings",
        "/workbench/listings/new",
        "/workbench/listings/batch",
        "/workbench/offers",
        "/workbench/enquiries",
        f"/workbench/listings/{listing.reference}",
    ):
        assert browser.get(address).status_code in {403, 404}, address
    for address in (f"/listings/{listing.reference}/{what}" for what in ("offer", "enquiry")):
        assert browser.get(address).status_code == 200
        assert browser.post(
            address, data={"price": "1", "valid_days": "1", "text": "x"}
        ).status_code in {403, 422}


# ---- making one --------------------------------------------------------------------------------


def test_a_listing_is_made_step_by_step_without_script(sign_in):
    seller = a.organisation()
    right = a.asset(keeper=seller, abstract="摘要")
    browser = sign_in(seller)
    assert right.title in text_of(browser.get("/workbench/listings/new"))
    made = browser.post(
        "/workbench/listings/new",
        data={"kind": "licence", "assets": right.reference, "do": "next"},
    )
    reference = only_listing().reference
    base = f"/workbench/listings/{reference}"
    assert made.location == f"{base}/edit/terms"
    assert browser.get(made.location).status_code == 200
    step = browser.post(
        f"{base}/edit/terms",
        data={
            "grant": "sole",
            "territory": ["CN", "HK"],
            "field": "新能源汽车",
            "months": "36",
            "sublicence": "free",
            "royalty_bps": "3.5%",
            "royalty_base": "net_sales",
            "minimum_royalty": "1万",
            "do": "next",
        },
    )
    assert step.location == f"{base}/edit/text"
    assert browser.get(step.location).status_code == 200
    step = browser.post(
        f"{base}/edit/text",
        data={
            "title": "液冷方法",
            "summary": "更好的散热",
            "price_mode": "posted",
            "price": "３５万元",
            "do": "next",
        },
    )
    assert step.location == f"{base}/edit/check"
    page = text_of(browser.get(step.location))
    assert "提交审核" in page
    assert browser.post(f"{base}/submit").location == base
    listing = only_listing()
    assert listing.state is ListingState.SUBMITTED
    assert (listing.title, listing.price_mode) == ("液冷方法", PriceMode.POSTED)
    assert listing.terms == Terms(
        kind=DealKind.LICENCE,
        grant=Grant.SOLE,
        territory=("CN", "HK"),
        field="新能源汽车",
        months=36,
        sublicence=True,
        price=yuan(350_000),
        royalty_bps=350,
        royalty_base=RoyaltyBase.NET_SALES,
        minimum_royalty=yuan(10_000),
    )
    assert "交易所审核" in text_of(browser.get(base))


def test_a_draft_is_kept_with_missing_fields_and_the_check_leads_to_them(sign_in):
    seller = a.organisation()
    right, browser = a.asset(keeper=seller), sign_in(seller)
    browser.post("/workbench/listings/new", data={"kind": "licence", "assets": right.reference})
    base = f"/workbench/listings/{only_listing().reference}"
    browser.post(f"{base}/edit/text", data={"title": "", "price_mode": "posted", "do": "save"})
    page = text_of(browser.get(f"{base}/edit/check"))
    for said in ("请填写标题", "请选择独占、排他或普通许可", "选择了明码标价"):
        assert said in page
    refused = browser.post(f"{base}/submit")
    assert refused.location == f"{base}/edit/check"
    assert only_listing().state is ListingState.DRAFT


def test_what_is_typed_wrong_stays_in_the_field_with_its_reason(sign_in):
    seller = a.organisation()
    listing, browser = a.listing(seller=seller, state=ListingState.DRAFT), sign_in(seller)
    answer = browser.post(
        f"/workbench/listings/{listing.reference}/edit/text",
        data={"title": "甲" * 501, "price_mode": "posted", "price": "很多", "summary": "留住我"},
    )
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'value="很多"' in page
    assert "留住我" in page
    assert "请填写数字" in page
    answer = browser.post(
        f"/workbench/listings/{listing.reference}/edit/terms",
        data={"royalty_bps": "abc", "months": "9999", "royalty_base": "nonsense"},
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("amount", ["1e999", "nan", "1.005", "9" * 40, "--", "1,2,3元元", "-", "∞"])
def test_strange_amounts_are_refused_not_crashed(sign_in, amount):
    seller = a.organisation()
    listing, browser = a.listing(seller=seller, state=ListingState.DRAFT), sign_in(seller)
    answer = browser.post(
        f"/workbench/listings/{listing.reference}/edit/text",
        data={"title": "x", "price_mode": "posted", "price": amount},
    )
    assert answer.status_code == 422


def test_rights_are_chosen_over_several_pages_and_searches(sign_in):
    seller = a.organisation()
    first = a.asset(keeper=seller, title="第一项")
    for _ in range(30):
        a.asset(keeper=seller)
    browser = sign_in(seller)
    page = text_of(
        browser.post(
            "/workbench/listings/new",
            data={"assets": first.reference, "page": "2", "kind": "transfer"},
        )
    )
    assert re.search(rf'value="{first.reference}" checked', page)
    page = text_of(browser.post("/workbench/listings/new", data={"q": "第一项", "do": "search"}))
    assert page.count('name="assets"') == 1


def test_another_firms_right_and_listing_are_not_there(sign_in):
    other = a.listing(state=ListingState.DRAFT)
    foreign, browser = other.assets[0].reference, sign_in(a.organisation())
    base = f"/workbench/listings/{other.reference}"
    answers = [
        browser.post("/workbench/listings/new", data={"kind": "transfer", "assets": foreign}),
        browser.get(base),
        browser.get(f"{base}/edit/terms"),
        browser.post(f"{base}/edit/text", data={"title": "x", "price_mode": "posted"}),
        browser.post(f"{base}/submit"),
        browser.post(f"{base}/withdraw", data={"because": "x"}),
        browser.post(f"{base}/reconfirm"),
        browser.get(f"/listings/{other.reference}"),
        browser.get("/workbench/listings/batches/1"),
        browser.post("/workbench/listings/batch", data={"assets": foreign, "do": "next"}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)


def test_a_viewer_reads_and_is_refused_a_change(sign_in):
    seller = a.organisation()
    listing, browser = a.listing(seller=seller), sign_in(seller, "viewer")
    base = f"/workbench/listings/{listing.reference}"
    assert browser.get(base).status_code == 200
    for action in ("withdraw", "reconfirm", "amend"):
        browser.post(f"{base}/{action}", data={"because": "x"})
    assert only_listing().state is ListingState.PUBLISHED


def test_the_owner_answers_questions_of_fact_that_the_deal_inherits(sign_in):
    seller = a.organisation(
        kind=OrganisationKind.UNIVERSITY, state_owned=True, state_established=True
    )
    listing = a.listing(a.asset(keeper=seller), state=ListingState.DRAFT)
    browser = sign_in(seller)
    address = f"/workbench/listings/{listing.reference}/edit/check"
    page = text_of(browser.get(address))
    assert "asset__is_st_result" in page
    assert "cp__" not in page  # nobody knows the buyer yet
    browser.post(address, data={"asset__is_st_result": "yes", "owner__event": "none"})
    [right] = only_listing().assets
    assert right.stated["asset.is_st_result"]["value"] is True
    assert right.stated["asset.is_st_result"]["for"] == seller.id
    assert only_listing().facts == {"owner": {"event": "none"}}  # of this listing alone
    another = a.listing(right, state=ListingState.DRAFT)
    asked = services.questions(another)
    assert "asset.is_st_result" not in {q.path for q in asked if q.is_open}
    assert "owner.event" in {q.path for q in asked if q.is_open}
    wrong = browser.post(address, data={"owner__event": "perhaps"})
    assert wrong.status_code == 422
    assert right.stated["asset.is_st_result"]["value"] is True


def test_the_listing_in_the_way_is_named_before_submission(sign_in):
    right = a.asset()
    standing = a.listing(right, title="先前的挂牌")
    draft = a.listing(right, state=ListingState.DRAFT)
    browser = sign_in(standing.seller)
    page = text_of(browser.get(f"/workbench/listings/{draft.reference}/edit/check"))
    assert "先前的挂牌" in page
    assert f"/workbench/listings/{standing.reference}" in page


def test_the_law_is_shown_before_submission(sign_in):
    seller = a.organisation(kind=OrganisationKind.SOE, state_owned=True)
    listing = a.listing(a.asset(keeper=seller), state=ListingState.DRAFT, summary="说明")
    browser = sign_in(seller)
    page = text_of(browser.get(f"/workbench/listings/{listing.reference}/edit/check"))
    assert "法律要求先行办理" in page
    refused = browser.post(f"/workbench/listings/{listing.reference}/submit")
    assert refused.location.endswith("/edit/check")
    assert only_listing().state is ListingState.DRAFT


def test_withdraw_amend_reconfirm_and_relist_from_the_page(sign_in):
    seller = a.organisation()
    listing, browser = a.listing(seller=seller), sign_in(seller)
    base = f"/workbench/listings/{listing.reference}"
    browser.post(f"{base}/reconfirm")
    browser.post(f"{base}/amend", data={"because": "改价格"})
    assert only_listing().state is ListingState.DRAFT
    browser.post(f"{base}/withdraw", data={"because": ""})
    assert only_listing().state is ListingState.DRAFT
    browser.post(f"{base}/withdraw", data={"because": "不卖了"})
    browser.post(f"{base}/withdraw", data={"because": "再点一次"})
    assert only_listing().state is ListingState.WITHDRAWN
    assert browser.post(f"{base}/relist").status_code == 303
    page = text_of(browser.get(base))
    for said in ("确认仍然有效", "改价格", "不卖了", "重新建立草稿"):
        assert said in page
    assert "再点一次" not in page


def test_the_list_filters_pages_sorts_and_exports(sign_in):
    seller = a.organisation()
    for n in range(23):
        a.listing(a.asset(keeper=seller, title=f"第{n}项"))
    formula = a.listing(a.asset(keeper=seller), title="=1+1", state=ListingState.DRAFT)
    a.listing(title="别人的")
    browser = sign_in(seller)
    page = text_of(browser.get("/workbench/listings?sort=title"))
    assert "别人的" not in page
    assert "page=2" in page
    assert "第22项" in text_of(browser.get("/workbench/listings?q=第22项"))
    assert formula.reference in text_of(browser.get("/workbench/listings?state=draft"))
    export = browser.get("/workbench/listings?state=draft&format=csv")
    assert "'=1+1" in text_of(export)
    assert browser.get("/workbench/listings?format=xlsx").data[:2] == b"PK"
    assert "没有符合条件的挂牌" in text_of(browser.get("/workbench/listings?q=没有这个"))
    assert "还没有挂牌" in text_of(sign_in(a.organisation()).get("/workbench/listings"))
    for odd in ("?sort=nonsense", "?state=nonsense", "?page=-7", "?page=x", "?kind='--"):
        assert browser.get(f"/workbench/listings{odd}").status_code == 200


def test_my_list_takes_the_same_statements_for_one_and_three_rows(sign_in):
    def counted(number):
        seller = a.organisation()
        for _ in range(number):
            a.listing(a.asset(keeper=seller))
        browser = sign_in(seller)
        browser.get("/workbench/listings")
        db.session.expunge_all()
        with at_most(30) as seen:
            browser.get("/workbench/listings")
        return len(seen)

    assert counted(1) == counted(3)


def test_a_portfolio_is_listed_in_one_go_with_a_result_line_each(sign_in):
    seller = a.organisation()
    good = [a.asset(keeper=seller, abstract="摘要") for _ in range(2)]
    dead = a.asset(keeper=seller, abstract="摘要", status=LegalStatus.LAPSED)
    browser = sign_in(seller)
    chosen = [right.reference for right in (*good, dead)]
    assert browser.post("/workbench/listings/batch", data={"do": "next"}).status_code == 422
    page = text_of(browser.post("/workbench/listings/batch", data={"assets": chosen, "do": "next"}))
    key = re.search(r'name="key"[^>]*value="([0-9a-f]+)"', page).group(1)
    form = {
        "assets": chosen,
        "key": key,
        "kind": "licence",
        "grant": "non_exclusive",
        "territory": "CN",
        "price_mode": "posted",
        "price": "2万",
        f"price-{good[0].reference}": "3.5万",
        "do": "submit",
    }
    bad = browser.post("/workbench/listings/batch", data=form | {f"price-{chosen[1]}": "abc"})
    assert bad.status_code == 422
    assert 'value="abc"' in text_of(bad)
    assert browser.post("/workbench/listings/batch", data={**form, "kind": ""}).status_code == 422

    done = browser.post("/workbench/listings/batch", data=form)
    again = browser.post("/workbench/listings/batch", data=form)
    assert (done.status_code, done.location) == (303, again.location)
    found = db.session.scalars(select(Listing).order_by(Listing.id)).all()
    assert [(x.state.value, x.price) for x in found] == [
        ("submitted", yuan(35_000)),
        ("submitted", yuan(20_000)),
        ("draft", yuan(20_000)),
    ]
    page = text_of(browser.get(done.location))
    assert "已终止、届满、无效或注销" in page
    assert "已提交审核" in text_of(browser.get(f"{done.location}?format=csv"))
    assert sign_in(a.organisation()).get(done.location).status_code == 404


def test_a_double_click_makes_one_draft(sign_in):
    seller = a.organisation()
    right, browser = a.asset(keeper=seller), sign_in(seller)
    page = text_of(browser.get(f"/workbench/listings/new?assets={right.reference}"))
    assert re.search(rf'value="{right.reference}" checked', page)
    key = re.search(r'name="key"[^>]*value="([0-9a-f]+)"', page).group(1)
    form = {"kind": "transfer", "assets": right.reference, "key": key}
    first, second = (browser.post("/workbench/listings/new", data=form) for _ in range(2))
    assert first.location == second.location
    assert only_listing().title == right.title


def test_a_colleagues_change_is_not_overwritten_unseen(sign_in):
    seller = a.organisation()
    listing = a.listing(seller=seller, state=ListingState.DRAFT)
    mine, theirs = sign_in(seller), sign_in(seller)
    address = f"/workbench/listings/{listing.reference}/edit/text"
    basis = re.search(r'name="basis"[^>]*value="([0-9a-f]+)"', text_of(mine.get(address))).group(1)
    form = {"title": "我的", "price_mode": "posted", "price": "1万", "basis": basis}
    theirs.post(address, data=form | {"title": "同事的"})
    refused = mine.post(address, data=form)
    page = text_of(refused)
    assert refused.status_code == 422
    assert "同事修改" in page
    assert 'value="我的"' in page
    assert only_listing().title == "同事的"
    basis = re.search(r'name="basis"[^>]*value="([0-9a-f]+)"', page).group(1)
    assert mine.post(address, data=form | {"basis": basis}).status_code == 303
    assert only_listing().title == "我的"


def test_all_that_a_search_finds_is_chosen_at_once(sign_in):
    seller = a.organisation()
    wanted = {a.asset(keeper=seller, title=f"电池{n}").reference for n in range(30)}
    a.asset(keeper=seller, title="别的")
    browser = sign_in(seller)
    page = text_of(browser.post("/workbench/listings/batch", data={"q": "电池", "do": "all"}))
    assert set(re.findall(r'name="assets" value="(A-\d+)" checked', page)) == wanted


# ---- the review --------------------------------------------------------------------------------


def submitted(**over):
    return a.listing(state=ListingState.SUBMITTED, submitted_at=clock.now(), summary="说明", **over)


def test_the_review_is_for_operators(client, sign_in):
    listing = submitted()
    for browser, status in ((client, 303), (sign_in(a.organisation()), 404)):
        answers = [
            browser.get("/console/listings"),
            browser.get(f"/console/listings/{listing.reference}"),
            browser.post(f"/console/listings/{listing.reference}/publish"),
            browser.post("/console/listings/publish", data={"listings": listing.reference}),
        ]
        assert [x.status_code for x in answers] == [status] * 4
    assert only_listing().state is ListingState.SUBMITTED


def test_operators_publish_or_return_with_reasons(sign_in):
    operator = sign_in(a.exchange())
    listing = submitted()
    base = f"/console/listings/{listing.reference}"
    assert listing.title in text_of(operator.get("/console/listings"))
    assert operator.get(base).status_code == 200
    empty = operator.post(f"{base}/return", data={"because": ""})
    assert empty.status_code == 422
    assert "请写明理由" in text_of(empty)
    operator.post(f"{base}/return", data={"because": "请补充实施案例"})
    assert only_listing().state is ListingState.RETURNED
    page = text_of(sign_in(listing.seller).get(f"/workbench/listings/{listing.reference}"))
    assert "请补充实施案例" in page


def test_an_unverified_title_is_not_published_and_the_page_says_why(sign_in):
    seller = a.organisation()
    listing = a.listing(
        a.asset(keeper=seller, verified=False), state=ListingState.SUBMITTED, summary="说明"
    )
    operator = sign_in(a.exchange())
    answer = operator.post(f"/console/listings/{listing.reference}/publish")
    assert answer.status_code == 422
    assert "权属尚未核验" in text_of(answer)


def test_operators_take_a_public_listing_off_with_a_reason(sign_in):
    listing, operator = a.listing(), sign_in(a.exchange())
    base = f"/console/listings/{listing.reference}"
    assert "由交易所撤下" in text_of(operator.get(base))
    assert operator.post(f"{base}/withdraw", data={"because": ""}).status_code == 422
    operator.post(f"{base}/withdraw", data={"because": "权属争议"})
    assert only_listing().state is ListingState.WITHDRAWN
    page = text_of(sign_in(listing.seller).get(f"/workbench/listings/{listing.reference}"))
    assert "权属争议" in page


def test_a_revised_listing_shows_what_changed_since_it_was_last_published(sign_in):
    listing, operator_ = submitted(), a.operator()
    actor = a.actor(listing.seller)
    with transaction():
        services.publish(operator_, listing)
    with transaction():
        services.withdraw(actor, listing, "改价格")
        services.relist(actor, listing)
        services.revise(
            actor,
            listing,
            text=services.Text("新标题", "", "说明", ""),
            terms=Terms(kind=DealKind.TRANSFER, price=yuan(620_000)),
        )
        services.submit(actor, listing)
    page = text_of(sign_in(a.exchange()).get(f"/console/listings/{listing.reference}"))
    for said in ("与上次发布的差别", "新标题", "¥500,000", "¥620,000"):
        assert said in page


def test_many_are_published_at_once_with_a_line_each(sign_in):
    operator = sign_in(a.exchange())
    ready = submitted()
    unready = a.listing(a.asset(verified=False), state=ListingState.SUBMITTED, summary="说明")
    done = operator.post(
        "/console/listings/publish", data={"listings": [ready.reference, unready.reference]}
    )
    page = text_of(operator.get(done.location))
    assert "已发布" in page
    assert "权属尚未核验" in page
    db.session.expire_all()
    assert (ready.state, unready.state) == (ListingState.PUBLISHED, ListingState.SUBMITTED)
    twice = operator.post("/console/listings/publish", data={"listings": ready.reference})
    assert "不在待审核状态" in text_of(operator.get(twice.location))
    assert operator.post("/console/listings/publish").status_code == 303
    assert operator.get("/console/listings?q=岭南&state=all").status_code == 200
    assert operator.get("/console/listings?format=csv").status_code == 200


def test_html_stays_text_in_the_workbench_and_the_console(sign_in):
    seller = a.organisation()
    right = a.asset(keeper=seller, title=NASTY)
    listing = a.listing(
        right, title=NASTY, summary=NASTY, state=ListingState.SUBMITTED, submitted_at=clock.now()
    )
    with transaction():
        services.return_(a.operator(), listing, NASTY)
    owner, operator = sign_in(seller), sign_in(a.exchange())
    base = f"/workbench/listings/{listing.reference}"
    pages = [
        owner.get("/workbench/listings"),
        owner.get("/workbench/listings/new"),
        owner.get(base),
        *(owner.get(f"{base}/edit/{step}") for step in ("assets", "terms", "text", "check")),
        operator.get("/console/listings?state=returned"),
        operator.get(f"/console/listings/{listing.reference}"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in text_of(page)


def test_reminders_show_as_the_next_step(sign_in):
    seller = a.organisation()
    listing = a.listing(seller=seller, reconfirm_by=clock.now() + timedelta(days=2))
    with transaction():
        services.remind_due()
    page = text_of(sign_in(seller).get(f"/workbench/listings/{listing.reference}"))
    assert "确认仍然有效" in page
    assert "提醒确认" in page
    assert db.session.scalars(select(Event.kind)).all() == ["listing.remind"]


# ---- prices, copies, many at once, decisions ----------------------------------------------------


def test_the_owner_changes_the_price_and_the_public_page_tells(sign_in, client):
    listing = a.listing(summary="说明")
    owner, base = sign_in(listing.seller), f"/workbench/listings/{listing.reference}"
    assert "调整价格" in text_of(owner.get(base))
    owner.post(f"{base}/reprice", data={"price_mode": "posted", "price": "48万"})
    page = text_of(client.get(f"/listings/{listing.reference}"))
    assert "¥480,000" in page
    owner.post(f"{base}/reprice", data={"price_mode": "posted", "price": "450000", "because": "密"})
    page = text_of(client.get(f"/listings/{listing.reference}"))
    assert "价格由 ¥480,000（48.0 万元） 调整为 ¥450,000（45.0 万元）" in page
    assert "密" not in page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"price_mode": "posted", "price": "很多"}, "请填写数字"),
        ({"price_mode": "posted", "price": ""}, "请填写价格"),
        ({"price_mode": "posted", "price": "0"}, "金额须大于零"),
        ({"price_mode": "gift", "price": "1"}, "请从所列选项中选择"),
        ({"price": "1"}, "请选择定价方式"),
    ],
)
def test_a_wrong_price_is_refused_in_words_and_nothing_changes(sign_in, data, said):
    listing = a.listing(summary="说明")
    owner, base = sign_in(listing.seller), f"/workbench/listings/{listing.reference}"
    answer = owner.post(f"{base}/reprice", data=data, follow_redirects=True)
    assert said in text_of(answer)
    assert only_listing().price == yuan(500_000)


def test_a_listing_is_copied_into_a_new_draft(sign_in):
    listing = a.listing(state=ListingState.CLOSED, summary="说明")
    owner = sign_in(listing.seller)
    done = owner.post(f"/workbench/listings/{listing.reference}/copy")
    assert done.status_code == 303
    assert owner.get(done.location).status_code == 200
    stranger = sign_in(a.organisation())
    assert stranger.post(f"/workbench/listings/{listing.reference}/copy").status_code == 404


def test_ticked_listings_are_handled_together_with_a_line_each(sign_in):
    seller = a.organisation()
    ready = a.listing(a.asset(keeper=seller), state=ListingState.DRAFT, summary="说明")
    unready = a.listing(a.asset(keeper=seller), state=ListingState.DRAFT, title=NASTY)
    owner, other = sign_in(seller), a.listing()
    data = {"listings": [ready.reference, unready.reference], "action": "submit"}
    page = owner.post("/workbench/listings/bulk", data=data, follow_redirects=True)
    assert "已办理" in text_of(page)
    assert "请填写说明" in text_of(page)
    assert "<script>alert" not in text_of(page)
    db.session.expire_all()
    assert (ready.state, unready.state) == (ListingState.SUBMITTED, ListingState.DRAFT)
    for wrong in ({}, data | {"action": "sell"}, data | {"action": "withdraw"}):
        assert owner.post("/workbench/listings/bulk", data=wrong).location.endswith("/listings")
    foreign = {"listings": other.reference, "action": "withdraw", "because": "x"}
    assert owner.post("/workbench/listings/bulk", data=foreign).status_code == 404
    db.session.expire_all()
    assert other.state is ListingState.PUBLISHED


def test_remarks_of_the_review_stand_at_the_steps_they_are_about(sign_in):
    operator, listing = sign_in(a.exchange()), submitted()
    base = f"/console/listings/{listing.reference}"
    operator.post(f"{base}/return", data={"price": "请说明依据", "text": NASTY})
    assert only_listing().state is ListingState.RETURNED
    owner, mine = sign_in(listing.seller), f"/workbench/listings/{listing.reference}"
    for address, said in ((mine, True), (f"{mine}/edit/text", True), (f"{mine}/edit/terms", False)):
        page = text_of(owner.get(address))
        assert ("请说明依据" in page) is said
        assert "<script>alert" not in page


def test_a_refused_listing_tells_why_and_can_only_be_copied(sign_in):
    operator, listing = sign_in(a.exchange()), submitted()
    base = f"/console/listings/{listing.reference}"
    assert operator.post(f"{base}/refuse", data={}).status_code == 422
    operator.post(f"{base}/refuse", data={"because": "不可交易"})
    assert only_listing().state is ListingState.REFUSED
    page = text_of(sign_in(listing.seller).get(f"/workbench/listings/{listing.reference}"))
    assert "审核未通过" in page
    assert "不可交易" in page
    assert "复制为新挂牌" in page
    assert f"/workbench/listings/{listing.reference}/relist" not in page


def test_a_colleague_sees_who_reviews_and_the_next_one_opens_after_the_decision(sign_in):
    exchange = a.exchange()
    operator, listing, following = sign_in(exchange), submitted(), submitted()
    base = f"/console/listings/{listing.reference}"
    assert "开始审核" in text_of(operator.get(base))
    operator.post(f"{base}/claim")
    assert "您正在审核" in text_of(operator.get(base))
    colleague = sign_in(exchange)
    assert "正在审核这项挂牌" in text_of(colleague.get(base))
    assert "审核中" in text_of(colleague.get("/console/listings"))
    done = operator.post(f"{base}/publish", data={"then": "next"})
    assert done.location.endswith(f"/console/listings/{following.reference}")


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("new", {"kind": "gift"}),
        ("batch", {"kind": "gift", "price_mode": "posted", "do": "draft"}),
        ("batch", {"kind": "licence", "price_mode": "gift", "do": "draft"}),
        ("batch", {"kind": "licence", "grant": "gift", "price_mode": "posted", "do": "draft"}),
        ("batch", {"kind": "licence", "territory": "MOON", "price_mode": "posted", "do": "draft"}),
        ("batch", {"kind": "licence", "royalty_base": "x", "price_mode": "posted", "do": "draft"}),
        ("batch", {"kind": "licence", "months": "9" * 400, "price_mode": "posted", "do": "draft"}),
        ("batch", {"kind": "equity", "equity_bps": "1e9", "price_mode": "posted", "do": "draft"}),
        ("batch", {"kind": "transfer", "price": "١٢", "price_mode": "posted", "do": "draft"}),
    ],
)
def test_a_choice_that_is_none_is_refused_in_words(sign_in, address, data):
    right = a.asset()
    owner = sign_in(right.keeper)
    answer = owner.post(f"/workbench/listings/{address}", data=data | {"assets": right.reference})
    assert answer.status_code == 422
    assert 'class="error' in text_of(answer)
    assert db.session.scalars(select(Listing)).all() == []


# ---- the workbench and the organisation's page --------------------------------------------------


def test_the_workbench_names_what_waits_for_the_reader(sign_in):
    seller = a.organisation()
    a.listing(seller=seller, title="快到期", reconfirm_by=clock.now() + timedelta(days=3))
    a.listing(seller=seller, title="还早", reconfirm_by=clock.now() + timedelta(days=60))
    a.listing(seller=seller, title="要改", state=ListingState.RETURNED)
    asked = a.listing(seller=seller)
    asker = a.organisation()
    with transaction():
        enquiry = negotiation.ask(a.actor(asker), asked, text="能否提供样机？")
    page = text_of(sign_in(seller).get("/workbench"))
    for said in ("快到期", "确认挂牌仍然有效", "要改", "修改被退回的挂牌", "答复咨询"):
        assert said in page, said
    assert "还早" not in page
    with transaction():
        negotiation.post(a.actor(seller), enquiry, text="可以")
    assert "答复咨询" not in text_of(sign_in(seller).get("/workbench"))


def test_a_new_organisation_is_led_step_by_step(sign_in):
    new = a.organisation("holder")
    page = text_of(sign_in(new).get("/workbench"))
    assert "第一笔交易之前" in page
    assert page.count("登记或导入资产") == 2  # the next step on top, and in the list
    a.asset(keeper=new)
    page = text_of(sign_in(new).get("/workbench"))
    assert page.count("建立挂牌并提交审核") == 2
    a.listing(seller=new)
    assert "第一笔交易之前" not in text_of(sign_in(new).get("/workbench"))


def test_an_organisations_offers_can_be_searched_narrowed_and_sorted(client):
    seller = a.organisation()
    for word in "甲乙丙丁戊":
        a.listing(a.asset(keeper=seller), title=f"{word}号液冷装置")
    a.listing(a.asset(keeper=seller), title="普通许可的泵", terms=PLAIN)
    a.listing(a.asset(keeper=seller), title="藏起来的", state=ListingState.DRAFT)
    base = f"/organisations/{seller.slug}"
    page = text_of(client.get(base))
    assert "共 6 项" in page
    assert "藏起来的" not in page
    assert "普通许可的泵" not in text_of(client.get(f"{base}?q=液冷"))
    assert "甲号" not in text_of(client.get(f"{base}?kind=non_exclusive"))
    assert "没有符合条件的挂牌" in text_of(client.get(f"{base}?q=%3Cscript%3E%25"))
    assert client.get(f"{base}?sort=nonsense&page=999999999999").status_code == 200
