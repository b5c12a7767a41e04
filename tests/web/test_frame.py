"""The page frame: languages, safety headers, error pages, icons, figures and dates in words."""

import json
import re
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import refresh
from structlog.testing import capture_logs
from werkzeug.datastructures import MultiDict

from marketplace.core import clock
from marketplace.core.errors import NotAllowed, WrongState
from marketplace.core.money import Money, yuan
from marketplace.core.words import to_traditional
from marketplace.web import charts, covers, icons, locale, presentation, security
from marketplace.web.kit import SampleForm
from tests import factories as a

ROOT = Path(__file__).parents[2]
CSS = (ROOT / "static" / "css" / "app.css").read_text(encoding="utf-8")
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)  # twelve o'clock in Beijing


@pytest.fixture
def page(app: Flask):
    """A request in a language, to try filters and macros in."""

    @contextmanager
    def request(lang: str = "zh-CN", path: str = "/kit", **query: str):
        with app.test_request_context(path, query_string={"lang": lang} | query):
            refresh()  # the test's application context keeps the language of the last request
            yield

    return request


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("zh", "zh_Hans"),
        ("zh-CN", "zh_Hans"),
        ("zh-SG", "zh_Hans"),
        ("zh-TW", "zh_Hant"),
        ("zh-HK", "zh_Hant"),
        ("zh-MO", "zh_Hant"),
        ("zh_Hant", "zh_Hant"),
        ("zh-Hans-HK", "zh_Hans"),
        ("en-GB", "en"),
        ("fr", None),
    ],
)
def test_regions_of_chinese_become_scripts(tag, code):
    assert locale.canonical(tag) == code


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("zh", "zh-CN"),
        ("zh-SG", "zh-CN"),
        ("zh-CN, en;q=0.9", "zh-CN"),
        ("zh-HK", "zh-HK"),
        ("zh-TW, zh;q=0.9, en;q=0.8", "zh-HK"),
        ("zh-MO", "zh-HK"),
        ("en-GB", "en"),
        ("fr, en;q=0.5", "en"),
        ("de", "en"),  # a stranger to Chinese rather reads English
        ("de, zh;q=0.1", "zh-CN"),
        ("en;q=0, *", "zh-CN"),
        ("", "zh-CN"),
    ],
)
def test_the_browser_s_wish_decides_for_a_new_visitor(client: FlaskClient, accepted, lang):
    answer = client.get("/kit", headers={"Accept-Language": accepted})

    assert f'<html lang="{lang}"' in answer.text
    assert answer.headers["Content-Language"] == lang


def test_a_language_asked_for_is_remembered_and_the_switch_keeps_page_and_query(
    client: FlaskClient,
):
    client.get("/kit?lang=en")
    later = client.get("/kit?q=a%20b&page=3")

    assert '<html lang="en"' in later.text
    assert "/kit?q=a+b&amp;page=3&amp;lang=zh-CN" in later.text


def test_the_switch_stays_on_a_form_that_came_back_with_errors(client: FlaskClient):
    sent_back = client.post("/kit?page=2", data={"title": ""})

    assert sent_back.status_code == 422
    assert "/kit?page=2&amp;lang=en" in sent_back.text


def test_traditional_chinese_is_written_as_in_hong_kong(client: FlaskClient):
    text = client.get("/?lang=zh-HK").text

    assert '<html lang="zh-HK"' in text
    for word in ("登入", "權利", "質押", "監管賬户", "合約", "廣州"):
        assert word in text
    assert "广州" not in text


def test_words_of_the_screen_are_those_of_hong_kong():
    said = "请登录后上传合同文件，信息会发到您的邮箱地址；退出登录前可以下载软件数据。"

    assert to_traditional(said) == (
        "請登入後上載合約文件，資訊會發到您的電郵地址；登出前可以下載軟件數據。"
    )


def test_a_member_reads_in_the_language_of_the_account(sign_in):
    browser = sign_in(a.organisation(), user=a.user(locale="en"))

    assert '<html lang="en"' in browser.get("/kit").text


def test_every_answer_carries_the_policy(client: FlaskClient):
    headers = client.get("/kit").headers

    assert headers["Content-Security-Policy"] == security.POLICY
    assert "unsafe" not in security.POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers
    secure = client.get("/kit", base_url="https://localhost").headers
    assert secure["Strict-Transport-Security"] == security.HSTS


