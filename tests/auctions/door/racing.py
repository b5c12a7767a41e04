"""Many at once at the door, on a database of their own."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask

from marketplace.auctions.services.door import NotAccepted, Reply
from marketplace.core.db import db
from marketplace.core.policy import Actor
from tests.auctions.auctioning import bid, new_key

PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Call:
    """What one request did: asked and answered by a steady clock."""

    asked: float
    answered: float
    reply: Reply
    actor: Actor | None = None
    amount: int = 0


def at_once(
    app: Flask, works: Sequence[Callable[[], Any]], patience: float = PATIENCE
) -> list[Any]:
    """Each in a thread of its own, all let go together; what they came back with, in order."""
    gate, found = threading.Barrier(len(works)), [None] * len(works)
    faults: list[BaseException] = []

    def run(place: int, work: Callable[[], Any]) -> None:
        with app.app_context():
            gate.wait()
            try:
                found[place] = work()
            except BaseException as error:  # noqa: BLE001 -- told to the test below
                faults.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience)
    assert not any(thread.is_alive() for thread in threads), "somebody hangs"
    if faults:
        raise faults[0]
    return found


def until_answered(ask: Callable[[], Reply]) -> Reply:
    """As a client does: again with the same key while it is told that it was not accepted."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            return ask()
        except NotAccepted:
            db.session.remove()
            time.sleep(0.05)
    raise TimeoutError


def bids_until_answered(
    actor: Actor, reference: str, amount: int, key: str | None = None, confirm: str | None = None
) -> Call:
    """One bid with its history."""
    key, asked = key or new_key(), time.monotonic()
    reply = until_answered(lambda: bid(actor, reference, amount, key=key, confirm=confirm))
    return Call(asked, time.monotonic(), reply, actor, amount)
