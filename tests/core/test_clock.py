"""One clock, in UTC; days are those of Guangdong."""

from datetime import UTC, date, datetime, timedelta

from marketplace.core import clock


def test_now_is_utc_and_moves():
    assert clock.now().tzinfo is UTC
    assert clock.now() <= clock.now()


def test_the_day_is_that_of_guangdong():
    with clock.freeze(datetime(2026, 12, 31, 15, 59, tzinfo=UTC)):
        assert clock.today() == date(2026, 12, 31)
    with clock.freeze(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)):
        assert clock.today() == date(2027, 1, 1)


def test_a_frozen_clock_stands_and_thaws_even_inside_another():
    early = datetime(2026, 1, 1, tzinfo=UTC)
    with clock.freeze(early):
        with clock.freeze(early + timedelta(days=9)):
            assert clock.now() == early + timedelta(days=9)
        assert clock.now() == early
    assert clock.now() > early
