"""Brokers of the demonstration by grade: rated, complained about, sanctioned, objecting and repairing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import yuan
from marketplace.core.policy import Actor
from marketplace.deals.models import Deal, DealState
from marketplace.documents import services as documents
from marketplace.mandates import services as mandates
from marketplace.mandates.commission import FeeTable, Tier
from marketplace.mandates.models import Act, Credential, CredentialKind, Side
from marketplace.mandates.services import Draft
from marketplace.seed.brokers import LEAD, PARTNER
from marketplace.seed.paper import sheet
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story, after
from marketplace.trust import services as trust
from marketplace.trust.models import (
    CaseKind,
    ComplaintKind,
    GradeCase,
    Gravity,
    Outcome,
    Rating,
    Sanction,
    SanctionKind,
)
from marketplace.trust.queries import grades, ratings
from marketplace.trust.services import Measure, Ruling

K, S = ComplaintKind, SanctionKind
LICENSED = (
    ("lingjie", CredentialKind.PATENT_AGENCY, "44888（演示）", "", 700),
    ("lingjie", CredentialKind.PRACTITIONER, "4488800001.3（演示）", "岑捷", 60),  # runs out
    ("zhongzhuan", CredentialKind.LICENSING, "粤技经备（演示）2025-031", "", None),
    ("haiyu", CredentialKind.TRADEMARK_AGENCY, "商代（演示）440400-9", "", None),
    ("haiyu", CredentialKind.PRACTITIONER, "商代人（演示）0047", "洪誉", None),
)
SERVED = (
    ("yangjiang", "lingjie"), ("maoming", "zhongzhuan"), ("qingyuan", "haiyu"), ("bay", LEAD),
    ("jieyang", LEAD),
)  # fmt: skip
FOUNDED = Outcome.FOUNDED


@dataclass(frozen=True)
class Told:
    """A complaint: who about whom, since when, and how far it came."""

    by: str
    about: str
    kind: ComplaintKind
    days: int
    text: str
    answer: str = ""
    ruling: Ruling | None = None
    stage: str = "final"  # or the state in which it stands


SCRIPT = (
    Told(
        "bay", LEAD, K.NO_REPLY, 130, "委托后一个月没有书面汇报检索进展。", "已补交两份检索报告。",
        Ruling(FOUNDED, "委托书约定每两周书面汇报，未履行。", Gravity.MINOR, "补交报告，退还当月费用"),
    ),
    Told(
        "yangjiang", "lingjie", K.OVERCHARGING, 128, "在约定费率之外加收“加急费”。", "加急费已口头告知。",
        Ruling(FOUNDED, "委托书没有加急费的约定。", Gravity.MINOR, "退还加收部分"),
    ),
    Told(
        "maoming", "zhongzhuan", K.CONCEALED_INTEREST, 60, "同时受买方委托，没有披露。", "",
        Ruling(FOUNDED, "逾期未答复；双方委托书可以证明同时代理。", Gravity.GRAVE, "书面道歉，退还佣金"),
    ),
    Told(
        "qingyuan", "haiyu", K.FALSE_INFORMATION, 110, "提供的商标检索报告遗漏近似商标。", "检索日期在先。",
        Ruling(Outcome.PARTLY, "报告没有写明检索截止日，构成误导。", Gravity.ORDINARY, "重新检索"),
    ),
    Told("jieyang", LEAD, K.NO_REPLY, 6, "两次去函询问买方情况，均无答复。", stage="awaiting"),
    Told("bay", LEAD, K.FALSE_INFORMATION, 1, "转述的成交价格与登记不符。", stage="filed"),
    Told("jieyang", LEAD, K.OTHER, 30, "希望交易所代为催收货款。", stage="refused"),
    Told("bay", LEAD, K.OVERCHARGING, 24, "差旅费没有票据。", stage="withdrawn"),
    Told(
        "yangjiang", "lingjie", K.LEAK, 16, "未签保密书即向第三方展示图纸。", "展示的是公开文本。",
        stage="answered",
    ),
    Told(
        "bay", LEAD, K.CONCEALED_INTEREST, 15, "没有说明与卖方的合作关系。", "合作关系已在委托书中写明。",
        Ruling(Outcome.UNFOUNDED, "委托书第三条已经写明，不构成隐瞒。"), stage="decided",
    ),
    Told(
        "maoming", "zhongzhuan", K.NO_REPLY, 19, "验收意见迟迟没有转交。", "已于次日转交。",
        Ruling(FOUNDED, "转交晚于约定五天。", Gravity.MINOR, "书面说明"), stage="objected",
    ),
)  # fmt: skip


def stories(cast: Cast) -> Iterator[Story]:
    """Set up, then each complaint, the sanctions, the ratings, objection and repair."""
    yield _set_up(cast)
    for told in SCRIPT:
        yield _complaint(cast, told)
    yield _sanctions(cast)
    yield _ratings(cast)
    yield _cases(cast)


def _set_up(cast: Cast) -> Story:
    yield cast.ago(138, 14)
    for key, kind, number, name, days in LICENSED:
        by = cast.actors[key]
        paper = documents.keep(
            by,
            sheet(f"Demonstration: {kind.value} {number}"),
            "credential-demo.pdf",
            purpose="broker_credential",
            organisation_id=by.organisation_id,
        )
        filed = mandates.file_credential(
            by,
            kind,
            number=number,
            name=name,
            valid_to=clock.today() + timedelta(days=days) if days else None,
            document=paper,
        )
        yield after(clock.now(), 0.1)
        mandates.confirm(cast.operator, filed, because="与登记一致。")
    for key, house in SERVED:
        _search_mandate(cast, cast.actors[key], cast.actors[house])


def _search_mandate(cast: Cast, principal: Actor, broker: Actor) -> None:
    """A buyer's mandate, signed by both."""
    made = mandates.draft(
        principal,
        Draft(
            principal_id=principal.organisation,
            broker_id=broker.organisation,
            side=Side.BUY,
            expires_on=(cast.present + timedelta(days=200)).date(),
            fees=FeeTable((Tier(300),)),
            acts=(Act.ANSWER, Act.NEGOTIATE),
            kinds=("utility_model",),
            field="本行业的实用新型",
            limit=yuan(300_000),
        ),
    )
    mandates.offer(principal, made)
    assert made.document is not None  # noqa: S101 -- printed a moment ago
    for by in (principal, broker):
        mandates.sign(by, made, password_proved=True, sha256=made.document.sha256)


