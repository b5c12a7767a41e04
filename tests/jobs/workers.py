"""Worker processes for the tests, on a database that the test has made."""

import os
import subprocess
import sys
from pathlib import Path

from marketplace.core import events
from marketplace.core.db import db, transaction
from marketplace.core.policy import SYSTEM
from marketplace.organisations.models import Organisation
from tests import factories as a
from tests.conftest import ROOT


def worker(url: str, instance: Path) -> "subprocess.Popen[str]":
    """`flask worker` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DEMO": "1",
            "DATABASE_URL": url,
            "INSTANCE_DIR": str(instance),
        },
        stderr=subprocess.PIPE,
        text=True,
    )


def many_events(count: int) -> None:
    """Messages for the one member of an organisation, each event owed to every reader."""
    with transaction():
        holder = a.organisation("holder")
        a.member(holder, "owner")
        for number in range(count):
            events.record(holder, "organisation.reopen", by=SYSTEM, because=str(number))
        assert db.session.get(Organisation, holder.id) is not None
