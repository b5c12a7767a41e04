"""Open licences of the demonstration: one being stated, one that two firms have taken, one withdrawn.

The second firm's is taken by its broker, under a mandate.
"""

from collections.abc import Generator, Iterator
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import select

from marketplace.assets import services as assets
from marketplace.assets.identifiers import check_digit
from marketplace.assets.importing.records import AssetRecord, Owner
from marketplace.assets.models import Asset, Burden
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import yuan
from marketplace.core.policy import Actor
from marketplace.deals import services as deals
from marketplace.deals.models import Deal
from marketplace.listings import services as listings
from marketplace.listings.models import Listing
from marketplace.listings.terms import DealKind, Grant, RoyaltyBase, Terms
from marketplace.mandates import services as mandates
from marketplace.mandates.models import Mandate, MandateState
from marketplace.negotiation import standing
from marketplace.open_licences import facts, services
from marketplace.open_licences.models import OpenStatement
from marketplace.open_licences.services import Said
from marketplace.seed import brokers, provenance
from marketplace.seed.deals import answer, fund, prove
from marketplace.seed.market import paper
from marketplace.seed.people import Cast
from marketplace.seed.rights import INVENTED
from marketplace.seed.stories import Story, after

Made = TypeVar("Made")
Told = Generator[datetime, None, Made]  # a story that comes to something
OWNER, UNIVERSITY, TAKERS = "bay", "lingnan", ("qianhai", "zhuhai")
PATENTS = (
    (UNIVERSITY, "脑电信号的伪迹剔除方法（演示）", "Removal of artefacts from EEG signals (demo)"),
    (OWNER, "边缘网关的数据压缩方法（演示）", "Data compression in edge gateways (demo)"),
    (OWNER, "传感器的自校准电路（演示）", "Self-calibrating circuit of a sensor (demo)"),
)
RUNNING = Terms(
    kind=DealKind.LICENCE,
    grant=Grant.NON_EXCLUSIVE,
    price=yuan(20_000),
    royalty_bps=300,
    royalty_base=RoyaltyBase.NET_SALES,
)
ONCE = Terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, price=yuan(60_000), months=36)
BASIS = "参照本单位已签订的普通许可合同和同类技术的公开费率确定。（演示）"


def stories(cast: Cast) -> Iterator[Story]:
    """Each with its own fate."""
    yield _being_stated(cast)
    yield _taken(cast)
    yield _withdrawn(cast)


def _patent(cast: Cast, position: int) -> Asset:
    key, title, title_en = PATENTS[position]
    digits = f"20221088{position + 31:04d}"
    record = AssetRecord(
        kind="invention",
        title=title,
        title_en=title_en,
        application_number=f"CN{digits}.{check_digit(digits)}",
        patent_number=f"ZL{digits}.{check_digit(digits)}",
        owners=(Owner(cast.organisations[key].name, 10_000),),
        classes=(("ipc", "G06F17/00" if position else "A61B5/00"),),
        filing_date=date(2022, 3, 8 + position),
        publication_date=date(2022, 8, 16),
        grant_date=date(2024, 1, 19),
        status="in_force",
    )
    asset = assets.put(cast.actors[key], record, source=INVENTED).asset
    provenance.state(cast.actors[key], asset)
    return asset


def _verified(cast: Cast, key: str, asset: Asset) -> None:
    extract = paper(cast, key, f"Register extract {asset.reference}", "title_extract")
    asked = assets.request_verification(
        cast.actors[key], asset, extract=extract, extract_date=clock.today()
    )
    assets.confirm_title(cast.operator, asked)


def _stated(cast: Cast, key: str, asset: Asset, terms: Terms) -> OpenStatement:
    said = Said(
        terms=terms,
        payment_way="书面通知后付至平台监管专户，许可备案后转付专利权人。",
        fee_basis=BASIS,
        contact_name="许可事务负责人（演示）",
        contact_phone="020-0000 0000",
        contact_address=cast.organisations[key].city,
    )
    return services.draw_up(cast.actors[key], asset, said)


def _answered(by: Actor, statement: OpenStatement) -> None:
    for question in facts.of(statement).open_questions:
        services.answer(by, statement, question.path, provenance.ANSWERS.get(question.path, False))


