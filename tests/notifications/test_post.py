"""Mail by the settings: through a server that really speaks SMTP, in all its moods."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core import clock, events, settings
from marketplace.core.db import db, transaction
from marketplace.core.errors import WrongState
from marketplace.core.policy import SYSTEM, VISITOR
from marketplace.notifications import services
from marketplace.notifications.models import Mail, MailState, Notification
from marketplace.organisations.models import User
from tests import factories as a
from tests.notifications.post_office import PostOffice, certificate, open_office

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    """A mail server, and settings that name it."""
    with open_office() as found:
        named(monkeypatch, mail_server="127.0.0.1", mail_port=found.port, mail_starttls=False)
        monkeypatch.setitem(services._rest, "until", clock.now())
        yield found


def named(monkeypatch: pytest.MonkeyPatch, **over: object) -> None:
    there = replace(settings.current(), mail_sender="no-reply@exchange.example", **over)
    monkeypatch.setattr(settings, "_current", [there])


def happened(kind: str, subject: object, **facts: object) -> None:
    """Something of which people are told by mail."""
    with transaction():
        event = events.record(subject, kind, by=VISITOR, **facts)
        db.session.flush()
        services.tell(event)


def reset_of(person: User) -> None:
    happened("user.reset_request", person)


def mails() -> list[Mail]:
    return list(db.session.scalars(select(Mail).order_by(Mail.id)))


def test_a_letter_arrives_in_the_reader_s_language_with_a_link_that_is_then_forgotten(office):
    reset_of(a.user(name="Lee", email="lee@example.org", locale="en"))
    link = re.search(r"/reset/\S+", mails()[0].body).group()

    assert services.send_due()

    [letter] = office.letters
    assert letter["To"] == "lee@example.org"
    assert letter["From"] == "Guangdong IP Exchange <no-reply@exchange.example>"
    assert letter["Subject"] == "Choose a new password · Guangdong IP Exchange"
    assert letter["Content-Language"] == "en"
    assert letter["Message-ID"].endswith("@exchange.example>")
    assert link in letter.get_content()
    [sent] = mails()
    assert (sent.state, link in sent.body) == (MailState.SENT, False)
    assert not services.send_due()


@pytest.mark.parametrize(
    ("locale", "greeting"),
    [("zh_Hans", "重设密码"), ("zh_Hant", "重設密碼"), ("en", "Choose a new")],
)
def test_each_reader_is_written_to_in_their_own_language(office, locale, greeting):
    reset_of(a.user(locale=locale))

    services.send_due()

    assert office.letters[0]["Subject"].startswith(greeting)


def test_line_breaks_in_a_name_reach_no_header(office):
    firm = a.organisation(name="甲公司\r\nBcc: everybody@example.org")
    happened("member.invite", a.invitation(firm))

    services.send_due()

    [letter] = office.letters
    assert letter["Bcc"] is None
    assert [s for s in office.spoken if s.startswith("rcpt")] == [f"rcpt TO:<{letter['To']}>"]


def test_an_address_that_is_refused_for_good_is_not_tried_again_and_holds_nobody_up(office):
    office.recipient = "550 no such mailbox"
    reset_of(a.user())
    services.send_due()
    office.recipient = "250 ok"
    reset_of(a.user(email="second@example.org"))

    with clock.freeze(clock.now() + timedelta(days=2)):
        services.send_due()

    first, second = mails()
    assert (first.state, first.attempts, first.due_at) == (MailState.FAILED, 1, None)
    assert "550 no such mailbox" in first.error
    assert second.state is MailState.SENT


@pytest.mark.usefixtures("office")
def test_an_address_that_no_server_can_carry_holds_nobody_up():
    reset_of(a.user(email="müller@example.org"))
    reset_of(a.user(email="plain@example.org"))

    services.send_due()

    assert [m.state for m in mails()] == [MailState.FAILED, MailState.SENT]


def test_a_passing_fault_is_tried_again_later_and_later_until_it_is_given_up(office):
    office.accepted = "451 try again later"
    reset_of(a.user())
    moment, waits = clock.now(), []
    for _ in range(services.MAX_ATTEMPTS + 3):
        with clock.freeze(moment):
            services.send_due()
        [mail] = mails()
        if mail.due_at is None:
            break
        waits.append(mail.due_at - moment)
        moment = mail.due_at

    assert mail.attempts == services.MAX_ATTEMPTS
    assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert sum(waits, timedelta()) > timedelta(hours=12)


def test_a_server_that_is_away_costs_no_mail_an_attempt_and_is_left_alone_for_a_while(
    office, monkeypatch
):
    reset_of(a.user())
    named(monkeypatch, mail_server="127.0.0.1", mail_port=1, mail_starttls=False)
    services.send_due()
    assert (mails()[0].state, mails()[0].attempts) == (MailState.QUEUED, 0)
    assert not services.send_due()  # resting: other work of the worker goes on

    named(monkeypatch, mail_server="127.0.0.1", mail_port=office.port, mail_starttls=False)
    with clock.freeze(clock.now() + services.REST):
        services.send_due()

    assert mails()[0].state is MailState.SENT


def test_a_worker_killed_in_mid_letter_sends_it_once_more_under_the_same_name(office, monkeypatch):
    reset_of(a.user())
    monkeypatch.setattr(services, "advance", killed)
    with pytest.raises(KeyboardInterrupt):
        services.send_due()
    monkeypatch.undo()
    named(monkeypatch, mail_server="127.0.0.1", mail_port=office.port, mail_starttls=False)
    services.send_due()
    assert len(office.letters) == 1  # its lease has not ended

    with clock.freeze(clock.now() + timedelta(minutes=2)):
        services.send_due()
        services.send_due()

    assert [m["Message-ID"] for m in office.letters] == 2 * [office.letters[0]["Message-ID"]]
    assert mails()[0].state is MailState.SENT


def killed(*_args: object, **_facts: object) -> None:
    raise KeyboardInterrupt


def test_without_cipher_no_letter_and_no_password_leaves(office, monkeypatch):
    reset_of(a.user())
    named(
        monkeypatch, mail_server="127.0.0.1", mail_port=office.port, mail_starttls=True,
        mail_username="site", mail_password="secret",
    )  # fmt: skip

    services.send_due()

    assert office.letters == []
    assert not any(line.lower().startswith(("auth", "mail")) for line in office.spoken)


@pytest.mark.parametrize(
    ("name", "trusted", "arrived"),
    [("127.0.0.1", True, 1), ("127.0.0.1", False, 0), ("203.0.113.9", True, 0)],
)
def test_letters_go_only_to_a_server_that_proves_its_name(
    office, monkeypatch, tmp_path, name, trusted, arrived
):
    office.tls, file = certificate(tmp_path, name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    named(monkeypatch, mail_server="127.0.0.1", mail_port=office.port, mail_starttls=True)
    reset_of(a.user())

    services.send_due()

    assert len(office.letters) == arrived
    assert any(line.lower() == "starttls" for line in office.spoken)


def test_the_site_signs_in_to_the_server_where_the_settings_say_so(office, monkeypatch):
    reset_of(a.user())
    named(
        monkeypatch, mail_server="127.0.0.1", mail_port=office.port, mail_starttls=False,
        mail_username="site", mail_password="secret",
    )  # fmt: skip

    services.send_due()

    assert any(line.startswith("AUTH PLAIN") for line in office.spoken)
    assert len(office.letters) == 1


def test_mails_about_deals_can_be_stopped_with_one_click_and_those_about_safety_cannot(
    office, client
):
    firm = a.organisation()
    member = a.member(firm, "owner")
    happened("organisation.verify", firm)
    happened("user.change_password", member.user)
    services.send_due()
    about_firm, about_safety = office.letters

    assert about_firm["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert about_safety["List-Unsubscribe"] is None
    link = re.sub(r"^<https?://[^/]+|>$", "", about_firm["List-Unsubscribe"])
    assert link.partition(".")[0] in about_firm.get_content()
    assert client.get(link).status_code == 200
    assert db.session.get_one(User, member.user_id).mail_wanted  # a scanner's visit changes nothing
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    happened("organisation.reopen", firm)
    happened("user.enable_second_factor", member.user)

    assert len(mails()) == 3
    assert client.post(link + "x").status_code == 410


def test_an_operator_sends_a_failed_mail_again_but_never_one_that_was_sent(office, sign_in):
    office.recipient = "550 no such mailbox"
    reset_of(a.user())
    services.send_due()
    [mail] = mails()
    office.recipient = "250 ok"

    assert sign_in(a.exchange(), "owner").post(f"/console/mail/{mail.id}/resend").status_code == 303
    services.send_due()

    assert mails()[0].state is MailState.SENT
    with pytest.raises(WrongState, match=r"mail\.resend"), transaction():
        services.resend(SYSTEM, mails()[0])


@pytest.mark.usefixtures("office")
def test_operators_see_no_link_that_opens_another_s_account_where_mail_goes_out(
    sign_in, monkeypatch
):
    reset_of(a.user())
    [mail] = mails()
    operator = sign_in(a.exchange(), "owner")
    path, token = f"/console/mail/{mail.id}", re.search(r"/reset/(\S+)", mail.body).group(1)

    assert token not in operator.get(path).text
    named(monkeypatch, mail_server="")  # the outbox of a machine without mail shows it all
    assert token in operator.get(path).text


def test_someone_removed_is_told_of_it(office):
    firm = a.organisation()
    removed = a.member(firm, "viewer")
    happened("member.remove", firm, user=removed.user_id)

    services.send_due()

    assert removed.user.email in {letter["To"] for letter in office.letters}


def test_work_for_operators_is_not_shown_to_lookers_on_nor_to_closed_accounts():
    exchange = a.exchange()
    operator, looker = a.member(exchange, "manager"), a.member(exchange, "viewer")
    gone = a.member(exchange, "owner", a.user(closed_at=clock.now()))
    happened("capability.request", a.application(a.organisation("broker")))

    told = set(db.session.scalars(select(Notification.user_id)))
    assert operator.user_id in told
    assert not told & {looker.user_id, gone.user_id}
