"""Runs of commands through the engine, with everything that was answered on the way."""

from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.auctions.engine.applying import apply
from marketplace.auctions.engine.deciding import decide
from marketplace.auctions.engine.rules import SECOND, Format, PriorityMode, Rules
from marketplace.auctions.engine.state import Command, Event, Refusal, State
from marketplace.auctions.engine.timing import next_due

OPENS, FREE_ENDS = 10_000 * SECOND, 20_000 * SECOND
START = 1_000_000
CODES = "ABCDE"


def rules(**over: Any) -> Rules:
    """Rising bids by a fixed step of a hundred yuan, rights of first refusal inside."""
    return Rules(
        **{
            "auction": "J-1",
            "format": Format.ENGLISH,
            "start": START,
            "step": 10_000,
            "opens_at": OPENS,
            "free_ends_at": FREE_ENDS,
            "ends_at": FREE_ENDS + 300 * SECOND,
            "priority": PriorityMode.INSIDE,
        }
        | over
    )


class Run:
    """Published, five bidders admitted, opened; then bids of (wait, code, amount)."""

    def __init__(
        self,
        cfg: Rules,
        run: Sequence[tuple[int, str, int]] = (),
        rank: Mapping[str, int] | None = None,
        reserve: int | None = None,
    ) -> None:
        self.rules = cfg
        self.secrets = {"reserve": reserve, "reserve_salt": "00"}
        self.state = State()
        self.events: list[Event] = []
        self.steps: list[Any] = []
        self.at = 1
        self.do(Command("publish"))
        for code in CODES:
            self.do(Command("admit", None, {"code": code, "rank": (rank or {}).get(code, 0)}))
        self.at = cfg.opens_at
        self.do(Command("clock"))
        for wait, code, amount in run:
            self.pass_time(wait)
            self.bid(code, amount)

    def do(self, command: Command) -> Any:
        """Ask, and take in what was decided."""
        before = self.state
        found = decide(
            self.rules, before, command, self.at, self.secrets, lambda: list(self.events)
        )
        if not isinstance(found, Refusal):
            for event in found:
                self.state = apply(self.rules, self.state, event)
                self.events.append(event)
        self.steps.append((before, command, found, self.state))
        return found

    def bid(self, code: str, amount: Any) -> Any:
        """A bid, confirmed."""
        asked = {"amount": amount, "salt": "5a", "confirmed": True}
        return self.do(Command("bid", code, asked))

    def pass_time(self, wait: int) -> None:
        """The clock acts at every moment that is due on the way."""
        end = self.at + wait
        while (due := next_due(self.rules, self.state)) is not None and due <= end:
            self.at = max(self.at, due)
            if isinstance(self.do(Command("clock")), Refusal):
                break
        self.at = end

    def close(self) -> "Run":
        """To the very end."""
        self.pass_time(100_000 * SECOND)
        return self

    @property
    def accepted(self) -> list[Any]:
        """Bids that were taken: (before, command, events, after)."""
        return [
            step
            for step in self.steps
            if step[1].kind == "bid" and not isinstance(step[2], Refusal)
        ]


def whole(
    run: Sequence[tuple[int, str, int]],
    rank: Mapping[str, int] | None = None,
    reserve: int | None = None,
    **over: Any,
) -> Run:
    """A run to its end."""
    return Run(rules(has_reserve=reserve is not None, **over), run, rank, reserve).close()
