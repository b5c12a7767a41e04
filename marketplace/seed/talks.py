"""Enquiries and offers of the demonstration, in every state and waiting on each side."""

from dataclasses import dataclass, replace

from marketplace.core import clock
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.listings.models import Listing
from marketplace.listings.terms import DealKind, Terms
from marketplace.listings.termsheet import Forum, Warranty
from marketplace.negotiation import lapsing, within
from marketplace.negotiation import services as negotiation
from marketplace.negotiation.models import Offer
from marketplace.seed.paper import sheet
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story, after

PATENTS = frozenset({"invention", "utility_model"})
MARKS = frozenset({"trademark"})
ANY = frozenset[str]()


@dataclass(frozen=True)
class Talk:
    """Who talks with whom, since when, and how it stands."""

    seller: str
    buyer: str
    days: int
    how: str
    kinds: frozenset[str] = PATENTS

    def fits(self, kind: str) -> bool:
        """Whether it is about rights of this kind."""
        return not self.kinds or kind in self.kinds


SCRIPT = (
    # the university's office: to answer, answered, done
    Talk("lingnan", "bay", 2, "offered"),
    Talk("lingnan", "yuezhi", 5, "countered"),
    Talk("lingnan", "qianhai", 6, "four_versions"),
    Talk("lingnan", "dongguan", 1, "asked"),
    Talk("lingnan", "zhuhai", 9, "answered"),
    Talk("lingnan", "nordlicht", 12, "long_talk"),
    Talk("lingnan", "guangye", 27, "declined"),
    Talk("lingnan", "zhongshan", 33, "expired"),
    Talk("lingnan", "bay", 21, "closed"),
    # the buying firm: counter-offers to answer, questions answered
    Talk("pearl", "bay", 4, "countered_finely"),
    Talk("qianhai", "bay", 7, "countered"),
    Talk("zhuhai", "bay", 14, "withdrawn"),
    Talk("dongguan", "bay", 3, "answered"),
    Talk("heyuan", "bay", 3, "offered"),
    Talk("bay", "qianhai", 2, "offered"),
    Talk("bay", "heungkong", 4, "asked"),
    # the state-owned group
    Talk("guangye", "huizhou", 3, "offered"),
    Talk("guangye", "zhuhai", 2, "asked"),
    Talk("huizhou", "guangye", 5, "countered"),
    Talk("shaoguan", "guangye", 8, "answered"),
    # the owner of trademarks
    Talk("shunde", "zhongshan", 2, "offered", MARKS),
    Talk("shunde", "yuezhi", 6, "countered_back", MARKS),
    Talk("shunde", "bay", 1, "asked", PATENTS),
    Talk("zhongshan", "shunde", 5, "countered", frozenset({"design"})),
    Talk("yangjiang", "shunde", 18, "declined", MARKS),
    # the broker, the firms from Hong Kong and abroad, the inventor
    Talk("jieyang", "yuezhi", 4, "offered"),
    Talk("maoming", "yuezhi", 10, "answered", MARKS),
    Talk("bay", "nordlicht", 6, "countered"),
    Talk("zhanjiang", "nordlicht", 11, "answered"),
    Talk("nordlicht", "qianhai", 3, "offered", ANY),
    Talk("nordlicht", "dongguan", 2, "asked", ANY),
    Talk("heungkong", "bay", 8, "answered", ANY),
    Talk("chenlan", "bay", 2, "offered", ANY),
    Talk("chenlan", "yuezhi", 1, "asked", ANY),
    # others among themselves
    Talk("shantou", "heungkong", 5, "offered", frozenset({"copyright"})),
    Talk("maoming", "heungkong", 9, "countered", frozenset({"plant_variety"})),
    Talk("qianhai", "zhuhai", 3, "offered", frozenset({"ic_layout"})),
    Talk("zhaoqing", "shantou", 13, "answered", frozenset({"copyright"})),
    Talk("nanhai", "dongguan", 4, "offered"),
    Talk("yunfu", "jiangmen", 30, "expired"),
    Talk("meizhou", "maoming", 24, "withdrawn"),
    Talk("qingyuan", "guangye", 7, "answered"),
    Talk("municipal", "bay", 5, "asked", ANY),
)

QUESTIONS = (
    (
        "请问是否有样机或中试数据？能否安排技术人员线上交流一次？",
        "有样机，可在线演示；数据目录在签署保密约定后提供。",
    ),
    ("转让后原团队能否提供安装调试支持？", "可以，按人日计，五人日以内含在价款中。"),
    ("同族或近似的权利是否一并处理？", "近似权利可以一并商谈，清单请见挂牌说明。"),
    (
        "年费缴到哪一年？名下有没有未了的许可？",
        "年费已按期缴纳，详见费用一栏；没有独占或排他许可。",
    ),
    ("能否先签普通许可，一年后再谈转让？", "可以考虑，许可费可以抵作转让价款的一部分。"),
    (
        "We would like to use it in two products. Is a field-of-use licence possible?",
        "Yes. Please name the products and the territory in your offer.",
    ),
)
FOLLOW_UPS = (
    ("请把交流时间定在下周。", "下周二、周四上午都可以，请选一个时间。"),
    ("周四上午十点，会议链接由我方发出。", "收到，技术负责人会参加。"),
)
REASONS = ("拟用于现有产线的改进，请考虑。", "希望含十人日技术支持。", "我方可在签约后一周内付款。")


