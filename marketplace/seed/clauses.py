"""Standard clauses of the demonstration: what the university and the buying firm hold to."""

from collections.abc import Iterator

from marketplace.core import clock
from marketplace.core.policy import Actor
from marketplace.listings.terms import DealKind
from marketplace.listings.termsheet import Forum, Improvements, Sublicensing, Warranty
from marketplace.negotiation import library
from marketplace.negotiation.models import Clause, ClauseSide
from marketplace.negotiation.positions import Bound, Stand
from marketplace.organisations.models import Organisation
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story, after

LEAST, MOST = Bound.AT_LEAST, Bound.AT_MOST
T, L = DealKind.TRANSFER, DealKind.LICENCE
TITLE, NO_CLAIM, PAID = Warranty.TITLE, Warranty.NO_KNOWN_CLAIM, Warranty.FEES_PAID
Held = tuple[tuple[DealKind, ...], str, tuple[Stand, ...]]

UNIVERSITY: tuple[Held, ...] = (
    (
        (T, L),
        "late_interest_bps",
        (
            Stand(5, LEAST, "与标准条款一致。"),
            Stand(3, LEAST, "对方先付首期一半以上时可以给。"),
        ),
    ),
    (
        (T, L),
        "inspection_days",
        (
            Stand(15, MOST, "课题组须在学期内配合验收。"),
            Stand(20, MOST, "须试制的可以给到二十天。"),
        ),
    ),
    (
        (T, L),
        "warranties",
        (
            Stand((TITLE, PAID), MOST, "学校只保证权属和年费。"),
            Stand((TITLE, PAID, NO_CLAIM), MOST, "须先由法务检索过。", owner=True),
        ),
    ),
    ((T, L), "confidentiality_years", (Stand(5, LEAST), Stand(3, LEAST, "非核心技术可以给。"))),
    ((T, L), "improvements", (Stand(Improvements.OWN, guidance="后续改进归课题组。"),)),
    (
        (T, L),
        "forum",
        (
            Stand(Forum.GZAC),
            Stand(Forum.SELLER, guidance="对方不愿仲裁时，由我方所在地法院管辖。"),
            Stand(Forum.SCIA, guidance="跨境交易可以考虑。", owner=True),
        ),
    ),
    (
        (L,),
        "notes",
        (
            Stand(
                "许可方可以为教学、科研目的继续使用本专利。",
                LEAST,
                "学校保留教学科研使用，不可删去。",
            ),
        ),
    ),
)
FIRM: tuple[Held, ...] = (
    ((T, L), "late_interest_bps", (Stand(3, MOST), Stand(5, MOST, "与标准条款一致，可以接受。"))),
    (
        (T, L),
        "inspection_days",
        (Stand(30, LEAST, "产线排期至少一个月。"), Stand(15, LEAST, "小改进可以按标准条款。")),
    ),
    (
        (T, L),
        "warranties",
        (
            Stand((TITLE, NO_CLAIM, PAID), LEAST),
            Stand((TITLE, PAID), LEAST, "我方已自行检索、没有发现争议时可以给。"),
        ),
    ),
    (
        (T, L),
        "confidentiality_years",
        (Stand(5, MOST), Stand(10, MOST, "对方坚持时。", owner=True)),
    ),
    (
        (T, L),
        "forum",
        (
            Stand(Forum.SCIA),
            Stand(Forum.GZAC, guidance="与高校交易时可以接受。"),
            Stand(Forum.CIETAC, guidance="费用较高。", owner=True),
        ),
    ),
    (
        (L,),
        "sublicence",
        (
            Stand(Sublicensing.FREE, guidance="代工厂需要使用。"),
            Stand(Sublicensing.CONSENT, guidance="对方同意把代工厂写入其他条款时可以给。"),
        ),
    ),
)


def stories(cast: Cast) -> Iterator[Story]:
    """Written down long before the talks of today, and changed once since."""
    office = cast.people["tto@demo.example"]
    yield _keeps(cast, office, cast.organisations["lingnan"], ClauseSide.SELL, UNIVERSITY)
    firm = cast.people["buyer@demo.example"]
    yield _keeps(cast, firm, cast.organisations["bay"], ClauseSide.BUY, FIRM)


def _keeps(
    cast: Cast, actor: Actor, organisation: Organisation, side: ClauseSide, held: tuple[Held, ...]
) -> Story:
    yield cast.ago(58, 15)
    known: dict[tuple[DealKind, str], Clause] = {}
    for kinds, term, stands in held:
        for kind in kinds:
            clause = known[kind, term] = library.begin(
                actor, organisation, kind=kind, side=side, term=term, preferred=stands[0]
            )
            for at, stand in enumerate(stands[1:-1] or stands[1:], 1):
                library.add(actor, clause, version=at, stand=stand)
    yield after(clock.now(), 21)
    for kinds, term, stands in held:
        for kind in kinds:
            if len(stands) > 2:
                clause = known[kind, term]
                library.add(actor, clause, version=clause.version, stand=stands[-1])
