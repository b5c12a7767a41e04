"""The page frame in a real browser: accessibility, menus, forms and the policy at work."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from marketplace.app import create_app
from marketplace.core.db import db
from tests.conftest import settings

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running site with an empty database."""
    folder = tmp_path_factory.mktemp("site")
    app = create_app(settings(folder, f"sqlite:///{folder / 'site.db'}", WTF_CSRF_ENABLED=True))
    with app.app_context():
        db.create_all()
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()
        db.engine.dispose()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A Chinese reader at a desk; the test fails on anything the console complains about."""
    context = browser.new_context(locale="zh-CN", base_url=site, reduced_motion="reduce")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))  # the policy, too
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    refusals = "422 (UNPROCESSABLE ENTITY)"  # the browser notes them; they are meant
    assert [c for c in complaints if refusals not in c] == []


@pytest.mark.parametrize("lang", ["zh-CN", "zh-HK", "en"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_component_is_accessible_and_fits(page: Page, lang: str, width: int):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/kit?lang={lang}")

    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0


def test_a_menu_closes_on_escape_and_on_a_click_elsewhere(page: Page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/kit")
    menu = page.locator("details.nav-toggle")

    menu.locator("summary").click()
    assert menu.get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    menu.locator("summary").click()
    page.locator("h1").click()
    assert menu.get_attribute("open") is None


def test_a_dangerous_button_asks_first(page: Page):
    page.goto("/kit")
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.url) if r.method == "POST" else None)

    page.get_by_role("button", name="撤回").first.click()
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    assert sent == []
    page.get_by_role("button", name="撤回").first.click()
    with page.expect_navigation():
        page.get_by_role("dialog").get_by_role("button", name="确定").click()
    assert len(sent) == 1


def test_a_wrong_form_brings_the_reader_to_its_errors(page: Page):
    page.goto("/kit")
    page.get_by_label("挂牌价").fill("十二万")
    page.get_by_role("button", name="保存并继续").click()

    summary = page.get_by_role("alert").first
    assert summary.evaluate("e => e === document.activeElement")
    summary.get_by_role("link", name="标题").click()
    assert page.evaluate("document.activeElement.id") == "title"
    assert page.get_by_label("挂牌价").input_value() == "十二万"


def test_a_form_is_sent_once_however_often_it_is_pressed(page: Page):
    page.goto("/kit")
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.url) if r.method == "POST" else None)
    button = page.get_by_role("button", name="保存并继续")

    with page.expect_navigation():
        button.evaluate("b => { b.click(); b.click(); b.click(); }")
    assert len(sent) == 1


def test_the_chosen_file_is_named_with_its_size(page: Page):
    page.goto("/kit")
    page.get_by_label("证明材料").set_input_files(
        {"name": "notice.pdf", "mimeType": "application/pdf", "buffer": b"x" * 2048}
    )

    expect(page.locator("[data-file-names]")).to_have_text("notice.pdf (2 KB)")


def test_a_big_file_shows_progress_and_the_answer(page: Page):
    page.goto("/kit")
    page.get_by_label("证明材料").set_input_files(
        {"name": "big.pdf", "mimeType": "application/pdf", "buffer": b"x" * 3_000_000}
    )
    page.get_by_role("button", name="保存并继续").click()

    summary = page.locator(".error-summary")
    summary.wait_for()
    assert summary.evaluate("e => e === document.activeElement")


def test_everything_stands_without_the_script(browser: Browser, site: str):
    context = browser.new_context(locale="zh-CN", base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/kit")

    page.locator("details.nav-toggle > summary").click()
    assert page.locator("details.nav-toggle .menu-item").first.is_visible()
    page.locator("details.nav-toggle > summary").click()
    page.get_by_role("button", name="保存并继续").click()
    assert page.get_by_role("alert").first.is_visible()
    assert not page.locator(".js-only").first.is_visible()
    context.close()
