"""The checklist in words: findings, papers, facts."""

from typing import Any

from marketplace.core.policy import Actor
from marketplace.deals import facts, steps
from marketplace.deals.checklist import Checklist, Item
from marketplace.deals.checklist import rule as rule_on_file
from marketplace.deals.models import Deal, DealState
from marketplace.rules.demands import Question
from marketplace.rules.engine import Finding, Status
from marketplace.rules.facts import FactKind, Field
from marketplace.web.locale import gettext
from marketplace.web.presentation import (
    locale_code,
    words,
)

S = DealState
TONES = {
    Status.OPEN: "bad",
    Status.UNKNOWN: "wait",
    Status.DUTY: "warn",
    Status.WAIVED: "ok",
    Status.SATISFIED: "ok",
    Status.INFO: "",
}

REPORT = "valuation_report"


def groups(deal: Deal, checklist: Checklist) -> list[tuple[str, str, list[Item], bool, bool]]:
    """The findings as people work on them: heading, explanation, items, do they stop, folded."""
    over = deal.state in {S.CLOSED, S.CANCELLED}
    return [
        (
            gettext("必须先办"),
            gettext("以下事项解决之前，法律不允许签署。"),
            [] if over else checklist.blocks,
            True,
            False,
        ),
        (
            gettext("交割前办理"),
            gettext("签署之后、结算之前须完成。"),
            [] if over else checklist.later,
            True,
            False,
        ),
        (
            gettext("法定义务"),
            gettext("不影响签署，但法律要求当事人办理。"),
            [] if deal.state is S.CANCELLED else checklist.duties,
            False,
            False,
        ),
        (
            gettext("已豁免"),
            gettext("权利人依法放弃，交易所已核对书面豁免。"),
            checklist.waived,
            False,
            False,
        ),
        (gettext("已满足"), gettext("系统已按现行规则核对。"), checklist.done, False, True),
        (gettext("提示"), gettext("供双方了解。"), checklist.information, False, True),
    ]


def tone(item: Item) -> str:
    """How a finding looks; evidence that waits for the exchange is neither good nor bad."""
    if item.status in {Status.OPEN, Status.DUTY} and item.awaits_exchange:
        return "wait"
    if item.status is Status.OPEN and item.finding.missing:
        return TONES[Status.UNKNOWN]
    return TONES[item.status]


def status_text(item: Item) -> str:
    """Where a finding stands, in words."""
    if item.awaits_exchange and item.status in {Status.OPEN, Status.DUTY}:
        return gettext("材料待审核")
    if item.status is Status.OPEN and item.finding.missing:
        return gettext("待补充事实")
    return {
        Status.OPEN: gettext("未满足"),
        Status.UNKNOWN: gettext("待补充事实"),
        Status.DUTY: gettext("待办"),
        Status.WAIVED: gettext("已豁免"),
        Status.SATISFIED: gettext("已满足"),
        Status.INFO: "",
    }[item.status]


def title_of(finding: Finding) -> str:
    """The rule's title in the reader's language."""
    return finding.title.say(locale_code())


def rule_title(rule_id: str) -> str:
    """The title of a rule on file."""
    rule = rule_on_file(rule_id)
    return rule.title.say(locale_code()) if rule else rule_id


def gloss_of(finding: Finding) -> str:
    """The gloss, for readers of English; the quotation speaks for itself in Chinese."""
    return finding.gloss if locale_code().startswith("en") else ""


def article_of(finding: Finding) -> str:
    """The article; a text that was not read in full says so."""
    if finding.confirmed:
        return finding.article
    return gettext("%(article)s（待核实）", article=finding.article)


def actors_of(finding: Finding) -> str:
    """Who must act."""
    return gettext("、").join(words("enums", f"rule_actor.{one}") for one in finding.actors)


def deadline_of(finding: Finding) -> str:
    """By when, in the words of the law."""
    return finding.deadline.words.say(locale_code()) if finding.deadline else ""


def evidence_text(names: Any) -> str:
    """Names of papers in words."""
    return gettext("、").join(words("enums", f"evidence.{name}") for name in names)


def fact_label(question: Question) -> str:
    """What is asked."""
    return words("enums", f"fact.{question.path}")


def fact_text(question: Question) -> str:
    """What was answered, in words."""
    return value_text(question.field, question.value)


def value_text(field: Field, value: Any) -> str:
    """A fact's value in words."""
    if value is None:
        return ""
    if field.kind is FactKind.FLAG:
        return gettext("是") if value else gettext("否")
    if field.kind is FactKind.CHOICE:
        return words("enums", f"fact.{field.path}.{value}")
    if field.kind is FactKind.CHOICES:
        chosen = [words("enums", f"fact.{field.path}.{one}") for one in value]
        return gettext("、").join(chosen) or gettext("无")
    return str(value)


def answers_it(actor: Actor, deal: Deal, question: Question) -> bool:
    """Whether this reader speaks for what is asked."""
    if actor.is_operator:
        return True
    return question.side in {"", steps.side(deal, actor.organisation_id)}


def wants_report(item: Item) -> bool:
    """Whether a valuation report would help: it is put on record with the right that it values."""
    lacking = any(path.startswith("val.") for path in item.finding.missing)
    return lacking or REPORT in item.to_file


def names_to_file(deal: Deal, checklist: Checklist) -> list[str]:
    """The papers that the deal asks for now, then those the law mentions."""
    wanted = [name for item in checklist.blocks for name in item.to_file]
    if deal.state in {S.RECORDAL, S.SETTLEMENT, S.CLOSED}:
        wanted = [name for group in facts.recordal_wanted(deal) for name in group] + wanted
    for item in (*checklist.later, *checklist.duties, *checklist.information):
        wanted += item.to_file
    wanted += [name for group in facts.recordal_wanted(deal) for name in group]
    return [name for name in dict.fromkeys(wanted) if name != REPORT]
