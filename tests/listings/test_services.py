from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from marketplace.assets.models import LegalStatus, Licence
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, Unlawful, WrongState
from marketplace.core.events import Event
from marketplace.core.money import Money, yuan
from marketplace.core.policy import SYSTEM
from marketplace.listings import queries, services
from marketplace.listings.models import Listing, ListingState, PriceMode, Watch
from marketplace.listings.terms import DealKind, Grant, RoyaltyBase, Terms
from marketplace.organisations.models import OrganisationKind
from tests import factories as a
from tests.conftest import at_most

pytestmark = pytest.mark.usefixtures("app")

PLAIN = Terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, price=yuan(50_000))
EXCLUSIVE = Terms(kind=DealKind.LICENCE, grant=Grant.EXCLUSIVE, price=yuan(200_000))
TRANSFER = Terms(kind=DealKind.TRANSFER, price=yuan(500_000))


def drafted(*assets, terms=TRANSFER, seller=None, **over):
    """A complete draft and someone of its seller."""
    seller = seller or (assets[0].keeper if assets else a.organisation())
    actor = a.actor(seller)
    rights = list(assets) or [a.asset(keeper=seller)]
    with transaction():
        listing = services.draft(actor, rights, terms=terms, **{"summary": "解决散热问题", **over})
    return actor, listing


def submitted(*assets, **over):
    actor, listing = drafted(*assets, **over)
    with transaction():
        services.submit(actor, listing)
    return actor, listing


def kinds_of_events(listing):
    return list(
        db.session.scalars(
            select(Event.kind)
            .where(Event.subject_kind == "listing", Event.subject_id == listing.id)
            .order_by(Event.id)
        )
    )


def test_a_draft_takes_title_and_summary_from_its_right():
    seller = a.organisation()
    right = a.asset(keeper=seller, abstract="一种浸没式液冷方法", title="液冷方法")
    with transaction():
        listing = services.draft(a.actor(seller), [right], terms=TRANSFER)

    assert (listing.title, listing.summary) == ("液冷方法", "一种浸没式液冷方法")
    assert (listing.state, listing.seller_id) == (ListingState.DRAFT, seller.id)


def test_a_draft_may_be_incomplete_and_submit_names_every_field():
    actor, listing = drafted(
        terms=Terms(kind=DealKind.LICENCE, royalty_bps=300),
        summary="",
        price_mode=PriceMode.POSTED,
    )
    with transaction():
        services.revise(actor, listing, text=services.Text(), assets=[])

    with pytest.raises(Invalid) as refused, transaction():
        services.submit(actor, listing)

    assert refused.value.fields == {
        "title": "listing.title_missing",
        "summary": "listing.summary_missing",
        "grant": "terms.grant_missing",
        "royalty_base": "terms.royalty_base_missing",
        "price": "listing.price_missing",
        "assets": "listing.assets_missing",
    }


@pytest.mark.parametrize("role", ["finance", "viewer"])
def test_only_owners_and_managers_list(role):
    seller = a.organisation()
    right = a.asset(keeper=seller)
    with pytest.raises(NotAllowed) as refused, transaction():
        services.draft(a.actor(seller, role), [right], terms=TRANSFER)
    assert refused.value.needs == ("may_manage",)


def test_listing_needs_the_capability_of_a_holder_and_a_verified_identity():
    buyer = a.organisation("acquirer")
    with pytest.raises(NotAllowed) as refused, transaction():
        services.draft(a.actor(buyer), [a.asset(keeper=buyer)], terms=TRANSFER)
    assert refused.value.needs == ("is_holder",)

    unverified = a.organisation("holder", verified_at=None)
    actor, listing = drafted(a.asset(keeper=unverified))
    with pytest.raises(NotAllowed) as refused, transaction():
        services.submit(actor, listing)
    assert refused.value.needs == ("seller_is_verified",)


def test_nobody_lists_what_another_keeps():
    seller, other = a.organisation(), a.organisation()
    with pytest.raises(Invalid) as refused, transaction():
        services.draft(a.actor(seller), [a.asset(keeper=other)], terms=TRANSFER)
    assert refused.value.fields == {"assets": "listing.asset_not_yours"}
    with pytest.raises(NotFound):
        queries.own_assets(a.actor(seller), [a.asset(keeper=other).reference])


