"""The index follows the listings, the clock and the rights behind them; people are told once."""

import os
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from marketplace.assets import services as assets
from marketplace.core import clock, events
from marketplace.core.db import db, transaction
from marketplace.core.policy import SYSTEM
from marketplace.jobs import indexing, worker
from marketplace.listings import services as listings
from marketplace.listings.models import ListingState, SavedSearch
from marketplace.notifications.models import Mail
from marketplace.search import site
from marketplace.search.queries import Query, search
from marketplace.valuation import services as valuation
from tests import factories as a


@pytest.fixture(autouse=True)
def _empty_index(app):
    """The site's index of this application, of what its database holds now."""
    site.configure(app.config["SEARCH_DIR"])
    indexing.rebuild()


def found(text: str = "", **more) -> list[int]:
    return [hit.id for hit in search(site.index(), Query(text=text, per_page=100, **more)).hits]


def having(facet: str, value: str) -> list[int]:
    return found(filters={facet: (value,)})


def happened(record, kind: str) -> None:
    """What a service would have said, and the worker's round after it."""
    with transaction():
        events.record(record, kind, by=SYSTEM)
    worker.run_until_idle()


def test_a_listing_is_found_from_its_publication_to_its_withdrawal():
    listing = a.listing(state=ListingState.SUBMITTED, published_at=None, summary="浸没式液冷")
    with transaction():
        listings.publish(a.operator(), listing)
    worker.run_until_idle()
    assert found("浸没式液冷") == [listing.id]
    with transaction():
        listings.withdraw(a.actor(listing.seller), listing, "另有安排")
    worker.run_until_idle()
    assert found() == []


@pytest.mark.parametrize(
    "state",
    [ListingState.DRAFT, ListingState.SUBMITTED, ListingState.RETURNED, ListingState.EXPIRED],
)
def test_what_is_not_public_is_neither_found_nor_suggested(client, state):
    listing = a.listing(state=state, title="绝密气凝胶配方")
    indexing.rebuild()
    happened(listing, "listing.revise")
    assert found("气凝胶") == []
    assert client.get("/suggest?q=绝密").get_json() == []


def test_a_corrected_right_is_found_by_its_new_words_and_class():
    listing = a.listing()
    indexing.rebuild()
    right = listing.assets[0]
    with transaction():
        assets.revise(
            a.actor(right.keeper), right, title="一种石墨烯散热膜", classes=[("ipc", "C01B 32/182")]
        )
    worker.run_until_idle()
    assert found("石墨烯散热膜") == [listing.id]
    assert having("class", "C01B") == [listing.id]


def test_a_pledge_is_a_flag_from_its_registration_to_its_release():
    listing = a.listing()
    indexing.rebuild()
    right, operator = listing.assets[0], a.operator()
    with transaction():
        pledge = assets.declare_pledge(
            a.actor(right.keeper),
            right,
            lender_name="广州第一银行",
            register_number="Y2026440000123",
            registered_on=clock.today(),
        )
    worker.run_until_idle()
    assert having("pledged", "no") == [listing.id]
    with transaction():
        assets.register_pledge(operator, pledge)
    worker.run_until_idle()
    assert having("pledged", "yes") == [listing.id]
    with transaction():
        assets.release_pledge(operator, pledge, released_on=clock.today())
    worker.run_until_idle()
    assert having("pledged", "yes") == []


def test_a_valuation_counts_from_its_confirmation_to_its_last_day_and_then_no_more():
    listing = a.listing()
    report = a.valuation(listing.assets[0], state="filed")
    last_day = report.valid_until
    indexing.rebuild()
    assert having("valued", "yes") == []
    with transaction():
        valuation.confirm(a.operator(), report)
    worker.run_until_idle()
    assert having("valued", "yes") == [listing.id]
    evening = datetime.combine(last_day, datetime.min.time(), clock.BEIJING) + timedelta(hours=23)
    with clock.freeze(evening):
        assert having("valued", "yes") == [listing.id]
    with clock.freeze(evening + timedelta(hours=1)):
        assert having("valued", "yes") == []
        assert having("valued", "no") == [listing.id]


def test_the_remaining_term_shrinks_with_the_days_of_guangdong():
    right = a.asset(last_day=date(2030, 6, 30))
    listing = a.listing(right)
    indexing.rebuild()
    for moment, band in (
        (datetime(2027, 6, 30, 12, tzinfo=clock.BEIJING), "3y_to_5y"),
        (datetime(2027, 7, 1, 0, 30, tzinfo=clock.BEIJING), "under_3y"),  # still 30 June in UTC
        (datetime(2030, 6, 30, 23, tzinfo=clock.BEIJING), "under_3y"),
        (datetime(2030, 7, 1, 0, 30, tzinfo=clock.BEIJING), "expired"),
    ):
        with clock.freeze(moment):
            assert having("term_band", band) == [listing.id], moment


