"""Calendar files hold whatever a title may hold (RFC 5545)."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.web import ics

MOMENT = datetime(2027, 1, 1, tzinfo=UTC)


def unescaped(value):
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def written(text):
    return ics.calendar(
        "竞价",
        [ics.Appointment("u", MOMENT, MOMENT + timedelta(hours=1), title=text, text=text)],
    )


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200))
def test_every_line_has_at_most_75_octets_and_whole_characters(text):
    for line in written(text).encode().split(b"\r\n"):
        assert len(line) <= 75
        line.decode()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200))
def test_what_was_written_is_read_again_less_control_characters(text):
    unfolded = written(text).replace("\r\n ", "")

    found = re.findall(r"^SUMMARY:(.*?)\r\n(?=[A-Z-]+[:;])", unfolded, re.MULTILINE | re.DOTALL)

    kept = "".join(sign for sign in text if sign == "\n" or (sign >= " " and sign != "\x7f"))
    assert [unescaped(value) for value in found] == [kept]


def test_a_line_begins_with_a_name_whatever_the_title_holds():
    lines = written("甲\r\nATTENDEE:mailto:x@example.org\r\n").replace("\r\n ", "").split("\r\n")

    assert not [line for line in lines if line.startswith("ATTENDEE")]
