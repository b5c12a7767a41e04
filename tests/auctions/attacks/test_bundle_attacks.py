"""Whoever publishes a bundle may lie: every line rewritten, hashed and chained anew, and signed by a key of his own."""

import json
from copy import deepcopy

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.auctions import receipts, verify
from marketplace.auctions.engine import canonical
from marketplace.auctions.engine.rechecking import Wrong, replayed
from marketplace.auctions.engine.rules import SECOND, Format
from marketplace.auctions.engine.state import Command, Event
from marketplace.auctions.services import bundling
from marketplace.core.policy import SYSTEM
from tests.auctions.auctioning import START, an_auction, bid, bidders, do
from tests.auctions.engine.runs import FREE_ENDS, Run, rules
from tests.auctions.engine.runs import START as LOW
from tests.auctions.engine.test_formats import sealed
from tests.auctions.engine.test_verifying import BIDS, first
from tests.auctions.log.test_log import over, signed

HOUR = 3600 * SECOND


def a_bundle():
    """Of an auction that is over and whose lines are all in the signed log; with two receipts."""
    auction = an_auction()
    one, two = bidders(auction)
    answers = [bid(one, auction, START), bid(two, auction, START), bid(two, auction, START + 10**6)]
    auction = over(auction)
    do(SYSTEM, auction, Command("award"))
    signed()
    return bundling.bundle(auction) | {"receipts": [answer.receipt for answer in answers]}


def rewritten(bundle, change):
    """The lines changed at will, then numbered, chained and hashed as if they had always been so."""
    told = [json.loads(row["body"]) for row in bundle["events"]]
    told = change(told) or told
    events, prev = [], ""
    for seq, said in enumerate(told, start=1):
        body = canonical.canonical(said | {"seq": seq, "prev": prev})
        prev = canonical.leaf_hash(body)
        events.append({"body": body.decode(), "hash": prev})
    return bundle | {"events": events, "log": None, "receipts": []}


def finding(bundle, **given):
    verdict = verify.verify(bundle, **given)
    assert not verdict.valid
    return verdict.checks[-1].name, verdict.checks[-1].detail


@pytest.fixture
def bundle(app):  # noqa: ARG001 -- it brings the database
    found = a_bundle()
    assert verify.verify(found, keys=receipts.public_keys()).valid
    return deepcopy(found)


def test_rules_beside_the_log_that_are_not_the_published_ones_are_noticed(bundle):
    bundle["rules"]["deposit"] += 1
    assert finding(bundle)[0] == "rules"


def test_a_bundle_signed_anew_holds_only_for_who_believes_its_own_key(bundle):
    forger = Ed25519PrivateKey.generate()
    key = forger.public_key().public_bytes_raw().hex()
    body = json.loads(bundle["receipts"][0])["body"]
    signature = forger.sign(receipts.PREFIX + canonical.canonical(body)).hex()
    own = {"alg": "ed25519", "body": body, "key_id": receipts.key_id(key), "signature": signature}
    forged = bundle | {"public_keys": [key], "log": None, "receipts": [json.dumps(own)]}

    assert verify.verify(forged).valid
    name, detail = finding(forged, keys=receipts.public_keys())
    assert (name, detail) == ("receipts", f"not signed by the exchange: {receipts.key_id(key)}")


def test_a_bundle_that_nobody_signed_does_not_hold_for_who_names_a_key(bundle):
    bare = bundle | {"log": None, "receipts": []}
    assert verify.verify(bare).valid
    assert finding(bare, keys=receipts.public_keys())[0] == "log"


def test_a_checkpoint_of_another_log_is_no_checkpoint_of_this_one(bundle):
    kept = "another.example/log\n" + bundle["log"]["checkpoint"].split("\n", 1)[1]
    assert finding(bundle, remembered=kept) == (
        "log", "the checkpoint that you kept is of another log"
    )  # fmt: skip


def test_a_log_cut_short_says_that_it_is_still_running(bundle):
    cut = rewritten(bundle, lambda told: told[:5]) | {"result": {}, "openings": {}}
    assert verify.verify(cut).phase == "free"
    assert verify.verify(bundle).phase == "awarded"


@pytest.mark.parametrize("place", [1, 3, 4])
def test_a_line_left_out_is_noticed_by_the_receipt_of_who_asked_for_it(bundle, place):
    held = bundle["receipts"]
    lines = len(bundle["events"])
    cut = rewritten(bundle, lambda told: told[:place] + told[place + 1 :])
    assert len(cut["events"]) == lines - 1
    assert not verify.verify(cut | {"receipts": held}).valid


