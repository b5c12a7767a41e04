"""Deals of the demonstration, at every stage and waiting on each side, by the verbs people use."""

from dataclasses import dataclass

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.deals import checklist, facts, queries
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, DealState, Evidence
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.listings.models import Listing
from marketplace.listings.terms import DealKind
from marketplace.mandates import queries as mandates
from marketplace.negotiation import services as negotiation
from marketplace.organisations.models import Organisation
from marketplace.payments import queries as payments
from marketplace.payments.models import Payment, PayoutState
from marketplace.payments.services import Seen
from marketplace.seed import brokers, duties, settlements
from marketplace.seed.paper import sheet
from marketplace.seed.people import Cast
from marketplace.seed.provenance import ANSWERS
from marketplace.seed.stories import Story, after
from marketplace.seed.talks import ANY, MARKS, PATENTS, specification, with_price

RESEARCH = frozenset({"asset.is_st_result", "asset.service_work"})
STEPS = ("checklist", "signing", "payment", "recordal", "settlement", "closed")
SOFTWARE = frozenset({"software"})


@dataclass(frozen=True)
class Plan:
    """Who deals with whom, since when, and how far they came.

    `stage` is the state it stands in; after a colon, what has been done of that step.
    """

    seller: str
    buyer: str
    days: int
    stage: str
    kind: DealKind = DealKind.TRANSFER
    kinds: frozenset[str] = PATENTS
    pledged: bool = False
    valued: bool = False
    brokered: bool = False  # by two brokers, under an exclusive mandate of the seller
    parts: bool = False  # the price in instalments
    waived: bool = False  # the inventors renounce their right of first refusal

    def fits(self, kind: str) -> bool:
        """Whether it is about a right of this kind."""
        return not self.kinds or kind in self.kinds

    @property
    def state(self) -> str:
        """The state, without what has been done in it."""
        return self.stage.partition(":")[0]

    @property
    def done(self) -> str:
        """What has been done of the step."""
        return self.stage.partition(":")[2]


LICENCE = DealKind.LICENCE
SCRIPT = (
    # the university sells and licenses, the firm buys
    Plan("lingnan", "bay", 3, "checklist"),
    Plan("lingnan", "bay", 9, "signing:seller"),
    Plan("lingnan", "qianhai", 8, "signing", waived=True),
    Plan("lingnan", "bay", 7, "payment"),
    Plan("lingnan", "zhuhai", 8, "payment:part", LICENCE),
    Plan("lingnan", "bay", 18, "recordal"),
    Plan("lingnan", "dongguan", 20, "recordal:filed"),
    Plan("lingnan", "yuezhi", 16, "settlement"),
    Plan("lingnan", "bay", 34, "settlement:half", parts=True),
    Plan("lingnan", "zhuhai", 41, "settlement:milestone", LICENCE, parts=True),
    Plan("lingnan", "bay", 66, "closed", LICENCE),
    Plan("lingnan", "heungkong", 78, "closed", LICENCE, SOFTWARE, valued=True),
    Plan("lingnan", "bay", 40, "cancelled"),
    Plan("pearl", "bay", 5, "checklist:filed", pledged=True),
    Plan("pearl", "bay", 11, "payment:disputed"),
    Plan("pearl", "lingnan", 55, "closed", brokered=True),
    Plan("zhanjiang", "bay", 16, "settlement:ordered"),
    # pledged, with the bank's consent; and without it, where the law stops the deal
    Plan("huizhou", "zhuhai", 26, "recordal", pledged=True),
    Plan("heyuan", "guangye", 10, "checklist", pledged=True),
    Plan("pearl", "qianhai", 45, "closed:deposited", pledged=True),
    # the state-owned group: valued, as article 18 asks
    Plan("guangye", "zhuhai", 11, "signing:buyer", valued=True),
    Plan("guangye", "huizhou", 48, "closed", valued=True),
    Plan("nanhai", "guangye", 7, "payment", valued=True),
    # trademarks, and licences of them
    Plan("shunde", "zhongshan", 7, "signing", kinds=MARKS),
    Plan("shunde", "yuezhi", 17, "recordal", LICENCE, MARKS),
    Plan("shunde", "shantou", 60, "closed", kinds=MARKS, brokered=True),
    Plan("zhongshan", "shunde", 6, "payment", kinds=frozenset({"design"})),
    # from Hong Kong and abroad
    Plan("bay", "nordlicht", 9, "checklist", LICENCE),
    Plan("bay", "heungkong", 7, "payment", LICENCE, SOFTWARE, valued=True),
    Plan("nordlicht", "bay", 52, "closed:taxed", LICENCE, ANY),
    # the broker buys for itself; the inventor sells
    Plan("jieyang", "yuezhi", 10, "signing:seller"),
    Plan("chenlan", "qianhai", 44, "closed", kinds=ANY, brokered=True),
    # undone after signing: refund ordered, and refund sent
    Plan("qianhai", "bay", 28, "rescinded"),
    Plan("dongguan", "zhuhai", 50, "refunded"),
    Plan("yunfu", "qingyuan", 36, "cancelled"),
    Plan("shantou", "heungkong", 70, "closed", LICENCE, frozenset({"copyright"})),
)


