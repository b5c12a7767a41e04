"""Processes that die, or stand still, at a given statement or commit: forks of the test, on its own database."""

import os
import signal
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from sqlalchemy import Engine, event

from marketplace.core.db import db

PATIENCE = 30.0


def fork(work: Callable[[], Any], *, signal_at: int | None = None, by: int = signal.SIGKILL) -> int:
    """Run work in a child that signals itself before its nth statement, commits among them; its process id."""
    db.session.remove()
    pid = os.fork()
    if pid:
        return pid
    try:
        db.engine.dispose(close=False)  # the connections are the parent's
        if signal_at is not None:
            numbers = count(1)

            def step(*_: Any) -> None:
                if next(numbers) == signal_at:
                    os.kill(os.getpid(), by)

            event.listen(Engine, "before_cursor_execute", step)
            event.listen(Engine, "commit", step)
        work()
    finally:
        os._exit(0)


def killed(work: Callable[[], Any], at: int | None = None) -> bool:
    """Whether the child was killed at that statement; with none, after all its work."""
    pid = fork(
        work if at is not None else lambda: (work(), os.kill(os.getpid(), signal.SIGKILL)),
        signal_at=at,
    )
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def stands_still(pid: int) -> bool:
    """Wait until a child has stopped itself; false: it ended instead."""
    _, status = os.waitpid(pid, os.WUNTRACED)
    return os.WIFSTOPPED(status)


def goes_on(pid: int) -> None:
    """Let it go on, to its end."""
    os.kill(pid, signal.SIGCONT)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        done, _ = os.waitpid(pid, os.WNOHANG)
        if done:
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    raise TimeoutError
