"""auctions: the log without gaps, a bidder's last answers, the pulse of the clock

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

ON_POSTGRESQL = """
CREATE TRIGGER auction_event_all BEFORE TRUNCATE ON auction_event
    FOR EACH STATEMENT EXECUTE FUNCTION auction_event_in_ink();
CREATE FUNCTION auction_event_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> 1 + COALESCE(
        (SELECT max(seq) FROM auction_event WHERE auction_id = NEW.auction_id), 0
    ) THEN RAISE EXCEPTION 'auction_event has a gap'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER auction_event_gapless BEFORE INSERT ON auction_event
    FOR EACH ROW EXECUTE FUNCTION auction_event_next();
"""
ON_SQLITE = """
CREATE TRIGGER auction_event_gapless BEFORE INSERT ON auction_event
WHEN NEW.seq <> 1 + COALESCE(
    (SELECT max(seq) FROM auction_event WHERE auction_id = NEW.auction_id), 0
)
BEGIN SELECT RAISE(ABORT, 'auction_event has a gap'); END
"""


def upgrade() -> None:
    op.create_table(
        "auction_beat",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("beat_at", sa.DateTime(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_beat")),
        sa.UniqueConstraint("name", name=op.f("uq_auction_beat_name")),
    )
    with op.batch_alter_table("auction_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_auction_answer_participant_id"))
        batch_op.create_index("ix_auction_answer_last", ["participant_id", "id"], unique=False)
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute(ON_POSTGRESQL if on_postgresql else ON_SQLITE)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER auction_event_all ON auction_event")
        op.execute("DROP FUNCTION auction_event_next() CASCADE")
    else:
        op.execute("DROP TRIGGER auction_event_gapless")
    with op.batch_alter_table("auction_answer", schema=None) as batch_op:
        batch_op.drop_index("ix_auction_answer_last")
        batch_op.create_index(
            batch_op.f("ix_auction_answer_participant_id"), ["participant_id"], unique=False
        )
    op.drop_table("auction_beat")
