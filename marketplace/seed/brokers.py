"""Brokers of the demonstration: checked, mandated, paid by a deal that two of them brought about."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import yuan
from marketplace.core.policy import Actor
from marketplace.deals.models import Deal
from marketplace.documents import services as documents
from marketplace.listings.models import Listing
from marketplace.mandates import queries
from marketplace.mandates import services as mandates
from marketplace.mandates.commission import FeeTable, Tier
from marketplace.mandates.models import Act, CredentialKind, Mandate, Side
from marketplace.mandates.services import Draft
from marketplace.negotiation.models import Offer, OfferState
from marketplace.organisations.models import Capability
from marketplace.organisations.services import capabilities
from marketplace.seed.paper import sheet
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story, after

LEAD, PARTNER = "yuezhi", "nanping"
CREDENTIALS = (
    (LEAD, CredentialKind.PATENT_AGENCY, "44999（演示）", "", 900),
    (LEAD, CredentialKind.LICENSING, "粤技经备（演示）2025-018", "", None),
    (LEAD, CredentialKind.PRACTITIONER, "4499900001.1（演示）", "苏文", None),
    (LEAD, CredentialKind.PRACTITIONER, "4499900002.0（演示）", "温润生", None),
    (PARTNER, CredentialKind.APPRAISAL, "粤评备（演示）2024-077", "", 400),
    (PARTNER, CredentialKind.PRACTITIONER, "44180099（演示）", "郑评", None),
)
PROFILES = (
    (LEAD, "电池与新能源、先进制造、商标", "珠三角", "中文、英文", "成交额的 3%，封顶另议"),
    (PARTNER, "专利评估、尽职调查", "广东省", "中文", "按件收费；合作撮合按贡献分成"),
)
ACTS = (Act.LIST, Act.ANSWER, Act.NEGOTIATE, Act.ACCEPT)
FEES = FeeTable((Tier(300, 100_000_000), Tier(200)), minimum=500_000)


def stories(cast: Cast) -> Iterator[Story]:
    """The brokers set up, and what they hold today."""
    yield _set_up(cast)
    yield _today(cast)


def _set_up(cast: Cast) -> Story:
    yield cast.ago(140, 9)
    house = cast.organisations[PARTNER]
    wanted = capabilities.apply_for(
        cast.actors[PARTNER], house, Capability.BROKER, statement="兼办交易撮合。（演示）"
    )
    capabilities.grant(cast.operator, wanted)
    db.session.flush()
    db.session.refresh(house)
    cast.actors[PARTNER] = _actor(cast, PARTNER)
    for key, kind, number, name, days in CREDENTIALS:
        by = cast.actors[key]
        paper = documents.keep(
            by,
            sheet(f"Demonstration: {kind.value} {number}"),
            "credential-demo.pdf",
            purpose="broker_credential",
            organisation_id=by.organisation_id,
        )
        valid_to = clock.today() + timedelta(days=days) if days else None
        filed = mandates.file_credential(
            by, kind, number=number, name=name, valid_to=valid_to, document=paper
        )
        yield after(clock.now(), 0.1)
        mandates.confirm(cast.operator, filed, because="与登记一致。")
    for key, fields, regions, languages, fees in PROFILES:
        mandates.describe(
            cast.actors[key],
            fields=fields,
            regions=regions,
            languages=languages,
            fees=fees,
            text="",
        )


def _actor(cast: Cast, key: str) -> Actor:
    old = cast.actors[key]
    return Actor(old.user, old.organisation, old.role, cast.organisations[key].capabilities)


def sell_mandate(cast: Cast, seller: Actor, listing: Listing, days: int) -> Mandate:
    """An exclusive mandate of the seller on a listing's rights, drafted, offered, signed by both."""
    price = listing.price or yuan(100_000)
    made = mandates.draft(
        seller,
        Draft(
            principal_id=seller.organisation,
            broker_id=cast.organisations[LEAD].id,
            side=Side.SELL,
            expires_on=clock.today() + timedelta(days=days),
            fees=FEES,
            acts=ACTS,
            assets=listing.assets,
            exclusive=True,
            limit=price.share(9_000),
        ),
    )
    mandates.offer(seller, made)
    _sign(made, seller)
    _sign(made, cast.actors[LEAD])
    return made


def _sign(mandate: Mandate, by: Actor) -> None:
    assert mandate.document is not None  # noqa: S101 -- printed a moment ago
    mandates.sign(by, mandate, password_proved=True, sha256=mandate.document.sha256)


def introduce(cast: Cast, mandate: Mandate, listing: Listing, buyer: Actor) -> None:
    """The broker brought this buyer."""
    party = next(o for o in cast.organisations.values() if o.id == buyer.organisation_id)
    mandates.introduce(
        cast.actors[LEAD],
        mandate,
        party,
        listing_reference=listing.reference,
        proof="技术对接会上介绍双方技术负责人，会后书面转交资料。",
    )


def share(cast: Cast, deal: Deal) -> None:
    """The two brokers divide what the deal earns them."""
    lead, partner = cast.actors[LEAD], cast.actors[PARTNER]
    for claim in queries.claims_on(deal.reference):
        mandates.propose_split(
            lead,
            claim,
            [
                (lead.organisation, 6_500, "主办洽谈与文本"),
                (partner.organisation, 3_500, "尽职调查，引荐买方"),
            ],
        )
        mandates.agree_split(partner, claim)


def _today(cast: Cast) -> Story:
    """An exclusive mandate on a listing that has an offer, and a buyer's that waits to be signed."""
    yield cast.ago(1, 9)
    seller, buyer = cast.actors["lingnan"], cast.actors["bay"]
    offer = db.session.scalars(
        select(Offer)
        .join(Offer.listing)
        .where(
            Listing.seller_id == seller.organisation,
            Offer.state == OfferState.SENT,
            Offer.buyer_id == buyer.organisation,
        )
        .order_by(Offer.id)
    ).first()
    if offer is not None:
        made = sell_mandate(cast, seller, offer.listing, 180)
        introduce(cast, made, offer.listing, buyer)
    yield after(clock.now(), 0.2)
    lead = cast.actors[LEAD]
    mandates.offer(lead, _search(cast, buyer, "储能热管理", 2_000_000))


def buy_mandate(cast: Cast, buyer: Actor, field: str, most: int) -> Mandate:
    """A buyer's mandate, drafted by the broker, offered, signed by both."""
    made = _search(cast, buyer, field, most)
    mandates.offer(cast.actors[LEAD], made)
    _sign(made, cast.actors[LEAD])
    _sign(made, buyer)
    return made


def _search(cast: Cast, buyer: Actor, field: str, most: int) -> Mandate:
    lead = cast.actors[LEAD]
    return mandates.draft(
        lead,
        Draft(
            principal_id=buyer.organisation,
            broker_id=lead.organisation,
            side=Side.BUY,
            expires_on=clock.today() + timedelta(days=120),
            fees=FeeTable((Tier(200),)),
            acts=ACTS[1:],
            kinds=("invention", "utility_model"),
            field=field,
            limit=yuan(most),
        ),
    )
