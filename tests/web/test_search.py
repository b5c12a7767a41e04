"""The page of results as a visitor, a member and a machine see it."""

import csv
import io
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from python_calamine import CalamineWorkbook

from marketplace.assets.models import AssetClass, AssetKind
from marketplace.core import clock
from marketplace.core.money import Money, yuan
from marketplace.jobs import indexing
from marketplace.listings.models import ListingState, PriceMode
from marketplace.organisations import passwords
from marketplace.search import site
from tests import factories as a
from tests.conftest import at_most

NASTY = '<script>alert(1)</script>"><b>粗</b>'


@pytest.fixture(autouse=True)
def _own_index(app):
    site.configure(app.config["SEARCH_DIR"])
    indexing.rebuild()


def text_of(response) -> str:
    return response.get_data(as_text=True)


def priced(*ten_thousands: int | None, **over):
    """Published listings of one seller at these prices in 万元, None negotiable; indexed."""
    seller = a.organisation()
    made = [
        a.listing(
            seller=seller,
            terms=a.terms(price=None if price is None else yuan(price * 10_000)),
            price_mode=PriceMode.NEGOTIATED if price is None else PriceMode.POSTED,
            **over,
        )
        for price in ten_thousands
    ]
    indexing.rebuild()
    return made


def insight(page: str, label: str) -> str:
    """The figure and the note of one part of the strip."""
    part = re.search(rf"<dt>{label}</dt><dd>(.*?)</dd>", page)
    return re.sub(r"<[^>]+>", "", part.group(1)) if part else ""


def test_the_strip_tells_of_the_listings_found_and_of_no_others(client):
    found = priced(10, 30, 80, None)
    a.valuation(found[0].assets[0])
    old = a.listing(published_at=clock.now() - timedelta(days=40), terms=a.terms(price=yuan(10)))
    a.listing(state=ListingState.DRAFT, terms=a.terms(price=yuan(1)))
    indexing.rebuild()
    page = text_of(client.get("/search"))
    assert insight(page, "标价中位数") == "20.0万元 4 项有标价"
    assert insight(page, "权属已核验") == "5 共 5 项中"
    assert insight(page, "有有效评估报告") == "1 共 5 项中"
    assert insight(page, "近 30 天新挂牌") == "4 共 5 项中"
    page = text_of(client.get("/search?pmin=30"))
    assert insight(page, "标价中位数") == "55.0万元 2 项有标价"
    assert old.reference not in page


def test_the_histogram_shows_every_price_and_greys_what_the_range_leaves_out(client):
    priced(3, 30, 30, 800)
    page = text_of(client.get("/search?pmin=20&pmax=100"))
    chart = page[page.index("chart-hist") : page.index("</svg>", page.index("chart-hist"))]
    bars = re.findall(r'class="bar( is-off)?"[^>]*?height="([\d.]+)"', chart)
    assert len(bars) == 11
    assert [n for n, (off, _) in enumerate(bars) if not off] == [5, 6]  # 20–50 and 50–100
    assert [n for n, (_, tall) in enumerate(bars) if float(tall)] == [2, 5, 9]
    assert re.search(r'<th scope="row">20–50</th>\s*<td class="r num">2</td>', page)


def test_a_range_the_wrong_way_round_is_read_as_it_was_meant(client):
    found = priced(5, 50)
    page = text_of(client.get("/search?pmin=100&pmax=20"))
    assert found[1].reference in page
    assert found[0].reference not in page
    assert 'name="pmin" inputmode="decimal" value="20"' in page


def test_conditions_are_chips_that_can_be_taken_away(client):
    priced(50)
    page = text_of(client.get("/search?q=方法&kind=invention&city=广州市&pmin=10&page=1"))
    chips = re.findall(r'class="chip" href="([^"]+)"', page)
    assert len(chips) == 3
    assert all(address.count("=") == 3 for address in chips)  # all but one, and the first page
    assert 'class="chip chip-clear" href="/search?q=' in page


