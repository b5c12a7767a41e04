"""Shapes of requests for invoices, and of what the exchange issues."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.core import clock
from marketplace.forms.assets import NEEDED, trimmed
from marketplace.forms.terms import MoneyField, choices_of
from marketplace.invoices.models import Invoice, InvoiceKind
from marketplace.invoices.services import Details


def _line(label: Any, longest: int, *more: Any, **over: Any) -> StringField:
    return StringField(label, [*more, Length(max=longest)], filters=[trimmed], **over)


class InvoiceForm(FlaskForm):
    """For which fees, and what the tax office wants printed."""

    fees = SelectMultipleField(
        lazy_gettext("费用"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    kind = RadioField(
        lazy_gettext("发票种类"),
        choices=choices_of(InvoiceKind, "invoice_kind"),
        default=InvoiceKind.ORDINARY.value,
    )
    title = _line(lazy_gettext("发票抬头"), 200, InputRequired(NEEDED))
    tax_number = _line(
        lazy_gettext("纳税人识别号"),
        20,
        Optional(),
        description=lazy_gettext("统一社会信用代码；专用发票必填。"),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    address = _line(lazy_gettext("地址"), 200, Optional())
    phone = _line(lazy_gettext("电话"), 40, Optional(), render_kw={"inputmode": "tel"})
    bank_name = _line(lazy_gettext("开户银行"), 120, Optional())
    bank_account = _line(lazy_gettext("账号"), 60, Optional(), render_kw={"inputmode": "numeric"})
    note = _line(
        lazy_gettext("备注"), 300, Optional(), description=lazy_gettext("印在发票备注栏。")
    )

    def begin_with(self, last: Invoice | None, organisation: Any) -> None:
        """The details of the latest invoice, or those of the organisation's record."""
        self.title.data = last.title if last else organisation.name
        self.tax_number.data = last.tax_number if last else organisation.uscc or ""
        if last is not None:
            self.kind.data = last.kind.value
            for name in ("address", "phone", "bank_name", "bank_account"):
                getattr(self, name).data = getattr(last, name)

    def details(self) -> Details:
        """What was typed."""
        return Details(
            InvoiceKind(self.kind.data),
            *(
                getattr(self, name).data or ""
                for name in (
                    "title",
                    "tax_number",
                    "address",
                    "phone",
                    "bank_name",
                    "bank_account",
                    "note",
                )
            ),
        )


class IssueForm(FlaskForm):
    """An invoice as the tax office's system made it."""

    number = _line(
        lazy_gettext("数电发票号码"),
        30,
        InputRequired(NEEDED),
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    on = DateField(lazy_gettext("开票日期"), [InputRequired(NEEDED)], default=clock.today)
    tax: Any = MoneyField(lazy_gettext("税额"), [InputRequired(NEEDED)])
    document = FileField(
        lazy_gettext("发票文件"),
        [FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext("PDF、OFD 或 XML。"),
    )


class RedForm(IssueForm):
    """A red invoice, and why."""

    because = TextAreaField(
        lazy_gettext("红冲理由"), [InputRequired(NEEDED), Length(max=300)], filters=[trimmed]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.tax
        for field in self:
            if field.name != "csrf_token":
                field.id = field.label.field_id = f"red-{field.name}"
