"""A weighted tender through the pages: planned, answered, opened, judged, ranked, awarded, verified."""

import json
import re
from datetime import timedelta

import pytest

from marketplace.auctions import verify
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import (
    Auction,
    Envelope,
    Juror,
    JurorState,
    ShareHolder,
)
from marketplace.auctions.services import awarding
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.listings.models import PriceMode
from tests import factories as a
from tests.auctions.auctioning import bidder, code_of, tick
from tests.auctions.sealed.test_opening import handed_in, now
from tests.auctions.tendering import ANSWERS, a_juror, a_jury, a_tender, gives, puts, to_jury
from tests.conftest import statements

pytestmark = pytest.mark.usefixtures("app")
SECRETS = ("123,456", "123456", *ANSWERS)


def planned(opens, **over):
    """What a seller types."""
    days = "%Y-%m-%dT%H:%M"
    return {
        "how": "tender", "start": "100000", "deposit": "0", "cycle": "300", "priority": "none",
        "opens_at": opens.astimezone(clock.BEIJING).strftime(days),
        "ends_at": (opens + timedelta(days=10)).astimezone(clock.BEIJING).strftime(days),
        "price_weight": "40", "evaluators": "3",
        "criterion_1": "实施计划", "criterion_1_en": "Working plan", "criterion_1_weight": "35",
        "criterion_2": "技术支持", "criterion_2_en": "Support", "criterion_2_weight": "25",
    } | over  # fmt: skip


def a_listing():
    return a.listing(price_mode=PriceMode.AUCTION)


def announced(sign_in, listing, exchange, opens):
    """Planned by the seller, checked, submitted, approved by the exchange."""
    seller = sign_in(listing.seller)
    sent = seller.post(f"/workbench/listings/{listing.reference}/auction", data=planned(opens))
    assert sent.status_code == 303
    auction = db.session.query(Auction).one()
    assert "实施计划 35%" in seller.get(f"/workbench/auctions/{auction.reference}").text
    assert seller.post(f"/workbench/auctions/{auction.reference}/submit").status_code == 303
    desk = sign_in(exchange)
    assert desk.post(f"/console/auction-desk/{auction.reference}/approve").status_code == 303
    return now(auction)


def answered(sign_in, auction, firm, amount, said):
    """An answer from the room: sealed, receipted, to be read by nobody."""
    bidder(now(auction), of=firm)
    browser, room = sign_in(firm), f"/auctions/{auction.reference}"
    assert 'id="tender"' in browser.get(room).text
    form = {"amount": amount, "answer_1": said[0], "answer_2": said[1], "key": "k" * 32}
    assert browser.post(f"{room}/envelope", data=form).status_code == 303
    page = browser.get(room).text
    assert "贵机构的投标已密封" in page
    assert [word for word in SECRETS if word in page] == []
    assert "/my/receipts/" in page


def seated(desk, auction, people):
    """A jury named by the exchange."""
    jury = f"/console/auction-juries/{auction.reference}"
    for person in people:
        member = re.search(rf'value="(\d+)">{person.name} ', desk.get(jury).text).group(1)
        assert desk.post(f"{jury}/name", data={"member": member}).status_code == 303
    assert "指定评审人" not in desk.get(jury).text


def declared_and_given(browser, juror_id, firms, points):
    """A juror declares, reads the answers under pseudonyms, gives points."""
    mine = f"/workbench/juries/{juror_id}"
    assert mine in browser.get("/workbench/juries").text
    assert ANSWERS[0] not in browser.get(mine).text
    assert browser.post(f"{mine}/declare", data={"conflict": "no"}).status_code == 303
    page = browser.get(mine).text
    assert ANSWERS[0] in page
    assert [firm.name for firm in firms if firm.name in page] == []
    sent = {f"points_{code}_{n}": given for code, given in points.items() for n in (1, 2)}
    assert browser.post(mine, data=sent).status_code == 303