def _complaint(cast: Cast, told: Told) -> Story:
    yield cast.ago(told.days, 10)
    by, house = cast.actors[told.by], cast.actors[told.about]
    paper = documents.keep(
        by,
        sheet(f"Demonstration: evidence {told.kind.value}"),
        "evidence-demo.pdf",
        purpose="complaint",
        organisation_id=by.organisation_id,
    )
    complaint = trust.file_complaint(
        by, cast.organisations[told.about], told.kind, text=told.text, papers=[paper]
    )
    if told.stage == "filed":
        return
    yield after(clock.now(), 1)
    if told.stage == "refused":
        trust.refuse(cast.operator, complaint, because="货款纠纷不属于投诉范围，请依法另行主张。")
        return
    trust.accept(cast.operator, complaint)
    yield after(clock.now(), 2)
    trust.say(by, complaint, "补充：相关往来邮件见附件。")
    if told.stage in {"awaiting", "withdrawn"}:
        if told.stage == "withdrawn":
            trust.withdraw(by, complaint, because="已补交票据，双方和解。")
        return
    if told.answer:
        yield after(clock.now(), 3)
        trust.answer(house, complaint, told.answer)
    else:
        yield after(clock.now(), 18)
        trust.follow()
    if told.ruling is None:
        return
    yield after(clock.now(), 4)
    trust.decide(cast.operator, complaint, told.ruling)
    if told.stage == "objected":
        yield after(clock.now(), 3)
        trust.object_to(house, complaint, because="延误系委托人更换联系人所致。")
    elif told.stage == "final":
        yield after(clock.now(), 16)
        trust.follow()


def _sanctions(cast: Cast) -> Story:
    yield cast.ago(80, 11)
    _impose(
        cast,
        "haiyu",
        S.CRITICISM,
        "粤知通〔2026〕（演示）11号",
        "冒用他人名义提交商标转让申请材料。",
    )
    yield cast.ago(62, 11)
    _impose(
        cast, "lingjie", S.WARNING, "粤知警〔2026〕（演示）7号", "未按规定与委托人订立书面合同。"
    )
    mistaken = _impose(
        cast, PARTNER, S.WARNING, "粤知警〔2026〕（演示）8号", "未按期报送年度报告。"
    )
    yield cast.ago(55, 11)
    trust.revoke(cast.actors["authority"], mistaken, because="经核实已按期报送，系登记错误。")
    yield cast.ago(20, 11)
    _impose(
        cast,
        "haiyu",
        S.SUSPENSION,
        "粤知停〔2026〕（演示）3号",
        "通报批评后未按要求整改。",
        days=120,
    )
    person = db.session.scalars(
        select(Credential).where(
            Credential.organisation_id == cast.organisations["haiyu"].id,
            Credential.kind == CredentialKind.PRACTITIONER,
        )
    ).first()
    _impose(
        cast,
        "haiyu",
        S.WARNING,
        "粤知警〔2026〕（演示）15号",
        "在两家机构同时执业。",
        person=person,
    )