def test_a_verified_title_is_a_flag_and_its_badge_ages_with_the_clock(client):
    right = a.asset(verified=False)
    listing = a.listing(right)
    indexing.rebuild()
    assert having("verified", "no") == [listing.id]
    title = a.title(right)
    happened(title, "title.confirm")
    assert having("verified", "yes") == [listing.id]
    for days, cls in ((10, "b-ok"), (100, "b-info"), (200, "")):
        with clock.freeze(clock.now() + timedelta(days=days)):
            page = client.get("/search").get_data(as_text=True)
        badge = page[: page.index("权属已核验 2")].rpartition('<span class="badge')[2]
        assert badge.startswith(f' {cls}"' if cls else '"'), days


def test_a_renamed_seller_is_found_by_the_new_name_whoever_renamed_it():
    listing = a.listing()
    indexing.rebuild()
    listing.seller.name = "北江新材料有限公司"
    db.session.commit()
    happened(listing.seller, "organisation.identify")
    assert found("北江新材料") == [listing.id]


def test_a_right_in_two_listings_changes_both_of_them():
    right = a.asset()
    pair = [a.listing(right).id, a.listing(right).id]
    indexing.rebuild()
    happened(a.pledge(right), "pledge.register")
    assert sorted(having("pledged", "yes")) == pair


# ---- healing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["deleted", "emptied", "cut", "scribbled"])
def test_an_index_damaged_under_readers_is_mended_from_the_database(damage):
    listing = a.listing(title="一种钙钛矿电池")
    indexing.rebuild()
    assert found("钙钛矿") == [listing.id]
    for file in site.index().path.glob("index-*/*"):
        if damage == "deleted":
            file.unlink()
        elif damage == "scribbled":
            file.write_bytes(os.urandom(64) * (file.stat().st_size // 64 + 1))
        else:
            os.truncate(file, 0 if damage == "emptied" else file.stat().st_size // 2)
    indexing.mend()
    site.index().close()
    indexing.mend()
    assert found("钙钛矿") == [listing.id]


def test_an_index_that_holds_too_much_or_too_little_is_healed():
    listing = a.listing()
    indexing.rebuild()
    a.listing(seller=listing.seller)  # without an event
    indexing.heal()
    assert len(found()) == 2


# ---- saved searches ----------------------------------------------------------------------------


def saved(query: str) -> SavedSearch:
    of = a.organisation()
    person = a.member(of).user
    made = SavedSearch(user=person, name="我的检索", query=query, checked_at=clock.now())
    db.session.add(made)
    db.session.commit()
    return made


def told(one: SavedSearch) -> list[list[str]]:
    kinds = select(events.Event).where(
        events.Event.kind == "saved_search.found", events.Event.subject_id == one.id
    )
    return [
        event.facts["listings"] for event in db.session.scalars(kinds.order_by(events.Event.id))
    ]


def alert_at(moment: datetime) -> None:
    with clock.freeze(moment):
        indexing.alert_saved_searches()


def test_a_new_listing_is_told_once_by_mail_to_who_asked():
    mine, other = saved("q=钙钛矿"), saved("q=轮椅")
    now = clock.now()
    listing = a.listing(title="一种钙钛矿电池", published_at=now + timedelta(minutes=1))
    happened(listing, "listing.publish")
    for minutes in (10, 20, 30):
        alert_at(now + timedelta(minutes=minutes))
    with clock.freeze(now + timedelta(minutes=31)):
        worker.run_until_idle()
    assert (told(mine), told(other)) == ([[listing.reference]], [])
    mails = db.session.scalars(select(Mail).where(Mail.user_id == mine.user_id)).all()
    assert len(mails) == 1
    assert "我的检索" in mails[0].subject
    assert f"{listing.reference} 一种钙钛矿电池" in mails[0].body


def test_a_listing_indexed_after_the_last_look_is_not_forgotten():
    mine = saved("q=钙钛矿")
    now = clock.now()
    listing = a.listing(title="一种钙钛矿电池", published_at=now + timedelta(minutes=1))
    alert_at(now + timedelta(minutes=2))  # the index does not know it yet
    happened(listing, "listing.publish")
    alert_at(now + timedelta(minutes=12))
    alert_at(now + timedelta(minutes=22))
    assert told(mine) == [[listing.reference]]


def test_what_only_comes_near_is_not_told():
    mine = saved("q=钙钛矿 轮椅")
    listing = a.listing(title="一种钙钛矿电池", published_at=clock.now() + timedelta(minutes=1))
    happened(listing, "listing.publish")
    alert_at(clock.now() + timedelta(minutes=10))
    assert told(mine) == []


def test_what_was_there_before_and_what_is_taken_is_not_told():
    before = a.listing(title="一种钙钛矿电池", published_at=clock.now() - timedelta(minutes=30))
    mine = saved("q=钙钛矿")
    taken = a.listing(
        title="钙钛矿薄膜", published_at=clock.now() + timedelta(minutes=1), state="reserved"
    )
    indexing.rebuild()
    assert sorted(found("钙钛矿")) == [before.id, taken.id]
    alert_at(clock.now() + timedelta(minutes=10))
    assert told(mine) == []
