"""The room with a script: a spectator sees a bid when it is made, in both languages."""

import threading
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from marketplace.auctions.engine.state import Command
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM
from marketplace.organisations.models import Organisation
from marketplace.web import auction_feed
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, at, bid, bidders, code_of


@pytest.fixture
def site(own_database, monkeypatch):
    server = make_server("127.0.0.1", 0, own_database, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(auction_feed, "LONGEST_SECONDS", 0)  # no stream outlives the database
    for _ in range(auction_feed.STREAMS):
        assert auction_feed._free.acquire(timeout=10)
    auction_feed._free.release(auction_feed.STREAMS)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_a_spectator_sees_price_and_leader_without_loading_again(browser, site, language):
    auction = an_auction(step=20_000)
    first, second = bidders(auction, 2)
    bid(first, auction, START)
    context = browser.new_context(base_url=site)
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(f"/auctions/{auction.reference}?lang={language}")
    expect(page.locator(".pp-price")).to_contain_text("100,000")
    with page.expect_response(lambda answer: "/live/" in answer.url):
        page.reload()

    assert bid(second, auction, START + 1_000_000).status == 201
    assert bid(first, auction, START + 500_000).status == 201

    expect(page.locator(".pp-price")).to_contain_text("105,200", timeout=9_000)
    expect(page.locator("#room-leader")).to_have_text(code_of(second, auction))
    expect(page.locator("#room-history")).to_contain_text("105,200", timeout=9_000)
    context.close()
    assert faults == []


def session_of(site, actor):
    """The cookie of somebody who has signed in."""
    client = site.test_client()
    firm = db.session.get_one(Organisation, actor.organisation_id)
    with client.session_transaction() as session:
        session.update({"sign_in": a.sign_in_token(firm), "_user_id": "1", "_fresh": True})
    return client.get_cookie("session").value


def test_the_form_says_what_a_bid_would_come_to_before_it_is_made(browser, site, own_database):
    auction = an_auction(step=20_000)
    first, second = bidders(auction, 2)
    context, faults = browser.new_context(base_url=site), []
    cookie = session_of(own_database, first)
    context.add_cookies([{"name": "session", "value": cookie, "url": site}])
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"/auctions/{auction.reference}?lang=en")
    line = page.locator("#bid-preview")
    expect(line).to_be_hidden()

    page.locator("#bid-form [name=amount]").fill("105000")
    expect(line).to_have_text("With this bid you would lead at CNY\xa0100,000.", timeout=9_000)
    page.locator("#bid-form [name=amount]").fill("99")
    expect(line).not_to_contain_text("would lead", timeout=9_000)
    expect(line).to_contain_text("100,000")
    assert bid(second, auction, START).status == 201
    page.locator("#bid-form [name=amount]").fill("100000")
    expect(line).to_contain_text("100,200", timeout=9_000)

    context.close()
    assert faults == []


def test_what_is_being_typed_stays_when_the_auction_turns(browser, site, own_database):
    free_ends = clock.now() + timedelta(hours=1)
    auction = an_auction(step=20_000, free_ends_at=free_ends)
    (first,) = bidders(auction, 1)
    context, asked = browser.new_context(base_url=site), []
    cookie = session_of(own_database, first)
    context.add_cookies([{"name": "session", "value": cookie, "url": site}])
    page = context.new_page()
    page.goto(f"/auctions/{auction.reference}?lang=en")

    def wait_with_what_turns_the_page(route):
        swaps = route.request.headers.get("x-requested-with") == "swap"
        asked.append(route) if swaps else route.continue_()

    page.wait_for_timeout(1_500)  # what it fetches on its arrival has come
    page.route(f"**/auctions/{auction.reference}*", wait_with_what_turns_the_page)
    at(free_ends, SYSTEM, auction, Command("clock"))
    for _ in range(100):
        if asked:
            break
        page.wait_for_timeout(100)
    amount = page.locator("#bid-form [name=amount]")
    amount.fill("105000")  # while the new page is on its way
    asked[0].continue_()

    expect(page.locator("#room-now")).to_have_attribute("data-state", "limited", timeout=9_000)
    expect(amount).to_have_value("105000")
    context.close()