def story(cast: Cast, listing: Listing, talk: Talk) -> Story:
    """An enquiry or an offer about a published listing, as far as the script says."""
    buyer, seller = cast.actors[talk.buyer], cast.actors[talk.seller]
    yield cast.ago(talk.days, 9 + listing.id % 8)
    if talk.how in {"asked", "answered", "long_talk", "closed"}:
        yield from _enquiry(listing, talk, buyer, seller)
    else:
        yield from _offer(listing, talk, buyer, seller)


def _enquiry(listing: Listing, talk: Talk, buyer: Actor, seller: Actor) -> Story:
    abroad = talk.buyer == "nordlicht"
    question, answer = QUESTIONS[-1] if abroad else QUESTIONS[listing.id % (len(QUESTIONS) - 1)]
    enquiry = negotiation.ask(buyer, listing, text=question)
    if talk.how == "asked":
        return
    yield after(clock.now(), 0.3)
    negotiation.post(seller, enquiry, text=answer)
    if talk.how == "answered":
        return
    for more, reply in FOLLOW_UPS:
        yield after(clock.now(), 0.8)
        negotiation.post(buyer, enquiry, text=more)
        yield after(clock.now(), 0.2)
        negotiation.post(seller, enquiry, text=reply)
    if talk.how == "closed":
        yield after(clock.now(), 2)
        negotiation.close_enquiry(buyer, enquiry)


def _offer(listing: Listing, talk: Talk, buyer: Actor, seller: Actor) -> Story:
    asked = with_price(listing.terms)
    reason = REASONS[listing.id % len(REASONS)]
    paper = specification(buyer, listing)
    offer = negotiation.make(
        buyer, listing, terms=_at(asked, 85), message=reason, attachments=[paper]
    )
    if talk.how == "offered":
        return
    if talk.how == "expired":
        yield after(offer.expires_at, 0.01)
        lapsing.expire_due()
        return
    yield after(clock.now(), 1.2)
    if talk.how == "declined":
        negotiation.decline(seller, offer, because="价格与预期差距较大，暂不考虑。")
    elif talk.how == "withdrawn":
        negotiation.withdraw(buyer, offer, because="项目计划调整，改用其他方案。")
    else:
        yield from _haggle(offer, talk, asked, buyer, seller)


def specification(buyer: Actor, listing: Listing) -> Document:
    """What the buyer wants to be handed over: a file of the terms."""
    return documents.keep(
        buyer,
        sheet(f"Demonstration: documents wanted with {listing.reference}"),
        f"{listing.reference}-documents.pdf",
        purpose="offer",
        organisation_id=buyer.organisation_id,
    )


def _haggle(offer: Offer, talk: Talk, asked: Terms, buyer: Actor, seller: Actor) -> Story:
    higher = replace(_at(asked, 96), support_days=(asked.support_days or 0) + 5)
    higher = _finer(higher) if talk.how == "countered_finely" else higher
    negotiation.counter(
        seller, offer, version=1, terms=higher, message="可以增加技术支持，价格请再考虑。"
    )
    if talk.how in {"countered_back", "four_versions"}:
        yield after(clock.now(), 0.9)
        between = replace(higher, price=_at(asked, 91).price)
        negotiation.counter(
            buyer, offer, version=2, terms=between, message="支持人日接受，价格取中间值。"
        )
    if talk.how == "four_versions":
        yield after(clock.now(), 0.6)
        within.note(seller, offer, text="底价不低于要价的九成；专利转化中心要求写明验收标准。")
        negotiation.counter(
            seller, offer, version=3, terms=_finer(between), message="价格接受，请同意补充的条款。"
        )


def _finer(terms: Terms) -> Terms:
    """The same with what a careful office adds in the end."""
    return replace(
        terms,
        pay=replace(terms.pay, late_interest_bps=3),
        use=replace(
            terms.use,
            documents="全套图纸、工艺规程、试验数据。",
            acceptance="按双方确认的测试大纲试制三批，良率不低于 90%。",
            inspection_days=30,
        ),
        law=replace(terms.law, warranties=(Warranty.TITLE, Warranty.FEES_PAID), forum=Forum.GZAC),
    )


def with_price(terms: Terms) -> Terms:
    """The same terms with a price and whatever else an offer must name."""
    least = {DealKind.TRANSFER: 120_000, DealKind.LICENCE: 40_000, DealKind.EQUITY: 800_000}
    return replace(terms, price=terms.price or Money("CNY", least[terms.kind] * 100))


def _at(terms: Terms, per_cent: int) -> Terms:
    price = with_price(terms).price or Money("CNY", 0)
    return replace(terms, price=Money(price.currency, price.minor * per_cent // 10_000 * 100))