def story(cast: Cast, listing: Listing, plan: Plan) -> Story:
    """An offer on the listing, accepted, and its deal taken as far as the plan says."""
    buyer, seller = cast.actors[plan.buyer], cast.actors[plan.seller]
    if plan.brokered:
        yield cast.ago(plan.days + 3, 9)
        mandate = brokers.sell_mandate(cast, seller, listing, 120)
        brokers.introduce(cast, mandate, listing, buyer)
    yield cast.ago(plan.days, 9 + listing.id % 7)
    wanted = with_price(listing.terms)
    terms = settlements.in_parts(wanted) if plan.parts else wanted
    offer = negotiation.make(
        buyer,
        listing,
        terms=terms,
        message="接受挂牌条件，请确认。",
        attachments=[specification(buyer, listing)] if listing.id % 3 == 0 else [],
    )
    yield after(clock.now(), 0.4)
    deal = negotiation.accept(seller, offer, version=1, because="条件一致。")
    if plan.brokered:
        brokers.share(cast, deal)
    if plan.state == "cancelled":
        yield after(clock.now(), 2)
        deals.cancel(buyer, deal, because="内部投资计划调整。")
        return
    yield from _work(cast, deal, plan, buyer, seller)


def _work(cast: Cast, deal: Deal, plan: Plan, buyer: Actor, seller: Actor) -> Story:
    undone = plan.state in {"rescinded", "refunded"}
    goal = STEPS.index("recordal" if undone else plan.state)
    if goal == 0:
        yield from _begin(deal, plan, buyer, seller)
        return
    yield after(clock.now(), 1)
    yield from _prepare(cast, deal, buyer, seller, waived=plan.waived)
    yield from _sign(deal, plan, goal, buyer, seller)
    if goal == 1:
        return
    if deal.state is DealState.PAYMENT:
        yield from _fund(cast, deal, plan, buyer, seller)
    if undone:
        yield from _undo(cast, deal, plan, buyer, seller)
    elif goal == 3 and plan.done == "filed":
        yield after(clock.now(), 6)
        _file(deal, seller, [group[0] for group in facts.recordal_lacking(deal)])
    elif goal > 3:
        yield from _settle(cast, deal, plan, buyer, seller)


# ---- the checklist ------------------------------------------------------------------------------


def _begin(deal: Deal, plan: Plan, buyer: Actor, seller: Actor) -> Story:
    """The seller has answered; the buyer has not. Perhaps a paper waits for the operators."""
    yield after(clock.now(), 0.7)
    answer(deal, seller)
    if plan.done == "filed":
        yield after(clock.now(), 0.5)
        answer(deal, buyer)
        _file(deal, seller, _wanted(deal))


def _prepare(cast: Cast, deal: Deal, buyer: Actor, seller: Actor, *, waived: bool = False) -> Story:
    """Answers and papers in turn: an answer may ask for a paper, a paper for another answer."""
    for _ in range(4):
        for by in (seller, buyer, seller):
            answer(deal, by)
        if waived:
            waived = False
            waiver = duties.ask_inventors(seller, deal)
            yield after(clock.now(), 0.2)
            deals.decide_waiver(cast.operator, deal, waiver, confirm=True, because="签字齐全。")
        wanted = _wanted(deal)
        if wanted:
            filed = _file(deal, seller, wanted)
            yield after(clock.now(), 0.3)
            _confirm(cast, filed)
    yield after(clock.now(), 0.2)
    deals.clear(seller, deal, bilingual=deal.id % 2 == 0)


def _wanted(deal: Deal) -> list[str]:
    return sorted({name for item in checklist.of(deal).blocks for name in item.to_file})


def answer(deal: Deal, by: Actor) -> None:
    """Answer what is asked of one's side."""
    for_buyer = by.organisation_id == deal.buyer_id
    for question in checklist.of(deal).questions:
        if not question.is_open or (question.side == "buyer") != for_buyer:
            continue
        value = ANSWERS.get(
            question.path, question.path in RESEARCH and deal.seller.state_established
        )
        deals.answer(by, deal, question.field.record, question.field.name, value)


def _file(deal: Deal, by: Actor, names: list[str]) -> list[Evidence]:
    return [
        deals.file_evidence(
            by,
            deal,
            name=name,
            document=_paper(by, f"{name} {deal.reference}"),
            issuer="国家知识产权局（演示）",
            issued_on=clock.today(),
            number=f"YS{clock.today().year}{deal.id:04d}{position:02d}",
        )
        for position, name in enumerate(names, 1 + len(deal.evidence))
    ]


def _confirm(cast: Cast, filed: list[Evidence]) -> None:
    for evidence in filed:
        deals.confirm_evidence(cast.operator, evidence)


