"""A verifier notices whatever the rules do not give, and names the line."""

from dataclasses import replace

import pytest

from marketplace.auctions.engine.applying import replay
from marketplace.auctions.engine.canonical import bid_commitment
from marketplace.auctions.engine.rechecking import Wrong, replayed
from marketplace.auctions.engine.rules import SECOND, Format, PriorityMode
from marketplace.auctions.engine.state import Command
from tests.auctions.engine.runs import FREE_ENDS, OPENS, START, Run, rules
from tests.auctions.engine.test_formats import NONCE, SCORES, dutch, opened, sealed, tender

HOUR, DAY = 3600 * SECOND, 86_400 * SECOND
BIDS = [(0, "C", 1_100_000), (0, "B", 1_200_000), (0, "A", 1_500_000)]


def first(done, kind):
    return next(n for n, event in enumerate(done.events) if event.kind == kind)


def forged(done, kind, *, at=None, code=None, private=None, **public):
    """The log with the first line of a kind changed."""
    n = first(done, kind)
    line = done.events[n]
    other = replace(
        line,
        at=line.at if at is None else at,
        code=code or line.code,
        public={**line.public, **public},
        private=line.private if private is None else private,
    )
    return [*done.events[:n], other, *done.events[n + 1 :]]


def finding(done, events):
    """What a verifier says to these lines; the true ones pass."""
    assert replayed(done.rules, done.events) == done.state
    with pytest.raises(Wrong) as caught:
        replayed(done.rules, events)
    check, reason = caught.value.args
    assert check == "decisions"
    return reason


def raised():
    """Bids of the free and of the limited period, awarded."""
    done = Run(rules(has_reserve=True), BIDS, None, 1_100_000)
    done.pass_time(FREE_ENDS - done.at + SECOND)
    done.at = done.state.ends_at - SECOND
    done.bid("B", 1_400_000)
    done.close()
    done.do(Command("award"))
    return done


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("opened", {"ends_at": FREE_ENDS + 1}, "not the end that the rules give"),
        ("limited", {"ends_at": FREE_ENDS}, "not the end that the rules give"),
        ("bid", {"price": START + 100}, "price is 1000100, not 1100000"),
        ("bid", {"leader": "B"}, "leader is B, not C"),
        ("bid", {"ends_at": FREE_ENDS - 1}, f"ends_at is {FREE_ENDS - 1}, not {FREE_ENDS}"),
        ("bid", {"extended": True}, "extended is True, not False"),
        ("bid", {"reserve_met": False}, "reserve_met is False, not True"),
        ("bid", {"code": "X"}, "nobody who was admitted"),
        ("bid", {"at": FREE_ENDS}, "taken after the end"),
        ("bid", {"private": {"maximum": START - 100}}, "below 1000000, or off the tick"),
        ("bid", {"private": {"maximum": START + 1}}, "below 1000000, or off the tick"),
        ("closed", {"price": START}, "A at 1000000, not A at 1410000"),
        ("closed", {"leader": "B"}, "B at 1410000, not A at 1410000"),
        ("awarded", {"code": "B"}, "awarded to somebody else, or at another price"),
        ("awarded", {"price": START}, "awarded to somebody else, or at another price"),
    ],
)
def test_a_changed_line_of_a_rising_auction_is_noticed(kind, change, reason):
    done = raised()
    line = first(done, kind) + 1
    assert finding(done, forged(done, kind, **change)) == f"line {line}: {reason}"


def test_a_close_before_the_drain_is_noticed():
    done = raised()
    at = done.state.ends_at + SECOND
    assert done.events[first(done, "closed")].at == at
    assert finding(done, forged(done, "closed", at=at - 1)).endswith("closed before the end")


def test_i12_a_bid_of_an_excluded_bidder_is_noticed():
    done = Run(rules(), BIDS)
    done.do(Command("exclude", None, {"code": "E", "reason": "court"}))
    done.bid("B", 1_600_000)
    done.close()
    n = max(n for n, event in enumerate(done.events) if event.kind == "bid")
    lines = [*done.events]
    lines[n] = replace(lines[n], code="E")
    assert finding(done, lines) == f"line {n + 1}: nobody who was admitted"


def test_a_bid_while_none_are_taken_is_noticed():
    done = Run(rules(), BIDS)
    early = done.events.pop()  # before it opened
    n = first(done, "opened")
    done.state = replay(done.rules, done.events)
    done.close()
    lines = [*done.events[:n], early, *done.events[n:]]
    assert finding(done, lines) == f"line {n + 1}: taken while no bids are"


def excluded(*, code="B", phase="free"):
    done = Run(rules(), BIDS)
    if phase == "suspended":
        done.do(Command("suspend", None, {"reason": "test"}))
    if phase == "closed":
        done.close()
    done.do(Command("exclude", None, {"code": code, "reason": "court"}))
    if phase == "suspended":
        done.do(Command("resume", None, {"at": done.at + 2 * HOUR}))
        done.pass_time(2 * HOUR)
    done.close()
    return done


