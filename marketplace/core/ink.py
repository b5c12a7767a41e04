"""Tables in ink: whoever speaks to the database, nothing in them changes, and no number is left out.

The migrations give a database the same triggers; these here are for schemas made from the models.
"""

from sqlalchemy import DDL, event

from marketplace.core.db import Base


def in_ink(model: type[Base], *, following: tuple[str, str] | None = None) -> None:
    """Let rows of a table be added and never changed.

    `following`: a column, and the SQL of the one value that a new row may have in it.
    """
    table = model.__tablename__
    for dialect, statements in (
        ("postgresql", _on_postgresql(table, following)),
        ("sqlite", _on_sqlite(table, following)),
    ):
        for statement in statements:
            ddl = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(model.__table__, "after_create", ddl.execute_if(dialect=dialect))


def _on_postgresql(table: str, following: tuple[str, str] | None) -> list[str]:
    """Triggers against change, deletion, truncation and gaps."""
    found = [
        f"""
        CREATE OR REPLACE FUNCTION {table}_in_ink() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{table} is append only'; END $$
        """,
        f"""
        CREATE TRIGGER {table}_row BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_in_ink()
        """,
        f"""
        CREATE TRIGGER {table}_all BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_in_ink()
        """,
    ]
    if following:
        column, value = following
        found += [
            f"""
            CREATE OR REPLACE FUNCTION {table}_next() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.{column} <> {value} THEN RAISE EXCEPTION '{table} has a gap'; END IF;
                RETURN NEW;
            END $$
            """,
            f"""
            CREATE TRIGGER {table}_gapless BEFORE INSERT ON {table}
                FOR EACH ROW EXECUTE FUNCTION {table}_next()
            """,
        ]
    return found


def _on_sqlite(table: str, following: tuple[str, str] | None) -> list[str]:
    """The same there."""
    found = [
        f"""
        CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is append only'); END
        """
        for verb in ("UPDATE", "DELETE")
    ]
    if following:
        column, value = following
        found.append(
            f"""
            CREATE TRIGGER {table}_gapless BEFORE INSERT ON {table}
            WHEN NEW.{column} <> {value}
            BEGIN SELECT RAISE(ABORT, '{table} has a gap'); END
            """
        )
    return found
