"""A seller plans an auction of one of his listings, and has it reviewed."""

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from marketplace.auctions import policy
from marketplace.auctions.engine.bidding import SEALED
from marketplace.auctions.engine.canonical import canonical, reserve_commitment, rules_hash, sha256
from marketplace.auctions.engine.rules import Format, Rules
from marketplace.auctions.engine.state import OVER, Command, Event, Phase
from marketplace.auctions.models import Auction
from marketplace.auctions.services import door, opening, sealing
from marketplace.auctions.services.intake import micros, moment
from marketplace.auctions.services.planning import ENGLISH, Plan, problems
from marketplace.core import clock, events, settings
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.core.references import next_reference
from marketplace.listings import gates
from marketplace.listings import queries as listing_queries
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, ListingState, PriceMode
from marketplace.organisations.models import OrganisationKind

NOTICE = timedelta(days=7)  # 拍卖法 art. 45, taken as the model
PUBLIC_NOTICE = timedelta(days=15)  # of sellers who are the public's
PUBLIC_SELLERS = frozenset(
    {
        OrganisationKind.SOE,
        OrganisationKind.UNIVERSITY,
        OrganisationKind.PUBLIC_INSTITUTION,
        OrganisationKind.GOVERNMENT,
    }
)
LONGEST_REASON = 300  # characters, in the public log
SAME_CHAIN = timedelta(days=30)  # the same article
LEAST_BPS = 7000  # of the appraisal, whatever the round (art. 10 of the same, as the model)
HIGH_RESERVE_BPS = 12_000  # of the guide price or the start: the seller is warned
MOST_COSTS_BPS = 2000  # of a forfeited deposit: costs, never profit
PRICE_RULES = frozenset({"soe-floor-not-below-valuation", "soe-reduced-below-90"})
RELIST_FLOOR_BPS = 8000  # of the start before (最高人民法院 网络司法拍卖规定 art. 26 as the model)


def draft(actor: Actor, listing: Listing, plan: Plan) -> Auction:
    """Plan an auction of one's published listing whose price is to be formed by bidding.

    After one that sold nothing it is that one's repetition, whatever the seller calls it: not below four
    fifths of its start (I-35), without whoever defaulted on it, and no deposit is carried over.
    """
    require(actor, policy.plan, listing)
    lock(listing)
    if listing.state is not ListingState.PUBLISHED or listing.price_mode is not PriceMode.AUCTION:
        raise Refused("auction.listing_unfit")
    if running_for(listing) is not None:
        raise Refused("auction.listing_taken")
    parent = _failed_before(listing)
    if plan.reserve == 0:
        plan = replace(plan, reserve=None)
    _must_be_sound(plan, parent)
    auction = Auction(
        reference=next_reference("J"),
        listing=listing,
        seller_id=listing.seller_id,
        created_by_id=actor.user_id,
        parent=parent,
        format=plan.format,
        rules_data={},
    )
    _take(auction, listing, plan)
    db.session.add(auction)
    events.record(auction, "auction.draft", by=actor, reference=auction.reference)
    return auction


def running_for(listing: Listing) -> Auction | None:
    """The auction of a listing that is not over."""
    return db.session.scalar(
        select(Auction)
        .where(Auction.listing_id == listing.id, Auction.state.not_in(sorted(OVER)))
        .order_by(Auction.id.desc())
        .limit(1)
    )


def _failed_before(listing: Listing) -> Auction | None:
    """The last auction of a listing, where nothing was sold by it; one taken back counts for nothing.

    After thirty days it is no repetition any more: another first round, at a first round's price.
    """
    last = db.session.scalar(
        select(Auction)
        .where(
            Auction.listing_id == listing.id,
            Auction.published_at.is_not(None),
            Auction.state.not_in((Phase.WITHDRAWN, Phase.CANCELLED)),
        )
        .order_by(Auction.id.desc())
        .limit(1)
    )
    if last is None or last.state is not Phase.FAILED:
        return None
    state = door.state_of(last)
    recent = moment(state.last_at) + SAME_CHAIN > clock.now()
    return last if recent or state.defaulted else None  # a defaulter stays out for good


