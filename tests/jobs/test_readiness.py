"""A production start looks behind the settings."""

import json
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.jobs import readiness
from tests import factories as a
from tests.conftest import ROOT
from tests.test_config import FIT


@pytest.fixture
def settings(own_database: Flask) -> dict[str, object]:
    """The settings of a database at the schema of this version."""
    db.session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    head = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
    db.session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})
    db.session.commit()
    yield dict(own_database.config)
    db.session.remove()
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))


def test_an_empty_database_at_the_right_schema_with_no_service_named_has_no_fault(settings):
    assert readiness.faults(settings) == []


@pytest.mark.parametrize("address", ["operator@demo.example", "owner-x@seed.example"])
def test_people_of_a_demonstration_are_found_until_they_are_closed(settings, address):
    user = a.user(email=address)
    assert readiness.faults(settings) == [readiness.LEFTOVERS]

    user.closed_at = clock.now()
    db.session.commit()
    assert readiness.faults(settings) == []


def test_an_old_schema_is_found(settings):
    db.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    db.session.commit()

    assert readiness.faults(settings) == [readiness.SCHEMA]


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://nobody@127.0.0.1:1/x"}, "DATABASE_URL"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "REDIS_URL"),
        ({"REDIS_URL": "nonsense"}, "REDIS_URL"),
        ({"DOCUMENTS_DIR": "/dev/null/documents"}, "DOCUMENTS_DIR"),
    ],
)
def test_a_service_that_does_not_answer_is_named_by_its_setting(settings, over, said):
    [fault] = readiness.faults(settings | over)

    assert said in fault


def test_a_start_is_refused_for_settings_schema_and_leftovers_but_not_for_a_moment_s_absence(
    settings, tmp_path: Path
):
    import config  # noqa: PLC0415 -- the module, beside the fixture's settings

    fit = config.load(FIT | {"INSTANCE_DIR": str(tmp_path)})
    there = fit | {"SQLALCHEMY_DATABASE_URI": settings["SQLALCHEMY_DATABASE_URI"]}
    a.user(email="operator@demo.example")
    gone = {"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://nobody@127.0.0.1:1/x"}

    assert readiness.reasons_not_to_start(fit | gone) == []
    assert len(readiness.reasons_not_to_start(fit | {"SECRET_KEY": ""})) == 1
    assert readiness.reasons_not_to_start(there | {"DEMO": True}) == []
    if str(there["SQLALCHEMY_DATABASE_URI"]).startswith("postgresql"):
        assert readiness.reasons_not_to_start(there) == [readiness.LEFTOVERS]


def test_no_worker_starts_and_nothing_is_planted_where_it_must_not(own_database, monkeypatch):
    run = own_database.test_cli_runner()
    refused = run.invoke(args=["worker"])
    assert (refused.exit_code, json.loads(refused.output)["ready"]) == (1, False)

    monkeypatch.setattr("config.problems", lambda _: [])
    planted = run.invoke(args=["seed"])
    assert planted.exit_code == 1
    assert json.loads(planted.output)["error"]["code"] == "seed.production"
