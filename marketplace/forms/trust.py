"""Shapes of ratings, complaints, decisions, sanctions, objections and repair."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from marketplace.forms.terms import choices_of
from marketplace.mandates.models import Credential
from marketplace.trust.models import (
    CRITERIA,
    CaseKind,
    ComplaintKind,
    Gravity,
    Outcome,
    Rating,
    SanctionKind,
)
from marketplace.trust.queries.complaints import Dealing
from marketplace.trust.services import Ruling

MOST = 5000
NEEDED = lazy_gettext("请填写。")
PAPERS = lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。")
MARKS = ("5", "4", "3", "2", "1")


def _trimmed(text: str | None) -> str:
    return text.strip() if text else ""


def _words(label: Any, *, needed: bool = True, hint: Any = "") -> TextAreaField:
    return TextAreaField(
        label,
        [InputRequired(NEEDED) if needed else Optional(), Length(max=MOST)],
        filters=[_trimmed],
        description=hint,
        render_kw={"maxlength": MOST},
    )


def _mark(label: Any) -> SelectField:
    return SelectField(
        label,
        [InputRequired(lazy_gettext("请打分。"))],
        choices=lambda: [("", "–"), *choices_of(MARKS, "rating_score")()],
    )


def _people(people: Sequence[Credential], nobody: Any) -> list[SelectChoice]:
    return [SelectChoice("", nobody), *(SelectChoice(str(one.id), one.name) for one in people)]


class RatingForm(FlaskForm):
    """Four scores and words."""

    expertise = _mark(lazy_gettext("专业能力"))
    diligence = _mark(lazy_gettext("勤勉尽责"))
    disclosure = _mark(lazy_gettext("诚信与披露"))
    fees = _mark(lazy_gettext("收费合规"))
    comment = _words(
        lazy_gettext("文字评价"),
        needed=False,
        hint=lazy_gettext("公开显示，不显示您的机构名称。请勿写入商业秘密和个人信息。"),
    )

    def begin_with(self, rating: Rating) -> None:
        """What was written before."""
        for name in CRITERIA:
            self[name].data = str(getattr(rating, name))
        self.comment.data = rating.comment

    @property
    def scores(self) -> dict[str, int]:
        """As numbers."""
        return {name: int(self[name].data) for name in CRITERIA}


class WordsForm(FlaskForm):
    """An answer, a statement, a reason."""

    text = _words(lazy_gettext("内容"))


class BecauseForm(FlaskForm):
    """Why."""

    because = _words(lazy_gettext("理由"))


class ComplaintForm(FlaskForm):
    """What a broker did, in which dealing, by which of its people, with evidence."""

    kind = RadioField(
        lazy_gettext("投诉事由"),
        [InputRequired(lazy_gettext("请选择投诉事由。"))],
        choices=choices_of(ComplaintKind, "complaint_kind"),
    )
    about = SelectField(lazy_gettext("有关的往来"), [Optional()])
    practitioner = SelectField(lazy_gettext("涉及的执业人员"), [Optional()])
    text = _words(
        lazy_gettext("事实与要求"),
        hint=lazy_gettext("写明时间、经过和您的要求。受理后对方可以看到全文和证据。"),
    )
    papers = MultipleFileField(lazy_gettext("证据"), description=PAPERS)

    def offer(self, dealings: Sequence[Dealing], people: Sequence[Credential], said: Any) -> None:
        """What may be chosen."""
        named = {one.reference: said(one) for one in dealings if one.reference}
        self.about.choices = [
            SelectChoice(value, label) for value, label in {"": "–", **named}.items()
        ]
        self.practitioner.choices = _people(people, "–")


class PaperForm(FlaskForm):
    """One more piece of evidence."""

    paper = FileField(lazy_gettext("证据"), description=PAPERS)


class RulingForm(FlaskForm):
    """What a complaint comes to."""

    outcome = RadioField(
        lazy_gettext("结论"),
        [InputRequired(lazy_gettext("请选择结论。"))],
        choices=choices_of(Outcome, "complaint_outcome"),
    )
    gravity = SelectField(
        lazy_gettext("情节"),
        [Optional()],
        choices=lambda: [("", "–"), *choices_of(Gravity, "complaint_gravity")()],
        description=lazy_gettext("成立或部分成立的填写，按情节扣分。"),
    )
    because = _words(lazy_gettext("理由"))
    measures = _words(lazy_gettext("处理措施"), needed=False)

    @property
    def ruling(self) -> Ruling:
        """As the service takes it."""
        return Ruling(
            outcome=Outcome(self.outcome.data),
            because=self.because.data or "",
            gravity=Gravity(self.gravity.data) if self.gravity.data else None,
            measures=self.measures.data or "",
        )


class SanctionForm(FlaskForm):
    """A measure of the authority."""

    practitioner = SelectField(
        lazy_gettext("执业人员"),
        [Optional()],
        description=lazy_gettext("只处分一名执业人员的选择；处分机构的留空。"),
    )
    kind = RadioField(
        lazy_gettext("种类"),
        [InputRequired(lazy_gettext("请选择种类。"))],
        choices=choices_of(SanctionKind, "sanction_kind"),
    )
    article = StringField(
        lazy_gettext("依据条文"), [InputRequired(NEEDED), Length(max=200)], filters=[_trimmed]
    )
    number = StringField(
        lazy_gettext("决定书文号"), [InputRequired(NEEDED), Length(max=80)], filters=[_trimmed]
    )
    starts_on = DateField(lazy_gettext("起始日"), [InputRequired(NEEDED)])
    ends_on = DateField(
        lazy_gettext("截止日"), [Optional()], description=lazy_gettext("暂停的填写，最长三年。")
    )
    reason = _words(
        lazy_gettext("事实与理由"), hint=lazy_gettext("在机构的公开页显示，请勿写入商业秘密。")
    )

    def offer(self, people: Sequence[Credential]) -> None:
        """The broker's practitioners."""
        self.practitioner.choices = _people(people, lazy_gettext("处分机构"))


class CaseForm(FlaskForm):
    """An objection, or an application for repair."""

    kind = RadioField(
        lazy_gettext("申请"),
        [InputRequired(lazy_gettext("请选择。"))],
        choices=choices_of(CaseKind, "case_kind"),
    )
    text = _words(
        lazy_gettext("事实与理由"), hint=lazy_gettext("申请修复的，写明怎样改正、有何证明。")
    )
    document = FileField(lazy_gettext("证明文件"), description=PAPERS)


class ProposalForm(FlaskForm):
    """What should become of a case."""

    to_grant = RadioField(
        lazy_gettext("意见"),
        [InputRequired(lazy_gettext("请选择。"))],
        choices=[
            SelectChoice("y", lazy_gettext("成立，取消扣分")),
            SelectChoice("n", lazy_gettext("不成立，保留扣分")),
        ],
    )
    because = _words(lazy_gettext("理由"))
