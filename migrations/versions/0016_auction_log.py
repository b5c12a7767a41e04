"""auctions: the log of all of them, as a tree that only grows, and what was signed of it

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("log_leaf", "log_node", "log_checkpoint")

ON_POSTGRESQL = """
CREATE FUNCTION {table}_in_ink() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{table} is append only'; END $$;
CREATE TRIGGER {table}_row BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_in_ink();
CREATE TRIGGER {table}_all BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_in_ink();
"""
GAPLESS_ON_POSTGRESQL = """
CREATE FUNCTION log_leaf_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.place <> 1 + COALESCE((SELECT max(place) FROM log_leaf), -1)
    THEN RAISE EXCEPTION 'log_leaf has a gap'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER log_leaf_gapless BEFORE INSERT ON log_leaf
    FOR EACH ROW EXECUTE FUNCTION log_leaf_next();
"""
ON_SQLITE = """
CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append only'); END
"""
GAPLESS_ON_SQLITE = """
CREATE TRIGGER log_leaf_gapless BEFORE INSERT ON log_leaf
WHEN NEW.place <> 1 + COALESCE((SELECT max(place) FROM log_leaf), -1)
BEGIN SELECT RAISE(ABORT, 'log_leaf has a gap'); END
"""


def upgrade() -> None:
    op.create_table(
        "log_leaf",
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("auction_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["auction_id", "seq"],
            ["auction_event.auction_id", "auction_event.seq"],
            name=op.f("fk_log_leaf_auction_id_seq_auction_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_leaf")),
        sa.UniqueConstraint("auction_id", "seq", name=op.f("uq_log_leaf_auction_id_seq")),
        sa.UniqueConstraint("place", name=op.f("uq_log_leaf_place")),
    )
    op.create_table(
        "log_node",
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_node")),
        sa.UniqueConstraint("level", "place", name=op.f("uq_log_node_level_place")),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_log_checkpoint_size_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_checkpoint")),
        sa.UniqueConstraint("size", name=op.f("uq_log_checkpoint_size")),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(ON_POSTGRESQL.format(table=table))
        op.execute(GAPLESS_ON_POSTGRESQL)
        return
    for table in TABLES:
        for verb in ("update", "delete"):
            op.execute(ON_SQLITE.format(table=table, verb=verb))
    op.execute(GAPLESS_ON_SQLITE)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"DROP FUNCTION {table}_in_ink()")
        op.execute("DROP FUNCTION log_leaf_next()")
