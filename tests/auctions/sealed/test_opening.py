"""Sealed bids: nobody reads an amount before two of three keepers open together."""

from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.auctions import envelopes
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction, Envelope, KeyShare, ShareHolder
from marketplace.auctions.queries import opening as queries
from marketplace.auctions.services import door, drafting, opening
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused, WrongState
from tests import factories as a
from tests.auctions.auctioning import an_auction, bidders, code_of, new_key, tick

pytestmark = pytest.mark.usefixtures("app")


def sealed_auction(format_=Format.SEALED_FIRST, **rules) -> Auction:
    """A sealed auction whose opening key is in its rules, open for envelopes."""
    auction = an_auction(format_, opened=False, opening_key="0" * 64, **rules)
    with transaction():
        public = opening.make_keys(auction)
        auction.rules_data = auction.rules_data | {"opening_key": public}
    tick(auction)
    return auction


def puts(actor, auction, amount, key=None) -> door.Reply:
    with transaction():
        return opening.submit(actor, auction.reference, amount, key or new_key())


def keeper(auction, kind):
    """Somebody who keeps a part."""
    if kind is ShareHolder.SELLER:
        return a.actor(auction.seller)
    return a.actor(a.organisation("operator" if kind is ShareHolder.EXCHANGE else "regulator"))


def part(auction, kind) -> KeyShare:
    return next(s for s in queries.shares_of(auction) if s.kind is kind)


def phrase_of(auction, kind) -> str:
    with transaction():
        return opening.fetch(keeper(auction, kind), part(auction, kind))


def handed_in(auction, kind, phrase="") -> None:
    with transaction():
        opening.hand_in(keeper(auction, kind), part(auction, kind), phrase=phrase)


def ended(auction) -> Auction:
    with clock.freeze(auction.ends_at + timedelta(seconds=2)):
        tick(auction)
    return db.session.get_one(Auction, auction.id)


def now(auction) -> Auction:
    db.session.expire_all()
    return db.session.get_one(Auction, auction.id)


@pytest.mark.parametrize("pair", list(permutations(ShareHolder, 2)))
def test_f18_any_two_of_three_open(pair):
    auction = sealed_auction()
    first, second = bidders(auction)
    puts(first, auction, 11_000_000)
    puts(second, auction, 13_000_000)
    phrases = {kind: phrase_of(auction, kind) for kind in pair}
    ended(auction)
    handed_in(auction, pair[0], phrases[pair[0]])
    assert now(auction).state is Phase.OPENING
    handed_in(auction, pair[1], phrases[pair[1]])
    assert (now(auction).leader_code, now(auction).price_minor) == (
        code_of(second, auction),
        13_000_000,
    )


def test_the_second_price_is_paid_in_the_second_price_format():
    auction = sealed_auction(Format.SEALED_SECOND)
    first, second = bidders(auction)
    puts(first, auction, 11_000_000)
    puts(second, auction, 13_000_000)
    ended(auction)
    handed_in(auction, ShareHolder.SELLER)
    handed_in(auction, ShareHolder.AUTHORITY)
    assert (now(auction).leader_code, now(auction).price_minor) == (
        code_of(second, auction),
        11_000_000,
    )


def test_f18_a_false_part_is_found_out_and_the_others_still_open():
    auction = sealed_auction()
    (first,) = bidders(auction, 1)
    puts(first, auction, 11_000_000)
    other = sealed_auction()
    false = phrase_of(other, ShareHolder.SELLER)
    phrase_of(auction, ShareHolder.SELLER)
    ended(auction)
    for lie in (false, "IPX-AAAAA", ""):
        with pytest.raises(Invalid) as refused:
            handed_in(auction, ShareHolder.SELLER, lie)
        assert refused.value.code == "auction_key_share.false"
    handed_in(auction, ShareHolder.EXCHANGE)
    handed_in(auction, ShareHolder.AUTHORITY)
    assert now(auction).price_minor == 11_000_000


def test_i18_nobody_opens_before_the_end():
    auction = sealed_auction()
    puts(bidders(auction, 1)[0], auction, 11_000_000)
    for kind in ShareHolder:
        with pytest.raises(WrongState) as refused:
            handed_in(auction, kind)
        assert refused.value.code == "auction_key_share.too_early"


def test_i18_no_table_holds_the_amount_in_clear():
    auction = sealed_auction()
    amount = 98_765_400
    puts(bidders(auction, 1)[0], auction, amount)
    found = []
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(text(f'SELECT * FROM "{table.name}"')):  # noqa: S608
            said = " ".join(
                value.hex() + value.decode("latin-1") if isinstance(value, bytes) else str(value)
                for value in row
            )
            if str(amount) in said:
                found.append(table.name)
    assert found == []


def test_i18_the_projection_tells_no_number_of_envelopes():
    auction = sealed_auction()
    for one in bidders(auction, 3):
        puts(one, auction, 11_000_000)
    assert now(auction).bid_count == 0
    assert queries.hides_envelopes(now(auction))


