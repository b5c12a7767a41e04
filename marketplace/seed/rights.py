"""The demonstration's rights: facts of public registers, texts of our own."""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle

from marketplace.assets import classes, industries
from marketplace.assets import services as assets
from marketplace.assets.importing.records import AssetRecord, Owner
from marketplace.assets.models import Asset, AssetKind
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import yuan
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.seed.paper import sheet
from marketplace.seed.people import DATA, Cast
from marketplace.valuation import services as valuation

# Whose portfolio a right goes into: universities and institutes hold the brain-computer family,
# the others share the rest by trade.
RESEARCH = ("lingnan", "pearl", "lingnan", "nanhai", "zhanjiang", "lingnan", "pearl", "bay")
BY_SECTION = {
    "A": ("meizhou", "maoming", "shanwei", "zhanjiang", "chenlan"),
    "B": ("dongguan", "nanhai", "jieyang", "yunfu", "yangjiang", "guangye", "shantou"),
    "C": ("guangye", "huizhou", "shaoguan", "chaozhou", "heyuan"),
    "D": ("shantou", "jieyang", "huizhou"),
    "E": ("qingyuan", "jiangmen", "guangye"),
    "F": ("zhongshan", "shunde", "zhuhai", "yangjiang"),
    "G": ("lingnan", "qianhai", "heyuan", "zhanjiang", "municipal", "bay"),
    "H": ("qianhai", "zhuhai", "zhongshan", "lingnan", "bay"),
}
BRAIN = "brain-computer interfaces and human-machine interaction"
MUST_VALUE = frozenset(
    {"guangye", "municipal"}
)  # article 18: state-owned firm, administrative unit


@dataclass(frozen=True)
class Held:
    """A right on record and whose it is."""

    key: str
    asset: Asset


def put_on_record(cast: Cast) -> list[Held]:
    """Every right of the demonstration, most of them verified, some pledged, some valued."""
    held = [*_patents(cast), *_others(cast)]
    papers = {key: _extract(cast, key) for key in dict.fromkeys(h.key for h in held)}
    for position, each in enumerate(held):
        if position % 45 != 44:
            _verify(cast, each, papers[each.key], position)
        if position % 14 == 5:
            _pledge(cast, each, position)
        if position % 9 == 2 or each.key in MUST_VALUE:
            _value(cast, each, papers[each.key], position)
    return held


def _rows(name: str) -> list[dict[str, str]]:
    path = DATA / name
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _patents(cast: Cast) -> list[Held]:
    texts = {row["publication_number"]: row for row in _rows("texts.csv")}
    turns = {section: cycle(keys) for section, keys in BY_SECTION.items()}
    research = cycle(RESEARCH)
    held = []
    for row in _rows("register_facts.csv"):
        section = row["classes"][:1]
        key = next(turns[section]) if section else next(research)
        numbers = tuple(row["publication_numbers"].split("|"))
        text = texts.get(numbers[-1], {})
        granted = row["grant_date"] or numbers[-1][-1] in "BU"
        record = AssetRecord(
            kind=row["kind"],
            title=row["title"],
            title_en=text.get("title_en") or None,
            abstract=text.get("summary") or _described(row, "zh_Hans"),
            abstract_en=text.get("summary_en") or _described(row, "en"),
            application_number=row["application_number"] or None,
            publication_numbers=numbers,
            owners=tuple(Owner(name) for name in row["owners"].split("|") if name),
            province=row["province"] or None,
            city=row["city"] or None,
            classes=tuple(("ipc", symbol) for symbol in row["classes"].split("|") if symbol),
            filing_date=_day(row["filing_date"]),
            publication_date=_day(row["publication_date"]),
            grant_date=_day(row["grant_date"]),
            status="in_force" if granted else "pending",
        )
        change = assets.put(cast.actors[key], record, source=row["source"])
        held.append(Held(key, change.asset))
    return held