@pytest.mark.parametrize("phase", ["free", "suspended", "closed"])
@pytest.mark.parametrize("code", ["B", "E"])  # one who bid, and one who did not
@pytest.mark.parametrize(
    "change",
    [{"leader": "C"}, {"price": START}, {"reserve_met": False}, {"bids": 9}, {"ends_at": 1}],
)
def test_f19_an_exclusion_moves_price_and_leader_to_what_the_others_bid_and_nowhere_else(
    phase, code, change
):
    done = excluded(code=code, phase=phase)
    ((name, said),) = change.items()
    reason = finding(done, forged(done, "excluded", **change))
    assert f": {name} is {said}, not " in reason


def test_f19_an_exclusion_of_nobody_is_noticed():
    done = excluded()
    reason = finding(done, forged(done, "excluded", code="X"))
    assert reason.endswith("the rules refuse it, auction.not_admitted")


def test_a_void_bid_moves_price_and_leader_to_what_was_before_and_nowhere_else():
    done = Run(rules(), BIDS)
    done.do(Command("void", None, {"seq": len(done.events), "reason": "slip"}))
    done.close()
    for change in ({"leader": "A"}, {"price": 1_200_000}, {"stands": 1}, {"bids": 3}):
        ((name, said),) = change.items()
        assert f"{name} is {said}, not" in finding(done, forged(done, "voided", **change))
    late = done.events[first(done, "voided")].at + 301 * SECOND
    reason = finding(done, forged(done, "voided", at=late))
    assert reason.endswith("auction.too_late_to_void")


def test_i34_a_suspension_keeps_what_was_left_and_a_resumption_gives_it_back():
    done = Run(rules(), BIDS)
    done.do(Command("suspend", None, {"reason": "test"}))
    done.do(Command("resume", None, {"at": done.at + 2 * HOUR}))
    done.pass_time(2 * HOUR)
    done.close()
    assert "remaining is 0, not" in finding(done, forged(done, "suspended", remaining=0))
    for change in ({"ends_at": FREE_ENDS}, {"phase": "limited"}, {"shift": 0}):
        reason = finding(done, forged(done, "resumed", **change))
        assert reason.endswith("not what the rules give")
    reason = finding(done, forged(done, "resumed", at=done.events[first(done, "resuming")].at))
    assert reason.endswith("not what the rules give")


def test_an_outage_gives_a_cycle_and_no_more():
    done = Run(rules(), BIDS)
    done.pass_time(FREE_ENDS - done.at)
    done.at = done.state.ends_at - 2 * SECOND
    asked = {"since": done.at - SECOND, "until": done.at}
    done.do(Command("outage", None, asked))
    done.close()
    ends = done.events[first(done, "outage")].public["ends_at"]
    assert f"not {ends}" in finding(done, forged(done, "outage", ends_at=ends + DAY))


def prior(answer="exercise"):
    done = Run(rules(priority=PriorityMode.AFTER), BIDS).close()
    until = done.at + 15 * DAY
    done.do(Command("await_priority", None, {"holders": ["H"], "until": until}))
    done.do(Command(answer, None, {"holder": "H"}))
    done.do(Command("award"))
    return done


def test_i36_days_too_short_and_an_award_within_them_are_noticed():
    done = prior()
    until = done.events[first(done, "priority_awaited")].public["until"]
    short = forged(done, "priority_awaited", until=until - 1)
    assert finding(done, short).endswith("the rules refuse it, auction.bad_window")
    n = first(done, "exercised")
    early = [*done.events[:n], replace(done.events[n + 1], code="A")]
    assert finding(done, early).endswith("the rules refuse it, auction.window_open")


@pytest.mark.parametrize(("answer", "kind"), [("exercise", "exercised"), ("waive", "waived")])
def test_i36_an_answer_of_somebody_who_holds_no_right_is_noticed(answer, kind):
    done = prior(answer)
    reason = finding(done, forged(done, kind, holder="A"))
    assert reason.endswith("the rules refuse it, auction.no_priority")


def test_i37_an_offer_accepted_by_somebody_else_or_at_another_price_is_noticed():
    done = Run(rules(), BIDS).close()
    for kind in ("award", "default", "fall_back"):
        done.do(Command(kind))
    done.do(Command("accept_fallback", "B"))
    n = len(done.events) - 1
    other = replace(done.events[n], code="C")
    assert finding(done, [*done.events[:n], other]).endswith("auction.not_runner_up")
    cheap = replace(done.events[n], public={"price": START})
    assert finding(done, [*done.events[:n], cheap]).endswith("or at another price")


