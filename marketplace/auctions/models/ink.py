"""The log in ink: whoever speaks to the database, nothing of it changes, and no number is left out.

The same as the migrations give a database (0010, 0012); here for schemas made from the models.
"""

from sqlalchemy import DDL, event

from marketplace.auctions.models.auction import AuctionEvent

POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION auction_event_in_ink() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'auction_event is append only'; END $$
    """,
    """
    CREATE TRIGGER auction_event_row BEFORE UPDATE OR DELETE ON auction_event
        FOR EACH ROW EXECUTE FUNCTION auction_event_in_ink()
    """,
    """
    CREATE TRIGGER auction_event_all BEFORE TRUNCATE ON auction_event
        FOR EACH STATEMENT EXECUTE FUNCTION auction_event_in_ink()
    """,
    """
    CREATE OR REPLACE FUNCTION auction_event_next() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.seq <> 1 + COALESCE(
            (SELECT max(seq) FROM auction_event WHERE auction_id = NEW.auction_id), 0
        ) THEN RAISE EXCEPTION 'auction_event has a gap'; END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER auction_event_gapless BEFORE INSERT ON auction_event
        FOR EACH ROW EXECUTE FUNCTION auction_event_next()
    """,
)
SQLITE = (
    """
    CREATE TRIGGER auction_event_update BEFORE UPDATE ON auction_event
    BEGIN SELECT RAISE(ABORT, 'auction_event is append only'); END
    """,
    """
    CREATE TRIGGER auction_event_delete BEFORE DELETE ON auction_event
    BEGIN SELECT RAISE(ABORT, 'auction_event is append only'); END
    """,
    """
    CREATE TRIGGER auction_event_gapless BEFORE INSERT ON auction_event
    WHEN NEW.seq <> 1 + COALESCE(
        (SELECT max(seq) FROM auction_event WHERE auction_id = NEW.auction_id), 0
    )
    BEGIN SELECT RAISE(ABORT, 'auction_event has a gap'); END
    """,
)

for _dialect, _statements in (("postgresql", POSTGRESQL), ("sqlite", SQLITE)):
    for _statement in _statements:
        _ddl = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(AuctionEvent.__table__, "after_create", _ddl.execute_if(dialect=_dialect))