def _being_stated(cast: Cast) -> Story:
    """The university's office has drawn it up; some facts are still to be stated."""
    yield cast.ago(9, 10)
    asset = _patent(cast, 0)
    yield cast.ago(2, 15)
    _stated(cast, UNIVERSITY, asset, RUNNING)


def _published(cast: Cast, position: int, terms: Terms, number: str) -> Told[OpenStatement]:
    """Drawn up, filed, published, checked."""
    key = PATENTS[position][0]
    asset = _patent(cast, position)
    yield after(clock.now(), 1)
    _verified(cast, key, asset)
    by = cast.actors[key]
    statement = _stated(cast, key, asset, terms)
    _answered(by, statement)
    yield after(clock.now(), 1)
    services.file(by, statement)
    yield after(clock.now(), 12)
    services.announce(
        by,
        statement,
        number=number,
        published_on=clock.today(),
        evidence=paper(cast, key, f"Gazette {number[-4:]}", "open_statement_publication"),
    )
    yield after(clock.now(), 1)
    assets.confirm_burden(cast.operator, _burden(statement))
    standing.follow_register(asset, by=cast.operator)
    return statement


def _burden(statement: OpenStatement) -> Burden:
    if statement.burden is None:
        raise LookupError("a published statement has its burden")
    return statement.burden


def _listed(cast: Cast, statement: OpenStatement) -> Told[Listing]:
    """Put up on its terms, reviewed, open to everybody."""
    by = cast.actors[OWNER]
    listing = services.put_up(by, statement)
    yield after(clock.now(), 0.1)
    listings.submit(by, listing)
    yield after(clock.now(), 0.4)
    listings.publish(cast.operator, listing)
    standing.state(by, listing)
    return listing


def _taken(cast: Cast) -> Story:
    """Two firms have given notice and paid; of one the licence is on record and the money released."""
    yield cast.ago(75, 10)
    statement = yield from _published(cast, 1, ONCE, "演示开放许可公告 2026-1031")
    listing = yield from _listed(cast, statement)
    for position, key in enumerate(TAKERS):
        yield after(clock.now(), 6)
        by = cast.actors[key] if position == 0 else _brokered(cast, key)
        deal = _take(cast, listing, by)
        yield after(clock.now(), 0.5)
        for _ in range(4):
            answer(deal, cast.actors[OWNER])
            answer(deal, cast.actors[key])
        if deal.notice is None:
            deals.notify(by if position == 0 else _brokered(cast, key), deal)
        yield after(clock.now(), 1)
        fund(cast, deal)
        if position == 0:
            yield from prove(cast, deal, cast.actors[key])


def _brokered(cast: Cast, key: str) -> Actor:
    """The broker with the buyer's mandate in hand, which is made the first time."""
    buyer, lead = cast.actors[key], cast.actors[brokers.LEAD]
    held = db.session.scalar(
        select(Mandate).where(
            Mandate.principal_id == buyer.organisation, Mandate.state == MandateState.IN_FORCE
        )
    )
    return mandates.acting(lead, held or brokers.buy_mandate(cast, buyer, "边缘计算", 200_000))


def _take(cast: Cast, listing: Listing, by: Actor) -> Deal:
    found = standing.state(cast.actors[OWNER], listing)  # the same terms: the same offer
    return standing.take(by, listing, reference=found.reference, agreed_to=True)


def _withdrawn(cast: Cast) -> Story:
    """Published for a time, then withdrawn for the sake of an exclusive licence."""
    yield cast.ago(95, 11)
    statement = yield from _published(cast, 2, RUNNING, "演示开放许可公告 2026-0907")
    by = cast.actors[OWNER]
    yield after(clock.now(), 20)
    services.ask_withdrawal(by, statement, because="拟改为独占许可。")
    yield after(clock.now(), 14)
    services.announce_withdrawal(
        by,
        statement,
        number="演示开放许可公告 2026-1102",
        published_on=clock.today(),
        evidence=paper(cast, OWNER, "Gazette, withdrawal", "open_statement_publication"),
    )
    yield after(clock.now(), 1)
    assets.lift_burden(cast.operator, _burden(statement), lifted_on=clock.today())
    standing.follow_register(statement.asset, by=cast.operator)
