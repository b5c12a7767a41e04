"""What stands behind the settings: the services, and a database without a demonstration.

`config.problems` reads the settings alone; this looks further. Each fault is one sentence.
"""

import smtplib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import redis
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, or_, select
from sqlalchemy.exc import SQLAlchemyError

import config
from marketplace.documents import clamav, storage
from marketplace.documents.places import Bucket
from marketplace.notifications import post
from marketplace.organisations.models import User

MIGRATIONS = Path(__file__).parents[2] / "migrations"
DEMONSTRATION = ("@demo.example", "@seed.example")  # whose password everybody may read
SECONDS = 5

SCHEMA = "The database is not at the schema of this version: run `flask --app wsgi db upgrade`."
LEFTOVERS = (
    "The database holds people of the demonstration, whose password is public. "
    "Start with an empty database."
)


def faults(settings: Mapping[str, Any]) -> list[str]:
    """Everything: database, Redis, mail server, folders. May take some seconds."""
    checks: tuple[Callable[[Mapping[str, Any]], list[str]], ...] = (
        _database,
        _redis,
        _mail,
        _folders,
        _files,
    )
    return [fault for check in checks for fault in check(settings)]


def reasons_not_to_start(settings: Mapping[str, Any]) -> list[str]:
    """What must not be served; a service that is away for a moment is no reason to stay down."""
    if settings["DEMO"]:
        return []
    found = config.problems(settings)
    return found or [fault for fault in _database(settings) if fault in {SCHEMA, LEFTOVERS}]


def _database(settings: Mapping[str, Any]) -> list[str]:
    engine = create_engine(
        settings["SQLALCHEMY_DATABASE_URI"], poolclass=NullPool, hide_parameters=True
    )
    try:
        with engine.connect() as connection:
            if not _is_current(connection):
                return [SCHEMA]
            return [LEFTOVERS] if _holds_demonstration(connection) else []
    except SQLAlchemyError as error:
        return [f"The database does not answer ({type(error).__name__}): check DATABASE_URL."]


def _is_current(connection: Connection) -> bool:
    scripts = Config()
    scripts.set_main_option("script_location", str(MIGRATIONS))
    head = ScriptDirectory.from_config(scripts).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def _holds_demonstration(connection: Connection) -> bool:
    theirs = or_(*(User.email.endswith(end) for end in DEMONSTRATION))
    return (
        connection.scalar(select(User.id).where(theirs, User.closed_at.is_(None)).limit(1))
        is not None
    )


def _redis(settings: Mapping[str, Any]) -> list[str]:
    if not settings["REDIS_URL"]:
        return []
    try:
        client = redis.Redis.from_url(
            settings["REDIS_URL"], socket_connect_timeout=SECONDS, socket_timeout=SECONDS
        )
        client.ping()
        client.close()
    except (redis.RedisError, ValueError) as error:
        return [f"Redis does not answer ({type(error).__name__}): check REDIS_URL."]
    return []


def _mail(settings: Mapping[str, Any]) -> list[str]:
    if not settings["MAIL_SERVER"]:
        return []
    try:
        with post.server():
            return []
    except (OSError, smtplib.SMTPException) as error:
        return [f"The mail server does not let us in ({type(error).__name__}): check MAIL_…."]


def _folders(settings: Mapping[str, Any]) -> list[str]:
    found = []
    for name in ("DOCUMENTS_DIR", "SEARCH_DIR"):
        try:
            Path(settings[name]).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=settings[name]):
                pass
        except OSError as error:
            found.append(f"{name} cannot be written to ({type(error).__name__}).")
    return found


def _files(settings: Mapping[str, Any]) -> list[str]:
    """The bucket and the virus scanner, where they are set (the application was made with them)."""
    found = []
    home = storage.home()
    fault = home.fault() if isinstance(home, Bucket) else ""
    if settings["S3_BUCKET"] and fault:
        found.append(f"The bucket of files cannot be used ({fault}): check S3_….")
    if settings["CLAMAV_ADDRESS"] and (fault := clamav.fault()):
        found.append(f"The virus scanner does not answer ({fault}): check CLAMAV_ADDRESS.")
    return found
