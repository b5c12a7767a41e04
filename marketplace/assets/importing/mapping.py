"""Which column means what: suggested from the headings, kept by their signature. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

# Fields a column can feed. `number` is any number of the right; `publication` may hold several.
FIELDS = (
    "title", "title_en", "abstract", "abstract_en", "kind", "number", "application_number",
    "publication", "kind_code", "registration_number", "case_number", "serial_number",
    "jurisdiction", "owners", "inventors", "address", "region", "city", "ipc", "cpc", "locarno",
    "nice", "filing_date", "publication_date", "grant_date", "expiry_date", "priority_date",
    "status", "goods", "family",
)  # fmt: skip


@cache
def _headings() -> dict[str, tuple[str, int]]:
    """Folded heading → field and rank of trust, from `data/headings.txt`."""
    found: dict[str, tuple[str, int]] = {}
    target, rank = "", 0
    path = Path(__file__).parents[1] / "data" / "headings.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            target, rank = line.strip("[]"), 0
        elif not line.startswith("#"):
            for word in line.split():
                rank += 1  # noqa: SIM113 -- counted over the lines of a section
                found.setdefault(word, (target, rank))
    return found


# Fields that take from every column mapped to them, not only from the best.
_GATHER = {"ipc", "cpc", "nice", "locarno", "publication"}

# Headings that say which right the whole file is about.
_KIND_HINTS: tuple[tuple[str, str], ...] = (
    (r"软件(名称|全称|登记)|软著", "software"),
    (r"商标|nice|^mark$|wordmark|核定使用", "trademark"),
    (r"作品", "copyright"),
    (r"品种", "plant_variety"),
    (r"地理标志", "gi_product"),
    (r"数据(名称|集合|知识产权)", "data_right"),
    (r"布图", "ic_layout"),
    (r"实用新型", "utility_model"),
    (r"外观设计", "design"),
    (r"发明|专利|inventor|patent|ipc|abstract(zh|en)", "invention"),
)

_MARK = re.compile(r"[\W_]+")


def fold(heading: str) -> str:
    """A heading without case, width, spaces and punctuation, in simplified characters."""
    plain = unicodedata.normalize("NFKC", heading).translate(_SIMPLIFIED)
    return _MARK.sub("", plain.casefold())


# The traditional characters of headings: 專利名稱, 申請號, 公開日, 發明人, 權利人 …
_SIMPLIFIED = str.maketrans(
    "專稱請號開發權標題國際類別設計實軟體錄製產業種簡單狀態優證書頁電經營範圍時間當屬區縣應轉讓許認參與會員審撤詳閱圖優",
    "专称请号开发权标题国际类别设计实软体录制产业种简单状态优证书页电经营范围时间当属区县应转让许认参与会员审撤详阅图优",
)


def signature(headings: Sequence[str]) -> str:
    """The same for files with the same columns in any order: a kept mapping is found by it."""
    folded = sorted({fold(h) for h in headings if fold(h)})
    return hashlib.sha256("\x1f".join(folded).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Heading → field; `constants` give a field one value for every row (`kind`, `jurisdiction`)."""

    columns: MappingOf[str, str] = field(default_factory=dict)
    constants: MappingOf[str, str] = field(default_factory=dict)
    layout: str | None = None  # a known source with habits of its own

    @property
    def is_usable(self) -> bool:
        """Whether a row could become a right: a number, or a title and something besides."""
        named = {*self.columns.values(), *self.constants}
        if named & {"number", "application_number", "publication", "registration_number"}:
            return True
        return "title" in named and len(named) > 1

    def unmapped(self, headings: Sequence[str]) -> tuple[str, ...]:
        """Headings that feed nothing."""
        return tuple(h for h in headings if h.strip() and h not in self.columns)


def suggest(headings: Sequence[str]) -> ColumnMapping:
    """What the columns of a file mean by their headings; whoever imports may change it.

    Of two columns for one field the more exact heading wins, except for classes and publication
    numbers, which are gathered. The kind of right is taken from headings only where they say it.
    """
    chosen: dict[str, str] = {}
    taken: dict[str, tuple[int, str]] = {}
    for heading in headings:
        target, rank = _headings().get(fold(heading), ("", 0))
        if not target:
            continue
        if target in _GATHER:
            chosen[heading] = target
        elif target not in taken or rank < taken[target][0]:
            if target in taken:
                del chosen[taken[target][1]]
            taken[target] = (rank, heading)
            chosen[heading] = target
    constants = {}
    hint = None if "kind" in taken else _kind_hint(list(chosen))
    if hint:
        constants["kind"] = hint
    return ColumnMapping(chosen, constants, layout_of(headings))


def _kind_hint(headings: Sequence[str]) -> str | None:
    folded = [fold(h) for h in headings]
    return next(
        (kind for form, kind in _KIND_HINTS if any(re.search(form, h) for h in folded)), None
    )


def layout_of(headings: Sequence[str]) -> str | None:
    """A known source by its columns, where it has habits that headings do not tell."""
    folded = {fold(h) for h in headings}
    if {"referencenumber", "center", "patentnumber", "serialnumber", "expirationdate"} <= folded:
        return "nasa"
    if {"reel", "frame", "conveyance", "applicationnumber", "patentnumber"} <= folded:
        return "us_patent_assignments"
    if {"reel", "frame", "serialnumber", "mark", "currentowner"} <= folded:
        return "us_mark_assignments"
    return None


def heading_score(cells: Sequence[str]) -> int:
    """How many cells of a line are known headings: the line of headings has the most."""
    return sum(1 for cell in cells if fold(cell) in _headings())