def revise(actor: Actor, auction: Auction, plan: Plan) -> None:
    """Change a draft."""
    require(actor, policy.revise, auction)
    lock(auction)
    auction.lifecycle.target(auction.state, "submit")
    if (
        plan.reserve is None
    ):  # it is shown to nobody, so nothing typed leaves it as it is; 0 drops it
        known = sealing.unseal_values(auction.sealed_secrets).get("reserve")
        plan = replace(plan, reserve=known)
    elif plan.reserve == 0:
        plan = replace(plan, reserve=None)
    _must_be_sound(plan, auction.parent)
    auction.format = plan.format
    _take(auction, auction.listing, plan)
    events.record(auction, "auction.revise", by=actor)


def submit(actor: Actor, auction: Auction) -> None:
    """Hand it to the exchange: complete, lawful, announced long enough before it opens."""
    require(actor, policy.revise, auction)
    lock(auction)
    auction.lifecycle.target(auction.state, "submit")
    _must_be_announced_in_time(auction)
    _must_be_lawful(auction)
    advance(auction, "submit", by=actor)
    auction.submitted_by_id = actor.user_id


def send_back(actor: Actor, auction: Auction, *, because: str) -> None:
    """Staff return it to the seller, and say why."""
    require(actor, policy.operate, auction)
    if not because.strip():
        raise Invalid("auction.reason", fields={"because": "auction.reason"})
    advance(auction, "return", by=actor, because=because.strip())


def approve(actor: Actor, auction: Auction) -> door.Reply:
    """Staff publish it; who planned or handed it in does not (two people)."""
    require(actor, policy.operate, auction)
    lock(auction)
    auction.lifecycle.target(auction.state, "publish")
    if actor.user_id in {auction.created_by_id, auction.submitted_by_id}:
        raise Refused("auction.two_people")
    _must_be_announced_in_time(auction)
    _must_be_lawful(auction)
    auction.approved_by_id = actor.user_id
    # The seller may have repriced the listing since he planned: what is announced now binds.
    auction.rules_data = auction.rules_data | {"terms_hash": _terms_hash(auction.listing)}
    if costs := min(max(settings.current().auction_forfeit_cost_bps, 0), MOST_COSTS_BPS):
        auction.rules_data = auction.rules_data | {"forfeit_cost_bps": costs}
    if auction.format in SEALED:  # the key is split before anybody can hand in an envelope
        auction.rules_data = auction.rules_data | {"opening_key": opening.make_keys(auction)}
    auction.rules_hash = rules_hash(auction.rules)
    db.session.flush()
    return door.execute(actor, auction.id, Command("publish"), key=f"publish:{auction.id}")


def withdraw(actor: Actor, auction: Auction, *, because: str, key: str) -> None:
    """The seller takes it back before it opens; deposits go back."""
    require(actor, policy.take_back, auction)
    if not because.strip():
        raise Invalid("auction.reason", fields={"because": "auction.reason"})
    lock(auction)
    if auction.published_at is None:
        advance(auction, "withdraw", by=actor, because=because.strip())
        return
    command = Command("withdraw", None, {"reason": because.strip()[:LONGEST_REASON]})
    reply = door.execute(actor, auction.id, command, key=key)
    if not reply.accepted:
        raise Refused(reply.refusal or "auction.withdraw")


def notice_of(listing: Listing) -> timedelta:
    """How long before it opens it has to be public."""
    return PUBLIC_NOTICE if listing.seller.kind in PUBLIC_SELLERS else NOTICE


def _take(auction: Auction, listing: Listing, plan: Plan) -> None:
    salt, parent = secrets.token_hex(32), auction.parent
    known = sealing.unseal_values(auction.sealed_secrets)
    auction.sealed_secrets = sealing.seal_values(
        {
            "reserve": plan.reserve,
            "reserve_salt": salt,
            "code_key": known.get("code_key") or secrets.token_hex(32),
        }
    )
    opens, ends = micros(plan.opens_at), micros(plan.ends_at)
    cycle = plan.cycle * 1_000_000
    free = plan.format in ENGLISH
    commitment = None
    if plan.reserve is not None:
        commitment = reserve_commitment(auction.reference, plan.reserve, salt)
    rules = Rules(
        auction=auction.reference,
        parent=parent.reference if parent else None,
        round=parent.rules.round + 1 if parent else 1,
        format=plan.format,
        start=plan.start,
        step=plan.step,
        guide=plan.guide,
        has_reserve=plan.reserve is not None,
        reserve_commitment=commitment,
        buy_now=plan.buy_now,
        deposit=plan.deposit,
        opens_at=opens,
        free_ends_at=_free_end(plan, ends) if free else None,
        ends_at=ends + cycle if plan.format is Format.ENGLISH else ends,
        cycle=plan.cycle,
        priority=plan.priority,
        floor=plan.floor,
        decrement=plan.decrement,
        interval=plan.interval,
        becomes=Format.ENGLISH if plan.format is Format.ANNOUNCED else None,
        price_weight=plan.price_weight,
        criteria=plan.criteria,
        evaluators=plan.evaluators,
        terms_hash=_terms_hash(listing),
    )
    auction.rules_data = rules.to_json()
    auction.rules_hash = rules_hash(rules)
    auction.opens_at, auction.ends_at = plan.opens_at, plan.ends_at


