"""The library of standard clauses, and what of it stands beside an offer."""

import csv
import io
import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from marketplace.core.db import db, transaction
from marketplace.core.money import yuan
from marketplace.listings.terms import DealKind, Grant, Terms
from marketplace.listings.termsheet import Forum, Law, Sublicensing, Use, Warranty
from marketplace.negotiation import library, queries, services, within
from marketplace.negotiation.models import (
    Approval,
    Clause,
    ClauseSide,
    ClauseState,
    Needs,
    Offer,
    OfferState,
)
from marketplace.negotiation.positions import Bound, Stand
from tests import factories as a
from tests.conftest import at_most

LIBRARY = "/workbench/organisation/clauses"
SALE = a.terms(price=yuan(400_000))
BOTH = (Warranty.TITLE, Warranty.FEES_PAID)
SECRET = "高校坚持时才给"


def page_of(response):
    return response.get_data(as_text=True)


def only(model):
    db.session.expire_all()
    return db.session.scalars(select(model)).one()


def held(organisation, *stands, term="forum", side=ClauseSide.SELL, kind=DealKind.TRANSFER):
    """A clause of the organisation."""
    actor = a.actor(organisation)
    with transaction():
        clause = library.begin(
            actor, organisation, kind=kind, side=side, term=term, preferred=stands[0]
        )
        for at, stand in enumerate(stands[1:], 1):
            library.add(actor, clause, version=at, stand=stand)
    return clause


def at(forum, **law):
    return replace(SALE, law=Law(forum=forum, **law))


@pytest.fixture
def firm(app):  # noqa: ARG001 -- the site has to run
    return a.organisation()


def test_an_empty_library_explains_itself(firm, sign_in):
    page = page_of(sign_in(firm).get(LIBRARY))
    assert "条款库还是空的" in page
    assert "新增条款" in page
    page = page_of(sign_in(firm, "viewer").get(LIBRARY))
    assert "由贵机构的所有者或经理维护" in page
    assert "新增条款" not in page


def test_kind_side_and_term_lead_to_the_field_of_the_term_sheet(firm, sign_in):
    browser = sign_in(firm)
    page = page_of(browser.get(f"{LIBRARY}/new?kind=licence&side=buy"))
    assert "再许可" in page
    assert "股权比例" not in page
    address = f"{LIBRARY}/new?kind=licence&side=buy&term=sublicence"
    page = page_of(browser.get(address))
    assert 'name="sublicence"' in page
    assert 'name="bound"' not in page  # a choice is what it is
    assert 'name="price"' not in page
    answer = browser.post(address, data={"sublicence": "free", "guidance": "代工厂"})
    clause = only(Clause)
    assert answer.location == f"{LIBRARY}/{clause.id}"
    assert (clause.kind, clause.side, clause.term) == (
        DealKind.LICENCE,
        ClauseSide.BUY,
        "sublicence",
    )
    assert clause.position.preferred == Stand(Sublicensing.FREE, guidance="代工厂")
    again = browser.get(address)
    assert again.location == f"{LIBRARY}/{clause.id}/stands/0"


@pytest.mark.parametrize(
    ("term", "typed", "stand"),
    [
        ("confidentiality_years", {"confidentiality_years": "３", "bound": "at_least"}, Stand(3, Bound.AT_LEAST)),
        ("warranties", {"warranties": ["title", "fees_paid"], "bound": "at_most"}, Stand(BOTH, Bound.AT_MOST)),
        ("territory", {"territory": "GD", "bound": "exactly"}, Stand(("GD",))),
        ("royalty_bps", {"royalty_bps": "3.5%", "bound": "at_most"}, Stand(350, Bound.AT_MOST)),
        ("cap", {"cap": "50万", "bound": "at_least"}, Stand(yuan(500_000), Bound.AT_LEAST)),
        ("notes", {"notes": " 保留科研使用。 ", "bound": "at_least"}, Stand("保留科研使用。", Bound.AT_LEAST)),
        ("improvements", {"improvements": ""}, Stand(None)),
        ("grant", {"grant": "sole"}, Stand(Grant.SOLE)),
    ],
)  # fmt: skip
def test_every_shape_of_term_is_typed_as_in_the_term_sheet(firm, sign_in, term, typed, stand):
    browser = sign_in(firm)
    answer = browser.post(f"{LIBRARY}/new?kind=licence&side=sell&term={term}", data=typed)
    assert answer.status_code == 303, page_of(answer)
    clause = only(Clause)
    assert clause.position.preferred == stand
    page = page_of(browser.get(f"{LIBRARY}/{clause.id}/stands/0"))
    assert f'name="{term}"' in page


