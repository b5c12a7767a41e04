"""A licence as offered, on the pages of the owner and of the firm that takes it."""

import re

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.money import yuan
from marketplace.deals.models import Deal
from marketplace.listings.terms import DealKind, Grant, Terms
from marketplace.negotiation.models import StandingOffer
from tests import factories as a

PLAIN = Terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, price=yuan(50_000), months=36)


def text_of(response):
    return response.get_data(as_text=True)


@pytest.fixture
def stated(sign_in):
    """The listing, after its owner has pressed the button."""
    listing = a.listing(terms=PLAIN)
    owner = sign_in(listing.seller)
    path = f"/workbench/listings/{listing.reference}"
    assert "开放直接许可" in text_of(owner.get(path))
    done = owner.post(f"{path}/standing-offer", follow_redirects=True)
    assert "可直接取得" in text_of(done)
    return listing, owner


def test_from_the_button_of_the_owner_to_the_deal(sign_in, stated):
    listing, _ = stated
    firm = sign_in(a.organisation())
    page = f"/listings/{listing.reference}"
    assert f'href="{page}/take"' in text_of(firm.get(page))
    shown = text_of(firm.get(f"{page}/take"))
    given = {
        name: re.search(rf'name="{name}" value="([^"]+)"', shown).group(1)
        for name in ("key", "standing")
    }
    unread = firm.post(f"{page}/take", data=given)
    assert (unread.status_code, db.session.scalar(select(Deal))) == (422, None)
    assert "请先确认" in text_of(unread)
    for _ in range(2):
        taken = firm.post(f"{page}/take", data=given | {"agreed": "on"})
        deal = db.session.scalars(select(Deal)).one()
        assert (taken.status_code, taken.location) == (303, f"/workbench/deals/{deal.reference}")
    assert deal.price == yuan(50_000)


def test_what_has_ended_is_said_on_the_page_that_was_open(sign_in, stated):
    listing, owner = stated
    firm = sign_in(a.organisation())
    page = f"/listings/{listing.reference}/take"
    reference = db.session.scalars(select(StandingOffer.reference)).one()
    owner.post(f"/workbench/listings/{listing.reference}/standing-offer/end")
    late = firm.post(page, data={"standing": reference, "agreed": "on", "key": "k"})
    assert late.status_code == 422
    assert "已经终止" in text_of(late)
    assert firm.get(page).status_code == 404
    assert "/take" not in text_of(firm.get(f"/listings/{listing.reference}"))


def test_others_may_not_state_it_nor_the_owner_take_it(sign_in, stated):
    listing, owner = stated
    stranger = sign_in(a.organisation())
    path = f"/workbench/listings/{listing.reference}/standing-offer"
    assert stranger.post(path).status_code in {403, 404}
    assert stranger.post(f"{path}/end").status_code in {403, 404}
    reference = db.session.scalars(select(StandingOffer.reference)).one()
    own = owner.post(
        f"/listings/{listing.reference}/take", data={"standing": reference, "agreed": "on"}
    )
    assert own.status_code == 403


def test_open_terms_are_named_when_they_cannot_stand(sign_in):
    listing = a.listing(terms=Terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE))
    owner = sign_in(listing.seller)
    done = owner.post(
        f"/workbench/listings/{listing.reference}/standing-offer", follow_redirects=True
    )
    assert "挂牌条款还不完整" in text_of(done)
    assert db.session.scalar(select(StandingOffer)) is None
