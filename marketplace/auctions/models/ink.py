"""Logs in ink: whoever speaks to the database, nothing of them changes, and no number is left out.

The same as the migrations give a database (0010, 0012, 0016); here for schemas made from the models.
"""

from sqlalchemy import DDL, event

from marketplace.auctions.models.auction import AuctionEvent
from marketplace.auctions.models.log import LogCheckpoint, LogLeaf, LogNode

IN_INK = (AuctionEvent, LogLeaf, LogNode, LogCheckpoint)
# What the next number of a log is: one more than the last, in its auction or in the whole tree.
NEXT = {
    "auction_event": (
        "seq",
        "1 + COALESCE((SELECT max(seq) FROM auction_event WHERE auction_id = NEW.auction_id), 0)",
    ),
    "log_leaf": ("place", "1 + COALESCE((SELECT max(place) FROM log_leaf), -1)"),
}


def on_postgresql(table: str) -> list[str]:
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
    if table in NEXT:
        column, following = NEXT[table]
        found += [
            f"""
            CREATE OR REPLACE FUNCTION {table}_next() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.{column} <> {following} THEN RAISE EXCEPTION '{table} has a gap'; END IF;
                RETURN NEW;
            END $$
            """,
            f"""
            CREATE TRIGGER {table}_gapless BEFORE INSERT ON {table}
                FOR EACH ROW EXECUTE FUNCTION {table}_next()
            """,
        ]
    return found


def on_sqlite(table: str) -> list[str]:
    """The same there."""
    found = [
        f"""
        CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is append only'); END
        """
        for verb in ("UPDATE", "DELETE")
    ]
    if table in NEXT:
        column, following = NEXT[table]
        found.append(
            f"""
            CREATE TRIGGER {table}_gapless BEFORE INSERT ON {table}
            WHEN NEW.{column} <> {following}
            BEGIN SELECT RAISE(ABORT, '{table} has a gap'); END
            """
        )
    return found


for _model in IN_INK:
    _name = _model.__tablename__
    for _dialect, _statements in (("postgresql", on_postgresql), ("sqlite", on_sqlite)):
        for _statement in _statements(_name):
            _ddl = DDL(_statement)  # type: ignore[no-untyped-call]
            event.listen(_model.__table__, "after_create", _ddl.execute_if(dialect=_dialect))
