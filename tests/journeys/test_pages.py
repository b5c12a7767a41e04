"""Every page of the site, at both widths, in both languages.

Nothing for axe (best practices too), nothing refused by the policy, nothing sideways, nothing heavy,
one heading of the first level, a title, and not a word of the other language of ours.
"""

from collections.abc import Iterator
from functools import cache

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from marketplace.core import clock, signing
from marketplace.core.db import transaction
from marketplace.core.words import catalogue
from marketplace.organisations import passwords
from marketplace.web import locale
from scripts.translations import load
from tests import factories as a
from tests.journeys.conftest import LANGUAGES, Site, sign_in
from tests.journeys.samples import (
    BROKER,
    BUYER,
    HOLDER,
    NOT_PAGES,
    OPERATOR,
    REGULATOR,
    VISITOR,
    Sample,
    samples,
)

HEAVIEST = 150 * 1024
WIDTHS = (1440, 390)
PASSWORD = "步履稳健-2026"
FACTS = """() => ({
    title: document.title.split("·")[0].trim(),
    headings: [...document.querySelectorAll("h1, h2, h3, h4")].map(h => +h.tagName[1]),
    empty: [...document.querySelectorAll("a[href='#'], a[href='']")].map(a => a.outerHTML),
    twice: [...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i),
    sent: performance.getEntries().reduce((sum, e) => sum + (e.encodedBodySize || 0), 0),
    texts: [...document.querySelectorAll("body, body *")]
        .filter(e => !e.closest("[lang]:not(html)"))
        .flatMap(e => [...e.childNodes, ...["aria-label", "placeholder"].map(n => e.attributes[n])])
        .filter(n => n && (n.nodeType === 3 || n.nodeType === 2))
        .map(n => n.nodeValue.replace(/\\s+/g, " ").trim()).filter(Boolean),
})"""

pytestmark = [
    pytest.mark.parametrize("seeded_site", ["sqlite"], indirect=True),  # a page is a page on either
]


@pytest.fixture(scope="module")
def found(seeded_site: Site) -> list[Sample]:
    return samples(seeded_site.app)


def test_every_address_is_walked_or_is_no_page(seeded_site, found):
    asked = {
        rule.endpoint for rule in seeded_site.app.url_map.iter_rules() if "GET" in rule.methods
    }
    walked = {sample.endpoint for sample in found if sample.endpoint}

    assert asked == walked | NOT_PAGES.keys()
    assert not walked & NOT_PAGES.keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "who",
    [VISITOR, HOLDER, BUYER, BROKER, OPERATOR, REGULATOR],
    ids=["visitor", "holder", "buyer", "broker", "operator", "regulator"],
)
def test_every_page_is_sound(seeded_site, found, visitor, who, language):
    page = visitor(seeded_site, language)
    if who:
        sign_in(page, seeded_site, who)
    faults = [
        fault
        for sample in found
        if sample.who == who
        for fault in look(page, seeded_site.address + sample.path, language)
    ]

    assert faults == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_a_second_factor_are_sound(seeded_site, visitor, language):
    secret = pyotp.random_base32()
    with seeded_site.app.app_context(), transaction():
        person = a.user(
            email=f"second-{language}@demo.example".lower(),
            password_hash=passwords.hashed(PASSWORD),
            totp_secret=signing.seal(secret),
            totp_enabled_at=clock.now(),
        )
        address = person.email
    page = visitor(seeded_site, language)
    page.goto(f"{seeded_site.address}/sign-in?next=/account/security/second-factor/off")
    page.locator("input[name=email]").fill(address)
    page.locator("input[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.partition("?")[0].endswith("/sign-in/code")
    faults = judge(page, language)
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.locator("input[name=code]").fill(pyotp.TOTP(secret).now())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/account/security/second-factor/off")

    assert faults + judge(page, language) == []


@cache
def words_of_the_other(language: str) -> frozenset[str]:
    """What the site says in the other language, and in that one only."""
    chinese, english = set(), set()
    for message in load("en"):
        if message.id:
            chinese |= {message.id} if isinstance(message.id, str) else {*message.id}
            english |= {message.string} if isinstance(message.string, str) else {*message.string}
    for codes in catalogue().values():
        chinese |= {said["zh"] for said in codes.values()}
        english |= {said["en"] for said in codes.values()}
    names = {name for _, _, name in locale.LANGUAGES}
    return frozenset((chinese - english if language == "en" else english - chinese) - names)


def look(page: Page, address: str, language: str) -> list[str]:
    """What is wrong with the page at an address."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    answer = page.goto(address)
    status = answer.status if answer else 0
    wrong = [] if status == (404 if "nothing" in address else 200) else [f"status {status}"]
    return [f"{page.url}: {fault}" for fault in wrong] + judge(page, language)


def judge(page: Page, language: str) -> list[str]:
    """What is wrong with the page that stands open, at each width."""
    found = (*_written(page, language), *_laid_out(page, language))
    return [f"{page.url}: {fault}" for fault in found]


def _written(page: Page, language: str) -> Iterator[str]:
    facts = page.evaluate(FACTS)
    if not facts["title"]:
        yield "no title"
    if facts["headings"].count(1) != 1:
        yield f"{facts['headings'].count(1)} headings of the first level"
    for name in ("empty", "twice"):
        if facts[name]:
            yield f"{name}: {facts[name]}"
    if facts["sent"] > HEAVIEST:
        yield f"{facts['sent']} bytes sent"
    foreign = set(facts["texts"]) & words_of_the_other(language)
    if foreign:
        yield f"not translated: {sorted(foreign)}"


def _laid_out(page: Page, language: str) -> Iterator[str]:
    """Axe looks at each page at each width once: in one language at one, in the other at the other.

    At contrasts, two thirds of its work, where everything is to be seen: colours do not go by width.
    """
    for width, axe_in in zip(WIDTHS, LANGUAGES, strict=True):
        page.set_viewport_size({"width": width, "height": 900})
        contrasts = {"color-contrast": {"enabled": width == max(WIDTHS)}}
        options = {"resultTypes": ["violations"], "rules": contrasts}
        look_closely = language == axe_in
        violations = Axe().run(page, options=options).response["violations"] if look_closely else ()
        for fault in violations:
            targets = [node["target"] for node in fault["nodes"]][:3]
            yield f"at {width} px {fault['id']} {targets}"
        found = page.evaluate("document.documentElement.scrollWidth")
        if found > width:
            yield f"at {width} px {found} px wide"
