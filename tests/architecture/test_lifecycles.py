import pytest

import marketplace.negotiation.models
import marketplace.notifications.models
import marketplace.payments.models
import marketplace.valuation.models  # noqa: F401 -- so that every lifecycle is known
from marketplace.core.lifecycle import Stateful
from marketplace.core.words import knows


def stateful() -> list[type[Stateful]]:
    return sorted(_below(Stateful), key=lambda c: c.__name__)


def _below(kind: type[Stateful]) -> list[type[Stateful]]:
    """The tables among its kinds; a shared ancestor has none."""
    kinds = [one for child in kind.__subclasses__() for one in (child, *_below(child))]
    return [one for one in kinds if not one.__dict__.get("__abstract__")]


@pytest.mark.parametrize("record", stateful(), ids=lambda c: c.__name__)
def test_every_state_can_be_reached_and_every_action_ends_in_a_known_state(record):
    column = record.__table__.c.state
    states, start = set(column.type.enum_class), column.default.arg
    reached, frontier = {start}, {start}
    while frontier:
        frontier = {
            move.target for move in record.lifecycle.moves.values() if frontier & set(move.sources)
        } - reached
        reached |= frontier
    assert reached == states


@pytest.mark.parametrize("record", stateful(), ids=lambda c: c.__name__)
def test_every_state_action_and_wrong_state_has_words(record):
    noun = record.lifecycle.noun
    states = {f"{noun}.{state.value}" for state in record.__table__.c.state.type.enum_class}
    actions = {f"{noun}.{action}" for action in record.lifecycle.moves}
    wordless = [("states", c) for c in sorted(states) if not knows("states", c)]
    for section in ("actions", "events", "refusals"):
        wordless += [(section, c) for c in sorted(actions) if not knows(section, c)]
    assert wordless == []
