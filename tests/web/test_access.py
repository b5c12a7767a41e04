"""Every address of the site is on the public list, or refuses whoever has no business there.

A new page fails here until it is guarded, or named as public; a new kind of record in an address
fails until somebody says which record of another firm stands for it.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from marketplace.core.db import db
from marketplace.documents.models import Document
from marketplace.organisations.models import Membership, Role
from tests import factories as a
from tests.conftest import statements
from tests.web import world

PUBLIC = {
    "auction_list.index", "auction_list.month", "auction_list.results", "auction_room.show",
    "auction_room.state",
    "auction_room.events", "auction_feed.feed", "auction_proof.verify", "auction_proof.bundle",
    "auction_proof.verify_file", "auction_log.index", "auction_log.checkpoint", "auction_log.proof",
    "auction_log.consistency", "auction_log.tile",
    "auction_watch.appointment",
    "brokers.index", "brokers.show", "brokers.grading_rules",
    "card_payments.notice", "sandbox.checkout", "sandbox.pay", "sandbox.account", "sandbox.tell",
    "fees.index", "kinds.index", "kinds.show",
    "home.index", "home.cities", "help.index", "help.page", "listings.show", "organisations.show",
    "rules.index", "rules.show", "rules.laws", "rules.between",
    "search.results", "search.suggestions", "search.compare", "search.clear_compare",
    "search.toggle_compare", "can_i.listed", "certificates.paper", "certificates.content",
    "certificates.index", "certificates.verify", "certificates.short",
    "signatures.verify", "signatures.root", "signatures.revoked",
    "people.sign_in", "people.sign_in_code", "people.sign_in_demo", "people.sign_out",
    "people.sign_up", "people.signed_up", "people.confirm", "people.confirm_again",
    "people.reset", "people.reset_with", "people.stop_mail", "people.invitation", "documents.download",
    "open_offers.index",
    "notices.index", "notices.feed", "notices.show", "notices.object_to", "notices.confirm",
    "security.csp_report", "static", "icon_sprite", "kit.show", "discovery.robots",
    "discovery.sitemap", "discovery.manifest", "discovery.favicon",
}  # fmt: skip

# What people do for themselves, whatever their role in an organisation.
PERSONAL = {
    "people.act_for", "listings.watch", "auction_watch.watch", "search.saved", "search.save", "search.forget",
    "search.watchlist", "inbox.index", "inbox.open_one", "inbox.mark_all_read",
}  # fmt: skip
# Machines send these: the browser's own report, and a mail program with the token of its mail.
WITHOUT_FORM = {"security.csp_report", "card_payments.notice", "people.stop_mail"}
GONE = {403, 404}
NOTHING_CHOSEN = {"listing_batches.bulk"}  # a list with nothing ticked leads back to the list
REFUSED = {403, 404, 409, 422}


# Who may open what is decided by us and not by a database; test_nasty walks the same addresses on both.
pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


@pytest.fixture
def firm() -> world.Firm:
    """Another firm, with something of everything."""
    return world.found()


def unchanged() -> AbstractContextManager[list[str]]:
    """The statements that try to change something, but for sign-ins being seen."""
    return statements(lambda s: bool(re.match(r"(INSERT|DELETE|UPDATE)", s)) and "sign_in" not in s)


def rules(app: Flask, *, guarded: bool = True) -> Iterator[tuple[Rule, str]]:
    """Every address and method of the site; only the guarded ones unless asked."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
        if guarded and rule.endpoint in PUBLIC:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def outcome(browser: FlaskClient, method: str, address: str) -> tuple[int, str, list[str]]:
    """Status, where it sends one, and what it tried to change."""
    with unchanged() as written:
        answer = browser.open(address, method=method)
    return answer.status_code, answer.location or "", written


def test_the_public_list_names_only_pages_that_exist(app):
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= PUBLIC | PERSONAL


def test_a_visitor_is_asked_to_sign_in_everywhere_but_on_public_pages(app, client, firm):
    wrong = {}
    for rule, method in rules(app):
        status, where, written = outcome(client, method, firm.address(rule))
        asked = status == 303 and where.startswith("/sign-in")
        if written or not (asked or status == 404):
            wrong[f"{method} {rule.rule}"] = (status, where, written)

    assert wrong == {}