@pytest.mark.parametrize(
    ("term", "typed", "said"),
    [
        ("late_interest_bps", {"late_interest_bps": "99"}, "1"),
        ("confidentiality_years", {"bound": "at_least"}, "须有内容"),
        ("grant", {}, "许可类型"),
        ("notes", {"notes": "一", "bound": "at_most"}, "请从所列选项中选择"),
        ("notes", {"notes": "一", "guidance": "长" * 1001}, "1000"),
    ],
)
def test_what_cannot_be_meant_stays_in_the_form(firm, sign_in, term, typed, said):
    answer = sign_in(firm).post(f"{LIBRARY}/new?kind=licence&side=sell&term={term}", data=typed)
    assert answer.status_code == 422
    assert said in page_of(answer)
    assert db.session.scalars(select(Clause)).all() == []


def test_fall_backs_are_added_moved_changed_and_dropped(firm, sign_in):
    clause = held(firm, Stand(Forum.GZAC))
    browser, home = sign_in(firm), f"{LIBRARY}/{clause.id}"
    page = page_of(browser.get(f"{home}/fallbacks/new"))
    assert re.search(r'name="version"[^>]*value="1"', page)
    browser.post(f"{home}/fallbacks/new", data={"version": "1", "forum": "scia"})
    browser.post(
        f"{home}/fallbacks/new",
        data={"version": "2", "forum": "cietac", "owner": "y", "guidance": "慎用"},
    )
    browser.post(f"{home}/move", data={"version": "3", "stand": "2", "to": "up"})
    browser.post(f"{home}/stands/2", data={"version": "4", "forum": "seller"})
    browser.post(f"{home}/drop", data={"version": "5", "stand": "1"})
    found = only(Clause)
    assert [s.value for s in found.position.stands] == [Forum.GZAC, Forum.SELLER]
    page = page_of(browser.get(home))
    for said in ("调整顺序", "删去一项退让", "中国国际经济贸易仲裁委员会", "须所有者同意"):
        assert said in page
    browser.post(f"{home}/retire", data={"version": "6"})
    assert only(Clause).state is ClauseState.RETIRED
    assert home not in page_of(browser.get(LIBRARY))
    assert home in page_of(browser.get(f"{LIBRARY}?state=retired"))
    browser.post(f"{home}/reinstate", data={"version": "7"})
    assert only(Clause).state is ClauseState.KEPT


def test_whoever_comes_second_is_told_and_loses_nothing_typed(firm, sign_in):
    clause = held(firm, Stand("甲方案"), term="notes")
    browser, home = sign_in(firm), f"{LIBRARY}/{clause.id}"
    browser.post(f"{home}/stands/0", data={"version": "1", "notes": "乙方案", "bound": "exactly"})
    late = browser.post(
        f"{home}/stands/0", data={"version": "1", "notes": "丙方案", "bound": "exactly"}
    )
    page = page_of(late)
    assert late.status_code == 422
    assert "同事刚刚修改了这一条" in page
    assert "丙方案" in page
    assert "乙方案" in page
    answer = browser.post(f"{home}/retire", data={"version": "1"})
    assert "同事刚刚修改了这一条" in page_of(browser.get(answer.location))


