"""deals: prices in instalments, what each release divided

Revision: 0035, after 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0032"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("deal") as table:
        table.add_column(sa.Column("registered_at", sa.DateTime(), nullable=True))
    op.execute(sa.text("UPDATE deal SET registered_at = closed_at WHERE closed_at IS NOT NULL"))
    op.create_table(
        "instalment",
        sa.Column("deal_id", KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("besides", sa.Boolean(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("latest_on", sa.Date(), nullable=True),
        sa.Column("payment_id", KEY, nullable=True),
        sa.Column("released_minor", sa.BigInteger(), nullable=False),
        sa.Column("declared_by_id", KEY, nullable=True),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("proof_id", KEY, nullable=True),
        sa.Column("objection", sa.String(length=2000), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_instalment_amount_positive")),
        sa.CheckConstraint(
            "released_minor >= 0 AND released_minor <= amount_minor",
            name=op.f("ck_instalment_released_in_range"),
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_instalment_deal_id_deal")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_instalment_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["declared_by_id"],
            ["organisation.id"],
            name=op.f("fk_instalment_declared_by_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["proof_id"], ["document.id"], name=op.f("fk_instalment_proof_id_document")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalment")),
        sa.UniqueConstraint("deal_id", "number", name=op.f("uq_instalment_deal_id_number")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_instalment_payment_id")),
    )
    for name in ("due_on", "latest_on", "state"):
        op.create_index(f"ix_instalment_{name}", "instalment", [name])
    op.create_table(
        "deal_release",
        sa.Column("deal_id", KEY, nullable=False),
        sa.Column("instalment_id", KEY, nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("lines_data", sa.JSON(), nullable=False),
        sa.Column("commission_owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("brokers_owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("taxes_short_minor", sa.BigInteger(), nullable=False),
        sa.Column("released_at", sa.DateTime(), nullable=False),
        sa.Column("released_by_id", KEY, nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_deal_release_amount_positive")),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name=op.f("fk_deal_release_deal_id_deal")
        ),
        sa.ForeignKeyConstraint(
            ["instalment_id"],
            ["instalment.id"],
            name=op.f("fk_deal_release_instalment_id_instalment"),
        ),
        sa.ForeignKeyConstraint(
            ["released_by_id"], ["user.id"], name=op.f("fk_deal_release_released_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_release")),
        sa.UniqueConstraint("key", name=op.f("uq_deal_release_key")),
    )
    op.create_index("ix_deal_release_deal_id", "deal_release", ["deal_id"])


def downgrade() -> None:
    op.drop_table("deal_release")
    op.drop_table("instalment")
    with op.batch_alter_table("deal") as table:
        table.drop_column("registered_at")
