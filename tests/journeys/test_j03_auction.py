"""Three windows follow one auction to its close; the runner-up takes over; anybody checks it (J3)."""

import subprocess
import sys
from datetime import timedelta

from playwright.sync_api import expect

from marketplace.auctions.engine.rules import PriorityMode
from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Auction, Participant, ParticipantState
from marketplace.auctions.services import awarding
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import SYSTEM
from marketplace.jobs import auctioning as jobs
from marketplace.organisations.models import User
from marketplace.organisations.passwords import hashed
from marketplace.seed.people import PASSWORD
from tests import factories as a
from tests.auctions.auctioning import an_auction, do, tick
from tests.journeys.conftest import sign_in

CODES = ("AAAA2", "BBBB3", "CCCC4")
MINUTE = timedelta(minutes=1)


def bids(window, amount):
    window.locator("#bid-form input[name=amount]").fill(amount)
    with window.expect_navigation():
        window.locator("#bid-form button.btn-primary").click()
    expect(window.locator(".error-summary")).to_have_count(0)


def sees(window, price, leader):
    expect(window.locator("#room-now .pp-price")).to_contain_text(price)
    expect(window.locator("#room-leader")).to_have_text(leader)


def closed_and_in_default(auction_id):
    """What the exchange does meanwhile: close, award, and find that the winner has not signed."""
    auction = db.session.get_one(Auction, auction_id)
    for _ in range(3):
        with clock.freeze(auction.ends_at + MINUTE):
            tick(auction)
            jobs.follow()
        db.session.refresh(auction)
    assert auction.state is Phase.AWARDED
    late = awarding.standing(auction).deal.due_at + awarding.GRACE + MINUTE
    with clock.freeze(late), transaction():
        awarding.declare_default(a.operator(), auction, because="逾期未签约")
    db.session.refresh(auction)
    assert auction.state is Phase.FALLBACK


def an_auction_of_three(site):
    """Two bidders and the holder of a right of first refusal, who can sign in."""
    with site.app.app_context():
        with transaction():  # beside the site's worker a write may not begin as a read
            listing = a.listing()
        auction = an_auction(
            listing=listing,
            free_ends_at=clock.now() + timedelta(seconds=12),
            cycle=120,
            priority=PriorityMode.INSIDE,
        )
        with transaction():
            actors = [a.actor(a.organisation()) for _ in range(3)]
            takers = [
                Participant(
                    auction_id=auction.id,
                    organisation_id=actor.organisation_id,
                    user_id=actor.user_id,
                    code=code,
                    rank=rank,
                    state=ParticipantState.ACTIVE,
                    backup=True,
                )
                for actor, code, rank in zip(actors, CODES, (0, 0, 1), strict=True)
            ]
            db.session.add_all(takers)
        for code, rank in zip(CODES, (0, 0, 1), strict=True):
            do(SYSTEM, auction, Command("admit", code, {"rank": rank}))
        people = [db.session.get_one(User, actor.user_id) for actor in actors]
        with transaction():
            for person in people:
                person.password_hash = hashed(PASSWORD)
        told = auction.id, auction.reference, [person.email for person in people], actors[1]
        db.session.remove()
    return told


def follows(watcher, state, step):
    """Badge and steps say it without the page having been loaded again."""
    expect(watcher.locator("#room-badges")).to_contain_text(state, timeout=40_000)
    expect(watcher.locator("#room-steps [aria-current=step]")).to_have_text(step)
    assert watcher.evaluate("window.kept")


def enters_the_limited_period(site, auction_id, window):
    """The clock is a process of its own, and this site has none."""
    with site.app.app_context():
        auction = db.session.get_one(Auction, auction_id)
        while auction.state is not Phase.LIMITED:
            window.wait_for_timeout(500)
            tick(auction)
            db.session.refresh(auction)
        db.session.remove()


def takes_over(site, auction_id, window, room):
    """The winner does not sign; the runner-up says yes in the room."""
    with site.app.app_context():
        closed_and_in_default(auction_id)
        db.session.remove()
    window.goto(room)
    window.locator("button[name=answer][value=accept]").click()
    with window.expect_navigation():
        window.locator("dialog[open] button[value=yes]").click()
    expect(window.locator(".badges").first).not_to_contain_text("Runner-up asked")


def all_find_that_it_agrees(windows, room, tmp_path):
    """Each on the page in a language of theirs, and a machine that trusts nobody on the bundle."""
    for window, words in zip(windows, ("全部一致", "Everything agrees", "全部一致"), strict=True):
        window.goto(f"{room}/verify")
        expect(window.locator("main")).to_contain_text(words)
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(windows[0].request.get(f"{room}/bundle.json").body())
    subprocess.run([sys.executable, "-m", "marketplace.auctions.verify", str(bundle)], check=True)


def arrive(site, visitor, emails, room):
    """Three bidders in two languages, and somebody who only watches."""
    windows = [visitor(site, language) for language in ("zh_Hans", "en", "zh_Hans")]
    for window, email in zip(windows, emails, strict=True):
        sign_in(window, site, email)
    watcher = visitor(site)
    for window in (*windows, watcher):
        window.goto(room)
    watcher.evaluate("window.kept = true")
    return windows, watcher


def test_three_windows_bid_the_runner_up_takes_over_and_all_agree(empty_site, visitor, tmp_path):
    site = empty_site
    auction_id, reference, emails, runner_up = an_auction_of_three(site)
    room = f"{site.address}/auctions/{reference}"
    windows, watcher = arrive(site, visitor, emails, room)
    first, second, holder = windows
    expect(watcher.locator("#h-price")).to_have_text("起始价")

    bids(first, "100000")
    expect(watcher.locator("#h-price")).to_have_text("当前价")
    first.evaluate("window.kept = true")
    bids(second, "110000")
    sees(first, "102,000", CODES[1])

    enters_the_limited_period(site, auction_id, first)
    expect(first.locator("#room-history")).to_contain_text("限时", timeout=40_000)
    follows(watcher, "限时竞价", "竞价")
    before = watcher.locator("#room-now time").get_attribute("datetime")
    first.wait_for_timeout(2000)  # an extension shows in whole seconds
    bids(holder, "110000")
    sees(holder, "110,000", CODES[2])
    sees(first, "110,000", CODES[2])
    for window in (first, watcher):
        expect(window.locator("#room-now time")).not_to_have_attribute("datetime", before)
        assert window.evaluate("window.kept")
    sees(watcher, "110,000", CODES[2])

    takes_over(site, auction_id, second, room)
    follows(watcher, "已成交", "结果")
    all_find_that_it_agrees(windows, room, tmp_path)
    with site.app.app_context():
        award = awarding.standing(db.session.get_one(Auction, auction_id))
        assert (award.ordinal, award.deal.buyer_id) == (2, runner_up.organisation_id)
        db.session.remove()