def test_a_receipt_of_another_auction_is_noticed(bundle):
    other = a_bundle()
    refused = [text for text in other["receipts"] if json.loads(text)["body"].get("refusal")]
    bundle["receipts"] = refused
    assert finding(bundle) == ("receipts", f"a receipt is of {other['auction']}")


def test_a_receipt_put_on_another_line_is_noticed(bundle):
    """The moment that was signed for is that of the line."""
    body = json.loads(bundle["receipts"][0])["body"]
    text = receipts.signed(body | {"at": body["at"] + 1})
    bundle["receipts"] = [text]
    assert "at another moment" in finding(bundle)[1]


def test_a_sale_that_is_said_to_have_failed_is_noticed(bundle):
    def fails(told):
        last = told[-1]
        return [*told[:-1], last | {"kind": "failed", "code": None, "public": {"reason": "no_bid"}}]

    lie = rewritten(bundle, fails) | {"result": {"winner": None, "price": None}}
    name, detail = finding(lie)
    assert (name, detail.split(": ")[1]) == ("decisions", "failed for no_bid, not for None")


@pytest.mark.parametrize(
    "nonsense",
    [
        {"tick": 0}, {"step": 0, "step_doubles_after": 0}, {"interval": -1}, {"cycle": "x"},
        {"criteria": [[]]}, {"ladder": []}, {"opens_at": None}, {"start": 2**53},
    ],
)  # fmt: skip
def test_nonsense_is_an_answer_and_no_fault_of_the_verifier(bundle, nonsense):
    def spoilt(told):
        told[0]["public"]["rules"].update(nonsense)
        try:
            wanted = canonical.rules_hash(verify.Rules.from_json(told[0]["public"]["rules"]))
        except (TypeError, ValueError):
            wanted = ""
        told[0]["public"]["rules_hash"] = wanted
        for line in told:
            line["rules"] = wanted

    lie = rewritten(bundle, spoilt)
    lie["rules"] = json.loads(lie["events"][0]["body"])["public"]["rules"]
    assert verify.verify(lie).valid in {True, False}


def wrong(done, events):
    """What a verifier says to these lines; the true ones pass."""
    assert replayed(done.rules, done.events) == done.state
    with pytest.raises(Wrong) as caught:
        replayed(done.rules, events)
    return caught.value.args[1].split(": ", 1)[1]


def put(done, n, kind, code=None, **public):
    """A line of the publisher's own invention before line n; the first is 0."""
    line = Event(kind, done.events[n].at, code, public)
    return [*done.events[:n], line, *done.events[n:]]


def test_a_publication_in_the_middle_is_noticed():
    done = Run(rules(), BIDS).close()
    n = first(done, "closed")
    again = done.events[0]
    assert wrong(done, put(done, n, "published", **again.public)) == "published a second time"


def test_a_runner_up_of_the_publishers_choice_is_noticed():
    done = Run(rules(), BIDS).close()
    for kind in ("award", "default", "fall_back"):
        done.do(Command(kind))
    done.do(Command("accept_fallback", "B"))
    n = first(done, "fell_back")
    friend = Event("fell_back", done.events[n].at, "C", done.events[n].public)
    taken = Event("awarded", done.events[n + 1].at, "C", done.events[n + 1].public)
    assert wrong(done, [*done.events[:n], friend, taken]) == "of C, not of B"
    cheap = Event("fell_back", friend.at, "B", {"price": LOW})
    taken = Event("awarded", friend.at, "B", {"price": LOW})
    assert wrong(done, [*done.events[:n], cheap, taken]) == "price is 1000000, not 1200000"


def test_a_default_of_somebody_else_is_noticed():
    done = Run(rules(), BIDS).close()
    done.do(Command("award"))
    done.do(Command("default"))
    n = first(done, "defaulted")
    other = Event("defaulted", done.events[n].at, "B", done.events[n].public)
    assert wrong(done, [*done.events[:n], other]) == "of B, not of A"


def test_a_sale_by_a_means_that_the_format_does_not_have_is_noticed():
    done = Run(rules(), BIDS).close()
    n = first(done, "bid")
    at = done.events[n].at
    closing = done.events[first(done, "closed")]
    sold = Event("closed", at, "D", {**closing.public, "price": LOW, "leader": "D"})
    for kind in ("accepted", "enveloped", "quoted"):
        line = Event(kind, at, "D", {"price": LOW, "commitment": "", "ciphertext": ""})
        assert wrong(done, [*done.events[:n], line, sold]) == "not what may be bid here"


