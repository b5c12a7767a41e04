"""auctions: log, participants, answers, awards, deposits

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The log is written in ink: whoever speaks to the database, an update or a deletion fails.
ON_POSTGRESQL = """
CREATE FUNCTION auction_event_in_ink() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'auction_event is append only'; END $$;
CREATE TRIGGER auction_event_row BEFORE UPDATE OR DELETE ON auction_event
    FOR EACH ROW EXECUTE FUNCTION auction_event_in_ink();
"""
ON_SQLITE = (
    (
        "CREATE TRIGGER auction_event_update BEFORE UPDATE ON auction_event "
        "BEGIN SELECT RAISE(ABORT, 'auction_event is append only'); END"
    ),
    (
        "CREATE TRIGGER auction_event_delete BEFORE DELETE ON auction_event "
        "BEGIN SELECT RAISE(ABORT, 'auction_event is append only'); END"
    ),
)


def upgrade() -> None:
    op.create_table(
        "auction",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("listing_id", KEY, nullable=False),
        sa.Column("seller_id", KEY, nullable=False),
        sa.Column("created_by_id", KEY, nullable=True),
        sa.Column("submitted_by_id", KEY, nullable=True),
        sa.Column("approved_by_id", KEY, nullable=True),
        sa.Column("parent_id", KEY, nullable=True),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rules_data", sa.JSON(), nullable=False),
        sa.Column("rules_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_secrets", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("sealed_state", sa.LargeBinary(), nullable=True),
        sa.Column("last_intake_at", sa.DateTime(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("leader_code", sa.String(length=8), nullable=True),
        sa.Column("reserve_met", sa.Boolean(), nullable=False),
        sa.Column("bid_count", sa.BigInteger(), nullable=False),
        sa.Column("opens_at", sa.DateTime(), nullable=True),
        sa.Column("ends_at", sa.DateTime(), nullable=True),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "price_minor IS NULL OR price_minor > 0", name=op.f("ck_auction_price_positive")
        ),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_auction_seq_not_negative")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["user.id"], name=op.f("fk_auction_approved_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_auction_created_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_auction_listing_id_listing")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["auction.id"], name=op.f("fk_auction_parent_id_auction")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisation.id"], name=op.f("fk_auction_seller_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["user.id"], name=op.f("fk_auction_submitted_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction")),
        sa.UniqueConstraint("reference", name=op.f("uq_auction_reference")),
    )
    with op.batch_alter_table("auction", schema=None) as batch_op:
        batch_op.create_index("ix_auction_due", ["state", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_auction_listing_id"), ["listing_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_auction_opens_at"), ["opens_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_auction_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_auction_seller_id"), ["seller_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_auction_state"), ["state"], unique=False)

    op.create_table(
        "auction_event",
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_auction_event_auction_id_auction")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_event")),
        sa.UniqueConstraint("auction_id", "seq", name=op.f("uq_auction_event_auction_id_seq")),
        sa.UniqueConstraint("hash", name=op.f("uq_auction_event_hash")),
    )
    op.create_table(
        "participant",
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("code", sa.String(length=8), nullable=True),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("backup", sa.Boolean(), nullable=False),
        sa.Column("rules_hash", sa.String(length=64), nullable=False),
        sa.Column("declarations", sa.JSON(), nullable=False),
        sa.Column("qualified_by_id", KEY, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_participant_auction_id_auction")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_participant_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["qualified_by_id"], ["user.id"], name=op.f("fk_participant_qualified_by_id_user")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_participant_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("auction_id", "code", name=op.f("uq_participant_auction_id_code")),
        sa.UniqueConstraint(
            "auction_id", "organisation_id", name=op.f("uq_participant_auction_id_organisation_id")
        ),
    )
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_participant_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "auction_answer",
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("participant_id", KEY, nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_auction_answer_auction_id_auction")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_auction_answer_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_answer")),
        sa.UniqueConstraint(
            "auction_id", "user_id", "key", name=op.f("uq_auction_answer_auction_id_user_id_key")
        ),
    )
    with op.batch_alter_table("auction_answer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_auction_answer_participant_id"), ["participant_id"], unique=False
        )

    op.create_table(
        "award",
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("participant_id", KEY, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("deal_id", KEY, nullable=True),
        sa.Column("awarded_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("ordinal IN (1, 2)", name=op.f("ck_award_ordinal")),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_award_price_positive")),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_award_auction_id_auction")
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_award_deal_id_deal")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_award_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award")),
        sa.UniqueConstraint("auction_id", "ordinal", name=op.f("uq_award_auction_id_ordinal")),
        sa.UniqueConstraint("deal_id", name=op.f("uq_award_deal_id")),
    )
    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.create_index(
            "uq_award_standing",
            ["auction_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "hold",
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("participant_id", KEY, nullable=False),
        sa.Column("payment_id", KEY, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("release_due_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_hold_amount_positive")),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_hold_auction_id_auction")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_hold_participant_id_participant")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_hold_payment_id_payment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("participant_id", name=op.f("uq_hold_participant_id")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_hold_payment_id")),
    )
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hold_auction_id"), ["auction_id"], unique=False)

    op.create_table(
        "hold_resolution",
        sa.Column("hold_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("transfer_key", sa.String(length=120), nullable=False),
        sa.Column("because", sa.String(length=300), nullable=False),
        sa.Column("resolved_at", sa.DateTime(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["hold.id"], name=op.f("fk_hold_resolution_hold_id_hold")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold_resolution")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_hold_resolution_hold_id")),
        sa.UniqueConstraint("transfer_key", name=op.f("uq_hold_resolution_transfer_key")),
    )
    _write_in_ink()


def _write_in_ink() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(ON_POSTGRESQL)
    else:
        for statement in ON_SQLITE:
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("hold_resolution")
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hold_auction_id"))

    op.drop_table("hold")
    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_award_standing",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("award")
    with op.batch_alter_table("auction_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_auction_answer_participant_id"))

    op.drop_table("auction_answer")
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participant_organisation_id"))

    op.drop_table("participant")
    op.drop_table("auction_event")
    with op.batch_alter_table("auction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_auction_state"))
        batch_op.drop_index(batch_op.f("ix_auction_seller_id"))
        batch_op.drop_index(batch_op.f("ix_auction_parent_id"))
        batch_op.drop_index(batch_op.f("ix_auction_opens_at"))
        batch_op.drop_index(batch_op.f("ix_auction_listing_id"))
        batch_op.drop_index("ix_auction_due")

    op.drop_table("auction")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION auction_event_in_ink() CASCADE")
