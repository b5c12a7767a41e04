"""Shapes of an import: the file, and what its columns mean."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from marketplace.assets.importing.mapping import FIELDS, ColumnMapping
from marketplace.assets.models import AssetKind
from marketplace.forms.terms import word


class UploadForm(FlaskForm):
    """A portfolio file."""

    document = FileField(
        lazy_gettext("文件"),
        [FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext("CSV、XLSX、JSON 或专利 XML，不超过 50 MB。"),
    )


def mapping_form(headings: list[str], known: ColumnMapping) -> Any:
    """One choice a column, and the kind where no column tells it."""
    fields: dict[str, Any] = {
        f"column_{i}": SelectField(
            heading,
            choices=[
                SelectChoice("", lazy_gettext("不使用")),
                *(SelectChoice(f, word("enums", f"import_field.{f}")) for f in FIELDS),
            ],
            default=known.columns.get(heading, ""),
        )
        for i, heading in enumerate(headings)
    }
    fields["kind"] = SelectField(
        lazy_gettext("权利类型（表中没有时）"),
        choices=[
            SelectChoice("", lazy_gettext("按号码判断")),
            *(SelectChoice(k.value, word("enums", f"asset_kind.{k.value}")) for k in AssetKind),
        ],
        default=known.constants.get("kind", ""),
    )
    return type("MappingForm", (FlaskForm,), fields)()


def mapping_of(form: Any, headings: list[str], known: ColumnMapping) -> ColumnMapping:
    """What the person has settled."""
    columns = {
        h: form[f"column_{i}"].data for i, h in enumerate(headings) if form[f"column_{i}"].data
    }
    constants = {k: v for k, v in known.constants.items() if k != "kind"}
    if form.kind.data:
        constants["kind"] = form.kind.data
    return ColumnMapping(columns, constants, known.layout)
