"""What bidders and sellers of auctions fill in."""

from datetime import datetime

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import TextInput

from marketplace.auctions.engine.rules import Format, PriorityMode
from marketplace.auctions.services.planning import Plan, usual_deposit
from marketplace.core import clock
from marketplace.forms.tenders import PER_CENT, CriteriaFields
from marketplace.forms.terms import MoneyField, choices_of


class BidForm(FlaskForm):
    """A bid, typed again where it is far above the price."""

    amount = MoneyField(lazy_gettext("最高出价"), [InputRequired(lazy_gettext("请填写金额"))])
    amount_again = MoneyField(lazy_gettext("再次填写金额"), [Optional()])
    confirm = HiddenField()
    key = HiddenField()


class ApplyForm(FlaskForm):
    """The declarations of an applicant."""

    identity = BooleanField(lazy_gettext("本机构的实名信息真实有效。"))
    confidential = BooleanField(lazy_gettext("本机构对披露的资料保密，只用于评估是否参加竞价。"))
    no_conflict = BooleanField(
        lazy_gettext("本机构与卖方、交易所工作人员及其他竞买人没有关联，也没有串通。")
    )
    rules = BooleanField(lazy_gettext("本机构已阅读并接受本场竞价的规则，出价不可撤回。"))
    backup = BooleanField(lazy_gettext("竞得人未履行时，本机构愿意按自己的最高出价递补。"))


class MomentField(Field):
    """A day and a time of Beijing, as a browser's datetime-local sends it."""

    widget = TextInput(input_type="datetime-local")

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        return str(self.data.astimezone(clock.BEIJING).strftime("%Y-%m-%dT%H:%M"))

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; nothing typed is none."""
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            found = datetime.fromisoformat(valuelist[0].strip())
            self.data = found.replace(tzinfo=clock.BEIJING)
        except (ValueError, OverflowError):
            raise ValueError(gettext("请填写日期和时间，例如 2026-12-01 10:00。")) from None


class PlanForm(FlaskForm, CriteriaFields):
    """A seller's plan of an auction."""

    how = SelectField(lazy_gettext("竞价方式"), choices=choices_of(Format, "auction_format"))
    start = MoneyField(lazy_gettext("起始价"), [InputRequired(lazy_gettext("请填写金额"))])
    step = MoneyField(lazy_gettext("固定加价幅度"), [Optional()])
    guide = MoneyField(lazy_gettext("参考价"), [Optional()])
    reserve = MoneyField(lazy_gettext("保留价"), [Optional()])
    buy_now = MoneyField(lazy_gettext("一口价"), [Optional()])
    deposit = MoneyField(lazy_gettext("保证金"), [Optional()])
    opens_at = MomentField(lazy_gettext("开始时间"), [InputRequired(lazy_gettext("请填写时间"))])
    ends_at = MomentField(
        lazy_gettext("自由竞价结束或截止"), [InputRequired(lazy_gettext("请填写时间"))]
    )
    cycle = IntegerField(
        lazy_gettext("限时周期"), [InputRequired(), NumberRange(120, 600)], default=300
    )
    priority = SelectField(
        lazy_gettext("优先购买权"),
        choices=choices_of(PriorityMode, "auction_priority"),
        default=PriorityMode.AFTER.value,
    )
    floor = MoneyField(lazy_gettext("降价底价"), [Optional()])
    decrement = MoneyField(lazy_gettext("每次降价"), [Optional()])
    interval = IntegerField(lazy_gettext("降价间隔"), [Optional(), NumberRange(30, 86_400)])

    def _deposit(self) -> int:
        """A tenth of the start unless another is given; 0 asks for none."""
        given = _minor(self.deposit)
        return usual_deposit(self.start.data.minor) if given is None else given

    def plan(self) -> Plan:
        """What was filled in, as the service takes it."""
        how = Format(self.how.data)
        dutch, tender = how is Format.DUTCH, how is Format.TENDER
        return Plan(
            format=how,
            start=self.start.data.minor,
            step=_minor(self.step),
            guide=_minor(self.guide),
            reserve=None if dutch else _minor(self.reserve),
            buy_now=_minor(self.buy_now) if how is Format.ENGLISH else None,
            deposit=self._deposit(),
            opens_at=self.opens_at.data or clock.now(),
            ends_at=self.ends_at.data or clock.now(),
            cycle=self.cycle.data or 300,
            priority=PriorityMode(self.priority.data),
            floor=_minor(self.floor) if dutch else None,
            decrement=_minor(self.decrement) if dutch else None,
            interval=self.interval.data if dutch else None,
            price_weight=(self.price_weight.data or 0) * PER_CENT if tender else None,
            criteria=self.criteria() if tender else (),
            evaluators=int(self.evaluators.data) if tender else None,
        )


def _minor(field: MoneyField) -> int | None:
    return field.data.minor if field.data is not None else None
