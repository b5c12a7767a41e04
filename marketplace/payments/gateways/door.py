"""What a payment service provider does for us, in our words. Pure: values in, values out.

Every order carries a key of ours; an order of unknown outcome (`Unknown`) is asked for again by
that key, never under another one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Stands(StrEnum):
    """How an object of the provider stands."""

    OPEN = "open"
    HELD = "held"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Unknown(Exception):  # noqa: N818 -- an answer that did not arrive, not an error
    """The provider was not reached, or its answer did not arrive: it may have acted, or not."""


class Declined(Exception):  # noqa: N818 -- an answer
    """The provider says no, once and for all; `code` is the provider's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code[:80]


class Forged(Exception):  # noqa: N818 -- an answer
    """A notice that the provider did not sign, or signed too long ago."""


@dataclass(frozen=True)
class CardOrder:
    """Money asked for: minor units, under a key of ours; `group` ties it to a deal."""

    key: str
    minor: int
    currency: str
    name: str
    group: str = ""


@dataclass(frozen=True)
class AccountOrder:
    """An account asked for, under a key of ours: for whom, and in which country (ISO 3166-1)."""

    key: str
    name: str
    country: str


@dataclass(frozen=True)
class Account:
    """A payee's account at the provider. `ready`: it takes money; `due`: what it still wants to know."""

    id: str
    key: str
    ready: bool
    due: tuple[str, ...] = ()


@dataclass(frozen=True)
class Intent:
    """A payment at the provider. `received`: minor units that were captured."""

    id: str
    key: str
    stands: Stands
    minor: int
    received: int
    currency: str
    charge: str = ""
    failure: str = ""


@dataclass(frozen=True)
class Session:
    """A payment page of the provider, and the payment behind it once there is one."""

    id: str
    key: str
    stands: Stands
    url: str
    intent: str = ""


@dataclass(frozen=True)
class Sent:
    """Money that the provider sent for us: a refund to a card, or a transfer to a partner's account."""

    id: str
    key: str
    stands: Stands
    minor: int
    failure: str = ""


@dataclass(frozen=True)
class Entry:
    """A movement of our balance at the provider; minor units, out of it below zero."""

    id: str
    kind: str  # charge, refund, payout, transfer, adjustment …
    minor: int
    fee: int
    currency: str
    source: str
    available: bool


@dataclass(frozen=True)
class Signed:
    """What a signed notice is about; what it says of the object is not relied on."""

    id: str
    kind: str
    object_kind: str
    object_id: str


class Gateway(Protocol):
    """A provider. Methods reach outside: none is called inside a transaction.

    All raise `Unknown` where the outcome is not known, `Declined` where it is a definite no.
    """

    name: str

    def checkout(self, order: CardOrder, *, hold: bool, back: str, away: str) -> Session:
        """Open a payment page; `hold`: reserve only. `back`, `away`: where the payer returns to."""

    def hold(self, order: CardOrder, *, method: str) -> Intent:
        """Reserve an amount on a payment method that the provider keeps."""

    def capture(self, intent: str, *, key: str, minor: int) -> Intent:
        """Take what was reserved, up to `minor`; the rest is set free."""

    def cancel(self, intent: str, *, key: str) -> Intent:
        """Set a reservation free."""

    def close(self, session: str, *, key: str) -> Session:
        """Let nobody pay on a page any more."""

    def refund(self, intent: str, order: CardOrder) -> Sent:
        """Send money back to the card it came from."""

    def transfer(self, destination: str, order: CardOrder) -> Sent:
        """Send money to a connected account."""

    def open_account(self, order: AccountOrder) -> Account:
        """Open an account to which money can be sent; its owner tells the provider the rest."""

    def account_page(self, number: str, *, back: str, again: str) -> str:
        """The address where its owner tells the provider what is due; good once, and for a short while.

        `back`: where the provider leads when it is done, `again`: when the address was good no more.
        """

    def intent(self, number: str) -> Intent:
        """Read a payment."""

    def session(self, number: str) -> Session:
        """Read a payment page."""

    def sent(self, number: str) -> Sent:
        """Read a refund or a transfer."""

    def account(self, number: str) -> Account:
        """Read a payee's account; `Declined` where it is there no more."""

    def find(self, key: str, *, kind: str, since: datetime) -> str:
        """The number of what was made under our key, or nothing.

        `kind`: session, intent, refund, transfer, account.
        """

    def entries(self, *, after: str = "") -> Iterator[Entry]:
        """Movements of our balance, newest first, down to the one numbered `after`."""

    def read_notice(self, raw: bytes, signature: str) -> Signed:
        """What a notice is about, its signature proved on the bytes as they came. Raises `Forged`."""