def test_from_draft_to_the_public_and_everything_is_on_record():
    actor, listing = submitted()
    operator = a.operator()
    with transaction():
        services.return_(operator, listing, "说明太短")
    with transaction():
        services.revise(actor, listing, text=services.Text("新标题", "", "长一些的说明", ""))
        services.submit(actor, listing)
    with transaction():
        services.publish(operator, listing)

    assert listing.state is ListingState.PUBLISHED
    assert listing.takes_offers
    assert listing.reconfirm_by - listing.published_at >= timedelta(days=89, hours=23)
    assert kinds_of_events(listing) == [
        "listing.draft",
        "listing.submit",
        "listing.return",
        "listing.revise",
        "listing.submit",
        "listing.publish",
    ]
    assert queries.last_published(listing)["title"] == "新标题"


def test_a_return_needs_a_reason():
    _, listing = submitted()
    with pytest.raises(Invalid) as refused, transaction():
        services.return_(a.operator(), listing, "  ")
    assert refused.value.fields == {"because": "listing.reason_missing"}


def test_sellers_do_not_publish_and_strangers_do_not_touch():
    actor, listing = submitted()
    stranger = a.actor(a.organisation())
    for verb in (
        lambda: services.publish(actor, listing),
        lambda: services.take_back(stranger, listing),
        lambda: services.withdraw(stranger, listing, "x"),
        lambda: services.revise(stranger, listing, text=services.Text("x")),
    ):
        with pytest.raises(NotAllowed), transaction():
            verb()
    assert listing.state is ListingState.SUBMITTED


def test_what_is_under_review_cannot_be_changed_but_taken_back():
    actor, listing = submitted()
    with pytest.raises(WrongState), transaction():
        services.revise(actor, listing, text=services.Text("x"))
    with transaction():
        services.take_back(actor, listing)
        services.revise(actor, listing, text=services.Text("x", "", "y", ""))
    assert (listing.state, listing.title) == (ListingState.DRAFT, "x")


def test_an_unverified_title_may_be_submitted_but_not_published():
    seller = a.organisation()
    right = a.asset(keeper=seller, verified=False)
    _, listing = submitted(right)
    operator = a.operator()
    with pytest.raises(Refused) as refused, transaction():
        services.publish(operator, listing)
    assert refused.value.code == "listing.title_unverified"

    a.title(right)
    with transaction():
        services.publish(operator, listing)
    assert listing.state is ListingState.PUBLISHED


@pytest.mark.parametrize(
    "over",
    [
        {"status": LegalStatus.LAPSED},
        {"status": LegalStatus.EXPIRED},
        {"status": LegalStatus.INVALIDATED},
        {"last_day": date(2020, 1, 1)},
    ],
)
def test_a_right_that_has_ended_is_refused(over):
    actor, listing = drafted(a.asset(**over))
    with pytest.raises(Invalid) as refused, transaction():
        services.submit(actor, listing)
    assert refused.value.fields == {"assets": "listing.asset_ended"}


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (PLAIN, PLAIN, True),
        (PLAIN, EXCLUSIVE, False),
        (EXCLUSIVE, PLAIN, False),
        (TRANSFER, PLAIN, False),
        (TRANSFER, TRANSFER, False),
        (Terms(kind=DealKind.EQUITY, price=yuan(1)), PLAIN, False),
    ],
)
def test_only_plain_licences_of_one_right_stand_side_by_side(first, second, together):
    right = a.asset()
    a.listing(right, terms=first)
    actor, listing = drafted(right, terms=second)
    if together:
        with transaction():
            services.submit(actor, listing)
        assert listing.state is ListingState.SUBMITTED
        return
    with pytest.raises(Invalid) as refused, transaction():
        services.submit(actor, listing)
    assert refused.value.fields == {"assets": "listing.conflict"}


