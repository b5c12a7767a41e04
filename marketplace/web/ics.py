"""A calendar file (RFC 5545): whole days, each with a reminder."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response

from marketplace.core import clock

LONGEST_LINE = 75  # octets
REMIND_DAYS = 30


@dataclass(frozen=True)
class Entry:
    """A day in the calendar; the same `uid` again replaces it."""

    uid: str
    day: date
    title: str
    text: str = ""
    url: str = ""


def calendar(name: str, entries: Iterable[Entry]) -> str:
    """The whole calendar as text."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Guangdong IP Exchange//Upkeep//EN",
        "CALSCALE:GREGORIAN", "METHOD:PUBLISH", f"X-WR-CALNAME:{_text(name)}",
    ]  # fmt: skip
    stamp = clock.now().strftime("%Y%m%dT%H%M%SZ")
    for entry in entries:
        lines += [
            "BEGIN:VEVENT", f"UID:{entry.uid}", f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(entry.title)}",
            *([f"DESCRIPTION:{_text(entry.text)}"] if entry.text else []),
            *([f"URL:{entry.url}"] if entry.url else []),
            "TRANSP:TRANSPARENT", "BEGIN:VALARM", "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(entry.title)}", f"TRIGGER:-P{REMIND_DAYS}D", "END:VALARM",
            "END:VEVENT",
        ]  # fmt: skip
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def response(name: str, entries: Iterable[Entry], filename: str) -> Response:
    """The calendar as a download."""
    answer = Response(calendar(name, entries), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename}.ics"'
    return answer


def _text(text: str) -> str:
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(sign, written)
    return text.replace("\r", "")


def _folded(line: str) -> list[str]:
    """Lines of at most 75 octets; a character is never cut."""
    out, current = [], ""
    for character in line:
        if len((current + character).encode()) > LONGEST_LINE:
            out.append(current)
            current = " "
        current += character
    return [*out, current]
