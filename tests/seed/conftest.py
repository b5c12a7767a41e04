"""The demonstration, as the command that people run has planted it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.events import EventDelivery
from tests.conftest import forget_the_last_request, settings
from tests.demonstrations import Demonstrations, flask


class Planted:
    """A planted site: the application, and what the command said."""

    def __init__(self, app: Flask, url: str, instance: Path, said: dict[str, object]) -> None:
        self.app, self.url, self.instance, self.said = app, url, instance, said
        undelivered = select(func.count(EventDelivery.id)).where(EventDelivery.done_at.is_(None))
        self.undelivered = db.session.scalar(undelivered)

    def again(self) -> dict[str, object]:
        """What the command says when it is run once more."""
        out, _ = flask(self.url, self.instance, "seed").communicate()
        return dict(json.loads(out))


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def planted(
    request: pytest.FixtureRequest,
    demonstrations: Demonstrations,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Planted]:
    instance = tmp_path_factory.mktemp("seed")
    url, said = demonstrations.copied(request.param, instance, "seed")
    app = create_app(settings(instance, url, DEMO=True))
    app.before_request_funcs.setdefault(None, []).insert(0, forget_the_last_request)
    with app.app_context():
        yield Planted(app, url, instance, said)
        db.session.remove()
        db.engine.dispose()
