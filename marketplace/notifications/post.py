"""Handing letters to the mail server that the settings name."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate, parseaddr

from marketplace.core import settings
from marketplace.notifications.models import Mail
from marketplace.organisations import tokens

TIMEOUT_SECONDS = 10


class Undeliverable(Exception):  # noqa: N818 -- an answer of the server, not an error of ours
    """The server will never take this letter: trying again is of no use."""


@contextmanager
def server() -> Iterator[smtplib.SMTP]:
    """The mail server, spoken to in cipher (unless the settings say otherwise) and let in.

    Raises OSError or SMTPException where it does not answer or does not let us in.
    """
    trade = settings.current()
    tls = ssl.create_default_context()  # the server must prove its name
    if trade.mail_tls:
        found: smtplib.SMTP = smtplib.SMTP_SSL(
            trade.mail_server, trade.mail_port, timeout=TIMEOUT_SECONDS, context=tls
        )
    else:
        found = smtplib.SMTP(trade.mail_server, trade.mail_port, timeout=TIMEOUT_SECONDS)
    with found:
        if trade.mail_starttls and not trade.mail_tls:
            found.starttls(context=tls)
        if trade.mail_username:
            found.login(trade.mail_username, trade.mail_password)
        yield found


def hand_over(to: smtplib.SMTP, mail: Mail) -> None:
    """Give one letter to the server: done, Undeliverable, or OSError or SMTPException for now."""
    try:
        to.send_message(message(mail))
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        if code >= 500:
            raise Undeliverable(f"{code} {said.decode(errors='replace')}") from error
        raise
    except (smtplib.SMTPNotSupportedError, ValueError) as error:  # an address it cannot carry
        raise Undeliverable(str(error)) from error


def message(mail: Mail) -> EmailMessage:
    """The letter as it travels. Its Message-ID is that of the row: sent twice, seen once."""
    made = EmailMessage(policy=SMTP)
    made.set_content(mail.body)  # first: it would take the language away again
    made["From"] = _sender(mail.locale)
    made["To"] = mail.address
    made["Subject"] = mail.subject
    made["Date"] = formatdate(mail.created_at.timestamp())
    made["Message-ID"] = f"<{mail.key.replace(':', '.')}@{_domain()}>"
    made["Content-Language"] = mail.locale.replace("_", "-")
    made["Auto-Submitted"] = "auto-generated"
    if mail.stoppable and mail.user is not None:
        made["List-Unsubscribe"] = f"<{tokens.stop_mail_address(mail.user)}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    return made


def _sender(locale: str) -> str:
    trade = settings.current()
    name, address = parseaddr(trade.mail_sender)
    site = trade.site_name_en if locale.startswith("en") else trade.site_name
    return formataddr((name or site, address))


def _domain() -> str:
    return parseaddr(settings.current().mail_sender)[1].rpartition("@")[2] or "localhost"
