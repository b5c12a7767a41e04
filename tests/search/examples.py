"""Documents and readers' questions for the tests of search."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

from marketplace.search.document import SearchDocument
from marketplace.search.index import SearchIndex
from marketplace.search.queries import Query, Results, search

TODAY = date(2026, 11, 22)
THINGS = (
    "动力电池",
    "轮椅",
    "脑机接口",
    "晶圆",
    "充电桩",
    "机器人",
    "图像",
    "石墨烯",
    "无人机",
    "传感器",
)
WHATS = ("热管理", "控制", "检测", "识别", "清洗", "散热", "校准", "调度", "封装", "导航")
FORMS = ("装置", "方法", "系统", "设备", "材料")


def document(number: int, title: str = "", **facts: object) -> SearchDocument:
    given = {"id": number, "reference": f"L-{number:05}", "title": title} | facts
    return SearchDocument(**given)  # type: ignore[arg-type]


def many(count: int, seed: int = 7) -> list[SearchDocument]:
    """Made-up listings over a small vocabulary, the same for the same seed."""
    chance = Random(seed)  # noqa: S311 -- not a secret
    return [_made_up(number, chance) for number in range(1, count + 1)]


def _made_up(number: int, chance: Random) -> SearchDocument:
    thing, what, form = chance.choice(THINGS), chance.choice(WHATS), chance.choice(FORMS)
    other = " ".join(chance.choice(THINGS) + chance.choice(WHATS) for _ in range(3))
    return document(
        number,
        f"一种{thing}{what}{form}",
        abstract=f"本文说明{thing}的{what}，并涉及{other}。",
        title_en=f"Number {chance.randrange(50)} cooling plates",
        owners=(chance.choice(("珠江大学", "南粤科技有限公司", "岭南研究院")),),
        kinds=(chance.choice(("invention", "utility_model", "trademark")),),
        deal_modes=tuple(chance.sample(("transfer", "licence", "equity"), chance.randint(1, 2))),
        price_minor=chance.choice((None, 500_000, 3_000_000, 20_000_000, 800_000_000)),
        cities=(chance.choice(("广州市", "深圳市", "东莞市", "珠海市")),),
        industries=(chance.choice(("C38", "C39", "I65", "M73")),),
        classes=(chance.choice(("H01M 10/613", "G06F 3/01", "B60L 53/30")),),
        owner_kinds=(chance.choice(("university", "firm")),),
        pledged=chance.random() < 0.2,
        valued=chance.random() < 0.4,
        verified=chance.random() < 0.6,
        checked_on=None
        if chance.random() < 0.2
        else date(2026, 11, 22) - timedelta(days=chance.choice((0, 89, 90, 91, 180, 181, 400))),
        expires_on=TODAY + timedelta(days=chance.randint(-300, 6000)),
        published_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randint(0, 7000)),
        updated_at=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 30_000)),
        version=number,
    )


def ask(index: SearchIndex, text: str = "", **more: object) -> Results:
    return search(index, Query(text=text, **({"today": TODAY} | more)))  # type: ignore[arg-type]


def found(index: SearchIndex, text: str = "", **more: object) -> list[object]:
    """The ids found, in order."""
    return [hit.id for hit in ask(index, text, **({"per_page": 1000} | more)).hits]


def ids(documents: Sequence[SearchDocument]) -> set[object]:
    return {one.id for one in documents}