def test_a_tender_goes_from_the_plan_to_the_award_through_the_pages(sign_in, client):
    listing, exchange, valuer = a_listing(), a.exchange(), a.organisation("valuer")
    opens = clock.now() + timedelta(days=8)
    auction = announced(sign_in, listing, exchange, opens)
    room, firms = f"/auctions/{auction.reference}", [a.organisation(), a.organisation()]
    with clock.freeze(opens + timedelta(minutes=1)):
        tick(auction)
        answered(sign_in, auction, firms[0], "123456", ANSWERS)
        answered(sign_in, auction, firms[1], "140000", ("五年", "无"))
    houses = (valuer, exchange, valuer)
    people = [a.member(house).user for house in houses]
    seated(sign_in(exchange), auction, people)
    codes = [code_of(a.actor(firm), auction) for firm in firms]

    with clock.freeze(opens + timedelta(days=11)):
        tick(auction)
        handed_in(auction, ShareHolder.SELLER)
        handed_in(auction, ShareHolder.EXCHANGE)
        jurors = [juror.id for juror in db.session.query(Juror).order_by(Juror.id)]
        for juror_id, person, house in zip(jurors, people, houses, strict=True):
            browser = sign_in(house, "manager", person)
            declared_and_given(
                browser, juror_id, firms, dict(zip(codes, ("90", "50"), strict=True))
            )
        assert now(auction).state is Phase.CLOSED
        public = client.get(room).text.partition('id="ranking"')[2]
        assert 0 < public.index(codes[0]) < public.index(codes[1])
        assert [word for word in ANSWERS if word in public] == []
        with transaction():
            assert awarding.award(auction.id)
        _promises_are_read_by_both_sides_only(sign_in, auction, listing.seller, firms)
        verdict = verify.verify(json.loads(client.get(f"{room}/bundle.json").text))
    assert (verdict.valid, verdict.winner, verdict.price) == (True, codes[0], 12_345_600)


def _promises_are_read_by_both_sides_only(sign_in, auction, seller, firms):
    promised = f"/workbench/auctions/{auction.reference}/promised"
    assert promised in sign_in(seller).get(f"/auctions/{auction.reference}").text
    for firm in (seller, firms[0]):
        assert ANSWERS[0] in sign_in(firm).get(promised).text
    assert sign_in(firms[1]).get(promised).status_code == 404


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"price_weight": "41"}, "各项权重合计须为 100%"),
        ({"price_weight": ""}, "价格权重为 1% 至 99% 的整数"),
        ({"price_weight": "abc"}, "请填写 1 至 99 的整数"),
        ({"price_weight": "9" * 400}, "请填写 1 至 99 的整数"),
        ({"criterion_2": ""}, "评审标准须有中文和英文名称"),
        ({"criterion_2_en": ""}, "评审标准须有中文和英文名称"),
        ({"criterion_2": "实施计划"}, "名称不能重复"),
        ({"criterion_2_weight": "0"}, "请填写 1 至 99 的整数"),
        ({"evaluators": "2"}, ""),
        (
            {f"criterion_{n}{part}": "" for n in (1, 2) for part in ("", "_en", "_weight")},
            "除价格外至少一项",
        ),
    ],
)
def test_a_plan_with_wrong_weights_is_refused_and_keeps_what_was_typed(sign_in, over, said):
    listing = a_listing()
    answer = sign_in(listing.seller).post(
        f"/workbench/listings/{listing.reference}/auction",
        data=planned(clock.now() + timedelta(days=8), **over),
    )
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Working plan"' in answer.text or "criterion_1_en" in over
    assert db.session.query(Auction).count() == 0


def test_what_earns_the_points_is_told_to_bidders_and_jurors_and_not_too_long(sign_in):
    listing, exchange = a_listing(), a.exchange()
    opens = clock.now() + timedelta(days=20)
    seller, address = sign_in(listing.seller), f"/workbench/listings/{listing.reference}/auction"
    long = planned(opens, criterion_1_guide="长" * 301)
    assert seller.post(address, data=long).status_code == 422
    told = planned(
        opens, criterion_1_guide="两年内投产得高分。", criterion_1_guide_en="Within two."
    )
    assert seller.post(address, data=told).status_code == 303
    auction = db.session.query(Auction).one()
    assert "两年内投产得高分。" in seller.get(f"/workbench/auctions/{auction.reference}/plan").text
    seller.post(f"/workbench/auctions/{auction.reference}/submit")
    sign_in(exchange).post(f"/console/auction-desk/{auction.reference}/approve")
    room = f"/auctions/{auction.reference}"
    assert "两年内投产得高分。" in seller.get(room).text
    assert "Within two." in seller.get(f"{room}?lang=en").text
    _, juror = a_juror(now(auction), ready=False)
    mine = as_juror(sign_in, juror)
    assert "两年内投产得高分。" in mine.get(f"/workbench/juries/{juror.id}").text