@pytest.mark.parametrize("role", [Role.OWNER, Role.VIEWER])
def test_another_firm_s_records_are_not_there_for_strangers(app, firm, sign_in, role):
    browser = sign_in(a.organisation(), role.value)
    wrong = {}
    for rule, method in rules(app):
        about_a_record = rule.arguments - {"capability"}
        if not about_a_record or rule.rule.startswith("/listings/"):
            continue
        status, _, written = outcome(browser, method, firm.address(rule))
        if written or status not in GONE:
            wrong[f"{method} {rule.rule}"] = (status, written)

    assert wrong == {}


@pytest.mark.parametrize("who", ["owner of a firm", "viewer at the exchange"])
def test_the_console_is_for_operators_alone(app, firm, sign_in, who):
    browser = (
        sign_in(firm.organisation, "owner")
        if who == "owner of a firm"
        else sign_in(a.exchange(), "viewer")
    )
    wrong = {}
    for rule, method in rules(app):
        if rule.rule.startswith("/console"):
            status, _, written = outcome(browser, method, firm.address(rule))
            if written or status != 404:
                wrong[f"{method} {rule.rule}"] = (status, written)

    assert wrong == {}


def test_a_viewer_changes_nothing_of_the_own_firm(app, firm, sign_in):
    browser = sign_in(firm.organisation, "viewer")
    wrong = {}
    for rule, method in rules(app):
        mine = rule.endpoint in PERSONAL | NOTHING_CHOSEN or rule.endpoint.startswith("account.")
        if method == "GET" or mine or rule.rule.startswith("/console"):
            continue
        status, _, written = outcome(browser, method, firm.address(rule))
        if written or status not in REFUSED:
            wrong[f"{method} {rule.rule}"] = (status, written)

    assert wrong == {}


def test_someone_removed_acts_for_the_firm_no_more(app, firm, sign_in):
    person = a.user()
    browser = sign_in(firm.organisation, "owner", person)
    assert browser.get("/workbench/organisation").status_code == 200
    membership = db.session.query(Membership).filter_by(user_id=person.id).one()
    db.session.delete(membership)
    db.session.commit()

    wrong = {}
    for rule, method in rules(app):
        if rule.arguments - {"capability"} and not rule.rule.startswith("/listings/"):
            status, where, written = outcome(browser, method, firm.address(rule))
            sent_away = status == 303 and where == "/account/organisations"
            if written or not (status in GONE or sent_away):
                wrong[f"{method} {rule.rule}"] = (status, where, written)

    assert wrong == {}


def test_papers_of_another_firm_are_not_there_by_number_nor_by_cached_copy(firm, client, sign_in):
    paper = db.session.get_one(Document, firm.values["document_id"])
    path = f"/documents/{paper.id}"

    for browser in (client, sign_in(a.organisation(), "owner")):
        assert browser.get(path).status_code == 404
        assert browser.get(path, headers={"If-None-Match": f'"{paper.sha256}"'}).status_code == 404
        assert browser.get(f"/documents/{paper.sha256}").status_code == 404


def test_every_post_needs_the_token_of_its_form(app, firm, sign_in, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    browser = sign_in(a.exchange(), "owner")
    wrong = {}
    for rule, method in rules(app, guarded=False):
        if method == "POST" and rule.endpoint not in WITHOUT_FORM:
            status, _, written = outcome(browser, method, firm.address(rule))
            if written or status != 400:
                wrong[rule.rule] = (status, written)

    assert wrong == {}


def test_other_methods_are_refused_and_change_nothing(app, firm, sign_in):
    browser = sign_in(a.exchange(), "owner")
    wrong = {}
    for rule, _ in rules(app, guarded=False):
        for method in ("PUT", "TRACE"):
            status, _, written = outcome(browser, method, firm.address(rule))
            if written or status != 405:
                wrong[f"{method} {rule.rule}"] = (status, written)

    assert wrong == {}
