"""The weighted tender: answers sealed beside the price, a jury under pseudonyms, points frozen first."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from marketplace.auctions import envelopes, verify
from marketplace.auctions.engine import canonical
from marketplace.auctions.engine.outcome import runner_up
from marketplace.auctions.engine.rules import Criterion
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import (
    AuctionEvent,
    Envelope,
    Juror,
    JurorState,
    OrderKind,
    Participant,
    ShareHolder,
)
from marketplace.auctions.queries import jury as queries
from marketplace.auctions.services import awarding, bundling, checking, scoring, tendering
from marketplace.auctions.services.door import state_of
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, WrongState
from marketplace.organisations.models import Membership, User
from tests import factories as a
from tests.auctions.auctioning import bidder, bidders, code_of
from tests.auctions.control.test_controlling import ordered
from tests.auctions.sealed.test_opening import ended, handed_in, now
from tests.auctions.tendering import (
    ANSWERS,
    CRITERIA,
    a_juror,
    a_jury,
    a_tender,
    gives,
    puts,
    staff,
    to_jury,
)

pytestmark = pytest.mark.usefixtures("app")


def with_two_answers():
    """A tender with two answers before a jury, the cheaper one first; and the codes."""
    auction = a_tender()
    one, two = bidders(auction)
    puts(one, auction, 11_000_000)
    puts(two, auction, 14_000_000, ("一年内投产", "电话支持"))
    jury = a_jury(auction)
    return to_jury(auction), (code_of(one, auction), code_of(two, auction)), jury


def scored(points_of_one=(90, 80), points_of_two=(60, 40)):
    auction, codes, jury = with_two_answers()
    for actor, juror in jury:
        gives(actor, juror, dict(zip(codes, (points_of_one, points_of_two), strict=True)))
    return now(auction), codes


def of_kind(auction, kind):
    row = db.session.query(AuctionEvent).filter_by(auction_id=auction.id, kind=kind).one()
    return json.loads(row.body)["public"]


def test_the_better_answer_wins_against_the_higher_price_by_the_published_weights():
    auction, (one, two) = scored()

    assert (auction.state, auction.leader_code, auction.price_minor) == (
        Phase.CLOSED,
        one,
        11_000_000,
    )
    assert of_kind(auction, "unsealed")["totals"] == {
        one: 4_000 * (100_000 * 11 // 14) + 3_500 * 90_000 + 2_500 * 80_000,
        two: 4_000 * 100_000 + 3_500 * 60_000 + 2_500 * 40_000,
    }
    assert checking.faults_of(auction) == []


def test_equal_totals_go_to_the_higher_price():
    auction = a_tender(price_weight=5_000, criteria=CRITERIA)
    low, high = bidders(auction)
    puts(low, auction, 10_000_000)
    puts(high, auction, 12_500_000)
    jury = a_jury(auction)
    to_jury(auction)
    codes = code_of(low, auction), code_of(high, auction)
    for actor, juror in jury:  # 20 per cent of the price against exactly as much in points
        gives(actor, juror, dict(zip(codes, ((100, 0), (100, 0)), strict=True)))

    assert now(auction).leader_code == codes[1]


def test_the_answers_are_nowhere_to_be_read_before_two_keepers_open():
    auction = a_tender()
    (one,) = bidders(auction, 1)
    puts(one, auction, 12_000_000)
    actor, juror = a_juror(auction)
    ended(auction)
    handed_in(auction, ShareHolder.SELLER)

    rows = db.session.execute(text("SELECT terms, terms_opened FROM auction_envelope")).all()
    assert [opened for _, opened in rows] == [None]
    assert all(said.encode() not in bytes(rows[0][0]) for said in ANSWERS)
    assert scoring.sheet(actor, juror) is None
    handed_in(auction, ShareHolder.AUTHORITY)
    assert scoring.sheet(actor, juror).answers == {code_of(one, auction): list(ANSWERS)}


def test_answers_of_any_length_within_a_page_are_sealed_to_the_same_length():
    _, public = envelopes.new_key()
    sealed = [envelopes.seal_terms(public, "J-1", "AAAAA", [said]) for said in ("", "长" * 200)]
    assert len({len(one.ciphertext) for one in sealed}) == 1


def test_answers_moved_to_another_bidder_or_swapped_for_the_price_do_not_open():
    private, public = envelopes.new_key()
    sealed = envelopes.seal_terms(public, "J-1", "AAAAA", ["甲"])
    said = sealed.ciphertext, sealed.commitment
    assert envelopes.unseal_terms(private, "J-1", "AAAAA", *said) == ["甲"]
    for wrong in (("J-1", "BBBBB", *said), ("J-2", "AAAAA", *said), ("J-1", "AAAAA", said[0], "0")):
        with pytest.raises(envelopes.Unreadable):
            envelopes.unseal_terms(private, *wrong)
    with pytest.raises(envelopes.Unreadable):
        envelopes.unseal(private, "J-1", "AAAAA", said[0])


def test_the_last_answers_before_the_end_count():
    auction = a_tender()
    (one,) = bidders(auction, 1)
    puts(one, auction, 12_000_000)
    puts(one, auction, 13_000_000, ("半年", "三名"))
    to_jury(auction)
    assert tendering.answers_of(auction, [code_of(one, auction)]) == {
        code_of(one, auction): ["半年", "三名"]
    }


def test_the_same_key_gets_the_same_receipt_and_a_late_tender_a_refusal():
    auction = a_tender()
    (one,) = bidders(auction, 1)
    first = puts(one, auction, 12_000_000, key="k" * 32)
    assert puts(one, auction, 13_000_000, key="k" * 32).receipt == first.receipt
    ended(auction)
    late = puts(one, auction, 12_000_000)
    assert (late.accepted, late.refusal) == (False, "auction.over")
    assert db.session.query(Envelope).count() == 1


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        (("", "五"), "answer_1"),
        (("三", "   "), "answer_2"),
        (("三", "长" * 2001), "answer_2"),
        (("三\x00", "五"), "answer_1"),
        (("三", "五\u202e"), "answer_2"),
        (("三", "五\ud800"), "answer_2"),
        (("三", 5), "answer_2"),
        (("三",), None),
        (("三", "五", "七"), None),
        ((), None),
    ],
)
def test_answers_that_are_missing_too_long_or_unreadable_are_refused(answers, field):
    auction = a_tender()
    (one,) = bidders(auction, 1)
    with pytest.raises(Invalid) as refused:
        puts(one, auction, 12_000_000, answers)
    assert (refused.value.code, list(refused.value.fields)) == (
        "auction_tender.answers",
        [field] if field else [],
    )


def test_nobody_gives_points_before_the_opening_or_without_a_declaration():
    auction = a_tender()
    (one,) = bidders(auction, 1)
    puts(one, auction, 12_000_000)
    ready, undeclared = a_juror(auction), a_juror(auction, ready=False)
    points = {code_of(one, auction): [50, 50]}
    with pytest.raises(WrongState) as early:
        gives(*ready, points)
    to_jury(auction)
    with pytest.raises(WrongState) as silent:
        gives(*undeclared, points)

    assert (early.value.code, silent.value.code) == ("auction_juror.not_open", "auction_juror.give")
    assert scoring.sheet(*undeclared) is None


def test_points_are_given_once_and_nobody_reads_those_of_others():
    _auction, codes, jury = with_two_answers()
    points = dict(zip(codes, ([90, 80], [60, 40]), strict=True))
    gives(*jury[0], points)
    with pytest.raises(WrongState) as twice:
        gives(*jury[0], points)
    assert twice.value.code == "auction_juror.give"
    assert scoring.sheet(*jury[0]).points == points
    assert scoring.sheet(*jury[1]).points == {}
    kept = db.session.execute(text("SELECT points FROM auction_juror")).scalars().all()
    assert sum(one is not None for one in kept) == 1
    assert all(code.encode() not in bytes(one) for one in kept if one for code in codes)
    assert db.session.query(AuctionEvent).filter_by(kind="scored").count() == 0
    with pytest.raises(NotFound):
        queries.juror(jury[1][0], jury[0][1].id)


@pytest.mark.parametrize(
    "row", [[90], [90, 80, 70], [101, 0], [-1, 0], [1.5, 0], ["90", 80], [True, 0], None, "99"]
)
def test_nonsense_for_points_is_refused_and_changes_nothing(row):
    _auction, (one, two), jury = with_two_answers()
    for points in ({one: row, two: [1, 1]}, {one: [1, 1]}, {}, {one: [1, 1], two: [1, 1], "X": []}):
        with pytest.raises(Invalid) as refused:
            gives(*jury[0], points)
        assert refused.value.code == "auction_juror.points"
    assert queries.juror(*_ids(jury[0])).state is JurorState.READY


def _ids(member):
    actor, juror = member
    return actor, juror.id


def test_only_the_juror_gives_points_and_only_the_exchange_names_one():
    auction, codes, jury = with_two_answers()
    points = {key: [1, 1] for key in codes}
    juror = jury[0][1]
    others = (jury[1][0], a.actor(auction.seller), staff(), a.actor(a.organisation("regulator")))
    for other in others:
        with pytest.raises(NotAllowed), transaction():
            scoring.give(other, queries.juror(jury[0][0], juror.id), points)
    member = db.session.query(Membership).first()
    for other in (jury[1][0], a.actor(auction.seller), a.actor(a.exchange(), "viewer")):
        with pytest.raises(NotAllowed), transaction():
            scoring.name(other, now(auction), member)


def test_a_juror_has_no_tie_to_seller_or_bidders_and_is_of_a_house_that_may():
    auction = a_tender()
    firm, valuer = a.organisation(), a.organisation("valuer")
    bidder(auction, of=firm)
    both = a.member(valuer)
    a.member(firm, user_=both.user)
    for membership, refusal in (
        (both, "auction_juror.party"),
        (a.member(auction.seller), "auction_juror.party"),
        (a.member(a.organisation()), "auction_juror.not_able"),
    ):
        with pytest.raises(Refused) as refused, transaction():
            scoring.name(staff(), now(auction), membership)
        assert refused.value.code == refusal


def test_who_becomes_a_bidder_s_colleague_gives_no_points_any_more():
    _, codes, jury = with_two_answers()
    firm = db.session.query(Participant).filter_by(code=codes[0]).one().organisation
    a.member(firm, user_=db.session.get_one(User, jury[0][1].user_id))
    with pytest.raises(Refused) as refused:
        gives(*jury[0], {key: [1, 1] for key in codes})
    assert refused.value.code == "auction_juror.party"


def test_a_conflict_or_a_dismissal_frees_the_seat_and_points_given_keep_it():
    auction = a_tender()
    (one,) = bidders(auction, 1)
    puts(one, auction, 12_000_000)
    conflicted, dismissed, third = (a_juror(auction, ready=False) for _ in range(3))
    with pytest.raises(Refused) as full:
        a_juror(auction)
    assert full.value.code == "auction_juror.enough"
    with transaction():
        scoring.declare(
            conflicted[0], queries.juror(*_ids(conflicted)), conflict=True, statement="曾任职"
        )
    with transaction():
        juror = queries.named(staff(), auction, dismissed[1].id)
        scoring.dismiss(staff(), juror, because="联系不上")
    assert [j.id for j in queries.sitting(auction)] == [third[1].id]
    a_jury(auction, 2)


def test_a_jury_without_all_its_points_opens_no_price():
    auction, codes, jury = with_two_answers()
    for member in jury[:2]:
        gives(*member, {key: [50, 50] for key in codes})
    handed_in(auction, ShareHolder.EXCHANGE)  # a third part changes nothing
    assert (now(auction).state, now(auction).price_minor) == (Phase.OPENING, None)
    gives(*jury[2], {key: [50, 50] for key in codes})
    assert now(auction).state is Phase.CLOSED
    assert [j.points for j in db.session.query(Juror)] == [None] * 3


def test_while_it_is_suspended_nobody_gives_points():
    auction, codes, jury = with_two_answers()
    people = (staff(), staff())
    ordered(people, auction, OrderKind.SUSPEND, cause="office_notice")
    with pytest.raises(WrongState) as refused:
        gives(*jury[0], {key: [50, 50] for key in codes})
    assert refused.value.code == "auction_juror.not_open"


def test_answers_that_do_not_open_get_nothing_and_the_others_go_on():
    auction = a_tender()
    one, two = bidders(auction)
    puts(one, auction, 11_000_000)
    puts(two, auction, 14_000_000)
    broken = queries.envelope_of(auction, code_of(two, auction))
    with transaction():
        db.session.get_one(Envelope, broken.id).terms = b"nonsense"
    jury = a_jury(auction)
    to_jury(auction)
    for actor, juror in jury:
        sheet = scoring.sheet(actor, queries.juror(actor, juror.id))
        assert sheet.answers[code_of(two, auction)] is None
        gives(actor, juror, {code_of(one, auction): [90, 90]})
    assert now(auction).leader_code == code_of(one, auction)
    assert of_kind(auction, "scored")["means"][code_of(two, auction)] == [0, 0]


def test_who_is_excluded_is_scored_no_more():
    auction, (one, two), jury = with_two_answers()
    gives(*jury[0], {one: [10, 10], two: [90, 90]})
    ordered((staff(), staff()), auction, OrderKind.EXCLUDE, cause="integrity", code=two)
    assert set(scoring.sheet(*jury[1]).answers) == {one}
    for member in jury[1:]:
        gives(*member, {one: [10, 10]})
    assert now(auction).leader_code == one
    assert checking.faults_of(now(auction)) == []


def test_seller_and_winner_read_what_was_promised_and_nobody_what_the_losers_answered():
    auction, (one, _) = scored()
    with pytest.raises(NotFound):
        queries.award(a.actor(auction.seller), auction)
    with transaction():
        awarding.award(auction.id)
    seller = a.actor(auction.seller)
    award = queries.award(seller, now(auction))
    assert award.participant.code == one
    assert tendering.promised(seller, award) == list(ANSWERS)
    winner = a.actor(award.participant.organisation)
    assert tendering.promised(winner, queries.award(winner, now(auction))) == list(ANSWERS)
    with pytest.raises(NotFound):
        queries.award(a.actor(a.organisation()), now(auction))
    with pytest.raises(NotAllowed):
        tendering.promised(a.actor(a.organisation()), award)


def test_what_the_winner_answered_stands_in_the_terms_of_the_deal():
    auction, _ = scored()
    with transaction():
        awarding.award(auction.id)
    made = awarding.standing(now(auction)).deal.terms.promises
    assert [one.text for one in made] == list(ANSWERS)
    assert [one.name_en for one in made] == [one.name_en for one in CRITERIA]


def test_what_earns_the_points_is_part_of_the_rules_and_none_leaves_their_hash():
    bare = Criterion(name="实施计划", name_en="Working plan", weight=3_500)
    assert bare.to_json() == {"name": "实施计划", "name_en": "Working plan", "weight": 3_500}
    told = replace(bare, guide="两年内投产得高分。", guide_en="Production within two years.")
    auction = a_tender(criteria=(told, CRITERIA[1]))
    assert auction.rules.criteria[0] == told
    assert auction.rules.to_json()["criteria"][1] == CRITERIA[1].to_json()
    assert canonical.rules_hash(auction.rules) != canonical.rules_hash(
        replace(auction.rules, criteria=CRITERIA)
    )


def test_the_runner_up_is_the_next_by_the_total_not_by_the_price():
    auction = a_tender()
    firms = bidders(auction, 3)
    for firm, amount in zip(firms, (10_000_000, 15_000_000, 12_000_000), strict=True):
        puts(firm, auction, amount)
    jury = a_jury(auction)
    to_jury(auction)
    first, dear, second = (code_of(firm, auction) for firm in firms)
    for member in jury:
        gives(*member, {first: [100, 100], dear: [0, 0], second: [90, 90]})
    state = state_of(now(auction))
    assert state.leader == first
    assert runner_up(state, first) == (second, 12_000_000)


def bundle_of(auction):
    return json.loads(json.dumps(bundling.bundle(auction)))


def test_the_bundle_is_enough_to_work_points_totals_and_winner_out_again(tmp_path):
    auction, (one, _) = scored()
    bundle = bundle_of(auction)
    verdict = verify.verify(bundle)
    assert (verdict.valid, verdict.winner, verdict.price) == (True, one, 11_000_000)
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(bundle))
    assert verify.main([str(file)]) == 0
    text_ = json.dumps(bundle, ensure_ascii=False)
    assert [said for said in ANSWERS if said in text_] == []


def changed(bundle, kind, change):
    """The bundle with one line changed, and every hash after it made to fit."""
    prev = ""
    for row in bundle["events"]:
        said = json.loads(row["body"]) | {"prev": prev}
        if said["kind"] == kind:
            change(said["public"])
            number = said["seq"]
        row["body"] = canonical.canonical(said).decode()
        prev = row["hash"] = canonical.leaf_hash(row["body"].encode())
    return number


def _other_points(public):
    code = next(iter(public["scores"]))
    public["scores"][code][0][0] += 1000 if public["scores"][code][0][0] < 100_000 else -1000


def _one_juror_less(public):
    for code, rows in public["scores"].items():
        public["scores"][code] = rows[:2]
        public["means"][code] = [sum(column) // 2 for column in zip(*rows[:2], strict=True)]


def _other_totals(public):
    public["totals"] = {code: total + 1 for code, total in public["totals"].items()}


def _one_void(public):
    public["voided"] = [public["opened"].pop()["code"]]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("scored", _other_points),
        ("scored", _one_juror_less),
        ("unsealed", _other_totals),
        ("unsealed", _one_void),
    ],
)
def test_the_verifier_names_the_line_that_was_changed(kind, change):
    auction, _ = scored()
    bundle = bundle_of(auction)
    number = changed(bundle, kind, change)
    verdict = verify.verify(bundle)
    assert not verdict.valid
    assert next(c.detail for c in verdict.checks if not c.ok).startswith(f"line {number}:")