def test_pages_of_a_member_are_not_stored_and_static_files_never_change(
    client: FlaskClient, sign_in
):
    text = client.get("/kit").text
    style = re.search(r'href="(/s/[0-9a-f]{10}/css/app.css)"', text).group(1)

    assert sign_in(a.organisation()).get("/kit").headers["Cache-Control"] == "no-store"
    with client.get(style) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    assert client.get("/s/0000000000/css/app.css").status_code == 404


def test_pages_are_compressed(client: FlaskClient):
    answer = client.get("/kit", headers={"Accept-Encoding": "br"})

    assert answer.headers["Content-Encoding"] == "br"
    assert len(answer.data) < 12_000


def test_a_broken_policy_is_noted_without_queries(client: FlaskClient):
    report = {
        "csp-report": {
            "document-uri": "https://x.example/search?q=secret",
            "blocked-uri": "https://bad.example/a?b=secret",
            "violated-directive": "img-src",
        }
    }
    with capture_logs() as told:
        answer = client.post("/csp-report", data=json.dumps(report))

    assert answer.status_code == 204
    assert told[0]["blocked"] == "https://bad.example/a"
    assert "secret" not in str(told)
    assert client.post("/csp-report", data="nonsense").status_code == 400
    assert client.post("/csp-report", data="x" * 9000).status_code == 413


def test_a_form_without_its_token_changes_nothing_and_says_so(
    app: Flask, client: FlaskClient, monkeypatch
):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = client.post("/kit", data={"title": "x"})

    assert answer.status_code == 400
    assert "操作没有执行" in answer.text


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_there_is_a_page_for_every_error(page, status, lang):
    with page(lang):
        text = render_template_string("{% include 'errors/page.html' %}", status=status)

    assert f">{status}<" in text
    assert 'href="/"' in text


def test_a_refused_permission_names_what_is_missing(page):
    with page():
        text = render_template_string(
            "{% include 'errors/refused.html' %}",
            refusal=NotAllowed("offer.accept", needs=["may_manage"]),
            status=403,
        )
        other = render_template_string(
            "{% include 'errors/refused.html' %}",
            refusal=WrongState("actor.user", needs=["offer.sent"]),
            status=409,
        )

    assert "须为机构的所有者或经理" in text
    assert "offer.accept" in text
    assert "请先登录" in other


def test_every_icon_named_in_a_template_exists():
    drawn, _ = icons.names_in_templates(ROOT / "templates")

    assert drawn
    assert icons.build_sprite(drawn | icons.CHOSEN_BY_CODE).startswith("<svg")
    with pytest.raises(LookupError, match="no-such-icon"):
        icons.build_sprite(["no-such-icon"])


def test_an_icon_speaks_only_when_it_has_a_label(page):
    with page():
        assert 'aria-hidden="true"' in icons.icon("check")
        assert 'aria-label="&lt;b&gt;"' in icons.icon("check", "<b>")


@pytest.mark.parametrize(
    ("value", "chinese", "short", "english", "english_short"),
    [
        (yuan(1_280_000), "¥1,280,000", "128.0 万元", "CNY 1,280,000", "CNY 1.28"),
        (Money("CNY", 128_000_050), "¥1,280,000.50", "128.0 万元", "CNY 1,280,000.50", "CNY 1.28"),
        (yuan(130_000_000), "¥130,000,000", "1.30 亿元", "CNY 130,000,000", "CNY 130.00"),
        (yuan(9_999), "¥9,999", "¥9,999", "CNY 9,999", "CNY 9,999"),
        (-yuan(5), "−¥5", "−¥5", "−CNY 5", "−CNY 5"),
        (Money("USD", 12_345_678), "USD 123,456.78", "USD 12.3 万", "USD 123,456.78", "USD 123"),
        (Money("JPY", 1_500), "JPY 1,500", "JPY 1,500", "JPY 1,500", "JPY 1,500"),
    ],
)
def test_amounts_follow_the_language(page, value, chinese, short, english, english_short):
    with page():
        assert presentation.money(value).replace("\xa0", " ") == chinese
        assert presentation.money_short(value).replace("\xa0", " ") == short
    with page("en"):
        assert presentation.money(value).replace("\xa0", " ") == english
        assert presentation.money_short(value).replace("\xa0", " ").startswith(english_short)


