"""The page of results under a reader's hands: keyboard, back button, phone, no script."""

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.jobs import indexing
from marketplace.search import site as search_site
from tests import factories as a
from tests.conftest import settings

CITIES = ("广州市", "深圳市", "珠海市", "佛山市", "东莞市", "中山市", "惠州市")
MORE = ("江门市", "湛江市", "茂名市", "肇庆市", "梅州市", "汕尾市")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running site with a listing in each of thirteen cities, two of them of drones."""
    folder = tmp_path_factory.mktemp("site")
    app = create_app(settings(folder, f"sqlite:///{folder / 'site.db'}", WTF_CSRF_ENABLED=True))
    with app.app_context():
        db.create_all()
        seller = a.organisation()
        for number, city in enumerate((*CITIES, *MORE), 1):
            what = "无人机" if number in {2, 3} else "充电桩"
            right = a.asset(keeper=seller, city=city, title=f"一种{what}第{number}型")
            a.listing(right)
        search_site.configure(app.config["SEARCH_DIR"])
        indexing.rebuild()
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()
        db.engine.dispose()


@pytest.fixture
def reader(browser: Browser, site: str) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="zh-CN", base_url=site, reduced_motion="reduce")
    yield context
    context.close()


def count_is(page: Page, number: int) -> None:
    expect(page.locator("#result-count")).to_have_text(f"找到 {number} 项资产")


def test_a_tick_narrows_in_place_keeps_the_focus_and_the_back_button_undoes_it(reader):
    page = reader.new_page()
    page.goto("/search?q=一种")
    count_is(page, 13)
    page.locator("#f-city-广州市").focus()
    page.keyboard.press("Space")
    count_is(page, 1)
    assert page.evaluate("document.activeElement.id") == "f-city-广州市"
    assert "city=" in page.url
    page.go_back()
    count_is(page, 13)
    expect(page.locator("#f-city-广州市")).not_to_be_checked()


def test_enter_in_a_price_narrows_by_it(reader):
    page = reader.new_page()
    page.goto("/search")
    page.locator("#pmin").fill("51")
    page.keyboard.press("Enter")
    count_is(page, 0)
    page.get_by_role("link", name="移除条件").click()
    count_is(page, 13)


def test_a_long_facet_is_searched_where_it_stands(reader):
    page = reader.new_page()
    page.goto("/search")
    page.get_by_label("在“城市”中查找").fill("茂名")
    expect(page.locator("[data-facet=city] .check:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    count_is(page, 13)  # it finds among the values, it does not search listings


def test_suggestions_are_walked_by_keyboard_and_wait_for_the_input_method(reader):
    page = reader.new_page()
    page.goto("/search")
    box = page.get_by_role("combobox", name="关键词")
    box.press_sequentially("无人机")
    expect(page.locator(".suggest [role=option]").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant")
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    count_is(page, 2)


def test_on_a_phone_the_filters_are_a_sheet_that_closes(browser, site):
    context = browser.new_context(
        locale="zh-CN", base_url=site, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto("/search")
    expect(page.locator("#facet-groups")).to_be_hidden()
    page.locator(".facet-label").click()
    expect(page.locator("#facet-groups")).to_be_visible()
    page.locator("#f-city-广州市").check()
    page.get_by_text("查看 1 项").click()
    expect(page.locator("#facet-groups")).to_be_hidden()
    count_is(page, 1)
    context.close()


def test_without_script_the_same_is_done_by_buttons(browser, site):
    context = browser.new_context(locale="zh-CN", base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/search?q=无人机")
    page.locator("#f-city-珠海市").check()
    page.get_by_role("button", name="应用筛选").click()
    count_is(page, 1)
    context.close()
