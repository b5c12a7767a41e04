"""What is told to the exchange's people, and what is not worth their time."""

from hypothesis import given
from hypothesis import strategies as st

from marketplace.auctions import surveillance
from marketplace.auctions.surveillance import SELLER, Finding, Record, Step, Traits


def traits(code, **tokens):
    return Traits(code, {kind: frozenset(each.split()) for kind, each in tokens.items()})


def test_bidders_with_one_legal_representative_are_told():
    found = surveillance.ties(
        [
            traits("AAAAA", representative="r1"),
            traits("BBBBB", representative="r1"),
            traits("CCCCC", representative="r2"),
        ]
    )
    assert found == [Finding("same_representative", ("AAAAA", "BBBBB"), {"shared": 1})]


def test_a_bidder_tied_to_the_seller_is_told_apart():
    found = surveillance.ties([traits("AAAAA", people="u1 u2"), traits(SELLER, people="u2 u1")])
    assert found == [Finding("seller_people", ("AAAAA",), {"shared": 2})]


def test_one_browser_is_not_told_again_as_one_network():
    found = surveillance.ties(
        [traits("AAAAA", device="d", network="n"), traits("BBBBB", device="d", network="n")]
    )
    assert found == [Finding("same_device", ("AAAAA", "BBBBB"), {"shared": 1})]


def test_a_network_that_more_share_than_a_browser_is_told():
    found = surveillance.ties(
        [
            traits("AAAAA", device="d", network="n"),
            traits("BBBBB", device="d", network="n"),
            traits("CCCCC", device="e", network="n"),
        ]
    )
    assert {one.kind: one.codes for one in found} == {
        "same_device": ("AAAAA", "BBBBB"),
        "same_network": ("AAAAA", "BBBBB", "CCCCC"),
    }


codes = st.sampled_from(["AAAAA", "BBBBB", "CCCCC", "DDDDD"])
tokens = st.dictionaries(
    st.sampled_from(surveillance.KINDS),
    st.frozensets(st.sampled_from("pqrs"), max_size=3),
    max_size=4,
)


@given(st.dictionaries(codes, tokens, max_size=4))
def test_whoever_is_told_of_shares_what_is_told(all_traits):
    parties = [Traits(code, held) for code, held in all_traits.items()]
    for finding in surveillance.ties(parties):
        kind = finding.kind.removeprefix("same_")
        common = frozenset.intersection(*(all_traits[code][kind] for code in finding.codes))
        assert len(common) >= finding.facts["shared"] >= 1


@given(st.dictionaries(codes, tokens, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_the_bidders_does_not_matter(all_traits, random):
    parties = [Traits(code, held) for code, held in all_traits.items()]
    before = {one.fingerprint for one in surveillance.ties(parties)}
    random.shuffle(parties)
    assert {one.fingerprint for one in surveillance.ties(parties)} == before


def rounds(*bids):
    """Bids as (code, price before, price after, leader)."""
    return [Step(*bid) for bid in bids]


def test_a_bidder_who_only_drives_the_price_is_told():
    steps = rounds(
        ("AAAAA", None, 100, "AAAAA"),
        ("BBBBB", 100, 105, "AAAAA"),
        ("BBBBB", 105, 110, "AAAAA"),
        ("BBBBB", 110, 115, "AAAAA"),
    )
    assert surveillance.raises_only(steps, 100) == [
        Finding("raises_only", ("BBBBB",), {"bids": 3, "driven_minor": 15})
    ]


def test_a_bidder_who_led_once_is_no_mere_driver():
    steps = rounds(
        ("BBBBB", None, 100, "BBBBB"),
        ("AAAAA", 100, 105, "AAAAA"),
        ("BBBBB", 105, 110, "AAAAA"),
        ("BBBBB", 110, 120, "AAAAA"),
    )
    assert surveillance.raises_only(steps, 100) == []


def test_small_raises_are_not_worth_a_look():
    steps = rounds(*[("BBBBB", 1000 + n, 1001 + n, "AAAAA") for n in range(5)])
    assert surveillance.raises_only(steps, 1000) == []


def test_bids_that_stop_under_a_secret_maximum_are_told():
    steps = [
        Step("BBBBB", 100, 190, "AAAAA", short_of=5, increment=10),
        Step("BBBBB", 190, 290, "AAAAA", short_of=10, increment=10),
        Step("CCCCC", 290, 300, "AAAAA", short_of=500, increment=10),
        Step("CCCCC", 300, 310, "AAAAA", short_of=490, increment=10),
    ]
    assert surveillance.just_below(steps) == [
        Finding("just_below", ("BBBBB", "AAAAA"), {"bids": 2})
    ]


def test_a_bidder_who_never_wins_from_one_seller_is_told():
    assert surveillance.never_wins(
        [Record("AAAAA", 3, 9, 0), Record("BBBBB", 3, 9, 1), Record("CCCCC", 2, 9, 0)]
    ) == [Finding("never_wins", ("AAAAA",), {"auctions": 3, "bids": 9})]
