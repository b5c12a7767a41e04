"""How long a right lasts: by kind, by the day that decides which text applies (`schedules/terms.yaml`).

The last-day rule is the Patent Examination Guidelines' own example: filed 1999-09-06, ten years, the
right stands to 2009-09-05 and the expiry is dated 2009-09-06. Days are whole days of the office's
calendar; a last day that falls on a holiday is not moved here.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.assets.terms import dated
from marketplace.assets.terms.days import add_years, day_before
from marketplace.assets.terms.marks import trademark_last_day

INVENTION, UTILITY_MODEL, DESIGN = "invention", "utility_model", "design"
PATENTS = (INVENTION, UTILITY_MODEL, DESIGN)
MARKS = ("trademark", "collective_mark", "certification_mark")
_LIKE_AN_INVENTION = ("patent_application", "defence_patent")
_PERSONAL_YEARS = 50  # after the author's death, as many as after publication


@dataclass(frozen=True, slots=True)
class TermFacts:
    """Days that a term may count from; which ones matter depends on the kind."""

    filing: date | None = None
    registration: date | None = None  # grant, or registration of a mark
    published: date | None = None  # first publication of a work
    completed: date | None = None  # completion of a work, creation of a layout
    first_commercial_use: date | None = None
    author_died: date | None = None
    personal: bool = False  # copyright of a natural person
    woody: bool = False
    renewals: int = 0
    compensation_days: int = 0


def length(kind: str, facts: TermFacts, today: date) -> dated.Entry | None:
    """What the law says of the term of such a right: years, article, how sure that is."""
    entries = dated.table("terms").get(kind)
    if not entries:
        return None
    deciding = {"filing": facts.filing, "grant": facts.registration}.get(entries[0]["by"])
    return dated.on(entries, deciding or today)


def patent_years(kind: str, filing: date) -> int:
    """Length of a patent's term in years: 20, 10, and for a design 15 or, filed early, 10."""
    if kind not in PATENTS:
        raise ValueError(f"no patent: {kind}")
    return int(dated.on(dated.table("terms")[kind], filing)["years"])


def patent_last_day(kind: str, filing: date, *, compensation_days: int = 0) -> date:
    """Last day of a patent, counted from filing, never from priority (专利法 art. 42).

    `compensation_days` is what the office granted for delay or for a new drug, up to five years.
    """
    entry = dated.on(dated.table("terms")[kind], filing)
    end = day_before(add_years(filing, entry["years"]))
    longest = add_years(end, entry.get("compensation_years", 0))
    return min(end + timedelta(days=max(compensation_days, 0)), longest)


def personal_copyright_last_day(last_author_died: date) -> date:
    """Life and fifty years, to 31 December (著作权法 art. 23(1)); of joint authors the last counts."""
    return date(last_author_died.year + _PERSONAL_YEARS, 12, 31)


def corporate_copyright_last_day(
    *, completed: date | None = None, published: date | None = None
) -> date | None:
    """Fifty years from first publication, to 31 December (著作权法 art. 23(2)(3), 软件条例 art. 14).

    Unpublished it lasts fifty years from completion; a publication after that revives nothing.
    None where neither day is known.
    """
    unpublished_end = date(completed.year + 50, 12, 31) if completed else None
    if published is None or (unpublished_end is not None and published > unpublished_end):
        return unpublished_end
    return date(published.year + 50, 12, 31)


def plant_variety_last_day(grant: date, *, woody: bool = False) -> date:
    """From grant, longer for woody plants and vines; a variety granted before 2025-06-01 is shorter.

    How the revision treats rights that ran already was not found: the shorter reading is taken.
    """
    entry = dated.on(dated.table("terms")["plant_variety"], grant)
    return day_before(add_years(grant, entry["woody_years" if woody else "years"]))


def ic_layout_last_day(
    filing: date, *, first_commercial_use: date | None = None, created: date | None = None
) -> date:
    """From filing or first commercial use, the earlier; never over fifteen years from creation."""
    start = min(filing, first_commercial_use or filing)
    entry = dated.on(dated.table("terms")["ic_layout"], start)
    end = day_before(add_years(start, entry["years"]))
    return min(end, day_before(add_years(created, entry["longest_years"]))) if created else end


def last_day(kind: str, facts: TermFacts) -> date | None:
    """Last day of protection of a right of any kind; none where unlimited or not yet known.

    A trade secret has no term; authorship, alteration and integrity last for ever (著作权法 art. 22):
    what is answered for a work is the term of its economic rights.
    """
    if kind in {*PATENTS, *_LIKE_AN_INVENTION}:
        right = kind if kind in PATENTS else INVENTION
        days = facts.compensation_days
        return facts.filing and patent_last_day(right, facts.filing, compensation_days=days)
    if kind in MARKS:
        return facts.registration and trademark_last_day(facts.registration, facts.renewals)
    if kind in {"copyright", "software", "work"}:
        return _copyright(facts)
    if kind == "plant_variety":
        return facts.registration and plant_variety_last_day(facts.registration, woody=facts.woody)
    if kind == "ic_layout" and facts.filing:
        return ic_layout_last_day(
            facts.filing, first_commercial_use=facts.first_commercial_use, created=facts.completed
        )
    return None


def _copyright(facts: TermFacts) -> date | None:
    if facts.personal:
        return facts.author_died and personal_copyright_last_day(facts.author_died)
    return corporate_copyright_last_day(completed=facts.completed, published=facts.published)