def test_a_draft_s_criteria_stand_in_its_form_again(sign_in):
    listing = a_listing()
    seller = sign_in(listing.seller)
    plan = planned(clock.now() + timedelta(days=8))
    seller.post(f"/workbench/listings/{listing.reference}/auction", data=plan)
    address = f"/workbench/auctions/{db.session.query(Auction).one().reference}/plan"
    for value in ("Working plan", "Support", "35", "25", "40"):
        assert f'value="{value}"' in seller.get(address).text
    assert seller.post(address, data=plan | {"price_weight": "50"}).status_code == 422
    changed = plan | {"price_weight": "50", "criterion_1_weight": "25"}
    assert seller.post(address, data=changed).status_code == 303
    assert db.session.query(Auction).one().rules.price_weight == 5_000


@pytest.mark.parametrize(
    "over",
    [
        {"answer_1": ""},
        {"answer_2": "   "},
        {"answer_1": "长" * 2001},
        {"amount": ""},
        {"amount": "-5"},
        {"amount": "一百"},
        {"key": ""},
    ],
)
def test_nonsense_in_a_tender_is_refused_on_the_page_and_nothing_typed_is_lost(sign_in, over):
    auction, firm = a_tender(), a.organisation()
    bidder(auction, of=firm)
    form = {"amount": "123456", "answer_1": "三年", "answer_2": "两名工程师", "key": "k" * 32}
    answer = sign_in(firm).post(f"/auctions/{auction.reference}/envelope", data=form | over)
    assert answer.status_code in {400, 422}
    assert db.session.query(Envelope).count() == 0
    if answer.status_code == 422 and "answer_2" not in over:
        assert "两名工程师" in answer.text


def test_who_is_not_admitted_or_comes_late_is_refused(sign_in):
    auction, late = a_tender(), a.organisation()
    bidder(auction, of=late)
    form = {"amount": "123456", "answer_1": "三年", "answer_2": "两名", "key": "k" * 32}
    address = f"/auctions/{auction.reference}/envelope"
    stranger = sign_in(a.organisation())
    stranger.post(address, data=form)
    with clock.freeze(auction.ends_at + timedelta(seconds=2)):
        tick(auction)
        browser = sign_in(late)
        browser.post(address, data=form)
        assert "这场竞价已经结束" in browser.get(f"/auctions/{auction.reference}").text
    assert db.session.query(Envelope).count() == 0


def judged():
    auction = a_tender()
    firms = [a.organisation(), a.organisation()]
    for firm in firms:
        puts(bidder(auction, of=firm), auction, 12_000_000)
    jury = a_jury(auction)
    to_jury(auction)
    return auction, jury, [code_of(a.actor(firm), auction) for firm in firms]


def as_juror(sign_in, juror):
    return sign_in(juror.organisation, "manager", juror.user)


@pytest.mark.parametrize("nonsense", ["", "101", "-1", "1.5", "九十", "NaN", "9" * 400])
def test_points_that_are_no_whole_numbers_up_to_a_hundred_are_refused(sign_in, nonsense):
    _, jury, codes = judged()
    juror = jury[0][1]
    sent = {f"points_{code}_{n}": "50" for code in codes for n in (1, 2)}
    answer = as_juror(sign_in, juror).post(
        f"/workbench/juries/{juror.id}", data=sent | {f"points_{codes[0]}_1": nonsense}
    )
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert db.session.get_one(Juror, juror.id).state is JurorState.READY


def test_a_second_sheet_is_not_taken_and_the_first_stands(sign_in):
    _, jury, codes = judged()
    juror = jury[0][1]
    browser, mine = as_juror(sign_in, juror), f"/workbench/juries/{juror.id}"
    sent = {f"points_{code}_{n}": "50" for code in codes for n in (1, 2)}
    assert browser.post(mine, data=sent).status_code == 303
    again = browser.post(mine, data=dict.fromkeys(sent, "99"))
    assert again.status_code == 422
    assert "评分只能提交一次" in again.text
    page = browser.get(mine).text
    assert page.count('<b class="num">50</b>') == 4


