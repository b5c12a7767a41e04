"""What rests on five rights of a university: licences, a freeze, an open licence, consents. Invented."""

from collections.abc import Iterator
from datetime import date, timedelta

from marketplace.assets import bundle
from marketplace.assets import services as assets
from marketplace.assets.bundle import Act, BurdenKind, Grant, Party, Priority, Wish
from marketplace.assets.identifiers import check_digit
from marketplace.assets.importing.records import AssetRecord, Owner
from marketplace.assets.models import Asset
from marketplace.assets.scopes import scope
from marketplace.core import clock
from marketplace.seed.market import paper
from marketplace.seed.people import Cast
from marketplace.seed.rights import INVENTED
from marketplace.seed.stories import Story

KEEPER, PARTNER, LICENSEE, ABROAD = "lingnan", "bay", "qianhai", "heungkong"
TITLES = (
    ("脑电干电极的表面处理方法（演示）", "Surface treatment of dry EEG electrodes (demo)"),
    ("步态康复训练的节律刺激装置（演示）", "Rhythmic stimulation for gait training (demo)"),
    ("多通道神经信号放大电路（演示）", "Multichannel amplifier for neural signals (demo)"),
    ("手部外骨骼的柔性驱动结构（演示）", "Soft actuation of a hand exoskeleton (demo)"),
    ("脑机接口的在线校准方法（演示）", "Online calibration of a brain-computer interface (demo)"),
)


def stories(cast: Cast) -> Iterator[Story]:
    """Each right with its own fate."""
    for position, tell in enumerate((_licensed, _open, _frozen, _shared, _attacked)):
        yield tell(cast, position)


def _right(cast: Cast, position: int, *owners: str) -> Asset:
    digits = f"20211099{position + 11:04d}"
    title, title_en = TITLES[position]
    share = 10_000 // (len(owners) or 1)
    record = AssetRecord(
        kind="invention",
        title=title,
        title_en=title_en,
        application_number=f"CN{digits}.{check_digit(digits)}",
        owners=tuple(Owner(cast.organisations[key].name, share) for key in owners or (KEEPER,)),
        classes=(("ipc", "A61B5/00"),),
        filing_date=date(2021, 4, 12 + position),
        publication_date=date(2021, 9, 7),
        grant_date=date(2023, 2, 14),
        status="in_force",
    )
    return assets.put(cast.actors[KEEPER], record, source=INVENTED).asset


def _party(cast: Cast, key: str) -> Party:
    organisation = cast.organisations[key]
    return Party(organisation.name, organisation.id)


def _licence(
    cast: Cast, asset: Asset, to: str, grant: Grant, days: int, places: str, *fields: str
) -> None:
    """A licence, with its contract; an operator confirms it unless it is to wait."""
    start = clock.today() - timedelta(days=days)
    where = scope(start, date(2029, 12, 31), territory=[places], fields=fields)
    said = bundle.Burden(
        BurdenKind.LICENCE,
        holder=_party(cast, to),
        grant=grant,
        scope=where,
        number="" if grant is Grant.NON_EXCLUSIVE else "演示备案 2025-0101",
    )
    proof = paper(cast, KEEPER, f"Licence {asset.reference} {places}", "licence")
    made = assets.declare_licence(cast.actors[KEEPER], asset, said, evidence=proof)
    if grant is not Grant.NON_EXCLUSIVE:
        assets.register_licence(cast.operator, made)


def _licensed(cast: Cast, position: int) -> Story:
    """Exclusive in Guangdong for one industry, and a plain licence in Hong Kong that waits."""
    yield cast.ago(90, 9)
    asset = _right(cast, position)
    _licence(cast, asset, LICENSEE, Grant.EXCLUSIVE, 200, "GD", "C39")
    yield cast.ago(6, 11)
    _licence(cast, asset, ABROAD, Grant.NON_EXCLUSIVE, 10, "HK")


def _burden(
    cast: Cast, asset: Asset, said: bundle.Burden, text: str, *, wait: bool = False
) -> None:
    proof = paper(cast, KEEPER, f"{text} {asset.reference}", "burden")
    made = assets.declare_burden(cast.actors[KEEPER], asset, said, evidence=proof)
    if not wait:
        assets.confirm_burden(cast.operator, made)


def _open(cast: Cast, position: int) -> Story:
    yield cast.ago(80, 10)
    asset = _right(cast, position)
    said = bundle.Burden(
        BurdenKind.OPEN_LICENCE,
        holder=_party(cast, KEEPER),
        starts=clock.today() - timedelta(days=20),
        number="演示公告 2026-0815",
    )
    _burden(cast, asset, said, "Open licence")


def _frozen(cast: Cast, position: int) -> Story:
    yield cast.ago(70, 10)
    asset = _right(cast, position)
    starts = clock.today() - timedelta(days=5)
    said = bundle.Burden(
        BurdenKind.FREEZE,
        holder=Party("演示市中级人民法院"),
        starts=starts,
        ends=starts + timedelta(days=1095),
        number="（2026）演0199执保88号",
    )
    _burden(cast, asset, said, "Order")


def _shared(cast: Cast, position: int) -> Story:
    """The co-owner agreed to a transfer, is asked about a licence, and signed one on paper."""
    yield cast.ago(60, 10)
    keeper = cast.actors[KEEPER]
    asset = _right(cast, position, KEEPER, PARTNER)
    buyer = _party(cast, LICENSEE)
    [given] = assets.ask_consents(
        keeper,
        asset,
        Wish(Act.TRANSFER, to=buyer),
        until=cast.present.date() + timedelta(days=120),
        message="拟整体转让，价款按份额分配。",
    )
    yield cast.ago(55, 15)
    assets.give_consent(cast.actors[PARTNER], given, because="同意按评估价转让。")
    yield cast.ago(4, 10)
    whole = scope(cast.present.date(), date(2028, 12, 31))
    for grant, places in ((Grant.EXCLUSIVE, "CN"), (Grant.SOLE, "HK")):
        where = scope(whole.starts, whole.ends, territory=[places])
        [asked] = assets.ask_consents(
            keeper,
            asset,
            Wish(Act.LICENCE, grant, where, to=buyer),
            until=cast.present.date() + timedelta(days=30),
            message="被许可方希望尽快签约，请答复。",
        )
        if grant is Grant.SOLE:
            proof = paper(cast, KEEPER, f"Consent {asset.reference}", "consent")
            assets.file_consent(keeper, asked, evidence=proof)


def _attacked(cast: Cast, position: int) -> Story:
    """An invalidation is pending, and the inventor comes first."""
    yield cast.ago(50, 10)
    asset = _right(cast, position)
    first = bundle.Burden(
        BurdenKind.PRIORITY,
        holder=Party("何演（发明人，演示）"),
        starts=clock.today() - timedelta(days=30),
        priority=Priority.INVENTOR,
    )
    _burden(cast, asset, first, "Inventor")
    yield cast.ago(3, 10)
    pending = bundle.Burden(
        BurdenKind.INVALIDATION,
        holder=Party("某竞争企业（演示）"),
        starts=clock.today() - timedelta(days=2),
        number="演示无效 4W119900",
    )
    _burden(cast, asset, pending, "Request", wait=True)
