"""A calendar file (RFC 5545): whole days and appointments, each with a reminder."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

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


@dataclass(frozen=True)
class Appointment:
    """A span of time in the calendar; the same `uid` with a higher `sequence` replaces it."""

    uid: str
    starts: datetime
    ends: datetime
    title: str
    sequence: int = 0
    status: str = "CONFIRMED"  # TENTATIVE, CANCELLED
    text: str = ""
    url: str = ""
    alarms: tuple[str, ...] = ("TRIGGER:-P1D", "TRIGGER:-PT1H", "TRIGGER;RELATED=END:-PT1H")


def calendar(name: str, entries: Iterable[Entry | Appointment]) -> str:
    """The whole calendar as text."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Guangdong IP Exchange//Upkeep//EN",
        "CALSCALE:GREGORIAN", "METHOD:PUBLISH", f"X-WR-CALNAME:{_text(name)}",
    ]  # fmt: skip
    for entry in entries:
        lines += _day(entry) if isinstance(entry, Entry) else _appointment(entry)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _day(entry: Entry) -> list[str]:
    return [
        "BEGIN:VEVENT", f"UID:{entry.uid}", f"DTSTAMP:{_utc(clock.now())}",
        f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}",
        *_said(entry),
        "TRANSP:TRANSPARENT", *_alarm(entry.title, f"TRIGGER:-P{REMIND_DAYS}D"),
        "END:VEVENT",
    ]  # fmt: skip


def _appointment(entry: Appointment) -> list[str]:
    alarms = () if entry.status == "CANCELLED" else entry.alarms
    return [
        "BEGIN:VEVENT", f"UID:{entry.uid}", f"DTSTAMP:{_utc(clock.now())}",
        f"SEQUENCE:{entry.sequence}", f"DTSTART:{_utc(entry.starts)}", f"DTEND:{_utc(entry.ends)}",
        f"STATUS:{entry.status}", *_said(entry),
        *(line for trigger in alarms for line in _alarm(entry.title, trigger)),
        "END:VEVENT",
    ]  # fmt: skip


def _said(entry: Entry | Appointment) -> list[str]:
    return [
        f"SUMMARY:{_text(entry.title)}",
        *([f"DESCRIPTION:{_text(entry.text)}"] if entry.text else []),
        *([f"URL:{entry.url}"] if entry.url else []),
    ]


def _alarm(title: str, trigger: str) -> list[str]:
    said = f"DESCRIPTION:{_text(title)}"
    return ["BEGIN:VALARM", "ACTION:DISPLAY", said, trigger, "END:VALARM"]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def response(name: str, entries: Iterable[Entry | Appointment], filename: str) -> Response:
    """The calendar as a download."""
    answer = Response(calendar(name, entries), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename}.ics"'
    return answer


def _text(text: str) -> str:
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(sign, written)
    return "".join(sign for sign in text if sign >= " " and sign != "\x7f")  # no controls: RFC 5545


def _folded(line: str) -> list[str]:
    """Lines of at most 75 octets; a character is never cut."""
    out, current = [], ""
    for character in line:
        if len((current + character).encode()) > LONGEST_LINE:
            out.append(current)
            current = " "
        current += character
    return [*out, current]