def test_nobody_else_opens_a_juror_s_page_and_the_exchange_sees_no_points(sign_in):
    auction, jury, codes = judged()
    juror = jury[0][1]
    mine = f"/workbench/juries/{juror.id}"
    sent = {f"points_{code}_{n}": "77" for code in codes for n in (1, 2)}
    as_juror(sign_in, juror).post(mine, data=sent)
    desk = sign_in(a.exchange())
    for other in (as_juror(sign_in, jury[1][1]), sign_in(auction.seller), desk):
        assert other.get(mine).status_code == 404
        assert other.post(f"{mine}/declare", data={"conflict": "yes"}).status_code == 404
        assert other.post(mine, data=sent).status_code == 404
    seen = desk.get(f"/console/auction-juries/{auction.reference}").text
    assert "已评分" in seen
    said = re.sub(r"<[^>]*>", " ", re.search(r"<main.*</main>", seen, re.DOTALL)[0])
    assert "77" not in re.sub(r"\d{4,}|第\d+|人员\d+", "", said)
    assert 'value="77"' not in seen
    assert ANSWERS[0] not in seen


def test_a_juror_with_a_conflict_stands_back_and_is_replaced(sign_in):
    auction = a_tender()
    _, juror = a_juror(auction, ready=False)
    browser, mine = as_juror(sign_in, juror), f"/workbench/juries/{juror.id}"
    assert browser.post(f"{mine}/declare", data={}).status_code == 422
    sent = {"conflict": "yes", "statement": "曾在参加者处任职"}
    assert browser.post(f"{mine}/declare", data=sent).status_code == 303
    assert "不再担任" in browser.get(mine).text
    desk, jury = sign_in(a.exchange()), f"/console/auction-juries/{auction.reference}"
    assert "曾在参加者处任职" in desk.get(jury).text
    late = desk.post(f"{jury}/{juror.id}/dismiss", data={"because": "再次"}, follow_redirects=True)
    assert "不能更换" in late.text
    _, other = a_juror(auction)
    silent = desk.post(f"{jury}/{other.id}/dismiss", data={"because": " "}, follow_redirects=True)
    assert "理由" in silent.text
    assert desk.post(f"{jury}/{other.id}/dismiss", data={"because": "出差"}).status_code == 303
    assert db.session.get_one(Juror, other.id).state is JurorState.OUT


@pytest.mark.parametrize("member", ["", "0", "nonsense", "9" * 30])
def test_naming_nobody_is_refused(sign_in, member):
    auction = a_tender()
    desk, jury = sign_in(a.exchange()), f"/console/auction-juries/{auction.reference}"
    sent = desk.post(f"{jury}/name", data={"member": member}, follow_redirects=True)
    assert "评审人须是" in sent.text
    assert db.session.query(Juror).count() == 0


def reads_of(browser, address):
    with statements(lambda s: s.startswith("SELECT")) as found:
        assert browser.get(address).status_code == 200
    return len(found)


def test_the_lists_of_juries_cost_the_same_for_one_and_for_three(sign_in):
    desk, valuer = sign_in(a.exchange()), a.organisation("valuer")
    person = a.member(valuer).user
    browser = sign_in(valuer, "manager", person)
    costs = []
    for count in (1, 2):
        for _ in range(count):
            auction = a_tender()
            a.keep(Juror(auction_id=auction.id, user_id=person.id, organisation_id=valuer.id))
        costs.append(
            (reads_of(desk, "/console/auction-juries"), reads_of(browser, "/workbench/juries"))
        )
    assert costs[0] == costs[1]


def test_whoever_has_sealed_a_tender_is_not_offered_to_leave(sign_in):
    auction, firm = a_tender(), a.organisation()
    actor, browser = bidder(auction, of=firm), sign_in(firm)
    assert "/leave" in browser.get(f"/auctions/{auction.reference}").text
    puts(actor, auction, 12_000_000)
    assert "/leave" not in browser.get(f"/auctions/{auction.reference}").text


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_a_tie_in_the_total_is_shown_in_the_order_of_the_prices(client, language):
    auction, jury, codes = judged()
    for actor, juror in jury:
        gives(actor, juror, {code: [50, 50] for code in codes})
    page = client.get(f"/auctions/{auction.reference}", query_string={"lang": language}).text
    ranked = page.partition('id="ranking"')[2].partition('id="history"')[0]
    assert 0 < ranked.index(codes[0]) < ranked.index(codes[1])  # the same price too: the earlier
    assert ranked.count("<b>70</b>") == 2  # 40 of the price, 30 of the jury
    assert ("Total" if language == "en" else "总分") in ranked
