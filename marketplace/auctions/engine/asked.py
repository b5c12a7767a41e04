"""A command with everything that its answer may depend on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.auctions.engine.rules import LARGEST, Rules
from marketplace.auctions.engine.state import Bidder, Command, Event, Refusal, State

Found = tuple[Event, ...] | Refusal
Log = Callable[[], Sequence[Event]]


def NO_LOG() -> Sequence[Event]:  # noqa: N802 -- a constant that is called
    """Nothing has happened, or nobody needs to know."""
    return ()


@dataclass(frozen=True)
class Asked:
    """The command, the moment, and what is known."""

    rules: Rules
    state: State
    command: Command
    at: int
    secrets: Mapping[str, Any]
    log: Log

    def argument(self, name: str, default: Any = None) -> Any:
        """One of the command's arguments."""
        return self.command.arguments.get(name, default)

    @property
    def reserve(self) -> int | None:
        """The secret reserve."""
        value = self.secrets.get("reserve")
        return None if value is None else int(value)

    def event(self, kind: str, *, code: str | None = None, **public: Any) -> Event:
        """An event of this moment without a private part."""
        return Event(kind, self.at, code, public)

    def bidder(self) -> Bidder | Refusal:
        """Who asks: admitted, and not excluded (I-12)."""
        found = self.state.bidders.get(self.command.code or "")
        if found is None:
            return Refusal("auction.not_admitted")
        if found.excluded:
            return Refusal("auction.excluded")
        return found

    def amount(self, name: str = "amount") -> int | Refusal:
        """An amount: a whole positive number on the tick, within bounds (I-14)."""
        value = self.argument(name)
        if type(value) is not int or not 0 < value <= LARGEST or value % self.rules.tick:
            return Refusal("auction.bad_amount", {"tick": self.rules.tick})
        return value