def test_the_list_is_filtered_searched_and_exported(firm, sign_in):
    held(firm, Stand(Forum.GZAC), Stand(Forum.SCIA, guidance=SECRET, owner=True))
    held(firm, Stand(3, Bound.AT_LEAST), term="confidentiality_years", side=ClauseSide.BUY)
    browser = sign_in(firm, "viewer")

    def terms(query):
        return re.findall(r'clauses/\d+">([^<]+)<', page_of(browser.get(f"{LIBRARY}?{query}")))

    assert terms("") == ["争议解决", "合同终止后的保密期"]
    assert terms("side=buy") == ["合同终止后的保密期"]
    assert terms("kind=licence") == []
    for text in ("深圳国际", "高校坚持", "争议"):
        assert terms(f"q={text}") == ["争议解决"], text
    assert "没有符合条件的条款" in page_of(browser.get(f"{LIBRARY}?q=无此"))
    file = browser.get(f"{LIBRARY}?format=csv")
    rows = list(csv.reader(io.StringIO(file.get_data().decode("utf-8-sig"))))
    assert [row[3] for row in rows[1:]] == ["首选", "退让 1", "首选"]
    assert rows[2][4:7] == ["深圳国际仲裁院", SECRET, "1"]
    assert browser.get(f"{LIBRARY}?format=xlsx").status_code == 200


def test_the_list_asks_the_database_as_often_for_many_as_for_one(firm, sign_in):
    for term in ("place", "acceptance", "documents", "notes"):
        held(firm, Stand("一"), Stand("二"), term=term)
    browser = sign_in(firm)
    browser.get(LIBRARY)
    with at_most(12):
        browser.get(LIBRARY)


# ---- beside an offer ---------------------------------------------------------------------------


@pytest.fixture
def talk(app):  # noqa: ARG001 -- the site has to run
    """An offer with one term preferred, one a fall-back, one outside of what the seller approves."""
    terms = replace(at(Forum.SCIA, confidentiality_years=1), use=Use(inspection_days=10))
    offer = a.offer(terms=terms)
    seller = offer.listing.seller
    held(seller, Stand(15, Bound.AT_MOST), term="inspection_days")
    held(
        seller,
        Stand(Forum.GZAC),
        Stand(Forum.SCIA, guidance=SECRET),
        Stand(Forum.CIETAC, owner=True),
    )
    held(seller, Stand(5, Bound.AT_LEAST), Stand(3, Bound.AT_LEAST), term="confidentiality_years")
    return offer


def panel(page):
    found = re.search(r'(?s)<section class="panel" id="clauses">.*?</section>', page)
    return found.group(0) if found else ""


def test_each_term_has_its_standing(talk, sign_in):
    page = page_of(sign_in(talk.listing.seller).get(f"/workbench/offers/{talk.reference}"))
    beside = panel(page)
    assert re.findall(r'class="badge (b-ok|b-warn|b-bad)">([^<]+)<', beside) == [
        ("b-ok", "首选"), ("b-bad", "超出范围"), ("b-warn", "退让 1 / 2"),
    ]  # fmt: skip
    assert re.findall(r'name="take" value="([^"]+)"', beside) == [
        "confidentiality_years:0", "confidentiality_years:1", "forum:0",
    ]  # fmt: skip
    assert "超出贵机构条款库的范围：合同终止后的保密期。" in page


def test_nobody_but_one_s_own_people_sees_it(talk, sign_in):
    address = f"/workbench/offers/{talk.reference}"
    clause = db.session.scalars(select(Clause).where(Clause.term == "forum")).one()
    assert SECRET in page_of(sign_in(talk.listing.seller, "viewer").get(f"{LIBRARY}/{clause.id}"))
    buyer = sign_in(talk.buyer, "owner")
    page = page_of(buyer.get(address))
    assert panel(page) == ""
    assert "超出" not in page
    others = [
        buyer,
        sign_in(a.organisation(), "owner"),
        sign_in(a.exchange(), "owner"),
        sign_in(a.organisation("regulator"), "owner"),
    ]
    for browser in others:
        assert browser.get(f"{LIBRARY}/{clause.id}").status_code == 404
        assert SECRET not in page_of(browser.get(LIBRARY))
    for browser in others[1:]:
        assert browser.get(address).status_code == 404