def test_a_new_text_in_the_box_keeps_the_conditions(client):
    priced(50)
    page = text_of(client.get("/search?q=方法&kind=invention&city=广州市&pmin=10&sort=price_up"))
    kept = page[page.index('id="kept"') : page.index("</span>", page.index('id="kept"'))]
    assert re.findall(r'name="(\w+)"', kept) == ["city", "pmin", "sort"]
    assert '<option value="invention" selected>' in page


def test_nothing_found_offers_what_to_drop_and_how_much_that_finds(client):
    priced(5, 6, 7)
    page = text_of(client.get("/search?kind=invention&city=深圳市&pmin=1"))
    offers = re.findall(r'<li><a href="([^"]+)">去掉“([^”]+)”</a> <span[^>]*>(\d+) 项', page)
    assert [(text, count) for _, text, count in offers] == [("深圳市", "3")]
    followed = text_of(client.get(offers[0][0].replace("&amp;", "&")))
    assert '<h2 id="result-count">找到 <b>3</b> 项资产</h2>' in followed


def test_an_empty_market_says_so_and_asks_nobody_to_drop_a_condition(client):
    nothing_yet, nothing_meets = "还没有挂牌", "没有符合全部条件的挂牌"
    empty, asked = text_of(client.get("/search")), text_of(client.get("/search?q=电池"))
    priced(10)
    filled = text_of(client.get("/search"))
    assert [(nothing_yet in page, nothing_meets in page) for page in (empty, asked, filled)] == [
        (True, False),
        (False, True),
        (False, False),
    ]


def test_a_slip_is_answered_with_what_was_meant(client):
    a.listing(title="一种钙钛矿电池")
    indexing.rebuild()
    page = text_of(client.get("/search?q=钙汰矿电池"))
    assert "您要找的是不是" in page
    assert "<b>钙钛矿电池</b>" in page


def test_a_visitor_may_save_a_search_by_signing_in_and_comes_back(client):
    page = text_of(client.get("/search?q=电池&kind=invention"))
    address = re.search(r'href="(/sign-in\?next=[^"]+)"[^>]*>(?:(?!</a>).)*保存检索', page).group(1)
    person = a.user(password_hash=passwords.hashed("岭南演示之密码"))
    answer = client.post(
        address.replace("&amp;", "&"), data={"email": person.email, "password": "岭南演示之密码"}
    )
    assert unquote(answer.location) == "/search?q=电池&kind=invention"


def test_a_trade_secret_shows_no_fingerprint_and_a_listing_in_a_deal_says_so(client):
    secret = a.asset(kind=AssetKind.KNOW_HOW, patent_number="f" * 40, last_day=None)
    listing = a.listing(secret, state=ListingState.RESERVED)
    indexing.rebuild()
    page = text_of(client.get("/search"))
    assert listing.reference in page
    assert "交易中" in page
    assert "f" * 40 not in page
    client.post(f"/compare/{listing.reference}")
    assert "f" * 40 not in text_of(client.get("/compare"))
    assert "f" * 40 not in text_of(client.get("/search?format=csv"))


@pytest.mark.parametrize(
    ("asked", "size"), [("10", 10), ("50", 25), ("7", 20), ("x", 20), ("", 20)]
)
def test_a_page_is_as_long_as_asked(client, asked, size):
    priced(*[5] * 25)
    assert text_of(client.get(f"/search?per={asked}")).count("<article") == size


def test_a_long_facet_is_searched_and_never_longer_than_can_be_read(client):
    right = a.asset()
    right.classes = [
        AssetClass(scheme="ipc", symbol=f"{s}{n:02}{sub} 1/00")
        for s in "ABC"
        for n in (1, 21, 41, 61)
        for sub in "BCDEFGH"
    ]
    a.listing(right)
    indexing.rebuild()
    page = text_of(client.get("/search"))
    assert page.count('name="class"') == 60
    assert 'id="find-class"' in page
    assert 'id="find-pledged"' not in page


def test_html_in_every_place_is_text(client):
    right = a.asset(title=NASTY, city=NASTY)
    a.listing(right, title=NASTY, title_en=NASTY, summary=NASTY)
    indexing.rebuild()
    for address in ("/search", "/search?q=<script>", "/search?q=alert&kind=<b>&city=%22%3E<b>"):
        page = text_of(client.get(address))
        assert "<script>alert" not in page, address
        assert "<b>粗" not in page, address
    assert client.get("/suggest?q=<script").is_json


