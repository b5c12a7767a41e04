"""What numbers have in common: their spelling, the verdict, the check digit of the patent office."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

APPLICATION = "patent_application"
PUBLICATION = "patent_publication"
TRADEMARK = "trademark"
SOFTWARE = "software"
WORK = "work"
IC_LAYOUT = "ic_layout"
PLANT_VARIETY = "plant_variety"
USCC = "uscc"
DATA_RIGHT = "data_right"
GI = "gi_product"
IPC = "ipc"
CPC = "cpc"
NICE = "nice"
LOCARNO = "locarno"
KINDS = (
    APPLICATION, PUBLICATION, TRADEMARK, SOFTWARE, WORK, IC_LAYOUT, PLANT_VARIETY, DATA_RIGHT, GI,
    USCC, IPC, CPC, NICE, LOCARNO,
)  # fmt: skip

FIRST_YEAR = 1985  # the patent law took effect on 1985-04-01
LAST_YEAR = 2099  # unless the caller says which year it is

INVENTION, UTILITY_MODEL, DESIGN = "invention", "utility_model", "design"
RIGHT = {"1": INVENTION, "2": UTILITY_MODEL, "3": DESIGN, "8": INVENTION, "9": UTILITY_MODEL}
OFFICE = r"(?!CN|ZL|BS|SR)[A-Z]{2}"  # of two letters that is not ours
GRANTED_LETTERS = frozenset("BCDSUYET")


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a number is. `canonical` is the one spelling under which it is stored and compared."""

    number: str
    kind: str | None
    valid: bool
    canonical: str | None = None
    reason: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    jurisdiction: str | None = None
    right: str | None = None  # invention, utility_model, design, as far as the number tells
    international: bool = False  # entered from the PCT

    @property
    def digits(self) -> str:
        """The canonical number without its kind code: what A and B of one invention share."""
        return re.sub(r"(?<=\d)[A-Z]\d?$", "", self.canonical or "")

    @property
    def granted(self) -> bool:
        """Whether a publication number is that of a granted right (by its kind letter)."""
        if self.kind != PUBLICATION:
            return False
        if self.jurisdiction == "US":  # applications have eleven digits, patents fewer
            return len(re.sub(r"\D", "", self.digits)) < 11
        found = re.search(r"(?<=\d)([A-Z])\d?$", self.canonical or "")
        return found is not None and found[1] in GRANTED_LETTERS


def normalise(text: str) -> str:
    """One spelling of characters: half width, upper case, plain hyphens and dots, no spaces."""
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = re.sub(r"[\u200b-\u200f\u2060\ufeff\s]", "", plain)
    plain = re.sub(r"[\u2010-\u2015\u2212\ufe63]", "-", plain)
    return re.sub(r"[\u3002\u00b7\u2022\u2219\u30fb]", ".", plain)


_LABEL = re.compile(
    r"^(国家)?(专利申请号|申请号|专利号码?|公开号|公告号|授权公告号|公开\(公告\)号|商标注册号|注册号|登记号|"
    r"统一社会信用代码|登记证书编号|证书编号|证书登记号|商标|NO\.?)[:.]?"
)


def bare_of(text: str) -> str:
    """The number without the words that people write before it."""
    return _LABEL.sub("", normalise(text).lstrip("'\"`")).strip(",;'\"")


def check_digit(digits: str) -> str:
    """The check digit of 8 or 12 digits of a Chinese application: weights 2-9, 2-5, modulo 11."""
    total = sum(int(d) * (2 + i % 8) for i, d in enumerate(digits))
    return "0123456789X"[total % 11]


def bad(number: str, kind: str | None, reason: str, **params: str) -> Identifier:
    """A number that cannot be true, and why."""
    return Identifier(number, kind, valid=False, reason=f"identifier.{reason}", params=params)


def good(text: str, kind: str, canonical: str, office: str) -> Identifier:
    """A number that can be true, in its one spelling."""
    return Identifier(text, kind, valid=True, canonical=canonical, jurisdiction=office)