@pytest.mark.parametrize(
    ("state", "blocks"),
    [
        (ListingState.DRAFT, False),
        (ListingState.SUBMITTED, True),
        (ListingState.RESERVED, True),
        (ListingState.WITHDRAWN, False),
        (ListingState.EXPIRED, False),
    ],
)
def test_what_is_not_public_stands_in_nobodys_way(state, blocks):
    right = a.asset()
    a.listing(right, terms=TRANSFER, state=state)
    _, listing = drafted(right, terms=PLAIN)
    assert bool(services.problems(listing)) is blocks


def test_an_exclusive_licence_in_force_leaves_nothing_to_license_there():
    right = a.asset()
    db.session.add(
        Licence(
            asset=right,
            licensee_name="某厂",
            grant="exclusive",
            territory="GD",
            starts_on=date(2024, 1, 1),
        )
    )
    db.session.commit()
    actor, listing = drafted(right, terms=PLAIN)
    assert services.problems(listing) == {"assets": "listing.licensed_away"}
    abroad = Terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, territory=("HK", "MO"))
    with transaction():
        services.revise(actor, listing, terms=abroad)
    assert services.problems(listing) == {}


def test_a_licence_cannot_outlive_the_right():
    right = a.asset(last_day=clock.today() + timedelta(days=400))
    _, listing = drafted(right, terms=Terms(kind=DealKind.LICENCE, grant=Grant.SOLE, months=24))
    assert services.problems(listing) == {"months": "terms.longer_than_right"}


def test_article_18_wants_a_valuation_before_a_state_firm_lists_for_transfer():
    seller = a.organisation(kind=OrganisationKind.SOE, state_owned=True)
    right = a.asset(keeper=seller)
    actor, listing = drafted(right)
    with pytest.raises(Unlawful) as refused, transaction():
        services.submit(actor, listing)
    assert "seed18-valuation-state" in refused.value.needs

    a.valuation(right, filing="filed")
    with transaction():
        services.submit(actor, listing)
    assert listing.state is ListingState.SUBMITTED


def test_a_pledged_right_is_listed_with_its_flag_and_the_consent_is_left_to_the_deal():
    right = a.asset()
    a.pledge(right)
    _, listing = submitted(right)
    assert listing.state is ListingState.SUBMITTED
    open_rules = {
        f.rule: f.effect for j in services.judgements(listing) for f in j.findings if f.applies
    }
    assert open_rules["pledged-no-transfer-or-licence"] == "require_consent"


def test_the_owner_reconfirms_or_the_listing_expires_and_can_come_back():
    actor, listing = submitted()
    with transaction():
        services.publish(a.operator(), listing)
    day = listing.published_at

    with clock.freeze(day + timedelta(days=80)), transaction():
        services.reconfirm(actor, listing)
        assert services.expire_due() == 0
    assert listing.reconfirm_by == day + timedelta(days=170)

    with clock.freeze(day + timedelta(days=171)), transaction():
        assert services.expire_due() == 1
    assert listing.state is ListingState.EXPIRED
    with transaction():
        services.relist(actor, listing)
    assert (listing.state, listing.reconfirm_by) == (ListingState.DRAFT, None)


def test_reminders_come_fourteen_and_three_days_before_and_once_each():
    listing = a.listing()
    deadline = listing.reconfirm_by
    told = []
    for days in (20, 14, 13, 10, 3, 2, 1):
        with transaction():
            told.append(services.remind_due(deadline - timedelta(days=days)))
    assert told == [0, 1, 0, 0, 1, 0, 0]
    days = db.session.scalars(
        select(Event).where(Event.kind == "listing.remind").order_by(Event.id)
    )
    assert [event.facts["days"] for event in days] == [14, 3]


def test_a_listing_expires_with_its_right():
    right = a.asset(last_day=clock.today() + timedelta(days=5))
    listing = a.listing(right)
    with clock.freeze(clock.now() + timedelta(days=7)), transaction():
        assert services.expire_due() == 1
    event = db.session.scalars(select(Event).where(Event.kind == "listing.expire")).one()
    assert (listing.state, event.facts["reason"]) == (ListingState.EXPIRED, "right_ended")