@pytest.mark.parametrize(
    "change",
    [{"leader": "B"}, {"price": START}, {"ends_at": FREE_ENDS}, {"reserve_met": False}],
)
def test_bidding_that_begins_otherwise_than_the_quotes_give_is_noticed(change):
    done = quoted(A=1_300_000, B=1_200_000)
    assert finding(done, forged(done, "turned", **change)).endswith("not what the rules give")


def quoted(**quotes):
    cfg = rules(format=Format.ANNOUNCED, ends_at=FREE_ENDS, free_ends_at=FREE_ENDS + HOUR)
    done = Run(cfg)
    for code in sorted({*"ABCDE"} - {*quotes}):
        done.do(Command("exclude", None, {"code": code}))
    for code, amount in quotes.items():
        done.bid(code, amount)
    return done.close()


def test_a_quote_above_the_final_price_may_stay_closed():
    done = quoted(A=1_300_000, B=1_200_000)
    assert (done.state.leader, done.state.price) == ("A", 1_210_000)
    hidden = [
        replace(event, private={}) if (event.kind, event.code) == ("quoted", "A") else event
        for event in done.events
    ]
    again = replayed(done.rules, hidden)
    assert (again.leader, again.price) == ("A", 1_210_000)


def test_an_only_applicant_pays_what_he_quoted_and_nothing_else():
    done = quoted(A=1_300_000)
    assert finding(done, forged(done, "closed", price=START)).endswith(
        "A at 1000000, not A at 1300000"
    )
    nobody = Run(rules(format=Format.ANNOUNCED, ends_at=FREE_ENDS))
    for code in "ABCDE":
        nobody.do(Command("exclude", None, {"code": code}))
    nobody.close()
    assert replayed(nobody.rules, nobody.events) == nobody.state


def test_a_day_more_than_the_only_applicant_gets_is_noticed():
    cfg = rules(format=Format.ANNOUNCED, ends_at=FREE_ENDS)
    done = Run(cfg)
    for code in "BCDE":
        done.do(Command("exclude", None, {"code": code}))
    done.close()
    ends = done.events[first(done, "prolonged")].public["ends_at"]
    reason = finding(done, forged(done, "prolonged", ends_at=ends + DAY))
    assert reason.endswith("not what the rules give")


def test_i20_a_sale_at_another_price_than_that_of_the_moment_is_noticed():
    done = dutch()
    done.at = OPENS + 61 * SECOND
    done.do(Command("accept", "A", {"expected_price": START * 9 // 10}))
    forgery = forged(done, "accepted", price=START // 2)
    assert finding(done, forgery).endswith("not the price of that moment")


def test_another_fixed_price_than_the_published_one_is_noticed():
    done = Run(rules(buy_now=2_000_000))
    done.do(Command("buy_now", "A"))
    forgery = forged(done, "bought", price=1_900_000)
    assert finding(done, forgery).endswith("not the fixed price")


def test_i17_an_envelope_that_holds_something_else_is_noticed():
    done = opened(*sealed(Format.SEALED_FIRST, [("A", 1_200_000), ("B", 1_100_000)]))
    lie = [{"code": "A", "amount": 1_900_000, "nonce": NONCE}]
    reason = finding(done, forged(done, "unsealed", opened=lie))
    assert reason.endswith("the envelope of A holds something else")
    assert finding(done, forged(done, "closed", leader="B")).endswith("not A at 1200000")


def test_f19_an_excluded_bidders_envelope_is_left_out_by_the_verifier_as_well():
    cfg = rules(format=Format.SEALED_FIRST, free_ends_at=None, ends_at=FREE_ENDS)
    done = Run(cfg)
    for code, amount in (("A", 1_200_000), ("B", 1_100_000)):
        said = bid_commitment("J-1", code, amount, NONCE)
        done.do(Command("envelope", code, {"commitment": said}))
    done.pass_time(FREE_ENDS - done.at + 2 * SECOND)
    done.do(Command("exclude", None, {"code": "A"}))
    opened(done, {"A": 1_200_000, "B": 1_100_000})
    assert (done.state.leader, done.state.price) == ("B", 1_100_000)
    assert replayed(done.rules, done.events) == done.state


def test_i38_means_that_do_not_follow_from_the_scores_are_noticed():
    done = tender()
    done.do(Command("score", None, {"scores": SCORES}))
    opened(done, {"A": 2_000_000, "B": 1_800_000})
    means = {"A": [100_000, 100_000], "B": [0, 0]}
    forgery = forged(done, "scored", means=means)
    assert finding(done, forgery).endswith("not the means of the scores")


def test_nothing_is_worked_out_again_before_the_close():
    """Maxima are closed till then: what is seen of a running auction cannot be checked yet."""
    done = Run(rules(), BIDS)
    lines = [replace(event, private={}) for event in done.events]
    assert replayed(done.rules, lines).price == done.state.price
