"""A migration meets everything that a site has, not only empty tables."""

import pytest
from sqlalchemy import create_engine, func, inspect, select, table

from tests.demonstrations import flask


def rows(url: str) -> dict[str, int]:
    """How many rows each table has."""
    engine = create_engine(url)
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        found = {
            name: connection.scalar(select(func.count()).select_from(table(name))) for name in names
        }
    engine.dispose()
    return found


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_newest_migration_is_taken_back_and_made_again_and_every_row_stays(
    demonstrations, tmp_path, database
):
    url, _ = demonstrations.copied(database, tmp_path, "upgraded")
    before = rows(url)

    for step in ("downgrade", "upgrade"):
        command = flask(url, tmp_path, "db", step)
        _, said = command.communicate()
        assert command.returncode == 0, said
        after = rows(url)
        if step == "downgrade":
            older = after

    assert before["organisation"] > 40
    assert {name: after[name] for name in older} == {name: before[name] for name in older}
