"""payments: by card

Revision: 0022, after 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0029"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OWN = "CASE WHEN substr(account, 1, 4) = 'own:' THEN 1 = 1 "
BANKS = f"{OWN}WHEN substr(account, 1, 5) = 'bank:' THEN minor <= 0 ELSE minor >= 0 END"
BANKS_AND_PROVIDERS = (
    f"{OWN}WHEN substr(account, 1, 5) = 'bank:' OR substr(account, 1, 4) = 'psp:' "
    "THEN minor <= 0 ELSE minor >= 0 END"
)


def _right_side(rule: str) -> None:
    with op.batch_alter_table("account_balance", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_account_balance_right_side_of_zero"), type_="check")
        batch_op.create_check_constraint(op.f("ck_account_balance_right_side_of_zero"), rule)


def upgrade() -> None:
    op.create_table(
        "provider_entry",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("available_at", sa.DateTime(), nullable=True),
        sa.Column("booked_at", sa.DateTime(), nullable=True),
        sa.Column("fee_booked_at", sa.DateTime(), nullable=True),
        sa.Column("banked_at", sa.DateTime(), nullable=True),
        sa.Column("problem", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_entry")),
        sa.UniqueConstraint("provider", "number", name=op.f("uq_provider_entry_provider_number")),
    )
    with op.batch_alter_table("provider_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_provider_entry_booked_at"), ["booked_at"], unique=False
        )

    op.create_table(
        "provider_notice",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("object_kind", sa.String(length=40), nullable=False),
        sa.Column("object_number", sa.String(length=120), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("processed_at", sa.DateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_notice")),
        sa.UniqueConstraint("provider", "number", name=op.f("uq_provider_notice_provider_number")),
    )
    with op.batch_alter_table("provider_notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_provider_notice_processed_at"), ["processed_at"], unique=False
        )

    op.create_table(
        "sandbox_notice",
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_notice")),
        sa.UniqueConstraint("number", name=op.f("uq_sandbox_notice_number")),
    )
    with op.batch_alter_table("sandbox_notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sandbox_notice_delivered_at"), ["delivered_at"], unique=False
        )

    op.create_table(
        "sandbox_object",
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_object")),
        sa.UniqueConstraint("number", name=op.f("uq_sandbox_object_number")),
    )
    with op.batch_alter_table("sandbox_object", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sandbox_object_key"), ["key"], unique=False)
        batch_op.create_index(batch_op.f("ix_sandbox_object_kind"), ["kind"], unique=False)

    op.create_table(
        "sandbox_request",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_request")),
        sa.UniqueConstraint("key", name=op.f("uq_sandbox_request_key")),
    )
    op.create_table(
        "card_attempt",
        sa.Column("payment_id", KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("group", sa.String(length=80), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column("session_number", sa.String(length=120), nullable=True),
        sa.Column("intent_number", sa.String(length=120), nullable=True),
        sa.Column("charge_number", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.Column("failure", sa.String(length=80), nullable=False),
        sa.Column("started_by_id", KEY, nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("receipt_id", KEY, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_card_attempt_amount_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_card_attempt_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk_card_attempt_receipt_id_receipt")
        ),
        sa.ForeignKeyConstraint(
            ["started_by_id"], ["user.id"], name=op.f("fk_card_attempt_started_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_attempt")),
        sa.UniqueConstraint("intent_number", name=op.f("uq_card_attempt_intent_number")),
        sa.UniqueConstraint("key", name=op.f("uq_card_attempt_key")),
        sa.UniqueConstraint("payment_id", "number", name=op.f("uq_card_attempt_payment_id_number")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_card_attempt_receipt_id")),
        sa.UniqueConstraint("session_number", name=op.f("uq_card_attempt_session_number")),
    )
    with op.batch_alter_table("card_attempt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_card_attempt_charge_number"), ["charge_number"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_card_attempt_payment_id"), ["payment_id"], unique=False
        )
        batch_op.create_index("ix_card_attempt_state", ["state", "id"], unique=False)

    op.create_table(
        "card_payout",
        sa.Column("payout_id", KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("attempt_id", KEY, nullable=True),
        sa.Column("destination", sa.String(length=120), nullable=False),
        sa.Column("provider_number", sa.String(length=120), nullable=True),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("failure", sa.String(length=80), nullable=False),
        sa.Column("asked_by_id", KEY, nullable=True),
        sa.Column("released_by_id", KEY, nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_card_payout_asked_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["card_attempt.id"], name=op.f("fk_card_payout_attempt_id_card_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payout.id"], name=op.f("fk_card_payout_payout_id_payout")
        ),
        sa.ForeignKeyConstraint(
            ["released_by_id"], ["user.id"], name=op.f("fk_card_payout_released_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_payout")),
        sa.UniqueConstraint("key", name=op.f("uq_card_payout_key")),
        sa.UniqueConstraint("payout_id", "number", name=op.f("uq_card_payout_payout_id_number")),
        sa.UniqueConstraint("provider_number", name=op.f("uq_card_payout_provider_number")),
    )
    with op.batch_alter_table("card_payout", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_payout_attempt_id"), ["attempt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_payout_payout_id"), ["payout_id"], unique=False)

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("connected_account", sa.String(length=80), nullable=False, server_default="")
        )
        batch_op.alter_column("connected_account", server_default=None)

    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("provider", sa.String(length=20), nullable=False, server_default="")
        )
        batch_op.alter_column("provider", server_default=None)
    _right_side(BANKS_AND_PROVIDERS)


def downgrade() -> None:
    _right_side(BANKS)
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_column("provider")

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_column("connected_account")

    with op.batch_alter_table("card_payout", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_card_payout_payout_id"))
        batch_op.drop_index(batch_op.f("ix_card_payout_attempt_id"))

    op.drop_table("card_payout")
    with op.batch_alter_table("card_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_card_attempt_state")
        batch_op.drop_index(batch_op.f("ix_card_attempt_payment_id"))
        batch_op.drop_index(batch_op.f("ix_card_attempt_charge_number"))

    op.drop_table("card_attempt")
    op.drop_table("sandbox_request")
    with op.batch_alter_table("sandbox_object", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sandbox_object_kind"))
        batch_op.drop_index(batch_op.f("ix_sandbox_object_key"))

    op.drop_table("sandbox_object")
    with op.batch_alter_table("sandbox_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sandbox_notice_delivered_at"))

    op.drop_table("sandbox_notice")
    with op.batch_alter_table("provider_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_provider_notice_processed_at"))

    op.drop_table("provider_notice")
    with op.batch_alter_table("provider_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_provider_entry_booked_at"))

    op.drop_table("provider_entry")
