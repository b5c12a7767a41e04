"""Shapes of what people type about notices, objections and filings."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp

from marketplace.compliance.models import Opinion
from marketplace.forms.terms import choices_of

LONG = 8000
ADDRESS = Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", message=lazy_gettext("请填写有效邮箱。"))


def _strip(text: str | None) -> str:
    return text.strip() if text else ""


class PublishForm(FlaskForm):
    """Where an agreed price hangs inside the institution."""

    posted_inside = StringField(
        lazy_gettext("本单位内公示地点或网址"), [Optional(), Length(max=300)], filters=[_strip]
    )


class ObjectionForm(FlaskForm):
    """Why a notice should not stand."""

    name = StringField(
        lazy_gettext("姓名"),
        [InputRequired(lazy_gettext("请填写姓名。")), Length(max=80)],
        filters=[_strip],
        render_kw={"autocomplete": "name"},
    )
    email = StringField(
        lazy_gettext("邮箱"),
        [InputRequired(lazy_gettext("请填写有效邮箱。")), Length(max=254), ADDRESS],
        filters=[_strip],
        render_kw={"autocomplete": "email", "type": "email"},
    )
    text = TextAreaField(
        lazy_gettext("异议内容和理由"),
        [InputRequired(lazy_gettext("请写明内容。")), Length(max=LONG)],
        filters=[_strip],
        render_kw={"maxlength": LONG},
    )
    document = FileField(
        lazy_gettext("证明材料"), description=lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。")
    )


class TextForm(FlaskForm):
    """A text: an answer to an objection, or to a question of the authority."""

    text = TextAreaField(
        lazy_gettext("答复"),
        [InputRequired(lazy_gettext("请写明内容。")), Length(max=LONG)],
        filters=[_strip],
        render_kw={"maxlength": LONG},
    )


def _yes_or_no(label: str, description: str) -> RadioField:
    return RadioField(
        label,
        [Optional()],
        choices=[SelectChoice("yes", lazy_gettext("是")), SelectChoice("no", lazy_gettext("否"))],
        description=description,
    )


class FilingForm(FlaskForm):
    """A filing: what its filer says of it, and more papers."""

    statement = TextAreaField(
        lazy_gettext("申报说明"),
        [InputRequired(lazy_gettext("请写明申报说明。")), Length(max=LONG)],
        filters=[_strip],
        render_kw={"maxlength": LONG},
    )
    document = FileField(
        lazy_gettext("补充材料"), description=lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。")
    )


class ExportCheckForm(FilingForm):
    """The guided look into the export catalogues; the filer looks, and answers for it."""

    statement = TextAreaField(
        lazy_gettext("核对说明"),
        [InputRequired(lazy_gettext("请写明核对说明。")), Length(max=LONG)],
        filters=[_strip],
        description=lazy_gettext("写明核对的目录版本、条目编号和控制要点，以及核对人。"),
        render_kw={"maxlength": LONG},
    )
    prohibited = _yes_or_no(
        lazy_gettext("技术是否属于《中国禁止出口限制出口技术目录》的禁止出口部分？"),
        lazy_gettext("逐条对照目录的技术名称和控制要点。"),
    )
    restricted = _yes_or_no(
        lazy_gettext("技术是否属于该目录的限制出口部分？"),
        lazy_gettext("属于的，须先取得出口许可意向书和许可证。"),
    )
    dual_use = _yes_or_no(
        lazy_gettext("技术是否属于《两用物项出口管制清单》？"),
        lazy_gettext("按清单的管制编码和技术参数判断；不确定的，请向商务主管部门咨询。"),
    )

    def answers(self) -> dict[str, bool | None]:
        """Each question with its answer; None where there is none."""
        said = {"yes": True, "no": False}
        return {
            name: said.get(self[name].data or "")
            for name in ("prohibited", "restricted", "dual_use")
        }


class AskForm(FlaskForm):
    """A question of the authority, with a deadline."""

    text = TextAreaField(
        lazy_gettext("询问"),
        [InputRequired(lazy_gettext("请写明内容。")), Length(max=LONG)],
        filters=[_strip],
        render_kw={"maxlength": LONG},
    )
    due_on = DateField(lazy_gettext("答复期限"), [InputRequired(lazy_gettext("请填写答复期限。"))])


class ConcludeForm(FlaskForm):
    """The authority's opinion."""

    opinion = RadioField(
        lazy_gettext("意见"),
        [InputRequired(lazy_gettext("请选择意见。"))],
        choices=choices_of(Opinion, "filing_opinion"),
    )
    text = TextAreaField(
        lazy_gettext("理由"),
        [InputRequired(lazy_gettext("请写明理由。")), Length(max=LONG)],
        filters=[_strip],
        render_kw={"maxlength": LONG},
    )
    conditions = TextAreaField(
        lazy_gettext("条件"),
        [Optional(), Length(max=LONG)],
        filters=[_strip],
        description=lazy_gettext("附条件同意的，写明条件。"),
        render_kw={"maxlength": LONG},
    )
    issuer = StringField(
        lazy_gettext("出具机关"),
        [InputRequired(lazy_gettext("请填写出具机关。")), Length(max=200)],
        filters=[_strip],
        description=lazy_gettext("依法由其他机关决定的，填写该机关和其文号。"),
    )
    number = StringField(lazy_gettext("文号"), [Optional(), Length(max=80)], filters=[_strip])