def test_withdrawing_needs_a_reason_and_reserved_ones_stay():
    actor, listing = submitted()
    with pytest.raises(Invalid), transaction():
        services.withdraw(actor, listing, "")
    with transaction():
        services.publish(a.operator(), listing)
        services.reserve(listing, by=actor, because="D-1")
    with pytest.raises(WrongState), transaction():
        services.withdraw(actor, listing, "不卖了")
    with transaction():
        services.release(listing, by=SYSTEM)
        services.withdraw(actor, listing, "不卖了")
    assert listing.state is ListingState.WITHDRAWN


def test_a_released_listing_gives_its_owner_two_weeks():
    listing = a.listing(state=ListingState.RESERVED, reconfirm_by=clock.now() - timedelta(days=9))
    with transaction():
        services.release(listing, by=SYSTEM)
        assert services.expire_due() == 0
    assert listing.reconfirm_by > clock.now() + timedelta(days=13)


def test_a_batch_gives_each_right_its_own_outcome_and_the_same_form_once():
    seller = a.organisation()
    good, dead, taken = (
        a.asset(keeper=seller, abstract="摘要"),
        a.asset(keeper=seller, abstract="摘要", status=LegalStatus.LAPSED),
        a.asset(keeper=seller, abstract="摘要"),
    )
    a.listing(taken, terms=TRANSFER)
    actor = a.actor(seller)
    lines = [services.BatchLine(each, PLAIN) for each in (good, dead, taken)]

    def run():
        with transaction():
            return services.batch(
                actor, lines, price_mode=PriceMode.POSTED, submit_all=True, key="k1"
            ).id

    first, again = run(), run()

    event = queries.batch(actor, first)
    assert first == again
    assert [(line["outcome"], line.get("codes", [])) for line in event.facts["lines"]] == [
        ("submitted", []),
        ("drafted", ["listing.asset_ended"]),
        ("drafted", ["listing.conflict"]),
    ]
    states = db.session.scalars(
        select(Listing.state).where(Listing.created_by_id == actor.user_id).order_by(Listing.id)
    )
    assert list(states) == [ListingState.SUBMITTED, ListingState.DRAFT, ListingState.DRAFT]
    with pytest.raises(NotFound):
        queries.batch(a.actor(a.organisation()), first)


def test_bulk_publication_tells_line_by_line():
    operator = a.operator()
    _, ready = submitted()
    _, unready = submitted(a.asset(verified=False))
    with transaction():
        event = services.publish_many(operator, [ready, unready])
        lines = event.facts["lines"]
    assert [(line["outcome"], line.get("codes")) for line in lines] == [
        ("published", None),
        ("refused", ["listing.title_unverified"]),
    ]
    assert (ready.state, unready.state) == (ListingState.PUBLISHED, ListingState.SUBMITTED)


def test_drafts_are_their_organisations_own():
    _, draft = drafted()
    public = a.listing()
    stranger, operator = a.actor(a.organisation()), a.operator()
    for actor in (stranger, operator):
        with pytest.raises(NotFound):
            queries.get(actor, draft.reference)
    assert queries.get(stranger, public.reference) is public
    with pytest.raises(NotFound):
        queries.get_own(stranger, public.reference)


def test_watching_twice_is_once():
    listing, actor = a.listing(), a.actor(a.organisation())
    with transaction():
        services.watch(actor, listing)
        services.watch(actor, listing)
    assert queries.watch_count(listing) == 1
    assert queries.is_watched(actor, listing)
    with transaction():
        services.unwatch(actor, listing)
        services.unwatch(actor, listing)
    assert db.session.scalars(select(Watch)).all() == []


def test_the_same_search_saved_again_is_renamed():
    actor = a.actor(a.organisation())
    with transaction():
        first = services.save_search(actor, name="电池", query="q=电池")
        second = services.save_search(actor, name="动力电池", query="q=电池", alerts=False)
        assert first is second
    assert [(s.name, s.alerts) for s in queries.saved_searches(actor)] == [("动力电池", False)]
    with pytest.raises(NotFound):
        queries.saved_search(a.actor(a.organisation()), first.id)


