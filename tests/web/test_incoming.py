"""What nobody could have meant does no harm: unseen characters, giant numbers, huge forms."""

import pytest
from flask import Flask
from sqlalchemy import exc
from structlog.testing import capture_logs

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.organisations import queries
from marketplace.organisations.models import User
from marketplace.web import incoming, limits
from tests import factories as a
from tests.conftest import settings

FIELDS = {
    "name": "陈晓",
    "email": "new@example.org",
    "password": "correct horse battery",
    "agree": "y",
}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("陈\0晓", "陈晓"),
        ("\u202e陈晓\u202c", "陈晓"),
        ("陈\u200b晓\ufeff", "陈晓"),
        ("\u2066陈\x1b晓\x7f", "陈晓"),
        ("a\tb\r\nc", "a\tb\r\nc"),
        ("👩\u200d🔬 Ünï", "👩\u200d🔬 Ünï"),
        ("\ud800x\uffff", "x"),
    ],
)
def test_what_cannot_be_seen_is_taken_out_and_the_rest_kept(typed, kept):
    assert incoming.Fields([("name", typed)])["name"] == kept


def test_a_name_with_unseen_characters_is_kept_without_them(client):
    client.post("/sign-up", data=FIELDS | {"name": "\0\u202e陈晓\u200b"})

    assert queries.user_by_email("new@example.org").name == "陈晓"


def test_a_name_of_unseen_characters_alone_is_no_name(client):
    answer = client.post("/sign-up", data=FIELDS | {"name": "\u200b\0\u202e"})

    assert answer.status_code == 422
    assert "请填写姓名。" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/listings/%00", "/listings/L%0A", "/organisations/a%00", "/certificates/%01", "/help/%00",
        "/documents/99999999999999999999", "/documents/-1", "/reset/%00", "/s/x/%00", "/%00",
    ],
)  # fmt: skip
def test_addresses_that_lead_nowhere_are_not_found(client, path):
    assert client.get(path).status_code in {404, 410}


@pytest.mark.parametrize("wanted", ["99999999999999999999", "-1", "0", "x", "", "1e9", "٣", "\0"])
def test_an_organisation_that_no_row_can_be_is_refused(sign_in, wanted):
    answer = sign_in(a.organisation()).post("/act-for", data={"organisation_id": wanted})

    assert answer.status_code in {400, 404}


@pytest.mark.parametrize("page", ["-1", "0", "abc", "99999999999999999999", "%00", "1.5", ""])
@pytest.mark.parametrize("path", ["/console/users", "/console/organisations", "/console/audit"])
def test_a_page_that_is_not_there_shows_the_nearest(sign_in, path, page):
    query = f"page={page}&sort=no&state=no&filter=no&kind=%00&lang=../.."

    assert sign_in(a.exchange(), "owner").get(f"{path}?{query}").status_code == 200


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize(
    ("form", "kind", "status"),
    [
        ({"name": "a" * 100_000}, "application/x-www-form-urlencoded", 422),
        ({"name": "a" * 600_000}, "application/x-www-form-urlencoded", 413),
        ({f"f{n}": "" for n in range(1200)}, "multipart/form-data", 413),
    ],
)
def test_a_form_beyond_all_measure_is_refused_with_a_page(client, form, kind, status, lang):
    answer = client.post(f"/sign-up?lang={lang}", data=form, content_type=kind)

    assert answer.status_code == status
    assert f'<html lang="{lang}"' in answer.text


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_database_that_is_away_is_said_without_asking_it(app: Flask, lang, monkeypatch):
    def away(*_args, **_facts):
        raise exc.OperationalError("SELECT", {}, Exception("connection refused"))

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr(db.session, "scalar", away)
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["sign_in"], session["_user_id"] = "token", "1"

    answer = browser.get(f"/?lang={lang}")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert f'<html lang="{lang}"' in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_bug_ends_in_a_page_and_a_line_without_secrets(app: Flask, lang, monkeypatch):
    def broken(_token):
        raise KeyError("bug")

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr("marketplace.organisations.tokens.read_reset", broken)
    with capture_logs() as told:
        answer = app.test_client().get(f"/reset/secret-of-a-mail?lang={lang}")

    assert answer.status_code == 500
    assert f'<html lang="{lang}"' in answer.text
    assert [(line["event"], line["page"]) for line in told] == [("unhandled", "people.reset_with")]
    assert "secret-of-a-mail" not in str({**told[0], "exc_info": ""})


def test_an_error_of_the_database_names_no_values(app: Flask):
    a.user(email="private@example.org")
    with pytest.raises(exc.IntegrityError) as caught:
        a.user(email="private@example.org")
    db.session.rollback()

    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"]["hide_parameters"]
    assert "argon2" not in str(caught.value)


@pytest.mark.parametrize("status", ["404", "405"])
def test_no_error_keeps_a_reader_s_page_for_others(sign_in, status):
    browser = sign_in(a.organisation())
    answer = browser.get("/nowhere") if status == "404" else browser.put("/search")

    assert (str(answer.status_code), answer.headers["Cache-Control"]) == (status, "no-store")


def test_only_those_who_are_to_wait_are_told_how_long(tmp_path, monkeypatch):
    monkeypatch.setattr(limits.limiter, "enabled", True)
    where = f"sqlite:///{tmp_path / 'site.db'}"
    app = create_app(settings(tmp_path, where, RATELIMIT_ENABLED=True))
    with app.app_context():
        db.create_all()
        answers = [app.test_client().post("/auctions/verify") for _ in range(21)]
        db.session.remove()
        db.engine.dispose()

    assert [answer.status_code for answer in answers] == [422] * 20 + [429]
    assert all("Retry-After" not in answer.headers for answer in answers[:20])
    assert 1 <= int(answers[20].headers["Retry-After"]) <= 61


def test_two_who_sign_up_at_once_with_one_address_get_one_account(client, monkeypatch):
    client.post("/sign-up", data=FIELDS)
    answers = iter([None])  # the other came in between the look and the leap
    real = queries.user_by_email
    monkeypatch.setattr(queries, "user_by_email", lambda email: next(answers, real(email)))

    assert client.post("/sign-up", data=FIELDS).status_code == 303
    assert db.session.query(User).filter_by(email="new@example.org").count() == 1