def _impose(
    cast: Cast,
    key: str,
    kind: SanctionKind,
    number: str,
    reason: str,
    *,
    days: int = 0,
    person: Credential | None = None,
) -> Sanction:
    return trust.impose(
        cast.actors["authority"],
        cast.organisations[key],
        Measure(
            kind=kind,
            article="专利代理条例第25条（参照）",
            reason=reason,
            number=number,
            starts_on=clock.today(),
            ends_on=clock.today() + timedelta(days=days) if days else None,
        ),
        person,
    )


WROTE = (
    ((5, 5, 4, 4), "熟悉行业，两周内找到三家买方，文本把关细致。"),
    ((4, 4, 5, 4), "沟通及时，费用与约定一致。"),
    ((2, 1, 3, 2), "（演示）内含对个人的辱骂。"),
    ((5, 4, 4, 5), "尽职调查报告清楚。"),
    ((3, 3, 4, 4), "进度偏慢，结果满意。"),
)


def _ratings(cast: Cast) -> Story:
    """The sellers of brokered deals rate both brokers, and some buyers the lead."""
    yield cast.ago(18, 15)
    made: list[Rating] = []
    rows = select(Deal).where(Deal.state == DealState.CLOSED).order_by(Deal.id)
    brokers = {cast.organisations[key].id: cast.organisations[key] for key in (LEAD, PARTNER)}
    for deal in db.session.scalars(rows):
        for number in sorted(ratings.brokers_of(deal).keys() & brokers.keys()):
            for party in (deal.seller_id, deal.buyer_id):
                by = next(x for x in cast.actors.values() if x.organisation_id == party)
                research = party == cast.organisations["lingnan"].id
                if research or (party == deal.buyer_id and number != cast.organisations[LEAD].id):
                    continue  # whom the reader of the demonstration may still rate
                scores, comment = WROTE[len(made) % len(WROTE)]
                names = ("expertise", "diligence", "disclosure", "fees")
                marks = dict(zip(names, scores, strict=True))
                made.append(trust.rate(by, deal, brokers[number], marks, comment=comment))
                yield after(clock.now(), 0.1)
    for number, rating in enumerate(made):
        house = next(x for x in cast.actors.values() if x.organisation_id == rating.broker_id)
        if number % 3 == 0:
            trust.answer_rating(house, rating, "感谢认可，后续登记事项我们继续跟进。")
    yield after(clock.now(), 1)
    for number, rating in enumerate(one for one in made if one.total < 12):
        trust.propose_hiding(cast.operator, rating, because="含有人身侮辱，违反民法典第1024条。")
        if number == 0:
            yield after(clock.now(), 1)
            trust.hide(cast.cashier, rating)
    waiting = [one for one in made if one.total >= 12 and not one.answered_at]
    if waiting:
        trust.propose_hiding(cast.operator, waiting[-1], because="疑似泄露交易价格，请复核。")


def _cases(cast: Cast) -> Story:
    """An objection that waits, and a repair that is proposed."""
    yield cast.ago(10, 10)
    _file(
        cast,
        "zhongzhuan",
        CaseKind.OBJECTION,
        "complaint_grave",
        "买方委托在本次委托之后，有合同为证。",
    )
    yield cast.ago(5, 10)
    applied = _file(
        cast,
        "lingjie",
        CaseKind.REPAIR,
        "complaint_minor",
        "已退还费用并公示收费表，三个月无新投诉。",
    )
    yield after(clock.now(), 0.5)
    if applied is not None:
        trust.propose(cast.cashier, applied, to_grant=True, because="已退款，整改材料齐全。")


def _file(cast: Cast, key: str, kind: CaseKind, code: str, text: str) -> GradeCase | None:
    broker = cast.organisations[key]
    found = [e for e in grades.graded(broker.id).entries if e.item.code == code and e.counts]
    if not found:
        return None
    return trust.file_case(cast.actors[key], broker, kind, item=found[0].key, text=text)