def test_days_and_moments_are_those_of_beijing(page):
    late = datetime(2026, 11, 22, 23, 45, tzinfo=UTC)
    with page():
        assert presentation.format_date(late) == "2026年11月23日"
        assert presentation.format_datetime(late) == "2026年11月23日 07:45"
        assert presentation.iso_date(late) == "2026-11-23"
    with page("en"):
        assert presentation.format_datetime(late) == "23 Nov 2026, 07:45"
        assert presentation.format_date(None) == "–"


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (date(2042, 7, 30), "15 年 8 个月"),
        (date(2028, 11, 23), "2 年"),
        (date(2027, 1, 1), "1 个月"),
        (date(2026, 12, 1), "不足 1 个月"),
        (date(2026, 11, 22), "已届满"),
    ],
)
def test_what_is_left_of_a_right_is_told_in_years_and_months(page, until, words):
    with page():
        assert presentation.term(until, since=date(2026, 11, 23)) == words


@pytest.mark.parametrize(
    ("distance", "left", "near", "late"),
    [
        (timedelta(days=12), "还剩 12 天", False, False),
        (timedelta(hours=30), "还剩 30 小时", True, False),
        (timedelta(seconds=20), "还剩 1 分钟", True, False),
        (timedelta(days=-2), "已过期 2 天", False, True),
    ],
)
def test_a_deadline_says_what_is_left(page, distance, left, near, late):
    with clock.freeze(NOON), page():
        found = presentation.deadline_parts(NOON + distance)

    assert (found.left, found.near, found.late) == (left, near, late)


def test_a_bare_day_ends_at_midnight_in_beijing(page):
    with clock.freeze(NOON), page():
        assert presentation.deadline_parts(date(2026, 11, 23)).left == "还剩 12 小时"


def test_found_words_are_marked_and_everything_is_escaped():
    marked = presentation.highlight([("<i>", False), ("液冷", True)])

    assert str(marked) == "&lt;i&gt;<mark>液冷</mark>"


def test_the_query_of_a_page_is_changed_in_place(page):
    with page(path="/kit", q="电池", page="3"):
        assert presentation.url_with(page=4) == "/kit?lang=zh-CN&q=%E7%94%B5%E6%B1%A0&page=4"
        assert presentation.url_with(q=None, page=None, lang=None) == "/kit"
        assert presentation.url_without("lang", "zh-CN") == "/kit?q=%E7%94%B5%E6%B1%A0"


@pytest.mark.parametrize(
    ("current", "pages", "window"),
    [
        (1, 1, [1]),
        (1, 5, [1, 2, 3, 4, 5]),
        (4, 12, [1, 2, 3, 4, 5, 6, None, 12]),
        (12, 12, [1, None, 10, 11, 12]),
    ],
)
def test_the_pager_shows_ends_and_neighbours(current, pages, window):
    assert presentation.page_window(current, pages) == window


def test_menus_hold_only_pages_that_exist(page):
    with page():
        links = [link for menu in presentation.MENUS for link in presentation.navigation(menu)]
        links += [link for _, column in presentation.footer_columns() for link in column]

        assert all(presentation.page_exists(link.url) for link in links)
        assert not presentation.page_exists("/auctions-of-tomorrow")


def test_a_wrong_form_lists_its_errors_with_links(page):
    with page():
        form = SampleForm(MultiDict({"title": "", "price": "x", "mode": "none"}))
        form.validate()
        problems = presentation.form_problems(form)
        text = render_template_string(
            '{% import "macros/ui.html" as ui %}'
            "{{ ui.error_summary(form) }}{{ ui.field(form.title) }}",
            form=form,
        )

    assert {"title", "price", "mode-0", "agree"} <= {target for target, *_ in problems}
    assert 'href="#title"' in text
    assert 'aria-describedby="title-error"' in text
    assert 'aria-invalid="true"' in text


@pytest.mark.parametrize("family", covers.FAMILIES)
def test_a_cover_is_the_same_for_the_same_right(family):
    once = covers.cover("ZL1", family, "<")

    assert once == covers.cover("ZL1", family, "<")
    assert "style=" not in once
    assert "<</text>" not in once


WORDS = [
    "顺心厨",
    "灶小满",
    "砚",
    "刃语",
    "光格子",
    "灯里人家",
    "韩江窑语",
    "荔上鲜",
    "柚见梅",
    "积木兔",
    "蒸鲜生",
    "蓝湾蚝",
]


