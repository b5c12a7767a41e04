"""Questions of fact in one form: yes, no, or not known yet; numbers, days and choices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, DecimalField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional

from marketplace.core.words import knows
from marketplace.forms.terms import TicksField, WholeField, word
from marketplace.rules.demands import Question
from marketplace.rules.facts import FactKind, Field

NONE_OF_THEM = "none_of_them"


def name_of(path: str) -> str:
    """The form field that stands for a fact: asset.frozen → asset__frozen."""
    return path.replace(".", "__")


def facts_form(questions: Sequence[Question]) -> Any:
    """A form that asks these questions; an answer left empty is taken back."""
    fields = {name_of(q.path): _field(q.field) for q in questions}
    made = type("FactsForm", (FlaskForm,), fields)
    return made(data={name_of(q.path): _shown(q.field, q.value) for q in questions})


def answers(form: Any, questions: Sequence[Question]) -> list[tuple[Field, Any]]:
    """What was answered, in the types of the fact model; None: not known yet."""
    return [(q.field, _read(q.field, form[name_of(q.path)].data)) for q in questions]


Groups = list[tuple[str, list[Any]]]


@dataclass(frozen=True)
class Asked:
    """The questions of a page, record by record, each with its field of the form."""

    open: Groups
    answered: Groups
    wrong: bool  # something among the answered ones is, so that they are shown

    @property
    def count(self) -> int:
        """How many are answered."""
        return sum(len(asked) for _, asked in self.answered)


def in_groups(form: Any, questions: Sequence[Question]) -> Asked:
    """What is still open, and what was answered and can be changed."""
    done = [q for q in questions if not q.is_open]
    return Asked(
        _by_record(form, [q for q in questions if q.is_open]),
        _by_record(form, done),
        any(form[name_of(q.path)].errors for q in done),
    )


def _by_record(form: Any, questions: Sequence[Question]) -> Groups:
    found: dict[str, list[Any]] = {}
    for question in questions:
        found.setdefault(question.field.record, []).append((question, form[name_of(question.path)]))
    return list(found.items())


def _shown(field: Field, value: Any) -> Any:
    if field.kind is FactKind.FLAG:
        return "" if value is None else "yes" if value else "no"
    if field.kind is FactKind.CHOICES and value == []:
        return [NONE_OF_THEM]
    return value


def _read(field: Field, data: Any) -> Any:
    if field.kind is FactKind.FLAG:
        return {"yes": True, "no": False}.get(data)
    if field.kind is FactKind.CHOICES:
        chosen = [one for one in data or () if one != NONE_OF_THEM]
        return chosen if chosen or data else None
    if data is None or data == "":
        return None
    return data


def question_of(field: Field) -> Any:
    """The question in plain words; the name of the fact where there is none."""
    code = f"ask.{field.path}"
    return word("enums", code if knows("enums", code) else f"fact.{field.path}")


def _field(field: Field) -> Any:  # noqa: PLR0911 -- one line a type
    label = question_of(field)
    match field.kind:
        case FactKind.FLAG:
            return RadioField(
                label,
                [Optional()],
                choices=[
                    SelectChoice("yes", lazy_gettext("是")),
                    SelectChoice("no", lazy_gettext("否")),
                    SelectChoice("", lazy_gettext("暂不清楚")),
                ],
                validate_choice=False,
            )
        case FactKind.COUNT:
            return WholeField(label, [Optional(), NumberRange(min=0, max=10**9)])
        case FactKind.NUMBER:
            return DecimalField(
                label, [Optional(), NumberRange(min=0)], render_kw={"inputmode": "decimal"}
            )
        case FactKind.DAY:
            return DateField(label, [Optional()])
        case FactKind.CHOICE:
            unknown = SelectChoice("", lazy_gettext("暂不清楚"))
            return SelectField(label, [Optional()], choices=[unknown, *_choices(field)])
        case FactKind.CHOICES:
            none = SelectChoice(NONE_OF_THEM, lazy_gettext("以上都没有"))
            return TicksField(label, [Optional()], choices=[*_choices(field), none])
        case _:
            return StringField(label, [Optional(), Length(max=200)])


def _choices(field: Field) -> list[SelectChoice]:
    prefix = f"fact.{field.path}"
    return [SelectChoice(one, word("enums", f"{prefix}.{one}")) for one in field.choices]
