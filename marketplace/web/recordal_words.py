"""What the pages of entries in registers say: names, offices, the next step, exports."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.core import clock
from marketplace.core.policy import Actor
from marketplace.deals import facts, policy, procedures, recordal_papers
from marketplace.deals.models import Deal, DealState, Evidence, Recordal, RecordalState
from marketplace.deals.procedures import Procedure
from marketplace.deals.recordal_list import SORTS, Wish
from marketplace.rules.library import load
from marketplace.web.export import Column
from marketplace.web.locale import gettext
from marketplace.web.presentation import format_date, locale_code, money, org_name, words

R = RecordalState


def procedure_of(recordal: Recordal) -> Procedure:
    """Its row of the table."""
    return procedures.by_id()[recordal.procedure]


def name_of(recordal: Recordal) -> str:
    """What is recorded."""
    return procedure_of(recordal).name.say(locale_code())


def office_of(recordal: Recordal) -> str:
    """Where."""
    return procedure_of(recordal).office.say(locale_code())


def right_of(recordal: Recordal) -> str:
    """Of which right; of the whole contract where it is about no single one."""
    if recordal.asset is None:
        return gettext("整份合同")
    return f"{recordal.asset.title} {recordal.asset.number}".strip()


def source_of(recordal: Recordal) -> str:
    """The article; a text that was not read in full says so."""
    procedure = procedure_of(recordal)
    rule = load().by_id.get(procedure.rule)
    text = rule.text_on(clock.today()) if rule else None
    article = recordal_papers.source_of(procedure)[1 if locale_code().startswith("en") else 0]
    sure = text is None or text.certainty.value == "text"
    return article if sure else gettext("%(article)s（待核实）", article=article)


def fee_text(recordal: Recordal) -> str:
    """What the office takes, and where that is written."""
    fee = procedure_of(recordal).fee
    if fee is None:
        return gettext("以主管机关现行标准为准")
    amount = money(fee.amount) if fee.amount else gettext("不收费")
    return gettext(
        "%(amount)s（%(source)s，自 %(day)s）",
        amount=amount,
        source=fee.source.say(locale_code()),
        day=format_date(fee.since),
    )


def late(recordal: Recordal) -> bool:
    """Its day is past."""
    day = recordal.next_day
    return (
        day is not None and day < clock.today() and recordal.deal.state is not DealState.CANCELLED
    )


def waiting_paper(recordal: Recordal) -> Evidence | None:
    """The proof that the exchange has not looked at yet."""
    names = procedure_of(recordal).evidence
    return next(
        (
            one
            for one in recordal.deal.evidence
            if one.state.value == "filed"
            and one.name in names
            and one.recordal_id in {None, recordal.id}
        ),
        None,
    )


def step_of(recordal: Recordal) -> str:
    """What has to be done next, and by whom."""
    side = words("enums", f"deal_side.{recordal.side}")
    if recordal.deal.state is DealState.CANCELLED:
        return gettext("交易已解除") if recordal.state is not R.FILED else gettext("向主管机关撤回")
    if recordal.state not in {R.RECORDED, R.NOT_NEEDED} and waiting_paper(recordal) is not None:
        return gettext("交易所核对证明")
    said = {
        R.TO_FILE: gettext("%(side)s提交申请", side=side),
        R.FILED: gettext("等待主管机关；取得证明后上传"),
        R.SUPPLEMENT_ASKED: gettext("%(side)s补正", side=side),
        R.CURED: gettext("等待主管机关；取得证明后上传"),
        R.RECORDED: gettext("已完成"),
        R.REFUSED: gettext("重新提交，或申请解除交易"),
        R.WITHDRAWN: gettext("%(side)s重新提交", side=side),
        R.NOT_NEEDED: gettext("无需办理"),
    }
    return said[recordal.state]


@dataclass(frozen=True)
class Tracker:
    """The entries of a deal, and how far they are."""

    rows: list[Recordal]
    done: int
    wanted: int
    refused: int


def tracker(deal: Deal) -> Tracker:
    """For the page of the deal; of a bundle it says how many were refused."""
    wanted = [one for one in deal.recordals if one.required]
    lacking = facts.outstanding(deal)
    refused = sum(one.state is R.REFUSED for one in deal.recordals)
    return Tracker(deal.recordals, len(wanted) - len(lacking), len(wanted), refused)


def may_of(actor: Actor, recordal: Recordal) -> dict[str, bool]:
    """What this reader may do now: who and when together."""
    works = policy.work_recordal.allows(actor, recordal)
    can = set(recordal.lifecycle.actions(recordal.state)) if works else set()
    free = not recordal.required and policy.dispense_recordal.allows(actor, recordal)
    rescind = policy.rescind_for_refusal.allows(actor, recordal)
    signed = recordal.deal.state in {DealState.PAYMENT, DealState.RECORDAL}
    asked = recordal.deal.cancel_requested_by_id is not None
    over = recordal.deal.state is DealState.CANCELLED
    return {
        "file": "file" in can and not over,
        "ask": "ask" in can,
        "extend": works and recordal.state is R.SUPPLEMENT_ASKED,
        "cure": "cure" in can,
        "refuse": "refuse" in can,
        "withdraw": "withdraw" in can,
        "dispense": free and "dispense" in can,
        "resume": "resume" in can and not over,
        "pay": works and procedure_of(recordal).is_with_office,
        "rescind": rescind and recordal.required and recordal.state is R.REFUSED and signed
        and not asked,
        "upload": works and not over and recordal.state not in {R.RECORDED, R.NOT_NEEDED},
    }  # fmt: skip


def wish_of(args: Mapping[str, Any]) -> Wish:
    """What the list's address asks for; nonsense is ignored."""
    state, sort = args.get("state", "open"), args.get("sort", "due")
    known = {"open", "all", *(one.value for one in RecordalState)}
    return Wish(
        search=args.get("q", "").strip()[:100],
        office=args.get("office", "")[:20],
        state=state if state in known else "open",
        when=args.get("when", "")[:10],
        sort=sort if sort in SORTS else "due",
    )