def test_the_other_side_reads_none_of_it_in_the_counter_form(talk, sign_in):
    with transaction():
        services.counter(
            a.actor(talk.listing.seller, "owner"), talk, version=1, terms=at(Forum.GZAC)
        )
    page = page_of(
        sign_in(talk.buyer).get(f"/workbench/offers/{talk.reference}/counter?take=forum:0")
    )
    assert "hint-ours" not in page
    assert SECRET not in page
    assert "已按贵机构的条款库填入" not in page


def test_stands_are_taken_into_the_counter_offer(talk, sign_in):
    browser = sign_in(talk.listing.seller)
    address = f"/workbench/offers/{talk.reference}/counter"
    query = (
        "take=forum:0&take=confidentiality_years:1&take=forum:2&take=price:0&take=forum:x&take=%00"
    )
    page = page_of(browser.get(f"{address}?{query}"))
    assert "已按贵机构的条款库填入：争议解决（首选）、合同终止后的保密期（退让 1）。" in page
    assert re.search(r'<option selected value="gzac"', page)
    assert re.search(r'name="confidentiality_years"[^>]*value="3"', page)
    assert only(Offer).version == 1  # a look changes nothing
    plain = page_of(browser.get(address))
    assert re.search(r'<option selected value="scia"', plain)
    assert (
        "首选：广州仲裁委员会；退让 1：深圳国际仲裁院；退让 2：中国国际经济贸易仲裁委员会（须所有者同意）"
        in plain
    )
    assert 'aria-describedby="forum-hint forum-ours"' in plain


def test_what_is_preferred_is_beside_the_fields_of_a_first_offer(firm, sign_in):
    held(firm, Stand(Forum.GZAC), side=ClauseSide.BUY)
    page = page_of(sign_in(firm).get(f"/listings/{a.listing().reference}/offer"))
    assert "首选：广州仲裁委员会" in page


def test_a_wording_of_an_earlier_version_is_kept_as_preferred(talk, sign_in):
    with transaction():
        services.counter(
            a.actor(talk.listing.seller, "owner"),
            talk,
            version=1,
            terms=replace(SALE, use=Use(place="在广州线上交付")),
        )
    browser = sign_in(talk.listing.seller)
    page = page_of(browser.get(f"{LIBRARY}/from/{talk.reference}"))
    assert "在广州线上交付" in page
    assert "收到后 10 天内" in page_of(browser.get(f"{LIBRARY}/from/{talk.reference}?version=1"))
    assert browser.get(f"{LIBRARY}/from/{talk.reference}?version=9").status_code == 404
    source = f"offer={talk.reference}&version=2"
    address = f"{LIBRARY}/new?kind=transfer&side=sell&term=place&{source}"
    assert 'value="在广州线上交付"' in page_of(browser.get(address))
    sent = browser.get(
        f"{LIBRARY}/new?kind=transfer&side=sell&term=forum&offer={talk.reference}&version=1"
    )
    assert "/stands/0?" in sent.location
    page = page_of(browser.get(sent.location))
    assert re.search(r'<option selected value="scia"', page)


def test_wordings_of_other_people_s_offers_are_not_there(talk, sign_in):
    stranger = sign_in(a.organisation())
    assert stranger.get(f"{LIBRARY}/from/{talk.reference}").status_code == 404
    query = f"kind=transfer&side=sell&term=forum&offer={talk.reference}&version=1"
    assert stranger.get(f"{LIBRARY}/new?{query}").status_code == 404


# ---- where the rule asks for an owner ----------------------------------------------------------


