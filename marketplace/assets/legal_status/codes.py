"""What can happen to a right: our codes, under the category letters of WIPO ST.27.

The letters are the standard's (A application filing … Z not classified; EPO's INPADOC uses the same
except N, final termination). The codes below a letter are ours: the standard's key events say more
than an exchange needs, and offices map their own events to them, not we. For patents a page shows
the letter as ST.27's; other kinds of right have no such standard that we follow, so theirs carry a
prefix of ours (TM-F: the grant of a mark).
"""

from dataclasses import dataclass
from enum import StrEnum

CATEGORIES = {
    "A": "application filing",
    "B": "application discontinuation",
    "C": "application revival",
    "D": "search and examination",
    "E": "pre-grant review request",
    "F": "right granted",
    "G": "protection beyond the term",
    "H": "cessation of the right",
    "K": "revival of the right",
    "L": "review of the right requested",
    "M": "right maintained",
    "N": "termination",
    "P": "modified document published",
    "Q": "document published",
    "R": "party data changed",
    "S": "licensing and similar transactions",
    "T": "adjustment of procedure",
    "U": "payment",
    "V": "appeal",
    "W": "other",
    "Y": "correction of event data",
    "Z": "not classified",
}


class Code(StrEnum):
    """One kind of event. Their order here is the order of two on one day."""

    CREATED = "created"
    FILED = "filed"
    PUBLISHED = "published"
    EXAMINED = "examined"
    APPROVED = "approved"
    OPPOSED = "opposed"
    OPPOSITION_REJECTED = "opposition_rejected"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    GRANTED = "granted"
    EXTENDED = "extended"
    RENEWED = "renewed"
    FEE_PAID = "fee_paid"
    FEE_UNPAID = "fee_unpaid"
    CEASED_IN_STATE = "ceased_in_state"
    LAPSED = "lapsed"
    RESTORED = "restored"
    INVALIDATION_FILED = "invalidation_filed"
    INVALIDATION_REJECTED = "invalidation_rejected"
    INVALIDATED_PARTLY = "invalidated_partly"
    INVALIDATED = "invalidated"
    CANCELLED = "cancelled"
    SURRENDERED = "surrendered"
    EXPIRED = "expired"
    ASSIGNED = "assigned"
    SUCCEEDED = "succeeded"
    NAME_CHANGED = "name_changed"
    ADDRESS_CHANGED = "address_changed"
    OPEN_LICENCE_STATED = "open_licence_stated"
    OPEN_LICENCE_WITHDRAWN = "open_licence_withdrawn"
    LICENSED = "licensed"
    LICENCE_ENDED = "licence_ended"
    PLEDGED = "pledged"
    RELEASED = "released"
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    CHECKED = "checked"
    CORRECTED = "corrected"
    OTHER = "other"


class Group(StrEnum):
    """Kinds of right whose events share a vocabulary."""

    PATENT = "patent"
    MARK = "mark"
    WORK = "work"
    VARIETY = "variety"
    LAYOUT = "layout"
    KNOW_HOW = "know_how"


_GROUPS = {
    "invention": Group.PATENT, "utility_model": Group.PATENT, "design": Group.PATENT,
    "patent_application": Group.PATENT, "trademark": Group.MARK, "collective_mark": Group.MARK,
    "certification_mark": Group.MARK, "geographical_indication": Group.MARK,
    "copyright": Group.WORK, "software": Group.WORK, "plant_variety": Group.VARIETY,
    "ic_layout": Group.LAYOUT,
}  # fmt: skip
_PREFIX = {
    Group.PATENT: "",
    Group.MARK: "TM-",
    Group.WORK: "CR-",
    Group.VARIETY: "PV-",
    Group.LAYOUT: "IC-",
    Group.KNOW_HOW: "KH-",
}


@dataclass(frozen=True)
class Meaning:
    """The letter of an event, and the kinds of right it can happen to."""

    category: str
    groups: frozenset[Group]


_ALL = frozenset(Group)
_P, _M, _W, _V, _L = Group.PATENT, Group.MARK, Group.WORK, Group.VARIETY, Group.LAYOUT
_APPLIED = frozenset({_P, _M, _V, _L})  # rights that begin with an application
_ENTERED = _APPLIED | {_W}  # and works, whose entry in a register is voluntary
_FEES = frozenset({_P, _V})

