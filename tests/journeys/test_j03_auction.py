"""J3: bids in three windows, an extension seen live, a holder who equals, a default, the runner-up, proof."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from marketplace.auctions.engine.rules import PriorityMode
from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Auction, Participant, ParticipantState
from marketplace.auctions.services import awarding
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import SYSTEM, Actor
from marketplace.listings.models import Listing, ListingState
from marketplace.listings.terms import DealKind
from marketplace.negotiation.models import Offer
from marketplace.organisations import passwords
from marketplace.organisations.models import OrganisationKind, User
from tests import factories as a
from tests.auctions.auctioning import an_auction, at, bid, do
from tests.journeys.conftest import PASSWORD, Site, press, sign_in

pytestmark = pytest.mark.xdist_group("seeded")
T = TypeVar("T")
ROOT = Path(__file__).parents[2]
YES = {"zh_Hans": ("出价", "接受", "全部一致"), "en": ("Bid", "Accept", "Everything agrees")}


def patiently(make: Callable[[], T]) -> T:
    """The site's own worker writes beside us, and SQLite has one writer."""
    for _ in range(20):
        try:
            return make()
        except OperationalError:
            db.session.rollback()
            time.sleep(0.3)
    raise AssertionError("the database stays locked")


def admitted(auction: Auction, name: str, *, rank: int = 0) -> str:
    """A firm in the auction, with somebody who can sign in; the address."""
    mark = uuid4().hex
    address, code = f"{name}-{mark}@demo.example", mark[:5].upper()
    firm = a.organisation(slug=f"firm-{mark}")
    person = a.user(email=address, password_hash=passwords.hashed(PASSWORD))
    a.member(firm, "manager", person)
    a.keep(
        Participant(
            auction_id=auction.id,
            organisation_id=firm.id,
            user_id=person.id,
            code=code,
            rank=rank,
            state=ParticipantState.ACTIVE,
        )
    )
    do(SYSTEM, auction, Command("admit", code, {"rank": rank}))
    return address


def on_sale() -> Listing:
    """A public transfer of the demonstration that nobody is dealing about."""
    taken = select(Offer.listing_id).union(select(Auction.listing_id))
    found = db.session.scalars(
        select(Listing)
        .where(Listing.state == ListingState.PUBLISHED, Listing.id.not_in(taken))
        .order_by(Listing.id.desc())
    )
    return next(
        one
        for one in found
        if one.terms.kind is DealKind.TRANSFER
        and one.seller.kind is OrganisationKind.ENTERPRISE
        and not any(asset.standing_pledges for asset in one.assets)
    )


def enters(page: Page, site: Site, address: str, reference: str) -> None:
    sign_in(page, site, address)
    page.goto(f"{site.address}/auctions/{reference}")


def bids(page: Page, amount: str, language: str) -> None:
    """Typed and pressed, as with a keyboard."""
    page.locator("#bid-form [name=amount]").focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(amount)
    with page.expect_navigation():
        press(page.locator("#bid-form button", has_text=YES[language][0]))


def figure(page: Page):
    return page.locator("#room-now .pp-price")


def phase(site: Site, reference: str) -> Phase:
    with site.app.app_context():
        return db.session.query(Auction.state).filter_by(reference=reference).scalar()


def test_three_windows_a_default_and_a_proof_for_everybody(  # noqa: PLR0915 -- one story
    seeded_site, visitor, tmp_path
):
    with seeded_site.app.app_context():
        auction = patiently(
            lambda: an_auction(
                listing=on_sale(),
                free_ends_at=clock.now() + timedelta(hours=1),
                cycle=120,
                priority=PriorityMode.INSIDE,
            )
        )
        reference = auction.reference
        one, two = (patiently(lambda n=name: admitted(auction, n)) for name in ("one", "two"))
        holder = patiently(lambda: admitted(auction, "holder", rank=1))
    first, second, third = visitor(seeded_site), visitor(seeded_site, "en"), visitor(seeded_site)
    enters(first, seeded_site, one, reference)
    enters(second, seeded_site, two, reference)
    enters(third, seeded_site, holder, reference)

    bids(first, "100000", "zh_Hans")
    expect(first.locator("#room-mine")).to_contain_text("领先")
    expect(figure(second)).to_contain_text("100,000")
    bids(second, "110000", "en")
    expect(figure(first)).to_contain_text("102,000")
    expect(first.locator("#room-mine")).to_contain_text("未领先")

    bids(third, "110000", "zh_Hans")
    expect(third.locator("#room-mine")).to_contain_text("领先")
    expect(figure(second)).to_contain_text("110,000")

    with seeded_site.app.app_context():
        auction = db.session.query(Auction).filter_by(reference=reference).one()
        at(auction.ends_at, SYSTEM, auction, Command("clock"))
        db.session.refresh(auction)
        assert auction.state is Phase.LIMITED
        before = auction.ends_at
    second.reload()
    with clock.freeze(before - timedelta(seconds=5)), seeded_site.app.app_context():
        person = db.session.query(User).filter_by(email=one).one()
        actor = Actor(person.id, person.memberships[0].organisation_id, "manager")
        assert bid(actor, reference, 11_200_000).accepted
    expect(second.locator("#room-now time")).not_to_have_attribute(
        "datetime", before.isoformat(timespec="seconds")
    )
    expect(figure(second)).to_contain_text("112,000")

    with seeded_site.app.app_context():
        auction = db.session.query(Auction).filter_by(reference=reference).one()
        assert auction.ends_at > before
        at(auction.ends_at + timedelta(seconds=2), SYSTEM, auction, Command("clock"))
    first.wait_for_timeout(3_000)
    assert phase(seeded_site, reference) is Phase.AWARDED

    with seeded_site.app.app_context():
        auction = db.session.query(Auction).filter_by(reference=reference).one()
        late = awarding.standing(auction).deal.due_at + timedelta(days=3)
        with clock.freeze(late), transaction():
            awarding.declare_default(a.operator(), auction, because="逾期未签约")
    assert phase(seeded_site, reference) is Phase.FALLBACK
    third.goto(f"{seeded_site.address}/auctions/{reference}")
    third.on("dialog", lambda dialog: dialog.accept())
    third.locator("button[name=answer][value=accept]").click()
    third.wait_for_timeout(500)
    confirm = third.locator("dialog[open] button", has_text="确定")
    if confirm.count():
        confirm.first.click()
    expect(third.locator("main .badges").first).to_contain_text("已成交")

    for page, language in ((first, "zh_Hans"), (second, "en"), (visitor(seeded_site), "zh_Hans")):
        page.goto(f"{seeded_site.address}/auctions/{reference}/verify?lang={language}")
        expect(page.locator("#result")).to_contain_text(YES[language][2])
    bundle = tmp_path / "bundle.json"
    answer = second.request.get(f"{seeded_site.address}/auctions/{reference}/bundle.json")
    bundle.write_bytes(answer.body())
    done = subprocess.run(
        [sys.executable, "-S", "-m", "marketplace.auctions.verify", str(bundle)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert '"valid": true' in done.stdout