def test_a_purchase_after_the_first_bid_is_noticed():
    done = Run(rules(buy_now=2_000_000), BIDS).close()
    n = first(done, "limited")
    at = done.events[n].at - 1
    closing = done.events[first(done, "closed")]
    lines = [
        Event("bought", at, "D", {"price": 2_000_000}),
        Event("closed", at, "D", {**closing.public, "price": 2_000_000, "leader": "D"}),
    ]
    assert wrong(done, [*done.events[:n], *lines]).endswith("auction.no_buy_now")


def test_a_close_without_the_limited_period_is_noticed():
    done = Run(rules(), BIDS).close()
    n, m = first(done, "limited"), first(done, "closed")
    assert done.events[n].at >= FREE_ENDS
    early = [*done.events[:n], done.events[m]]
    assert wrong(done, early) == "closed while nothing is to be closed"


def test_a_resumption_sooner_than_announced_is_noticed():
    done = Run(rules(), BIDS)
    done.do(Command("suspend", None, {"reason": "test"}))
    done.do(Command("resume", None, {"at": done.at + 2 * HOUR}))
    done.pass_time(2 * HOUR)
    done.close()
    n = first(done, "resuming")
    soon = Event("resuming", done.events[n].at, None, {"resumes_at": done.events[n].at + 1})
    lines = [*done.events[:n], soon, *done.events[n + 1 :]]
    assert wrong(done, lines).endswith("auction.bad_resumption")


def test_a_maximum_that_is_said_to_stand_again_after_a_void_bid_is_worked_out():
    done = Run(rules(), [(0, "B", 1_100_000), (0, "A", 1_500_000), (0, "A", 1_700_000)])
    done.do(Command("void", None, {"seq": len(done.events), "reason": "slip"}))
    done.bid("C", 1_300_000)
    done.close()
    n = first(done, "voided")
    line = done.events[n]
    lie = Event(line.kind, line.at, line.code, line.public, {"maximum": 10**9, "unlimited": False})
    lines = [*done.events[:n], lie, *done.events[n + 1 :]]
    assert wrong(done, lines) == "not the maximum that stands again"


def test_envelopes_that_nobody_opened_do_not_make_a_failure():
    done, _ = sealed(Format.SEALED_FIRST, [("A", 1_200_000), ("B", 1_100_000)])
    closing = {"price": None, "leader": None, "reserve_met": False}
    closing |= {"reserve": None, "reserve_salt": None}
    shut = Event("closed", done.at + SECOND, None, closing)
    failed = Event("failed", done.at + SECOND, None, {"reason": "no_bid"})
    with pytest.raises(Wrong, match="envelopes unopened"):
        replayed(done.rules, [*done.events, shut, failed])


def test_a_quote_below_the_start_is_noticed():
    done = Run(rules(format=Format.ANNOUNCED, ends_at=FREE_ENDS, free_ends_at=FREE_ENDS + HOUR))
    done.bid("A", 1_300_000)
    done.bid("B", 1_200_000)
    done.close()
    n = max(n for n, event in enumerate(done.events) if event.kind == "quoted")
    line = done.events[n]
    low = Event("quoted", line.at, "B", line.public, {"maximum": LOW - 100, "salt": "5a"})
    lines = [*done.events[:n], low, *done.events[n + 1 :]]
    assert wrong(done, lines).startswith("below 1000000")


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, '{"signature":' + '{"a":' * 3000 + "1" + "}" * 3001, '{"events": 7}', "\x00"],
)
def test_whatever_is_handed_in_gets_an_answer(client, text):
    answer = client.post("/auctions/verify", data={"text": text})
    assert answer.status_code in {200, 422}


def test_the_page_believes_no_key_but_the_exchanges(client, bundle):
    page = client.post("/auctions/verify", data={"text": json.dumps(bundle)})
    assert "全部一致" in page.text
    forger = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    bundle["public_keys"] = [forger]
    bundle["receipts"] = []
    again = client.post("/auctions/verify", data={"text": json.dumps(bundle)})
    assert "全部一致" in again.text  # the true signature is ours, whatever key the bundle names
    note = bundle["log"]["checkpoint"].rsplit(" ", 1)[0] + " AAAA\n"
    bundle["log"]["checkpoint"] = note
    assert "发现不一致" in client.post("/auctions/verify", data={"text": json.dumps(bundle)}).text


def test_the_command_takes_a_key(tmp_path, bundle):
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(bundle))
    (key,) = receipts.public_keys()
    assert verify.main([str(file), "--key", key]) == 0
    assert verify.main([str(file), "--key", "00" * 32]) == 1
