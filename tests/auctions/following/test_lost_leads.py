"""Who has lost the lead, from the lines of a log alone."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.auctions.services import outbidding


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from("ABC") | st.none(), max_size=30))
def test_the_losers_are_those_who_led_once_and_do_not_lead_now(leaders):
    gone = outbidding.lost(enumerate(leaders))

    now = leaders[-1] if leaders else None
    assert set(gone) == {one for one in leaders if one and one != now}
    for code, seq in gone.items():  # lost at that line, and never led again
        assert leaders[seq - 1] == code
        assert code not in leaders[seq:]
