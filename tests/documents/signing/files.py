"""A signed contract as tests need it: made once, without the database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from marketplace.documents import typeset
from marketplace.documents.signing import chain, pades
from tests.documents import papers_for_tests as a

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Chain:
    """The exchange's certificates and two signatories."""

    root: chain.Identity
    issuer: chain.Identity
    seal: chain.Identity
    time: chain.Identity
    seller: chain.Identity
    buyer: chain.Identity


@cache
def certificates() -> Chain:
    begun = AT - timedelta(days=1)
    root = chain.issue(chain.ROOT, chain.Subject("根", "粤知市"), begun)
    issuer = chain.issue(chain.ISSUER, chain.Subject("签发", "粤知市"), begun, root)

    def below(role: str, name: str, of: str) -> chain.Identity:
        return chain.issue(role, chain.Subject(name, of), begun, issuer)

    return Chain(
        root,
        issuer,
        below(chain.SEAL, "电子印章", "粤知市"),
        below(chain.TIME, "时间戳", "粤知市"),
        below(chain.PERSON, "张三", "岭南理工大学"),
        below(chain.PERSON, "李四", "深圳比格能源有限公司"),
    )


@cache
def draft(*, bilingual: bool = False) -> bytes:
    return typeset.print_paper(a.contract(bilingual=bilingual))


def signed(pdf: bytes, place: str, by: chain.Identity | None = None) -> bytes:
    who = by or getattr(certificates(), place)
    return pades.append(pdf, who, field=place, at=AT, box=pades.box_of(pdf, place))


def sealed(pdf: bytes) -> bytes:
    return pades.append(pdf, certificates().seal, field="exchange", at=AT, last=True)


@cache
def executed() -> bytes:
    return sealed(signed(signed(draft(), "seller"), "buyer"))
