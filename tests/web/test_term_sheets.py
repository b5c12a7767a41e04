"""Term sheets on the pages: written, found, filled into an offer, a counter-offer and a listing."""

import io
import re

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.money import yuan
from marketplace.listings.models import ListingState
from marketplace.listings.terms import DealKind, Grant, Terms
from marketplace.negotiation.models import Offer, TermSheet
from tests import factories as a

PLAIN = Terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, price=yuan(50_000), months=36)
LIST = "/workbench/term-sheets"
WRITTEN = {
    "name": "普通许可",
    "grant": "non_exclusive",
    "territory": "GD",
    "months": "24",
    "note": "高校",
}


def text_of(response):
    return response.get_data(as_text=True)


def value_of(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page).group(1)


@pytest.fixture
def firm(sign_in):
    """An organisation, its manager's browser, and a term sheet written by hand."""
    organisation = a.organisation()
    browser = sign_in(organisation)
    done = browser.post(f"{LIST}/new?kind=licence", data=WRITTEN, follow_redirects=True)
    assert "普通许可" in text_of(done)
    return organisation, browser, db.session.scalars(select(TermSheet)).one()


def test_from_nothing_to_a_kept_sheet(sign_in):
    browser = sign_in(a.organisation())
    assert "还没有条款单" in text_of(browser.get(LIST))
    assert f'href="{LIST}/new?kind=transfer"' in text_of(browser.get(f"{LIST}/new"))
    wrong = browser.post(f"{LIST}/new?kind=licence", data=WRITTEN | {"months": "0"})
    assert (wrong.status_code, value_of(text_of(wrong), "months")) == (422, "0")


def test_it_fills_an_offer_in_and_leaves_the_price_of_the_listing(firm):
    _, browser, sheet = firm
    listing = a.listing(terms=PLAIN)
    page = text_of(browser.get(f"/listings/{listing.reference}/offer?sheet={sheet.id}"))
    assert (value_of(page, "months"), value_of(page, "price")) == ("24", "50000")
    assert value_of(text_of(browser.get(f"/listings/{listing.reference}/offer")), "months") == "36"


def test_it_fills_a_counter_offer_and_ones_own_listing_in(firm):
    organisation, browser, sheet = firm
    listing = a.listing(a.asset(keeper=organisation), terms=PLAIN, state=ListingState.DRAFT)
    step = f"/workbench/listings/{listing.reference}/edit/terms"
    found = browser.get(step)
    assert found.status_code == 200, step
    assert value_of(text_of(browser.get(f"{step}?sheet={sheet.id}")), "months") == "24"
    offer = a.offer(listing=a.listing(terms=PLAIN, seller=organisation), terms=PLAIN)
    page = text_of(browser.get(f"/workbench/offers/{offer.reference}/counter?sheet={sheet.id}"))
    assert value_of(page, "months") == "24"


def test_what_is_no_sheet_of_ours_or_of_another_kind_is_not_there(firm, sign_in):
    _, browser, sheet = firm
    for terms, who, asked in (
        (a.terms(), browser, sheet.id),
        (PLAIN, sign_in(a.organisation()), sheet.id),
        (PLAIN, browser, "9" * 40),
        (PLAIN, browser, "x"),
    ):
        listing = a.listing(terms=terms)
        address = f"/listings/{listing.reference}/offer?sheet={asked}"
        assert who.get(address).status_code == 404


def test_an_offer_s_terms_are_kept_as_a_sheet(firm):
    organisation, browser, _ = firm
    offer = a.offer(buyer=organisation, terms=a.terms(price=yuan(123)))
    page = text_of(browser.get(f"{LIST}/new?offer={offer.reference}"))
    assert value_of(page, "price") == "123"


def test_it_is_changed_put_away_brought_back_and_exported(firm):
    _, browser, sheet = firm
    address = f"{LIST}/{sheet.id}"
    page = text_of(browser.get(address))
    done = browser.post(address, data=WRITTEN | {"months": "12", "basis": value_of(page, "basis")})
    assert (done.status_code, sheet.terms.months) == (303, 12)
    late = browser.post(address, data=WRITTEN | {"basis": value_of(page, "basis")})
    assert (late.status_code, sheet.terms.months) == (422, 12)
    browser.post(f"{address}/away")
    assert "普通许可" in text_of(browser.get(f"{LIST}?away=1"))
    browser.post(f"{address}/back")
    rows = text_of(browser.get(f"{LIST}?format=csv&kind=licence&q=高校"))
    assert "普通许可" in rows
    assert "12" in rows


# ---- attachments -------------------------------------------------------------------------------


def offered(browser, listing, **over):
    form = {"price": "40万", "valid_days": "10", **over}
    return browser.post(
        f"/listings/{listing.reference}/offer", data=form, content_type="multipart/form-data"
    )


def text_file(name, content):
    return io.BytesIO(content if isinstance(content, bytes) else content.encode()), name


def test_files_come_with_an_offer_and_the_counter_offer_drops_one(sign_in):
    listing, buyer = a.listing(), a.organisation()
    browser = sign_in(buyer)
    files = [text_file("清单.txt", "图纸 12 张"), text_file("标准.txt", "验收标准")]
    assert offered(browser, listing, files=files).status_code == 303
    offer = db.session.scalars(select(Offer)).one()
    kept, dropped = offer.versions[0].papers
    seller = sign_in(listing.seller)
    here = f"/workbench/offers/{offer.reference}"
    assert "标准.txt" in text_of(seller.get(here))
    with seller.get(f"/documents/{kept.id}") as file:
        assert text_of(file) == "图纸 12 张"
    ticked = re.findall(r"<input[^>]*name=\"keep\"[^>]*>", text_of(seller.get(f"{here}/counter")))
    assert len([one for one in ticked if "checked" in one]) == 2
    counter = {"version": "1", "price": "45万", "valid_days": "10", "keep": str(kept.id)}
    done = seller.post(f"{here}/counter", data=counter, content_type="multipart/form-data")
    assert done.status_code == 303
    assert [paper.filename for paper in offer.versions[1].papers] == ["清单.txt"]
    changed = text_of(browser.get(f"{here}/changes"))
    assert "标准.txt" in changed
    assert sign_in(a.organisation()).get(f"/documents/{dropped.id}").status_code == 404


def test_what_is_no_document_is_refused_and_nothing_is_offered(sign_in):
    listing = a.listing()
    browser = sign_in(a.organisation())
    answer = offered(browser, listing, files=[text_file("清单.pdf", b"MZ\x90\x00 no paper")])
    assert answer.status_code == 422
    assert "请重新选择" in text_of(answer)
    assert db.session.scalars(select(Offer)).all() == []