def test_i17_the_last_envelope_counts():
    auction = sealed_auction()
    first, second = bidders(auction)
    puts(first, auction, 15_000_000)
    puts(second, auction, 12_000_000)
    puts(first, auction, 11_000_000)
    assert db.session.query(Envelope).filter_by(auction_id=auction.id, active=True).count() == 2
    ended(auction)
    handed_in(auction, ShareHolder.SELLER)
    handed_in(auction, ShareHolder.EXCHANGE)
    assert now(auction).leader_code == code_of(second, auction)


def test_i17_the_table_holds_one_active_envelope_a_bidder():
    auction = sealed_auction()
    puts(bidders(auction, 1)[0], auction, 15_000_000)
    there = db.session.query(Envelope).filter_by(auction_id=auction.id).one()
    db.session.add(
        Envelope(
            auction_id=auction.id,
            participant_id=there.participant_id,
            ciphertext=b"x",
            commitment="0" * 64,
            seq=999,
        )
    )
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_i17_an_envelope_that_does_not_match_is_void_and_it_alone():
    auction = sealed_auction()
    first, second = bidders(auction)
    puts(first, auction, 15_000_000)
    puts(second, auction, 12_000_000)
    tampered = db.session.query(Envelope).filter_by(auction_id=auction.id).first()
    tampered.ciphertext = tampered.ciphertext[:-8] + b"AAAAAAA="
    db.session.commit()
    ended(auction)
    handed_in(auction, ShareHolder.SELLER)
    handed_in(auction, ShareHolder.EXCHANGE)
    assert now(auction).leader_code == code_of(second, auction)
    unsealed = next(e for e in door.log_of(auction.id) if e.kind == "unsealed")
    assert list(unsealed.public["voided"]) == [code_of(first, auction)]


def test_the_same_key_again_is_one_envelope():
    auction = sealed_auction()
    (first,) = bidders(auction, 1)
    key = new_key()
    once, again = puts(first, auction, 15_000_000, key), puts(first, auction, 15_000_000, key)
    assert (again.receipt, again.replayed) == (once.receipt, True)
    assert db.session.query(Envelope).filter_by(auction_id=auction.id).count() == 1


def test_a_part_is_shown_once():
    auction = sealed_auction()
    phrase_of(auction, ShareHolder.SELLER)
    with pytest.raises(WrongState):
        phrase_of(auction, ShareHolder.SELLER)
    assert part(auction, ShareHolder.SELLER).kept is None


def test_a_part_is_fetched_by_its_keeper_only():
    auction = sealed_auction()
    for kind in ShareHolder:
        for outsider in (a.actor(a.organisation()), *others(auction, kind)):
            with pytest.raises(NotAllowed), transaction():
                opening.fetch(outsider, part(auction, kind))


def others(auction, kind):
    return [keeper(auction, one) for one in ShareHolder if one is not kind]


def test_one_person_does_not_hand_in_two_parts():
    auction = sealed_auction()
    puts(bidders(auction, 1)[0], auction, 15_000_000)
    ended(auction)
    both = a.actor(a.organisation("operator", "regulator"))
    with transaction():
        opening.hand_in(both, part(auction, ShareHolder.EXCHANGE))
    with pytest.raises(Refused) as refused, transaction():
        opening.hand_in(both, part(auction, ShareHolder.AUTHORITY))
    assert refused.value.code == "auction_key_share.two_people"


def test_after_the_opening_no_part_is_left():
    auction = sealed_auction()
    puts(bidders(auction, 1)[0], auction, 15_000_000)
    ended(auction)
    handed_in(auction, ShareHolder.SELLER)
    handed_in(auction, ShareHolder.EXCHANGE)
    assert [(s.kept, s.handed_in) for s in queries.shares_of(now(auction))] == [(None, None)] * 3


def test_an_envelope_cannot_be_moved_to_another_bidder_or_auction():
    private, public = envelopes.new_key()
    made = envelopes.seal(public, "J-00000001", "AAAAA", 10_000_000)
    assert envelopes.unseal(private, "J-00000001", "AAAAA", made.ciphertext)["amount"] == 10_000_000
    for auction, code in (("J-00000002", "AAAAA"), ("J-00000001", "BBBBB")):
        with pytest.raises(envelopes.Unreadable):
            envelopes.unseal(private, auction, code, made.ciphertext)


def test_the_length_of_an_envelope_tells_no_amount():
    _, public = envelopes.new_key()
    lengths = {
        len(envelopes.seal(public, "J-00000001", "AAAAA", amount).ciphertext)
        for amount in (100, 10**14)
    }
    assert len(lengths) == 1


def test_the_key_is_made_when_the_auction_is_approved_and_its_public_half_is_in_the_rules():
    opens = clock.now() + timedelta(days=60)
    draft = an_auction(
        Format.SEALED_FIRST, opens_at=opens, ends_at=opens + timedelta(days=1), approved=False
    )
    draft.opens_at = opens
    db.session.commit()
    with transaction():
        reply = drafting.approve(a.operator(), db.session.get_one(Auction, draft.id))
    assert reply.refusal is None
    found = now(draft)
    assert len(queries.shares_of(found)) == 3
    assert door.log_of(found.id)[0].public["rules"]["opening_key"] == found.rules.opening_key
    assert len(found.rules.opening_key) == 64
