"""A stand of a standard clause: the field of the term sheet for its term, and how it is meant."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import Length, Optional

from marketplace.forms.terms import OpenRadioField, TermsForm, word
from marketplace.listings.terms import DealKind, Terms
from marketplace.listings.termsheet import Sublicensing
from marketplace.negotiation import positions
from marketplace.negotiation.positions import Bound, Stand


def bound_words(name: str) -> str:
    """Where the words for the bounds of a term are: of numbers, of texts, of several ticks."""
    if name in positions.TEXTS:
        return "clause_bound_of_text"
    return "clause_bound_of_ticks" if name in positions.SETS else "clause_bound"


class StandForm(TermsForm):
    """One value or wording of a position, and a word to colleagues."""

    bound: Any = OpenRadioField(lazy_gettext("怎样比较"), [Optional()], choices=list)
    guidance = TextAreaField(
        lazy_gettext("给同事的说明"), [Optional(), Length(max=positions.LONGEST_GUIDANCE)]
    )
    owner = BooleanField(lazy_gettext("给出前须所有者同意"))
    version = HiddenField()

    @classmethod
    def about(cls, name: str, *, is_preferred: bool, stand: Stand | None, kind: DealKind) -> Any:
        """The form for a stand about this term, filled in from one."""
        data: dict[str, Any] = {"bound": Bound.EXACTLY.value}
        if stand is not None:
            terms = positions.put(Terms(kind), name, stand.value)
            data = {
                name: cls.filled(terms)[name],
                "bound": stand.bound.value,
                "guidance": stand.guidance,
                "owner": stand.owner,
            }
        form = cls(data=data)
        keep = {name, "bound", "guidance", "owner", "version", "csrf_token"}
        bounds = positions.bounds_of(name)
        if len(bounds) == 1:
            keep.remove("bound")
        if is_preferred:
            keep.remove("owner")
        for one in [one for one in form._fields if one not in keep]:
            del form[one]
        if "bound" in form:
            prefix = bound_words(name)
            form.bound.choices = [(one.value, word("enums", f"{prefix}.{one}")) for one in bounds]
        return form

    def stand(self, name: str) -> Stand:
        """What was filled in; WTForms has found it well-formed."""
        data = self[name].data
        value = Sublicensing(data or Sublicensing.CONSENT) if name == "sublicence" else None
        said = self.bound.data if "bound" in self else ""
        return Stand(
            self._read(name, data) if value is None else value,
            Bound(said or Bound.EXACTLY),
            (self.guidance.data or "").strip(),
            owner=bool("owner" in self and self.owner.data),
        )
