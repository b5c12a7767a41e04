"""Shapes of what people type about rights: the record, extracts, reports, pledges."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from marketplace.assets.models import Pledge
from marketplace.forms.terms import MoneyField, choices_of
from marketplace.valuation.models import ValuationReport

NEEDED = lazy_gettext("请填写。")
FULL = 10_000  # basis points


def trimmed(text: str | None) -> str:
    """Without blanks around it."""
    return (text or "").strip()


class PaperForm(FlaskForm):
    """A file beside a statement. Several stand on one page, so each names its file field itself."""

    document = FileField(
        lazy_gettext("文件"),
        [FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.document.id = self.document.label.field_id = f"{type(self).__name__}-document"

    def keeps_its_file(self) -> None:
        """A correction may leave the file as it is."""
        self.document.validators = []
        self.document.flags.required = False
        self.document.description = lazy_gettext("不选文件则保留原来的文件。")


class TitleForm(PaperForm):
    """A register extract and its day."""

    extract_date = DateField(lazy_gettext("登记簿副本日期"), [InputRequired(NEEDED)])


class ValuationForm(PaperForm):
    """A valuation report."""

    firm_name = StringField(
        lazy_gettext("评估机构"), [InputRequired(NEEDED), Length(max=200)], filters=[trimmed]
    )
    number = StringField(
        lazy_gettext("报告编号"), [InputRequired(NEEDED), Length(max=80)], filters=[trimmed]
    )
    signer_one = StringField(
        lazy_gettext("签字评估师一"), [InputRequired(NEEDED), Length(max=80)], filters=[trimmed]
    )
    signer_two = StringField(
        lazy_gettext("签字评估师二"), [InputRequired(NEEDED), Length(max=80)], filters=[trimmed]
    )
    base_date = DateField(lazy_gettext("评估基准日"), [InputRequired(NEEDED)])
    valid_until = DateField(lazy_gettext("有效期至"), [InputRequired(NEEDED)])
    purpose = SelectField(
        lazy_gettext("评估目的"),
        choices=choices_of(
            ("transfer", "licence", "equity", "pledge", "other"), "valuation_purpose"
        ),
    )
    method = SelectField(
        lazy_gettext("评估方法"),
        choices=choices_of(("income", "market", "cost", "combined"), "valuation_method"),
    )
    single_method_reason = StringField(
        lazy_gettext("只用一种方法的理由"),
        [Length(max=500)],
        filters=[trimmed],
        description=lazy_gettext(
            "资产评估法第26条：应当选择两种以上评估方法；只能采用一种的，报告应说明理由。"
        ),
    )
    filing = SelectField(
        lazy_gettext("国有资产评估备案或核准"),
        choices=lambda: [
            SelectChoice("", lazy_gettext("不适用，或尚未办理")),
            *choices_of(("filed", "approved"), "valuation_filing")(),
        ],
        default="",
    )
    filing_number = StringField(lazy_gettext("备案或核准文号"), [Length(max=80)], filters=[trimmed])
    value: Any = MoneyField(lazy_gettext("评估值"), [InputRequired(NEEDED)])

    @classmethod
    def of(cls, report: ValuationReport) -> "ValuationForm":
        """Filled in from what is on record."""
        names = ("firm_name", "number", "signer_one", "signer_two", "base_date", "valid_until",
                 "purpose", "method", "single_method_reason", "filing", "filing_number",
                 "value")  # fmt: skip
        return cls(formdata=None, data={name: getattr(report, name) for name in names})

    def parts(self) -> dict[str, Any]:
        """The parts of the report, but its file."""
        names = (
            "firm_name", "number", "base_date", "valid_until", "purpose", "method",
            "single_method_reason", "filing", "filing_number", "value",
        )  # fmt: skip
        return {name: self[name].data for name in names} | {
            "signers": (self.signer_one.data, self.signer_two.data)
        }


class PledgeForm(PaperForm):
    """A registered pledge."""

    lender_name = StringField(
        lazy_gettext("质权人"), [InputRequired(NEEDED), Length(max=200)], filters=[trimmed]
    )
    register_number = StringField(
        lazy_gettext("登记号"), [InputRequired(NEEDED), Length(max=60)], filters=[trimmed]
    )
    registered_on = DateField(lazy_gettext("登记日"), [InputRequired(NEEDED)])
    amount: Any = MoneyField(lazy_gettext("担保金额"), [Optional()])
    due_on = DateField(lazy_gettext("债务到期日"), [Optional()])

    @classmethod
    def of(cls, pledge: Pledge) -> "PledgeForm":
        """Filled in from what is on record."""
        names = ("lender_name", "register_number", "registered_on", "amount", "due_on")
        return cls(formdata=None, data={name: getattr(pledge, name) for name in names})

    def parts(self) -> dict[str, Any]:
        """The parts of the pledge, but its file and the lender where it is with us."""
        names = ("lender_name", "register_number", "registered_on", "amount", "due_on")
        return {name: self[name].data for name in names}


class ReleasedForm(PaperForm):
    """A pledge struck from the register, and the proof."""

    released_on = DateField(lazy_gettext("解除日期"), [InputRequired(NEEDED)])


class DecisionForm(FlaskForm):
    """The exchange's answer, with its reason."""

    because = TextAreaField(lazy_gettext("理由"), [Length(max=1000)], filters=[trimmed])


class ReleaseForm(FlaskForm):
    """The end of a pledge."""

    released_on = DateField(lazy_gettext("解除日期"), [InputRequired(NEEDED)])
    because = TextAreaField(lazy_gettext("说明"), [Length(max=1000)], filters=[trimmed])
