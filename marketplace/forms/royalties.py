"""Shapes of what licensor and licensee type about royalties."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, FieldList, Form, FormField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from marketplace.core import clock
from marketplace.core.money import Money
from marketplace.forms.assets import NEEDED, trimmed
from marketplace.forms.terms import MoneyField
from marketplace.royalties.services import Line

ROWS = 4  # products that a statement has room for


class LineForm(Form):
    """One product; an empty line is left out."""

    product = StringField(lazy_gettext("产品"), [Optional(), Length(max=200)], filters=[trimmed])
    quantity = IntegerField(
        lazy_gettext("数量"), [Optional(), NumberRange(min=0)], render_kw={"inputmode": "numeric"}
    )
    gross: Any = MoneyField(lazy_gettext("金额"), [Optional()])
    deductions: Any = MoneyField(lazy_gettext("扣除"), [Optional()])

    def is_empty(self) -> bool:
        """Nothing was typed in it."""
        return not any(field.data for field in self)


class StatementForm(FlaskForm):
    """A period's figures."""

    lines = FieldList(FormField(LineForm), min_entries=ROWS, max_entries=ROWS)
    note = TextAreaField(lazy_gettext("说明"), [Optional(), Length(max=1000)], filters=[trimmed])
    document = FileField(
        lazy_gettext("附件"), description=lazy_gettext("可选：计算表，PDF、XLSX 或 CSV。")
    )

    def begin_with(self, lines: list[dict[str, Any]], currency: str) -> None:
        """What was reported before."""
        for entry, known in zip(self.lines.entries, lines, strict=False):
            entry.form.product.data = known["product"]
            entry.form.quantity.data = known["quantity"]
            entry.form.gross.data = Money(currency, known["gross"])
            entry.form.deductions.data = Money(currency, known["deductions"])

    def typed(self) -> list[Line]:
        """The lines that say something."""
        return [
            Line(
                entry.form.product.data or "",
                entry.form.quantity.data or 0,
                _minor(entry.form.gross.data),
                _minor(entry.form.deductions.data),
            )
            for entry in self.lines.entries
            if not entry.form.is_empty()
        ]


def _minor(value: Money | None) -> int:
    return value.minor if value else 0


class DirectForm(FlaskForm):
    """When the owner was paid past the exchange."""

    on = DateField(lazy_gettext("收款日期"), [InputRequired(NEEDED)], default=clock.today)


class AskAuditForm(FlaskForm):
    """Who looks at the books, from when, and why."""

    accountant = StringField(
        lazy_gettext("会计师或事务所"), [InputRequired(NEEDED), Length(max=200)], filters=[trimmed]
    )
    begins_on = DateField(lazy_gettext("查账开始日期"), [InputRequired(NEEDED)])
    because = TextAreaField(
        lazy_gettext("理由"), [InputRequired(NEEDED), Length(max=1000)], filters=[trimmed]
    )


class AnswerForm(FlaskForm):
    """Where and when the books may be seen."""

    answer = TextAreaField(
        lazy_gettext("答复"), [InputRequired(NEEDED), Length(max=1000)], filters=[trimmed]
    )


class ConcludeForm(FlaskForm):
    """What the accountant found."""

    short: Any = MoneyField(lazy_gettext("少付金额"), [InputRequired(NEEDED)])
    because = TextAreaField(
        lazy_gettext("结论"), [InputRequired(NEEDED), Length(max=1000)], filters=[trimmed]
    )
    document = FileField(lazy_gettext("查账报告"), description=lazy_gettext("可选，PDF。"))