def options() -> dict[str, list[tuple[str, str]]]:
    """What the filters of a list offer."""
    offices = {one.office_code: one.office.say(locale_code()) for one in procedures.table()}
    return {
        "office": [("", gettext("全部机关")), *offices.items()],
        "state": [
            ("open", gettext("办理中")),
            *((one.value, words("states", f"recordal.{one.value}")) for one in RecordalState),
            ("all", gettext("全部状态")),
        ],
        "when": [
            ("", gettext("任何期限")),
            ("late", gettext("已逾期")),
            ("soon", gettext("30 天内到期")),
            ("dated", gettext("有期限")),
        ],
        "sort": [
            ("due", gettext("期限最近")),
            ("newest", gettext("最新建立")),
            ("deal", gettext("按交易")),
        ],
    }


def columns() -> list[Column]:
    """For the export of a list."""

    def day(recordal: Recordal) -> date | None:
        return recordal.next_day

    return [
        (gettext("编号"), lambda r: r.reference),
        (gettext("交易"), lambda r: r.deal.reference),
        (gettext("事项"), name_of),
        (gettext("权利"), right_of),
        (gettext("主管机关"), office_of),
        (gettext("卖方"), lambda r: org_name(r.deal.seller)),
        (gettext("买方"), lambda r: org_name(r.deal.buyer)),
        (gettext("办理方"), lambda r: words("enums", f"deal_side.{r.side}")),
        (gettext("状态"), lambda r: words("states", f"recordal.{r.state.value}")),
        (gettext("下一步"), step_of),
        (gettext("期限"), day),
        (gettext("提交日期"), lambda r: r.filed_on),
        (gettext("主管机关受理号"), lambda r: r.office_number),
        (gettext("登记日期"), lambda r: r.recorded_on),
        (gettext("实缴官费"), lambda r: r.fee or ""),
        (gettext("放款前必须完成"), lambda r: gettext("是") if r.required else ""),
    ]


def words_for_template() -> dict[str, Any]:
    """The functions by which the templates say things."""
    return {
        "rec": {
            "name": name_of, "office": office_of, "right": right_of, "source": source_of,
            "fee": fee_text, "late": late, "step": step_of, "waiting": waiting_paper,
            "procedure": procedure_of, "say": lambda said: said.say(locale_code()) if said else "–",
        }
    }  # fmt: skip