@pytest.mark.parametrize("family", covers.FAMILIES)
def test_twelve_listings_in_a_row_do_not_look_cloned(family):
    drawn = [covers.cover(f"L-{n:08d}", family, word) for n, word in enumerate(WORDS)]
    palettes = {re.search(r"palette-\d+", each).group() for each in drawn}

    assert len(set(drawn)) == 12
    assert len(palettes) >= 2
    assert all(f".{palette} {{" in CSS for palette in palettes)


@pytest.mark.parametrize(
    ("word", "signs"),
    [
        ("顺心厨", ["顺", "心", "厨"]),
        ("灯里人家好", ["灯", "里", "人", "家"]),
        ("砚", ["砚"]),
        ("NORDLICHT & Söhne", ["NORDLICHT  S"]),
        ("<b>", ["b"]),
        ("", []),
    ],
)
@pytest.mark.parametrize("shape", covers.SHAPES)
def test_a_trademark_is_drawn_as_the_seal_of_its_word(word, signs, shape):
    drawn = covers.cover("A1", "mark", word, shape)

    assert re.findall(r"<text[^>]*>([^<]*)</text>", drawn) == signs


def test_the_drawing_suits_the_right():
    assert covers.family_of("trademark") == "mark"
    assert covers.family_of("invention", "H01L 21/00") == "chip"
    assert covers.family_of("invention", "H01M 10/613") == "circuit"
    assert covers.family_of("invention") == "lattice"


def test_the_cities_are_linked_tiles_in_classes():
    drawn = charts.tilemap(
        {"4401": 402, "4404": 1},
        {"4401": "<广州>"},
        "标题",
        "说明",
        href=lambda c: f"/search?c={c}",
    )

    assert drawn.count("<a ") == 21
    assert "&lt;广州&gt;" in drawn
    assert 'href="/search?c=4401" class="tile q4"' in drawn
    assert "style=" not in drawn


def test_few_or_no_figures_draw_nothing_wrong():
    assert charts.histogram([], "t", "d") == ""
    assert charts.spark([1]) == ""
    assert "<polyline" in charts.spark([2, 2])
    assert charts.histogram([(0, 10, 0)], "t", "d").count("<rect") == 1


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [
        ("ink", "paper", 4.5),
        ("ink-2", "sunken", 4.5),
        ("ink-3", "surface-2", 4.5),
        ("ink-3", "sunken", 4.5),
        ("brand-600", "paper", 4.5),
        ("surface", "brand-600", 4.5),
        ("surface", "kapok-600", 4.5),
        ("kapok-600", "paper", 4.5),
        ("kapok-700", "kapok-100", 4.5),
        ("kapok-700", "kapok-50", 4.5),
        ("gold-700", "gold-50", 4.5),
        ("gold-700", "gold-100", 4.5),
        ("jade-700", "jade-100", 4.5),
        ("indigo-700", "indigo-100", 4.5),
        ("plum-700", "plum-100", 4.5),
        ("brand-800", "brand-100", 4.5),
        ("brand-200", "brand-800", 4.5),
        ("brand-200", "brand-900", 4.5),
        ("surface", "gold-600", 4.5),
        ("control", "surface", 3),
        ("focus", "paper", 3),
        ("gold-400", "brand-900", 3),
    ],
)
def test_colours_can_be_read(ink, ground, least):
    tokens = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", CSS))
    light, dark = sorted((_luminance(tokens[ink]), _luminance(tokens[ground])), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= least


def test_templates_hold_nothing_that_the_policy_blocks():
    bad = re.compile(
        r"<style|\sstyle=|\son[a-z]+=[\"']|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE
    )
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "templates").rglob("*.html")
        if not {"pdf", "mail"} & set(path.parts) and bad.search(path.read_text(encoding="utf-8"))
    }

    assert found == set()


def test_the_script_stays_small():
    assert (ROOT / "static" / "js" / "app.js").stat().st_size <= 8 * 1024


def test_no_link_takes_its_host_from_the_request(client: FlaskClient):
    listing = a.listing()

    for path in ("/", "/search", "/sign-in", f"/listings/{listing.reference}"):
        assert "evil.example" not in client.get(path, headers={"Host": "evil.example"}).text