@pytest.fixture
def strict(talk):
    """The seller's rule asks an owner for what is off the clauses."""
    owner = a.actor(talk.listing.seller, "owner")
    with transaction():
        within.set_rule(
            owner, talk.listing.seller, above=None, needs=Needs.OWNER, keep_clauses=True
        )
    return talk


def test_the_rule_is_set_on_its_page(firm, sign_in):
    browser = sign_in(firm, "owner")
    browser.post(
        "/workbench/organisation/acceptance-rule",
        data={"above": "", "needs": "", "keep_clauses": "y", "owners_offer": "y"},
    )
    rule = queries.rule_of(firm.id)
    assert (rule.above, rule.keep_clauses, rule.owners_offer) == (None, True, True)
    page = page_of(browser.get("/workbench/organisation/acceptance-rule"))
    assert len(re.findall(r'type="checkbox"[^>]* checked', page)) == 2
    browser.post("/workbench/organisation/acceptance-rule", data={"above": ""})
    db.session.expire_all()
    assert queries.rule_of(firm.id) is None


def test_a_manager_is_told_and_asks_to_accept(strict, sign_in):
    seller = strict.listing.seller
    browser, home = sign_in(seller), f"/workbench/offers/{strict.reference}"
    page = page_of(browser.get(home))
    assert "以下条款须经所有者：合同终止后的保密期" in page
    answer = browser.post(f"{home}/accept", data={"version": "1"})
    assert "超出贵机构认可的范围" in page_of(browser.get(answer.location))
    assert only(Offer).state is OfferState.SENT
    browser.post(f"{home}/approval", data={"version": "1", "because": "对方坚持一年"})
    owner = sign_in(seller, "owner")
    assert "对方坚持一年" in page_of(owner.get(home))
    owner.post(f"{home}/approvals/{only(Approval).id}/approve")
    assert only(Offer).state is OfferState.ACCEPTED


def test_a_manager_s_counter_offer_goes_out_once_an_owner_approves(strict, sign_in):
    seller = strict.listing.seller
    browser, home = sign_in(seller), f"/workbench/offers/{strict.reference}"
    form = {
        "version": "1",
        "price": "420000",
        "valid_days": "7",
        "forum": "buyer",
        "because": "可行",
    }
    answer = browser.post(f"{home}/counter", data=form)
    assert answer.status_code == 422
    assert "超出贵机构认可的范围，须经所有者批准" in page_of(answer)
    assert 'value="ask"' in page_of(answer)
    assert ">可行</textarea>" in page_of(answer)  # nothing typed is lost
    sent = browser.post(f"{home}/counter", data=form | {"do": "ask"})
    assert sent.location == home
    assert only(Offer).version == 1
    owner = sign_in(seller, "owner")
    page = page_of(owner.get(home))
    assert "申请对第 1 版还价" in page
    assert "买方住所地法院" in page
    assert "可行" in page
    done = owner.post(f"{home}/approvals/{only(Approval).id}/approve")
    assert "还价已发出" in page_of(owner.get(done.location))
    found = only(Offer)
    assert (found.version, found.terms.law.forum) == (2, Forum.BUYER)
    page = page_of(sign_in(strict.buyer, "owner").get(home))
    assert "可行" not in page
    assert "申请对第" not in page


def test_an_owner_needs_to_ask_nobody(strict, sign_in):
    home = f"/workbench/offers/{strict.reference}"
    browser = sign_in(strict.listing.seller, "owner")
    assert 'value="ask"' not in page_of(browser.get(f"{home}/counter"))
    browser.post(f"{home}/accept", data={"version": "1"})
    assert only(Offer).state is OfferState.ACCEPTED


def test_terms_that_no_clause_is_about_leave_the_page_as_it_was(app, sign_in):  # noqa: ARG001
    offer = a.offer(terms=Terms(DealKind.TRANSFER, yuan(1)))
    page = page_of(sign_in(offer.listing.seller).get(f"/workbench/offers/{offer.reference}"))
    assert panel(page) == ""