def _described(row: dict[str, str], locale: str) -> str:
    """A sentence of our own about a right, from its field and the industry it serves."""
    symbols = tuple(("ipc", symbol) for symbol in row["classes"].split("|") if symbol)
    known = classes.ipc_name(symbols[0][1]) if symbols else None
    guess = industries.guess_industry(symbols)
    chinese = locale.startswith("zh")
    field = known.name(locale) if known else ("脑机接口与人机交互" if chinese else BRAIN)
    trade = (
        industries.name(guess.code, locale) if guess else ("电子信息" if chinese else "electronics")
    )
    if chinese:
        return f"技术方向为“{field}”，面向{trade}领域的企业，可用于现有产品或产线的改进。"
    return f"In the field of {field.lower()}; for firms in {trade.lower()} that improve a product or a line."


def _others(cast: Cast) -> list[Held]:
    """Marks, works, software, layouts: invented for the demonstration, numbers included."""
    held = []
    for row in _rows("others.csv"):
        registered = _day(row["registered_on"])
        record = AssetRecord(
            kind=row["kind"],
            title=row["title"],
            title_en=row["title_en"] or None,
            abstract=row["summary"] or None,
            abstract_en=row["summary_en"] or None,
            registration_number=row["registration_number"] or None,
            classes=tuple(("nice", n) for n in row["nice"].split("|") if n),
            goods=row["goods"] or None,
            filing_date=_day(row["filed_on"]),
            grant_date=registered,
            status="in_force",
        )
        actor = cast.actors[row["keeper"]]
        asset = assets.put(actor, record, source="演示虚构").asset
        made = _day(row["created_on"])
        if made:
            assets.revise(actor, asset, creation_date=made, first_publication_date=made)
        held.append(Held(row["keeper"], asset))
    return held


def _extract(cast: Cast, key: str) -> Document:
    paper = sheet(f"Register extract (demonstration) {cast.organisations[key].slug}")
    return documents.keep(
        cast.actors[key],
        paper,
        "register-extract-demo.pdf",
        purpose="title_extract",
        organisation_id=cast.organisations[key].id,
    )


def _verify(cast: Cast, each: Held, extract: Document, position: int) -> None:
    day = clock.today() - timedelta(days=position * 7 % 120)
    asked = assets.request_verification(
        cast.actors[each.key], each.asset, extract=extract, extract_date=day
    )
    if position % 61 != 60:  # a few wait in the operators' queue
        assets.confirm_title(cast.operator, asked)


def _pledge(cast: Cast, each: Held, position: int) -> None:
    pledge = assets.declare_pledge(
        cast.actors[each.key],
        each.asset,
        lender_name=cast.organisations["yuebank"].name,
        lender=cast.organisations["yuebank"],
        register_number=f"Y2026980{position:06d}",
        registered_on=clock.today() - timedelta(days=90 + position % 200),
        amount=yuan(300_000 + position * 10_000),
        due_on=clock.today() + timedelta(days=400),
        evidence=_extract(cast, each.key),
    )
    if position % 3 != 2:
        assets.register_pledge(cast.operator, pledge)
    if position % 6 == 1:
        assets.release_pledge(cast.operator, pledge, released_on=clock.today())


def _value(cast: Cast, each: Held, paper: Document, position: int) -> None:
    base = clock.today() - timedelta(days=position % 200)
    purpose = "equity" if each.asset.kind is AssetKind.INVENTION and position % 2 else "transfer"
    report = valuation.file_report(
        cast.actors[each.key],
        each.asset,
        firm_name=cast.organisations["nanping"].name,
        firm_id=cast.organisations["nanping"].id,
        number=f"南评字（2026）第{position:04d}号",
        signers=("郑评", "罗衡"),
        base_date=base,
        valid_until=base + timedelta(days=365),
        purpose=purpose,
        method="income",
        value=yuan(200_000 + position * 13_000),
        document=paper,
    )
    if position % 5 or each.key in MUST_VALUE:
        valuation.confirm(cast.operator, report)
    db.session.flush()