def test_filters_find_by_text_number_kind_and_state():
    seller = a.organisation()
    battery = a.listing(a.asset(keeper=seller, title="电池", patent_number="ZL202010000001X"))
    licence = a.listing(a.asset(keeper=seller, title="50%_散热"), terms=PLAIN)
    actor = a.actor(seller)

    def found(**filters):
        return set(db.session.scalars(queries.mine(actor, **filters)))

    assert found(text="电池") == {battery}
    assert found(text="zl20201000 0001x") == {battery}
    assert found(text="0%_") == {licence}
    assert found(text="%") == {licence}
    assert found(kind="non_exclusive") == {licence}
    assert found(kind="transfer") == {battery}
    assert found(state=ListingState.DRAFT) == set()


def test_a_list_takes_the_same_statements_for_one_and_three_rows():
    def counted(number):
        seller = a.organisation()
        for _ in range(number):
            a.listing(a.asset(keeper=seller), a.asset(keeper=seller))
        actor = a.actor(seller)
        db.session.expunge_all()
        with at_most(10) as seen:
            for listing in db.session.scalars(queries.mine(actor)):
                assert [x.is_pledged for x in listing.assets] == [False, False]
                assert all(x.title_verification for x in listing.assets)
                assert listing.seller.name
        return len(seen)

    assert counted(1) == counted(3)


def test_money_terms_survive_the_database():
    terms = Terms(
        kind=DealKind.LICENCE,
        grant=Grant.SOLE,
        price=Money("CNY", 12_345_67),
        royalty_bps=350,
        royalty_base=RoyaltyBase.NET_SALES,
        minimum_royalty=yuan(10_000),
        territory=("GD", "HK"),
        months=36,
        sublicence=True,
    )
    _, listing = drafted(terms=terms)
    db.session.expire_all()
    assert listing.terms == terms