@pytest.mark.parametrize(
    "address",
    [
        "/search?q=" + "电池" * 2500,
        "/search?q=%FF%FE%00",
        "/search?q=\ud800",
        "/search?q=title:电池 OR *&sort=drop table&page=-1&per=-5&pmin=NaN&pmax=1e9&price_band=x",
        "/search?page=99999999999999999999",
        "/search?" + "&".join(f"city=c{n}" for n in range(300)),
        "/search?pmin=999999999&pmax=０",
        "/search?format=xlsx&q=没有这样的东西",
    ],
)
def test_any_address_is_answered(client, address):
    assert client.get(address.encode("utf-8", "surrogatepass").decode("latin-1")).status_code == 200


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_download_holds_all_that_was_found_and_no_formula(client, kind):
    a.listing(title='=HYPERLINK("http://x.example","点")')
    a.listing(title="@SUM(1)", terms=a.terms(price=Money("CNY", 123_450)))
    for _ in range(25):
        a.listing()
    indexing.rebuild()
    content = client.get(f"/search?format={kind}").data
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    titles = [row[1] for row in rows[1:]]
    assert len(titles) == 27
    assert not [title for title in titles if title[:1] in {"=", "+", "-", "@"}]
    assert {str(row[5]) for row in rows[1:]} == {"1234.50", "500000.00"}


def test_suggestions_are_for_what_is_public_and_never_for_a_draft(client):
    a.listing(title="一种钙钛矿电池")
    a.listing(title="钙钛矿秘密配方", state=ListingState.DRAFT)
    indexing.rebuild()
    offered = [each["t"] for each in client.get("/suggest?q=钙钛").get_json()]
    assert offered == ["钙钛矿", "一种钙钛矿电池"]
    assert client.get("/suggest?q=").get_json() == []
    assert client.get("/suggest?q=" + "电" * 5000).status_code == 200


def test_compared_rights_are_marked_where_they_differ(client):
    one, other = priced(5, 50)
    for each in (one, other):
        client.post(f"/compare/{each.reference}")
    page = text_of(client.get("/compare"))
    rows = re.findall(r'<tr( class="is-changed")?><th scope="row">([^<]+)', page)
    differing = {label for changed, label in rows if changed}
    assert "价格" in differing
    assert "城市" not in differing


def test_a_search_is_kept_once_and_its_alerts_can_be_stopped(sign_in):
    browser = sign_in(a.organisation())
    for query in ("q=电池&kind=invention", "kind=invention&q=电池&page=3"):
        browser.post("/saved-searches", data={"query": query, "alerts": "1"})
    page = text_of(browser.get("/saved-searches"))
    assert page.count("电池 · 发明专利</a>") == 1
    address = re.search(r'action="(/saved-searches/\d+/alerts)"', page).group(1)
    browser.post(address)
    assert "关" in text_of(browser.get("/saved-searches"))
    stranger = sign_in(a.organisation())
    assert stranger.post(address).status_code == 404


def test_the_page_answers_while_the_index_is_away(client, tmp_path):
    listing = a.listing()
    site.configure(tmp_path / "nothing")
    hidden = a.listing(state=ListingState.DRAFT)
    for address in ("/search", f"/search?q={listing.assets[0].patent_number}&city=广州市", "/"):
        page = text_of(client.get(address))
        assert listing.reference in page, address
        assert hidden.reference not in page, address
    assert "检索索引正在恢复" in text_of(client.get("/search"))
    assert client.get("/suggest?q=方法").get_json() == []
    indexing.mend()
    assert "检索索引正在恢复" not in text_of(client.get("/search"))


@pytest.mark.parametrize("count", [1, 12])
def test_a_page_asks_the_database_as_often_for_one_listing_as_for_many(client, count):
    priced(*[5] * count)
    client.get("/search")
    with at_most(12):
        client.get("/search")
