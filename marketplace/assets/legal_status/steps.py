"""What each event does to a right: a complaint where it cannot have happened so, else its effect."""

from collections.abc import Callable
from dataclasses import dataclass, field

from marketplace.assets.legal_status.codes import ENDS, Code, Group
from marketplace.assets.legal_status.happenings import Happening
from marketplace.assets.legal_status.parties import keys


@dataclass
class Life:
    """A right while its events are told."""

    group: Group
    state: str = ""
    why: Happening | None = None
    filed: Happening | None = None
    granted: Happening | None = None
    published: Happening | None = None
    begun: str = ""  # the state to which a restoration leads back
    open_licence: Happening | None = None
    standing: dict[Code, dict[str, Happening]] = field(default_factory=dict)

    def becomes(self, state: str, event: Happening) -> None:
        self.state, self.why = state, event

    def open(self, code: Code) -> dict[str, Happening]:
        return self.standing.setdefault(code, {})


def take(life: Life, event: Happening) -> str:
    """Let an event have its effect; the complaint about it, or nothing."""
    return _STEPS.get(event.code, _nothing)(life, event)


_Step = Callable[[Life, Happening], str]


def _nothing(_: Life, __: Happening) -> str:
    return ""


def _created(life: Life, event: Happening) -> str:
    if life.filed is None and life.group in {Group.WORK, Group.KNOW_HOW} and not life.state:
        life.becomes("in_force", event)  # protected from creation; the register is voluntary
        life.begun = "in_force"
    return ""


def _filed(life: Life, event: Happening) -> str:
    if life.filed is not None:
        return "filed_again"
    if life.granted is not None:
        return "filed_after_grant"
    life.filed = event
    if not life.state:
        life.becomes("pending", event)
        life.begun = "pending"
    return ""


def _published(life: Life, event: Happening) -> str:
    life.published = life.published or event
    return ""


def _granted(life: Life, event: Happening) -> str:
    if life.granted is not None:
        return "granted_again"
    if life.state in ENDS.values():
        return "granted_after_end"
    life.granted = event
    life.becomes("in_force", event)
    life.begun = "in_force"
    return ""


def _paid(life: Life, _: Happening) -> str:
    if life.state == "lapsed":
        return "paid_after_lapse"
    return "after_end" if life.state in ENDS.values() else ""


def _renewed(life: Life, event: Happening) -> str:
    if life.granted is None:
        return "renewed_before_grant"
    if life.state == "expired" or life.state not in ENDS.values():
        life.becomes("in_force", event)
        return ""
    return "after_end"


def _ended(life: Life, event: Happening) -> str:
    if life.state in ENDS.values():
        if life.state == "lapsed" and event.code is not Code.LAPSED:
            life.becomes(ENDS[event.code], event)  # the end of what had lapsed
            return ""
        return "ended_again"
    if event.code in {Code.REFUSED, Code.WITHDRAWN} and life.granted is not None:
        return "discontinued_after_grant"
    life.becomes(ENDS[event.code], event)
    return ""


def _restored(life: Life, event: Happening) -> str:
    if life.state != "lapsed":
        return "restored_without_lapse"
    life.becomes(life.begun or "in_force", event)
    return ""


def _opens(life: Life, event: Happening) -> str:
    if event.number in life.open(event.code):
        return f"{event.code}_again"
    life.open(event.code)[event.number] = event
    return ""


def _closes(opening: Code) -> _Step:
    """It ends what stands under the same number.

    Registers number a release by itself: then the only one that stands is meant, or the only one
    whose taker now gives it back.
    """

    def step(life: Life, event: Happening) -> str:
        standing = life.open(opening)
        number = _meant(standing, event)
        if number is None:
            return f"{event.code}_without_{opening}"
        del standing[number]
        return ""

    return step


def _meant(standing: dict[str, Happening], event: Happening) -> str | None:
    if event.number in standing:
        return event.number
    unnumbered = not event.number or "" in standing
    if unnumbered and len(standing) == 1:
        return next(iter(standing))
    by_party = [n for n, e in standing.items() if keys(e.takers) & keys(event.givers)]
    return by_party[0] if len(by_party) == 1 else None


def _invalidated(life: Life, event: Happening) -> str:
    complaint = _closes(Code.INVALIDATION_FILED)(life, event)
    if event.code is not Code.INVALIDATED:
        return complaint
    if life.state == "invalidated":
        return "ended_again"
    life.becomes("invalidated", event)  # the right never was, whatever else had ended it
    return ""


def _open_licence(life: Life, event: Happening) -> str:
    if event.code is Code.OPEN_LICENCE_STATED:
        if life.open_licence is not None:
            return "open_licence_stated_again"
        life.open_licence = event
        return ""
    if life.open_licence is None:
        return "open_licence_withdrawn_without_open_licence_stated"
    life.open_licence = None
    return ""


_STEPS: dict[Code, _Step] = {
    Code.CREATED: _created,
    Code.FILED: _filed,
    Code.PUBLISHED: _published,
    Code.GRANTED: _granted,
    Code.FEE_PAID: _paid,
    Code.RENEWED: _renewed,
    **dict.fromkeys(ENDS, _ended),
    Code.INVALIDATED: _invalidated,
    Code.INVALIDATED_PARTLY: _invalidated,
    Code.INVALIDATION_REJECTED: _invalidated,
    Code.RESTORED: _restored,
    **dict.fromkeys(
        (Code.OPPOSED, Code.INVALIDATION_FILED, Code.LICENSED, Code.PLEDGED, Code.FROZEN), _opens
    ),
    Code.OPPOSITION_REJECTED: _closes(Code.OPPOSED),
    Code.LICENCE_ENDED: _closes(Code.LICENSED),
    Code.RELEASED: _closes(Code.PLEDGED),
    Code.UNFROZEN: _closes(Code.FROZEN),
    Code.OPEN_LICENCE_STATED: _open_licence,
    Code.OPEN_LICENCE_WITHDRAWN: _open_licence,
}
CONTRADICTIONS = (
    "filed_again", "filed_after_grant", "granted_again", "granted_after_end", "paid_after_lapse",
    "after_end", "renewed_before_grant", "ended_again", "discontinued_after_grant",
    "restored_without_lapse", "opposed_again", "invalidation_filed_again", "licensed_again",
    "pledged_again", "frozen_again", "opposition_rejected_without_opposed",
    "licence_ended_without_licensed", "released_without_pledged", "unfrozen_without_frozen",
    "invalidated_partly_without_invalidation_filed",
    "invalidation_rejected_without_invalidation_filed",
    "open_licence_stated_again", "open_licence_withdrawn_without_open_licence_stated",
)  # fmt: skip