MEANINGS: dict[Code, Meaning] = {
    Code.CREATED: Meaning("A", frozenset({_W, _L, Group.KNOW_HOW})),
    Code.FILED: Meaning("A", _ENTERED),
    Code.PUBLISHED: Meaning("Q", _ENTERED),
    Code.EXAMINED: Meaning("D", _APPLIED),
    Code.APPROVED: Meaning("D", frozenset({_M})),  # preliminary approval, open to opposition
    Code.OPPOSED: Meaning("E", frozenset({_P, _M, _V})),
    Code.OPPOSITION_REJECTED: Meaning("E", frozenset({_P, _M, _V})),
    Code.REFUSED: Meaning("B", _ENTERED),
    Code.WITHDRAWN: Meaning("B", _ENTERED),
    Code.GRANTED: Meaning("F", _ENTERED),  # of a mark, work or layout: registered
    Code.EXTENDED: Meaning("G", frozenset({_P})),
    Code.RENEWED: Meaning("U", frozenset({_M})),
    Code.FEE_PAID: Meaning("U", _FEES),
    Code.FEE_UNPAID: Meaning("U", _FEES),
    Code.CEASED_IN_STATE: Meaning("H", frozenset({_P})),  # of a regional right, in one state
    Code.LAPSED: Meaning("H", _APPLIED),
    Code.RESTORED: Meaning("K", _APPLIED),
    Code.INVALIDATION_FILED: Meaning("L", _APPLIED),
    Code.INVALIDATION_REJECTED: Meaning("M", _APPLIED),
    Code.INVALIDATED_PARTLY: Meaning("M", _APPLIED),
    Code.INVALIDATED: Meaning("H", _APPLIED),
    Code.CANCELLED: Meaning("H", _ENTERED),
    Code.SURRENDERED: Meaning("H", _ENTERED),
    Code.EXPIRED: Meaning("H", _ENTERED),
    Code.ASSIGNED: Meaning("R", _ALL),
    Code.SUCCEEDED: Meaning("R", _ALL),  # inheritance, merger
    Code.NAME_CHANGED: Meaning("R", _ALL),
    Code.ADDRESS_CHANGED: Meaning("R", _ALL),
    Code.OPEN_LICENCE_STATED: Meaning("S", frozenset({_P})),
    Code.OPEN_LICENCE_WITHDRAWN: Meaning("S", frozenset({_P})),
    Code.LICENSED: Meaning("S", _ALL),
    Code.LICENCE_ENDED: Meaning("S", _ALL),
    Code.PLEDGED: Meaning("S", _ENTERED),
    Code.RELEASED: Meaning("S", _ENTERED),
    Code.FROZEN: Meaning("T", _ALL),
    Code.UNFROZEN: Meaning("T", _ALL),
    Code.CHECKED: Meaning("W", _ALL),  # somebody looked into the register and found it so
    Code.CORRECTED: Meaning("Y", _ALL),
    Code.OTHER: Meaning("W", _ALL),
}
# What ends a right, and what a state of the right is called after it.
ENDS: dict[Code, str] = {
    Code.REFUSED: "cancelled",
    Code.WITHDRAWN: "cancelled",
    Code.LAPSED: "lapsed",
    Code.INVALIDATED: "invalidated",
    Code.CANCELLED: "cancelled",
    Code.SURRENDERED: "cancelled",
    Code.EXPIRED: "expired",
}
# What speaks against the one who says it counts as soon as it is said; the rest once confirmed.
ADVERSE = frozenset(
    {*ENDS, Code.FEE_UNPAID, Code.OPPOSED, Code.INVALIDATION_FILED, Code.INVALIDATED_PARTLY,
     Code.FROZEN}
)  # fmt: skip
CHANGES_STATUS = frozenset(
    {*ENDS, Code.RESTORED, Code.RENEWED, Code.GRANTED, Code.INVALIDATED_PARTLY}
)
CHANGES_HOLDER = (Code.ASSIGNED, Code.SUCCEEDED, Code.NAME_CHANGED)


def group_of(kind: str) -> Group:
    """Whose vocabulary a kind of right speaks; what is in no register has the smallest."""
    return _GROUPS.get(kind, Group.KNOW_HOW)


def codes_for(kind: str) -> tuple[Code, ...]:
    """What can happen to a right of a kind."""
    group = group_of(kind)
    return tuple(code for code, meaning in MEANINGS.items() if group in meaning.groups)


def sign(code: str, kind: str) -> str:
    """The letter that a page shows: ST.27's for patents, with a prefix of ours for the others."""
    return _PREFIX[group_of(kind)] + MEANINGS[Code(code)].category
