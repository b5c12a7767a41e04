"""Writing mails, in the reader's language."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketplace.core import settings, tables
from marketplace.core.words import to_traditional


@dataclass(frozen=True)
class Letter:
    """Subject and body, ready to send."""

    subject: str
    body: str


@cache
def _templates() -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = tables.read(
        Path(__file__).with_name("letters.yaml")
    )
    return found


SECRET = re.compile(r"(/(?:confirm|reset|invitations|objections|mail/stop)/)[^\s/]+")


def without_secrets(text: str) -> str:
    """A letter for other eyes than the reader's: its links open nothing."""
    return SECRET.sub(r"\1…", text)


def write(kind: str, locale: str, **facts: str) -> Letter:
    """A letter of a kind; line breaks in facts cannot reach the subject."""
    template = _templates()[kind]
    language = "en" if locale.startswith("en") else "zh"
    trade = settings.current()
    site = trade.site_name_en if language == "en" else trade.site_name
    filled = {"site": site, **facts}
    one_line = {name: " ".join(value.split()) for name, value in filled.items()}
    subject = template["subject"][language] % one_line
    body = template["body"][language] % filled
    if locale.startswith("zh_Hant"):
        subject, body = to_traditional(subject), to_traditional(body)
    return Letter(subject[:300], body)
