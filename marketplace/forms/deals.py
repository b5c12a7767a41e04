"""Shapes of what people type into a deal: facts, evidence, signature, reasons."""

from collections.abc import Sequence

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from marketplace.forms.terms import word
from marketplace.organisations.passwords import MAX_LENGTH

REASON = 1000


class EvidenceForm(FlaskForm):
    """A paper: what it is, the file, who issued it, when, under which number."""

    name = SelectField(lazy_gettext("材料名称"), [InputRequired(lazy_gettext("请选择材料名称。"))])
    document = FileField(
        lazy_gettext("文件"),
        [FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。"),
    )
    issuer = StringField(
        lazy_gettext("出具单位"),
        [InputRequired(lazy_gettext("请填写出具单位。")), Length(max=200)],
        filters=[lambda text: text.strip() if text else text],
    )
    issued_on = DateField(
        lazy_gettext("出具日期"), [InputRequired(lazy_gettext("请填写出具日期。"))]
    )
    number = StringField(
        lazy_gettext("文号或编号"),
        [Optional(), Length(max=80)],
        filters=[lambda text: text.strip() if text else ""],
    )
    valid_until = DateField(
        lazy_gettext("有效期至"),
        [Optional()],
        description=lazy_gettext("材料写明有效期的填写；过期后不再计入。"),
    )

    def offer(self, names: Sequence[str]) -> None:
        """The names to choose from."""
        self.name.choices = [
            SelectChoice(name, word("enums", f"evidence.{name}")) for name in names
        ]


class ReasonForm(FlaskForm):
    """Why."""

    because = TextAreaField(
        lazy_gettext("理由"),
        [InputRequired(lazy_gettext("请说明理由。")), Length(max=REASON)],
        filters=[lambda text: text.strip() if text else text],
        render_kw={"maxlength": REASON},
    )


class ClearForm(FlaskForm):
    """In which languages the contract is drawn up."""

    bilingual = BooleanField(lazy_gettext("合同附英文对照（以中文为准）"))


class SignForm(FlaskForm):
    """The signature: this very file, read, and the password once more."""

    contract_sha256 = HiddenField()
    read = BooleanField(
        lazy_gettext("我已阅读合同全文，并有权代表本机构签署。"),
        [InputRequired(lazy_gettext("请先阅读合同并勾选。"))],
    )
    password = PasswordField(
        lazy_gettext("登录密码"),
        [InputRequired(lazy_gettext("请填写密码。")), Length(max=MAX_LENGTH)],
        render_kw={"autocomplete": "current-password", "maxlength": MAX_LENGTH},
    )


class ScanForm(FlaskForm):
    """The scan of a contract signed by hand."""

    scan = FileField(
        lazy_gettext("扫描件"),
        [FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。"),
    )


class PaperCheckForm(FlaskForm):
    """What the exchange has seen on the scan: who signed for each party, and which scan counts."""

    seller = StringField(
        lazy_gettext("甲方签名人"),
        [InputRequired(lazy_gettext("请填写签名人姓名。")), Length(max=80)],
    )
    buyer = StringField(
        lazy_gettext("乙方签名人"),
        [InputRequired(lazy_gettext("请填写签名人姓名。")), Length(max=80)],
    )


class CodeForm(FlaskForm):
    """A certificate's code, as printed on it."""

    code = StringField(
        lazy_gettext("核验编码"),
        [InputRequired(lazy_gettext("请填写核验编码。")), Length(max=40)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


class FileCheckForm(FlaskForm):
    """A file to compare with the one on record."""

    document = FileField(lazy_gettext("要核对的文件"), [FileRequired(lazy_gettext("请选择文件。"))])
