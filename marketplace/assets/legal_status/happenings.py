"""One event of a right as far as the thinking needs it."""

from dataclasses import dataclass
from datetime import date

from marketplace.assets.legal_status.codes import Code

_ORDER = {code: position for position, code in enumerate(Code)}


@dataclass(frozen=True)
class Details:
    """What a report of an event says besides what happened and when; as the source spells it."""

    givers: tuple[str, ...] = ()
    takers: tuple[str, ...] = ()
    number: str = ""  # of the licence, pledge, proceeding; the year of a fee
    published_on: date | None = None
    office: str = ""
    text: str = ""
    source_reference: str = ""


@dataclass(frozen=True)
class Happening:
    """One event as far as the thinking needs it."""

    code: Code
    on: date
    number: str = ""  # of the licence, pledge, proceeding; the year of a fee
    givers: tuple[str, ...] = ()
    takers: tuple[str, ...] = ()
    reference: str = ""  # by which the caller finds its own record again

    @property
    def order(self) -> tuple[object, ...]:
        """By day; of one day, as things follow each other in the life of a right."""
        return (self.on, _ORDER[self.code], self.number, self.givers, self.takers, self.reference)
