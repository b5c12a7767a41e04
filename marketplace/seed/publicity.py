"""Notices, objections and filings of the demonstration, each at another stage. All fictional."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from marketplace.compliance.models import Filing, Notice, NoticeKind, Opinion
from marketplace.compliance.services import filings as desk
from marketplace.compliance.services import notices
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import VISITOR, Actor
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, DealState
from marketplace.listings.models import Listing, ListingState
from marketplace.listings.terms import DealKind
from marketplace.negotiation import services as negotiation
from marketplace.organisations.models import Organisation
from marketplace.seed import deals as seeded
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story, after
from marketplace.seed.talks import ANY, PATENTS, with_price

POSTED = "技术转移中心公告栏及官网“成果公示”（演示）"


@dataclass(frozen=True)
class Plan(seeded.Plan):
    """A deal at its checklist that waits for a notice, or for the authority."""


LICENCE = DealKind.LICENCE
SCRIPT = (
    Plan("lingnan", "qianhai", 6, "checklist:notice"),
    Plan("lingnan", "zhuhai", 9, "checklist:notice_held"),
    Plan("lingnan", "dongguan", 12, "checklist:notice_answered", LICENCE),
    Plan("lingnan", "bay", 23, "checklist:notice_ended"),
    Plan("pearl", "bay", 13, "checklist:notice_upheld"),
    Plan("zhanjiang", "shantou", 14, "checklist:notice_rejected"),
    Plan("lingnan", "nordlicht", 10, "checklist:filing_submitted", kinds=ANY),
    Plan("pearl", "heungkong", 11, "checklist:filing_questioned", kinds=PATENTS),
    Plan("bay", "nordlicht", 16, "checklist:filing_concluded", kinds=ANY),
    Plan("bay", "heungkong", 19, "checklist:filing_closed", kinds=ANY),
    Plan("lingnan", "macao", 27, "checklist:filing_overdue", kinds=ANY),
    Plan("zhanjiang", "heungkong", 20, "checklist:filing_objection", kinds=ANY),
)


def story(cast: Cast, listing: Listing, plan: Plan) -> Story:
    """An agreed price on an accepted offer; then the notice or the filing."""
    buyer, seller = cast.actors[plan.buyer], cast.actors[plan.seller]
    yield cast.ago(plan.days, 9 + listing.id % 7)
    offer = negotiation.make(
        buyer, listing, terms=with_price(listing.terms), message="请按此条件成交，报请公示或备案。"
    )
    yield after(clock.now(), 0.3)
    deal = negotiation.accept(seller, offer, version=1, because="条件一致。")
    yield after(clock.now(), 0.3)
    if plan.done.startswith("notice"):
        yield from _notice(cast, deal, plan.done.removeprefix("notice").lstrip("_"), seller)
    else:
        yield from _filing(cast, deal, plan.done.removeprefix("filing_"), seller)


# ---- notices -------------------------------------------------------------------------------------


def _notice(cast: Cast, deal: Deal, stage: str, seller: Actor) -> Story:
    seeded.answer(deal, seller)
    notice = deals.draft_notice(seller, deal, NoticeKind.AGREED_PRICE)
    deals.publish_notice(seller, notice, posted_inside=POSTED)
    if stage == "ended":
        yield after(clock.now(), notice.period_days + 1)
        deals.end_notices()
    elif stage:
        yield after(clock.now(), 2)
        yield from _objected(cast, notice, stage, seller)


def _objected(cast: Cast, notice: Notice, stage: str, seller: Actor) -> Story:
    by = cast.people["inventor@demo.example"]
    if stage == "held":
        objection = notices.raise_objection(
            VISITOR,
            notice,
            name="热心公众（演示）",
            email="objector@seed.example",
            text="该成果的完成人名单似有遗漏，请核实后再定价。（演示）",
        )
        notices.confirm_objection(notices.confirmation(objection))
        return
    objection = notices.raise_objection(
        by,
        notice,
        name="陈岚",
        email="inventor@demo.example",
        text="拟交易价格明显低于同类专利的成交价，请说明定价依据。（演示）",
    )
    yield after(clock.now(), 1.5)
    notices.answer_objection(
        seller, objection, text="定价参考了评估值和三家企业的询价，材料可到中心查阅。（演示）"
    )
    yield after(clock.now(), 1)
    if stage == "upheld":
        notices.decide_objection(
            cast.actors["authority"],
            objection,
            uphold=True,
            because="询价材料不完整，应更正后重新公示。",
        )
        yield after(clock.now(), 1)
        given = deals.correct_notice(seller, notice, because="补充询价材料，更正说明。（演示）")
        deals.publish_notice(seller, given, posted_inside=POSTED)
    elif stage == "rejected":
        notices.decide_objection(
            seller, objection, uphold=False, because="定价程序合规，询价材料已公开。"
        )


def _sales(cast: Cast) -> Story:
    """The state-owned group announces what it sells."""
    yield cast.ago(15, 11)
    seller = cast.actors["guangye"]
    open_ones = db.session.scalars(
        select(Listing)
        .where(Listing.seller_id == seller.organisation_id, Listing.state == ListingState.PUBLISHED)
        .order_by(Listing.id)
        .limit(2)
    ).all()
    for position, listing in enumerate(open_ones):
        deals.publish_notice(seller, deals.announce_sale(seller, listing))
        if not position:
            yield cast.ago(3, 15)
    yield cast.ago(1, 9)
    deals.end_notices()


def _result(cast: Cast) -> Story:
    """And the result of a sale."""
    yield cast.ago(2, 14)
    seller = cast.actors["guangye"]
    sold = db.session.scalar(
        select(Deal)
        .where(Deal.seller_id == seller.organisation_id, Deal.state == DealState.CLOSED)
        .order_by(Deal.id)
        .limit(1)
    )
    if sold is not None:
        deals.publish_notice(seller, deals.draft_notice(seller, sold, NoticeKind.RESULT))


# ---- filings -------------------------------------------------------------------------------------


def _filing(cast: Cast, deal: Deal, stage: str, seller: Actor) -> Story:
    """The self-check first; then, for a result that the state paid for, the agency's approval."""
    seeded.answer(deal, seller)
    if deal.seller.state_established:
        deals.answer(seller, deal, "asset", "fiscal_funded", True)
    check = deals.open_export_check(seller, deal)
    deals.submit_filing(
        seller,
        check,
        statement="对照现行目录逐条核对，未列入；核对人：技术转移经理。（演示）",
        answers={"prohibited": False, "restricted": stage == "objection", "dual_use": False},
    )
    yield after(clock.now(), 0.5)
    filing = _second(deal, seller) or check
    if filing is not check:
        deals.submit_filing(
            seller,
            filing,
            statement="该成果由财政资助形成，拟向境外转让，申请批准。（演示）",
            answers={},
        )
    if stage == "submitted":
        return
    yield after(clock.now(), 1)
    yield from _at_the_desk(cast, filing, stage, seller)


