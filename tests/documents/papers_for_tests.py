"""Papers with everything in them; a test changes what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as given
from datetime import UTC, date, datetime
from typing import Any

from marketplace.core.money import Money, yuan
from marketplace.documents import papers
from marketplace.listings.terms import Promise

PRICE = yuan(486_000)
AT = datetime(2026, 11, 22, 7, 4, 5, tzinfo=UTC)
SITE = papers.Site("粤知市", "Guangdong IP Exchange", "https://market.example")
SELLER = papers.Party(
    "岭南理工大学", "Lingnan University of Technology", "12440000455859390X", "广州", "张校长"
)
BUYER = papers.Party("深圳比格能源有限公司", "Shenzhen Bige Energy", "91440300MA5EQABC1X", "深圳")
ESCROW = papers.Escrow("监管银行广州分行", "交易资金监管专户", "6200123412341234")
RIGHT = papers.Right(
    "invention", "ZL202210876543.1", "液冷方法", "Cooling method", "岭南理工大学", date(2042, 7, 21)
)


@dataclass(frozen=True)
class Terms:
    kind: str = "transfer"
    price: Money | None = PRICE
    grant: str | None = None
    territory: tuple[str, ...] = ("CN",)
    field: str = ""
    months: int | None = None
    sublicence: bool = False
    royalty_bps: int | None = None
    royalty_base: str | None = None
    minimum_royalty: Money | None = None
    company: str = ""
    equity_bps: int | None = None
    delivery_days: int | None = None
    support_days: int | None = None
    notes: str = ""
    promises: tuple[Promise, ...] = ()
    finer: Mapping[str, Any] = given(default_factory=dict)


def contract(terms=None, *, rights=(RIGHT,), **over):
    facts = {
        "number": "D-00000012",
        "drawn_at": AT,
        "site": SITE,
        "seller": SELLER,
        "buyer": BUYER,
        "rights": rights,
        "terms": terms or Terms(),
        "escrow": ESCROW,
    }
    return papers.Contract(**facts | over)


def certificate(**over):
    facts = {
        "number": "D-00000012",
        "completed_at": AT,
        "site": SITE,
        "seller": SELLER,
        "buyer": BUYER,
        "rights": (RIGHT,),
        "terms": Terms(),
        "verification_code": "7KQF-2M9X-WD4R",
        "verification_url": "https://market.example/certificates/7KQF-2M9X-WD4R",
        "proofs": (papers.Proof("合同文件", "Contract file", "a1" * 32, AT),),
        "signed_at": AT,
        "recorded_on": date(2026, 12, 1),
    }
    return papers.Certificate(**facts | over)


def payment(**over):
    facts = {
        "number": "D-00000012",
        "drawn_at": AT,
        "site": SITE,
        "payer": BUYER,
        "payee": SELLER,
        "subject": "转让价款",
        "amount": yuan(486_000),
        "escrow": ESCROW,
        "reference": "D-00000012",
        "due_on": date(2026, 12, 6),
    }
    return papers.Payment(**facts | over)
