"""Prove the migrations: up from nothing, equal to the models, down to nothing, up again.

On SQLite and on the PostgreSQL that the tests use (tests/databases.py). Without a PostgreSQL the
check fails if REQUIRE_SERVICES is set. Run as `python -m scripts.check_migrations`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import databases

ROOT = Path(__file__).parent.parent
STEPS = (["upgrade"], ["check"], ["downgrade", "base"], ["upgrade"], ["check"])


def prove(name: str, database_url: str) -> None:
    """Run the steps; a failing one ends the check with its own words."""
    for step in STEPS:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", *step]
        with tempfile.TemporaryDirectory() as instance:
            done = subprocess.run(  # noqa: S603 -- our own command
                command,
                cwd=ROOT,
                env={
                    **os.environ,
                    "DEMO": "1",
                    "DATABASE_URL": database_url,
                    "INSTANCE_DIR": instance,
                },
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            sys.exit(f"{name}: flask db {' '.join(step)} failed\n{done.stdout}\n{done.stderr}")
    print(f"{name}: migrations and models agree, and every step can be taken back")


def main() -> None:
    """Both databases."""
    with tempfile.TemporaryDirectory() as folder:
        prove("SQLite", f"sqlite:///{folder}/check.db")
    address = databases.postgresql_database("migrations")
    if address:
        prove("PostgreSQL", address)
    elif databases.REQUIRED:
        sys.exit("PostgreSQL: none found, and REQUIRE_SERVICES is set")
    else:
        print("PostgreSQL: not checked, none found")


if __name__ == "__main__":
    main()