def _second(deal: Deal, seller: Actor) -> Filing | None:
    if not deal.seller.state_established or deal.terms.kind is DealKind.LICENCE:
        return None
    return deals.open_filing(seller, deal, "st-fiscal-result-abroad")


def _at_the_desk(cast: Cast, filing: Filing, stage: str, seller: Actor) -> Story:
    office = cast.actors["authority"]
    desk.receive(office, filing)
    if stage == "overdue":
        return
    yield after(clock.now(), 2)
    ask_by = clock.today() + timedelta(days=14)
    desk.ask(office, filing, text="请补充立项文件和资金来源说明。（演示）", due_on=ask_by)
    if stage == "questioned":
        return
    yield after(clock.now(), 2)
    desk.answer(seller, filing, text="立项文件已补充，资金来自省级科技计划。（演示）")
    yield after(clock.now(), 2)
    refused = stage == "objection"
    deals.conclude_filing(
        office,
        filing,
        opinion=Opinion.OBJECTION if refused else Opinion.CONDITIONS,
        text="技术属限制出口，未取得许可意向书。" if refused else "未见影响国家利益的情形。",
        conditions="" if refused else "实施地在境内优先，进展每年报告。",
        issuer=db.session.get_one(Organisation, office.organisation).name,
        number=f"粤知函〔{clock.today().year}〕{filing.id:03d}号（演示）",
    )
    if stage == "closed":
        yield after(clock.now(), 1)
        desk.close(office, filing)


def stories(cast: Cast) -> Iterator[Story]:
    """What does not hang on a deal of the script."""
    yield _sales(cast)
    yield _result(cast)