def _paper(by: Actor, text: str) -> Document:
    return documents.keep(
        by,
        sheet(f"Demonstration: {text}"),
        "evidence-demo.pdf",
        purpose="evidence",
        organisation_id=by.organisation_id,
    )


# ---- signatures and money -----------------------------------------------------------------------


def _sign(deal: Deal, plan: Plan, goal: int, buyer: Actor, seller: Actor) -> Story:
    one_side = {"seller": [seller], "buyer": [buyer]}.get(plan.done, [])
    signing = [seller, buyer] if goal > 1 else one_side
    for position, by in enumerate(signing):
        yield after(clock.now(), 0.6 + position * 0.5)
        assert deal.contract is not None  # noqa: S101 -- drawn up a moment ago
        deals.sign(by, deal, password_proved=True, contract_sha256=deal.contract.sha256)


def _fund(cast: Cast, deal: Deal, plan: Plan, buyer: Actor, seller: Actor) -> Story:
    if plan.state == "payment" and plan.done != "disputed":
        if plan.done == "part":
            yield after(clock.now(), 1.5)
            _pay(cast, deal, deal.price.share(3000))
        return
    yield after(clock.now(), 1.5)
    if plan.done == "disputed":
        _pay(cast, deal, deal.price.share(5000))
        yield after(clock.now(), 3)
        deals.request_cancellation(buyer, deal, because="客户订单取消，申请解除合同。")
        yield after(clock.now(), 1)
        deals.oppose_cancellation(seller, deal, because="已开始技术交底，不同意解除。")
        yield after(clock.now(), 1)
        dispute = deals.raise_dispute(
            buyer, deal, because="技术交底资料缺少工艺参数，与合同附件不符，请求退还已付价款。"
        )
        yield after(clock.now(), 1)
        deals.answer_dispute(seller, dispute, text="工艺参数已于交底会上当面提供，有会议记录。")
        return
    _pay(cast, deal, deal.down_payment)


def _pay(cast: Cast, deal: Deal, amount: Money) -> None:
    payment = queries.current_payment(deal)
    assert payment is not None  # noqa: S101 -- it is awaited
    _receive(cast, deal, payment, amount)


def _receive(cast: Cast, deal: Deal, payment: Payment, amount: Money) -> None:
    payer = db.session.get_one(Organisation, deal.buyer_id)
    seen = Seen(
        amount=amount,
        bank_reference=f"YSHD{deal.id:06d}{amount.minor % 9973:04d}",
        payer_name=payer.name,
        received_on=clock.today(),
    )
    deals.receive(cast.operator, payment, seen)


def fund(cast: Cast, deal: Deal) -> None:
    """The whole price arrives, and what the buyer owes its broker besides."""
    _pay(cast, deal, deal.price)
    for claim in mandates.borne_by_buyer(deal.reference):
        if claim.payment is not None:
            _receive(cast, deal, claim.payment, claim.payment.outstanding)


def prove(cast: Cast, deal: Deal, by: Actor) -> Story:
    """The recordal is proven by a party, the price released and sent."""
    yield after(clock.now(), 10)
    filed = _file(deal, by, [group[0] for group in facts.recordal_lacking(deal)])
    yield after(clock.now(), 0.5)
    _confirm(cast, filed)
    yield after(clock.now(), 1)
    deals.release(cast.operator, deal)
    yield after(clock.now(), 1)
    _send(cast, deal)


def _undo(cast: Cast, deal: Deal, plan: Plan, buyer: Actor, seller: Actor) -> Story:
    yield after(clock.now(), 4)
    deals.request_cancellation(buyer, deal, because="标的实施条件发生变化，提议协商解除。")
    yield after(clock.now(), 1)
    deals.agree_cancellation(seller, deal)
    if plan.state == "refunded":
        yield after(clock.now(), 1)
        _send(cast, deal)


def _settle(cast: Cast, deal: Deal, plan: Plan, buyer: Actor, seller: Actor) -> Story:
    yield after(clock.now(), 8)
    filed = _file(deal, seller, [group[0] for group in facts.recordal_lacking(deal)])
    yield after(clock.now(), 0.6)
    _confirm(cast, filed)
    if plan.state == "settlement" and not plan.done:
        return
    yield after(clock.now(), 1)
    if plan.done == "taxed":
        settlements.instruct_tax(deal, buyer)
    deals.release(cast.operator, deal)
    if plan.state == "closed" or plan.parts:
        yield after(clock.now(), 0.8)
        _send(cast, deal)
    if plan.done == "taxed":
        yield from settlements.pay_tax(cast, deal)
    if plan.done == "deposited":
        yield from settlements.pay_deposit(cast, deal)
    if plan.done == "half":
        settlements.reward(deal, seller)
    if plan.done == "milestone":
        yield from settlements.declare(deal, seller)


def _send(cast: Cast, deal: Deal) -> None:
    for payout in payments.payouts_of(deal):
        if payout.state is PayoutState.ORDERED:
            deals.send_payout(
                cast.cashier,
                payout,
                bank_reference=f"YSFK{payout.id:08d}",
                sent_on=clock.today(),
            )