def _free_end(plan: Plan, ends: int) -> int:
    """ANNOUNCED: an hour of free bidding once it turns."""
    return ends if plan.format is Format.ENGLISH else ends + 3600 * 1_000_000


def _terms_hash(listing: Listing) -> str:
    return sha256(canonical(_whole(listing.terms_data)))


def _whole(value: Any) -> Any:
    """Terms as plain values: what is no whole number goes by its text."""
    if isinstance(value, dict):
        return {str(k): _whole(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(v) for v in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _must_be_sound(plan: Plan, parent: Auction | None) -> None:
    wrong = problems(plan)
    if parent and plan.start * 10_000 < parent.rules.start * RELIST_FLOOR_BPS:
        wrong.setdefault("start", "auction.relist_too_low")
    if wrong:
        raise Invalid("auction.plan", fields=wrong)


def _must_be_announced_in_time(auction: Auction) -> None:
    least = notice_of(auction.listing)
    if auction.opens_at is None or auction.opens_at < clock.now() + least:
        raise Refused("auction.too_soon", days=least.days)


def _must_be_lawful(auction: Auction) -> None:
    """The registers and the law of today, as for any listing; the public's property not below its price.

    The law judged the listing at the price that it names (valuation, floor); an auction of a seller
    who is the public's may not begin, or fall, below it.
    """
    listing = auction.listing
    if listing.state is not ListingState.PUBLISHED:
        raise Refused("auction.listing_unfit")
    least = least_price(auction)
    if listing.seller.kind in PUBLIC_SELLERS:
        price, appraisal = listing.terms.price, listing_queries.appraisal(listing)
        if price is not None and least < price:
            raise Refused("auction.below_listed_price")
        if appraisal is not None and least < appraisal.share(LEAST_BPS):
            raise Refused("auction.below_seventy")
    gates.must_be_possible(gates.answers(listing.assets, listing.terms))
    listings.must_be_lawful(listing, deal=_facts(auction, least), besides=PRICE_RULES)


def least_price(auction: Auction) -> Money:
    """What it may be sold at in the end: the floor of a falling price, else start or reserve."""
    rules = auction.rules
    reserve = sealing.unseal_values(auction.sealed_secrets).get("reserve") or 0
    least = rules.floor if rules.format is Format.DUTCH else max(rules.start, reserve)
    return Money(auction.currency, least or 0)


def _facts(auction: Auction, least: Money) -> dict[str, Any]:
    """What the auction tells the rules, in yuan as they count."""
    rules = auction.rules
    return {
        "bid_deposit": float(Money(auction.currency, rules.deposit).amount),
        "floor_price": float(least.amount),
        "round": rules.round,
    }


def has_high_reserve(auction: Auction) -> bool:
    """The reserve is over a hundred and twenty per cent of the guide price, or of the start without one."""
    reserve = sealing.unseal_values(auction.sealed_secrets).get("reserve") or 0
    expected = auction.rules.guide or auction.rules.start
    return bool(reserve * 10_000 > expected * HIGH_RESERVE_BPS)


def on_published(auction: Auction, _event: Event, _by: Actor) -> None:
    """The listing stands still while its auction is announced or under way."""
    listings.bind(auction.listing, auction.reference)


def on_over(auction: Auction, event: Event, _by: Actor) -> None:
    """The listing is its seller's again."""
    listings.unbind(auction.listing, unsold=event.kind == "failed")