def test_of_two_conflicting_listings_submitted_at_once_one_wins(own_database):
    right = a.asset()
    drafts = [drafted(right, terms=terms) for terms in (PLAIN, TRANSFER)]
    pairs = [(listing.id, actor) for actor, listing in drafts]
    db.session.remove()
    barrier, results = Barrier(2), []

    def submit(listing_id, actor):
        with own_database.app_context():
            listing = db.session.get_one(Listing, listing_id)
            barrier.wait()
            try:
                with transaction():
                    services.submit(actor, listing)
                results.append("submitted")
            except Refused as refusal:
                results.extend(refusal.fields.values())
            db.session.remove()

    threads = [Thread(target=submit, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["listing.conflict", "submitted"]


# ---- prices, copies, decisions ----------------------------------------------------------------


def published(**over):
    listing = a.listing(summary="说明", **over)
    return a.actor(listing.seller), listing


def test_a_new_price_is_public_at_once_and_its_change_on_record():
    actor, listing = published()
    with transaction():
        services.reprice(
            actor, listing, price=yuan(480_000), price_mode=PriceMode.POSTED, because="年底促销"
        )

    assert (listing.state, listing.price) == (ListingState.PUBLISHED, yuan(480_000))
    (event,) = queries.public_history(listing)
    assert event.facts["before"]["terms"]["price"]["minor"] == yuan(500_000).minor
    assert event.facts["snapshot"]["terms"]["price"]["minor"] == yuan(480_000).minor


def test_the_same_price_again_is_no_change():
    actor, listing = published()
    services.reprice(actor, listing, price=listing.price, price_mode=listing.price_mode)

    assert queries.public_history(listing) == []


@pytest.mark.parametrize(
    ("price", "mode", "code"),
    [
        (None, PriceMode.POSTED, "listing.price_missing"),
        (yuan(0), PriceMode.POSTED, "terms.price_not_positive"),
        (Money("CNY", -1), PriceMode.NEGOTIATED, "terms.price_not_positive"),
        (Money("CNY", 10**16), PriceMode.POSTED, "terms.price_too_large"),
    ],
)
def test_a_new_price_is_checked_like_the_first(price, mode, code):
    actor, listing = published()

    with pytest.raises(Invalid) as refusal:
        services.reprice(actor, listing, price=price, price_mode=mode)

    assert refusal.value.fields == {"price": code}


@pytest.mark.parametrize("state", set(ListingState) - {ListingState.PUBLISHED})
def test_only_what_is_public_is_repriced(state):
    actor, listing = published(state=state)

    with pytest.raises(WrongState):
        services.reprice(actor, listing, price=yuan(1), price_mode=PriceMode.POSTED)


def test_a_price_set_on_an_old_page_overwrites_nothing():
    actor, listing = published()
    seen = services.basis_of(listing)
    services.reprice(actor, listing, price=yuan(400_000), price_mode=PriceMode.POSTED)

    with pytest.raises(Refused) as refusal:
        services.reprice(
            actor, listing, price=yuan(450_000), price_mode=PriceMode.POSTED, basis=seen
        )

    assert refusal.value.code == "listing.changed"


def test_strangers_neither_reprice_nor_copy():
    _, listing = published()
    stranger = a.actor(a.organisation())

    with pytest.raises(NotAllowed):
        services.reprice(stranger, listing, price=yuan(1), price_mode=PriceMode.POSTED)
    with pytest.raises(NotAllowed):
        services.copy(stranger, listing)


@pytest.mark.parametrize("state", [ListingState.CLOSED, ListingState.REFUSED, ListingState.DRAFT])
def test_a_copy_says_the_same_and_leaves_out_what_was_sold(state):
    seller = a.organisation()
    kept, sold = a.asset(keeper=seller), a.asset(keeper=seller)
    listing = a.listing(kept, sold, state=state, summary="说明", title_en="Cooling")
    sold.keeper = a.organisation()
    db.session.flush()

    copied = services.copy(a.actor(seller), listing)

    assert copied.state is ListingState.DRAFT
    assert copied.reference != listing.reference
    assert copied.assets == [kept]
    assert (copied.title, copied.title_en) == (listing.title, "Cooling")
    assert copied.terms == listing.terms


def test_a_refusal_needs_a_reason_and_is_final():
    actor, listing = submitted()
    with pytest.raises(Invalid):
        services.refuse(a.operator(), listing, "  ")
    with pytest.raises(NotAllowed):
        services.refuse(actor, listing, "不收")

    services.refuse(a.operator(), listing, "不属于可交易的权利")

    assert listing.state is ListingState.REFUSED
    for verb in (services.submit, services.relist):
        with pytest.raises(WrongState):
            verb(actor, listing)


def test_a_return_may_speak_of_the_parts_alone():
    actor, listing = submitted()
    services.return_(a.operator(), listing, remarks={"price": "请说明计价依据 ", "text": " "})

    assert queries.last_remarks(listing) == {"price": "请说明计价依据"}
    services.submit(actor, listing)
    assert queries.last_remarks(listing) == {}


def test_one_operator_at_a_time_reviews_and_an_old_claim_lapses():
    _, listing = submitted()
    first, second = a.operator(), a.operator()
    services.claim(first, listing)
    services.claim(first, listing)  # twice is once

    with pytest.raises(Refused) as refusal:
        services.claim(second, listing)
    assert refusal.value.code == "listing.claimed"
    assert kinds_of_events(listing).count("listing.claim") == 1

    with clock.freeze(clock.now() + timedelta(minutes=31)):
        services.claim(second, listing)
        assert queries.claims([listing]) == {listing.id: second.user_id}


def test_the_next_listing_for_review_is_one_that_nobody_reviews():
    (_, done), (_, taken), (_, free) = submitted(), submitted(), submitted()
    me, colleague = a.operator(), a.operator()
    services.claim(colleague, taken)

    assert queries.next_for_review(me, done) == free
    services.publish(me, free)
    assert queries.next_for_review(me, done) is None


def test_many_of_ones_own_stand_or_fall_each_by_itself():
    actor, good = drafted()
    _, bad = drafted(seller=good.seller, title=" ", summary="说明", terms=EXCLUSIVE)
    bad.title = ""
    event = services.many(actor, [bad, good], "submit")

    outcomes = {line["listing"]: line["outcome"] for line in event.facts["lines"]}
    assert outcomes == {good.reference: "done", bad.reference: "refused"}
    assert (good.state, bad.state) == (ListingState.SUBMITTED, ListingState.DRAFT)

    with pytest.raises(Invalid):
        services.many(actor, [good], "withdraw")
    with pytest.raises(Invalid):
        services.many(actor, [good], "publish")
    services.many(actor, [good], "withdraw", because="暂缓")
    assert good.state is ListingState.WITHDRAWN
