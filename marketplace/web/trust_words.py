"""Grades, items and ratings as pages say them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.core.words import knows
from marketplace.organisations.models import Organisation
from marketplace.trust.grading import Letter
from marketplace.trust.models import CRITERIA, Complaint, RatingState, Sanction
from marketplace.trust.queries import grades, performance, ratings
from marketplace.trust.queries.grades import Entry, Graded
from marketplace.trust.queries.performance import Performance
from marketplace.trust.queries.ratings import Scores
from marketplace.web.export import Column
from marketplace.web.locale import gettext
from marketplace.web.presentation import org_name, words

TONES = {Letter.A: "b-ok", Letter.B: "b-info", Letter.C: "b-warn", Letter.D: "b-bad"}


@dataclass(frozen=True)
class Standing:
    """A broker with its grade, its ratings and what it brought about."""

    broker: Organisation
    graded: Graded
    scores: Scores | None
    performance: Performance

    @property
    def mean(self) -> Decimal | None:
        """The mean of its ratings, if there are any."""
        return self.scores.mean if self.scores else None


def standings(brokers: list[Organisation]) -> list[Standing]:
    """Each with everything, in a number of statements that does not depend on how many there are."""
    ids = [one.id for one in brokers]
    graded, done = grades.grades(ids), performance.performances(ids)
    rated = ratings.scores(ids)
    return [Standing(one, graded[one.id], rated.get(one.id), done[one.id]) for one in brokers]


SORTS: dict[str, Any] = {
    "grade": lambda s: (-s.graded.grade.points, -s.performance.deals),
    "rating": lambda s: (-(s.mean or 0), -(s.scores.count if s.scores else 0)),
    "deals": lambda s: (-s.performance.deals, -s.graded.grade.points),
}


def narrowed(found: list[Standing], *, grade: str = "", sort: str = "") -> list[Standing]:
    """Those of a grade, in the order asked for; equal ones stay as they were."""
    kept = [one for one in found if not grade or one.graded.grade.letter == grade]
    key = SORTS.get(sort)
    return sorted(kept, key=key) if key else kept


def grade_options() -> list[tuple[str, str]]:
    """For a filter."""
    return [("", gettext("全部等级")), *((one.value, one.value) for one in Letter)]


def criteria() -> list[tuple[str, str]]:
    """The criteria of ratings in words."""
    return [(name, words("enums", f"rating_criterion.{name}")) for name in CRITERIA]


def reason(entry: Entry) -> str:
    """What is behind an item, as everybody may read it: never the text of a complaint."""
    source = entry.source
    if isinstance(source, Complaint):
        kind = words("enums", f"complaint_kind.{source.kind.value}")
        return gettext("%(what)s（%(number)s）", what=kind, number=source.reference)
    if isinstance(source, Sanction):
        who = [source.credential.name] if source.credential else []
        return " · ".join([*who, source.reason, org_name(source.authority), source.number])
    kind = words("enums", f"credential_kind.{source.kind.value}")
    return " ".join(filter(None, (kind, source.name, source.number)))


def comment(rating: Any) -> str:
    """The words of a rating, or nothing where two people have hidden them."""
    return "" if rating.state is RatingState.HIDDEN else rating.comment


def band(found: Performance) -> str:
    """The band of the volume."""
    return words("enums", f"volume_band.{found.band}")


def kinds(found: Performance) -> str:
    """The kinds of deals with their numbers."""
    return " · ".join(
        f"{_kind(name)} {count}" for name, count in sorted(found.kinds.items(), key=lambda p: -p[1])
    )


def _kind(name: str) -> str:
    code = f"deal_kind.{name}"
    return words("enums", code) if knows("enums", code) else name


def ranking_columns() -> list[Column]:
    """The ranking as an export has it."""
    return [
        (gettext("机构"), lambda s: s.broker.name),
        (gettext("统一社会信用代码"), lambda s: s.broker.uscc),
        (gettext("城市"), lambda s: s.broker.city),
        (gettext("等级"), lambda s: s.graded.grade.letter.value),
        (gettext("信用分"), lambda s: s.graded.grade.points),
        (gettext("评价均分"), lambda s: str(s.mean) if s.mean is not None else ""),
        (gettext("评价数"), lambda s: s.scores.count if s.scores else 0),
        (gettext("完成交易"), lambda s: s.performance.deals),
        (gettext("成交额（人民币）"), lambda s: s.performance.volume.get("CNY", "")),
        (gettext("委托成功率"), lambda s: "" if s.performance.success is None else f"{s.performance.success}%"),
        (gettext("委托至完成（天，中位数）"), lambda s: s.performance.days),
        (gettext("成立的投诉"), lambda s: s.performance.founded),
    ]  # fmt: skip
