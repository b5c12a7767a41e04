"""What sellers, bidders and jurors of a weighted tender fill in."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, StopValidation

from marketplace.auctions.engine.rules import Criterion, Rules
from marketplace.auctions.services.planning import LONGEST_GUIDE, LONGEST_NAME, MOST_CRITERIA
from marketplace.auctions.services.scoring import MOST
from marketplace.auctions.services.tendering import LONGEST

JURIES = ("3", "5", "7")
PER_CENT = 100  # basis points
ROWS = range(1, MOST_CRITERIA + 1)


class Whole:
    """A whole number within bounds, however long what was typed."""

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def __call__(self, _form: Any, field: Any) -> None:
        """Refuse what lies outside, and what was no number."""
        if field.data is None or not self.least <= field.data <= self.most:
            field.errors = []
            raise StopValidation(
                gettext("请填写 %(least)s 至 %(most)s 的整数。", least=self.least, most=self.most)
            )


class CriteriaFields:
    """A seller's criteria: a row each with two names and a weight, and the price's own weight."""

    price_weight = IntegerField(lazy_gettext("价格的权重"), [Optional(), Whole(1, 99)])
    evaluators = SelectField(
        lazy_gettext("评审人数"), choices=lambda: [(n, n) for n in JURIES], default=JURIES[0]
    )

    def criteria(self) -> tuple[Criterion, ...]:
        """The rows down to the last one that was filled in."""
        rows = [self._row(number) for number in ROWS]
        while rows and rows[-1] == Criterion(name="", name_en="", weight=0):
            rows.pop()
        return tuple(rows)

    def _row(self, number: int) -> Criterion:
        def said(name: str) -> Any:
            return getattr(self, f"criterion_{number}{name}").data

        return Criterion(
            name=(said("") or "").strip(),
            name_en=(said("_en") or "").strip(),
            weight=(said("_weight") or 0) * PER_CENT,
            guide=_text(said("_guide")),
            guide_en=_text(said("_guide_en")),
        )


def _text(typed: str | None) -> str:
    return (typed or "").replace("\r\n", "\n").strip()


for _number in ROWS:
    for _name, _field in {
        "": StringField(
            lazy_gettext("第 %(number)s 项标准", number=_number),
            [Optional(), Length(max=LONGEST_NAME)],
        ),
        "_en": StringField(
            lazy_gettext("第 %(number)s 项的英文名称", number=_number),
            [Optional(), Length(max=LONGEST_NAME)],
        ),
        "_weight": IntegerField(
            lazy_gettext("第 %(number)s 项的权重", number=_number),
            [Optional(), Whole(1, 99)],
        ),
        "_guide": TextAreaField(
            lazy_gettext("第 %(number)s 项怎样得分", number=_number),
            [Optional(), Length(max=LONGEST_GUIDE)],
            render_kw={"maxlength": LONGEST_GUIDE},
        ),
        "_guide_en": TextAreaField(
            lazy_gettext("第 %(number)s 项怎样得分（英文）", number=_number),
            [Optional(), Length(max=LONGEST_GUIDE)],
            render_kw={"maxlength": LONGEST_GUIDE},
        ),
    }.items():
        setattr(CriteriaFields, f"criterion_{_number}{_name}", _field)


def filled(rules: Rules) -> dict[str, Any]:
    """A draft's criteria in the fields of their form."""
    found: dict[str, Any] = {
        "price_weight": rules.price_weight // PER_CENT if rules.price_weight else None,
        "evaluators": str(rules.evaluators or JURIES[0]),
    }
    for number, one in enumerate(rules.criteria, start=1):
        found |= {
            f"criterion_{number}": one.name,
            f"criterion_{number}_en": one.name_en,
            f"criterion_{number}_weight": one.weight // PER_CENT,
            f"criterion_{number}_guide": one.guide,
            f"criterion_{number}_guide_en": one.guide_en,
        }
    return found


def with_answers(form: type[FlaskForm], names: Sequence[str]) -> type[FlaskForm]:
    """A form of bids with an answer to every criterion."""
    fields = {
        f"answer_{number}": TextAreaField(
            name,
            [DataRequired(lazy_gettext("请答复这一项。")), Length(max=LONGEST)],
            render_kw={"maxlength": LONGEST},
        )
        for number, name in enumerate(names, start=1)
    }
    return type("TenderForm", (form,), fields)


def answers(form: FlaskForm, count: int) -> list[str]:
    """What was answered, in the order of the criteria."""
    return [form[f"answer_{number}"].data or "" for number in range(1, count + 1)]


class DeclareForm(FlaskForm):
    """A juror's declaration, before reading anything."""

    conflict = RadioField(
        lazy_gettext("利益冲突"),
        [InputRequired(lazy_gettext("请选择一项。"))],
        choices=lambda: [
            (
                "no",
                lazy_gettext(
                    "没有：我与卖方和参加者没有任职、投资、亲属或业务关系，将独立评分并保密。"
                ),
            ),
            ("yes", lazy_gettext("有，或可能有：我回避这次评审。")),
        ],
    )
    statement = TextAreaField(
        lazy_gettext("回避的原因"), [Optional(), Length(max=500)], render_kw={"maxlength": 500}
    )


def sheet_form(codes: Sequence[str], names: Sequence[str]) -> type[FlaskForm]:
    """Whole points of every bidder by every criterion."""
    fields = {
        points_name(code, number): IntegerField(
            gettext("%(code)s：%(name)s", code=code, name=name),
            [
                InputRequired(lazy_gettext("请填写 0 至 100 的整数。")),
                Whole(0, MOST),
            ],
            render_kw={"inputmode": "numeric", "autocomplete": "off"},
        )
        for code in codes
        for number, name in enumerate(names, start=1)
    }
    return type("SheetForm", (FlaskForm,), fields)


def points_name(code: str, number: int) -> str:
    """The field of a bidder and a criterion."""
    return f"points_{code}_{number}"


def points(form: FlaskForm, codes: Sequence[str], count: int) -> Mapping[str, list[Any]]:
    """Code → points, in the order of the criteria."""
    return {
        code: [form[points_name(code, number)].data for number in range(1, count + 1)]
        for code in codes
    }
