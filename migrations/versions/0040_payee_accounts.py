"""payments: payees' accounts at a provider, with what it still wants to know and who confirmed them

Revision: 0040, after 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0037"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STANDS = sa.text("state IN ('started', 'incomplete', 'ready')")
KEPT = """
    INSERT INTO payee_account (organisation_id, number, provider, key, country, account_number, due,
                               failure, asked_at, confirmed_at, state, created_at)
    SELECT id, 1, 'stripe', 'kept:' || id, '', connected_account, '[]',
           '', created_at, created_at, 'ready', created_at
    FROM organisation WHERE connected_account <> ''
"""
BACK = """
    UPDATE organisation SET connected_account = COALESCE(
        (SELECT account_number FROM payee_account
         WHERE organisation_id = organisation.id AND state = 'ready'), '')
"""


def upgrade() -> None:
    op.create_table(
        "payee_account",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("account_number", sa.String(length=120), nullable=True),
        sa.Column("due", sa.JSON(), nullable=False),
        sa.Column("failure", sa.String(length=80), nullable=False),
        sa.Column("asked_by_id", KEY, nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_by_id", KEY, nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_payee_account_organisation_id_organisation",
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name="fk_payee_account_asked_by_id_user"
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["user.id"], name="fk_payee_account_confirmed_by_id_user"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payee_account"),
        sa.UniqueConstraint("key", name="uq_payee_account_key"),
        sa.UniqueConstraint("account_number", name="uq_payee_account_account_number"),
        sa.UniqueConstraint(
            "organisation_id", "number", name="uq_payee_account_organisation_id_number"
        ),
    )
    op.create_index(
        "ix_payee_account_standing",
        "payee_account",
        ["organisation_id"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )
    op.create_index("ix_payee_account_state", "payee_account", ["state", "id"])
    op.execute(KEPT)
    with op.batch_alter_table("organisation") as organisation:
        organisation.drop_column("connected_account")


def downgrade() -> None:
    with op.batch_alter_table("organisation") as organisation:
        organisation.add_column(
            sa.Column("connected_account", sa.String(length=80), nullable=False, server_default="")
        )
    op.execute(BACK)
    with op.batch_alter_table("organisation") as organisation:
        organisation.alter_column("connected_account", server_default=None)
    op.drop_table("payee_account")
