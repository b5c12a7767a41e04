"""mandates: credentials of brokers, mandates, introductions, commissions, conflicts

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "broker_conflict",
        sa.Column("broker_id", KEY, nullable=False),
        sa.Column("listing_reference", sa.String(length=20), nullable=False),
        sa.Column("seller_id", KEY, nullable=False),
        sa.Column("buyer_id", KEY, nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("seller_words", sa.String(), nullable=False),
        sa.Column("seller_at", sa.DateTime(), nullable=True),
        sa.Column("buyer_words", sa.String(), nullable=False),
        sa.Column("buyer_at", sa.DateTime(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["broker_id"],
            ["organisation.id"],
            name=op.f("fk_broker_conflict_broker_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organisation.id"], name=op.f("fk_broker_conflict_buyer_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"],
            ["organisation.id"],
            name=op.f("fk_broker_conflict_seller_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker_conflict")),
        sa.UniqueConstraint(
            "broker_id",
            "listing_reference",
            "seller_id",
            "buyer_id",
            name="uq_broker_conflict_trade",
        ),
    )
    with op.batch_alter_table("broker_conflict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_broker_conflict_buyer_id"), ["buyer_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_broker_conflict_seller_id"), ["seller_id"], unique=False
        )

    op.create_table(
        "broker_profile",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("fields", sa.String(length=500), nullable=False),
        sa.Column("regions", sa.String(length=500), nullable=False),
        sa.Column("languages", sa.String(length=200), nullable=False),
        sa.Column("fees", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_broker_profile_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker_profile")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_broker_profile_organisation_id")),
    )
    op.create_table(
        "broker_credential",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("decided_by_id", KEY, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_broker_credential_decided_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_broker_credential_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_broker_credential_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker_credential")),
        sa.UniqueConstraint(
            "organisation_id",
            "kind",
            "number",
            name=op.f("uq_broker_credential_organisation_id_kind_number"),
        ),
    )
    with op.batch_alter_table("broker_credential", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_broker_credential_state"), ["state"], unique=False)

    op.create_table(
        "mandate",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("principal_id", KEY, nullable=False),
        sa.Column("broker_id", KEY, nullable=False),
        sa.Column("drafted_by_id", KEY, nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("acts", sa.JSON(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("field", sa.String(length=500), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fee_data", sa.JSON(), nullable=False),
        sa.Column("payer", sa.String(length=40), nullable=False),
        sa.Column("retainer_minor", sa.BigInteger(), nullable=False),
        sa.Column("tail_days", sa.BigInteger(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("in_force_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=False),
        sa.Column("document_id", KEY, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("principal_id <> broker_id", name=op.f("ck_mandate_two_parties")),
        sa.ForeignKeyConstraint(
            ["broker_id"], ["organisation.id"], name=op.f("fk_mandate_broker_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_mandate_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by_id"],
            ["organisation.id"],
            name=op.f("fk_mandate_drafted_by_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["organisation.id"], name=op.f("fk_mandate_principal_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
        sa.UniqueConstraint("reference", name=op.f("uq_mandate_reference")),
    )
    with op.batch_alter_table("mandate", schema=None) as batch_op:
        batch_op.create_index("ix_mandate_broker_state", ["broker_id", "state"], unique=False)
        batch_op.create_index("ix_mandate_principal_state", ["principal_id", "state"], unique=False)

    op.create_table(
        "introduction",
        sa.Column("mandate_id", KEY, nullable=False),
        sa.Column("party_id", KEY, nullable=False),
        sa.Column("listing_reference", sa.String(length=20), nullable=False),
        sa.Column("introduced_at", sa.DateTime(), nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column("object_until", sa.DateTime(), nullable=False),
        sa.Column("objection", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandate.id"], name=op.f("fk_introduction_mandate_id_mandate")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["organisation.id"], name=op.f("fk_introduction_party_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction")),
        sa.UniqueConstraint(
            "mandate_id",
            "party_id",
            "listing_reference",
            name=op.f("uq_introduction_mandate_id_party_id_listing_reference"),
        ),
    )
    with op.batch_alter_table("introduction", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_introduction_listing_reference"), ["listing_reference"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_introduction_party_id"), ["party_id"], unique=False)

    op.create_table(
        "mandate_asset",
        sa.Column("mandate_id", KEY, nullable=False),
        sa.Column("asset_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_mandate_asset_asset_id_asset")
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandate.id"], name=op.f("fk_mandate_asset_mandate_id_mandate")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate_asset")),
        sa.UniqueConstraint(
            "mandate_id", "asset_id", name=op.f("uq_mandate_asset_mandate_id_asset_id")
        ),
    )
    with op.batch_alter_table("mandate_asset", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mandate_asset_asset_id"), ["asset_id"], unique=False)

    op.create_table(
        "mandate_signature",
        sa.Column("mandate_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandate.id"], name=op.f("fk_mandate_signature_mandate_id_mandate")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_mandate_signature_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_mandate_signature_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate_signature")),
        sa.UniqueConstraint(
            "mandate_id",
            "organisation_id",
            "sha256",
            name=op.f("uq_mandate_signature_mandate_id_organisation_id_sha256"),
        ),
    )
    op.create_table(
        "broker_commission",
        sa.Column("mandate_id", KEY, nullable=False),
        sa.Column("introduction_id", KEY, nullable=True),
        sa.Column("deal_reference", sa.String(length=20), nullable=False),
        sa.Column("counterparty_id", KEY, nullable=False),
        sa.Column("payer_id", KEY, nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("vat_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "net_minor >= 0 AND vat_minor >= 0", name=op.f("ck_broker_commission_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["counterparty_id"],
            ["organisation.id"],
            name=op.f("fk_broker_commission_counterparty_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["introduction_id"],
            ["introduction.id"],
            name=op.f("fk_broker_commission_introduction_id_introduction"),
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandate.id"], name=op.f("fk_broker_commission_mandate_id_mandate")
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["organisation.id"],
            name=op.f("fk_broker_commission_payer_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker_commission")),
        sa.UniqueConstraint(
            "mandate_id",
            "deal_reference",
            name=op.f("uq_broker_commission_mandate_id_deal_reference"),
        ),
    )
    with op.batch_alter_table("broker_commission", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_broker_commission_deal_reference"), ["deal_reference"], unique=False
        )

    op.create_table(
        "broker_contribution",
        sa.Column("commission_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("bps", sa.BigInteger(), nullable=False),
        sa.Column("work", sa.String(length=500), nullable=False),
        sa.Column("agreed_at", sa.DateTime(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "bps > 0 AND bps <= 10000", name=op.f("ck_broker_contribution_basis_points")
        ),
        sa.ForeignKeyConstraint(
            ["commission_id"],
            ["broker_commission.id"],
            name=op.f("fk_broker_contribution_commission_id_broker_commission"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_broker_contribution_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker_contribution")),
        sa.UniqueConstraint(
            "commission_id",
            "organisation_id",
            name=op.f("uq_broker_contribution_commission_id_organisation_id"),
        ),
    )
    with op.batch_alter_table("broker_contribution", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_broker_contribution_organisation_id"), ["organisation_id"], unique=False
        )

    with op.batch_alter_table("enquiry_message", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("under", sa.String(length=20), nullable=False, server_default="")
        )
        batch_op.alter_column("under", server_default=None)

    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("drafted_under", sa.String(length=20), nullable=False, server_default="")
        )
        batch_op.alter_column("drafted_under", server_default=None)

    with op.batch_alter_table("offer_version", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("under", sa.String(length=20), nullable=False, server_default="")
        )
        batch_op.alter_column("under", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("offer_version", schema=None) as batch_op:
        batch_op.drop_column("under")

    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_column("drafted_under")

    with op.batch_alter_table("enquiry_message", schema=None) as batch_op:
        batch_op.drop_column("under")

    with op.batch_alter_table("broker_contribution", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_broker_contribution_organisation_id"))

    op.drop_table("broker_contribution")
    with op.batch_alter_table("broker_commission", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_broker_commission_deal_reference"))

    op.drop_table("broker_commission")
    op.drop_table("mandate_signature")
    with op.batch_alter_table("mandate_asset", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mandate_asset_asset_id"))

    op.drop_table("mandate_asset")
    with op.batch_alter_table("introduction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_introduction_party_id"))
        batch_op.drop_index(batch_op.f("ix_introduction_listing_reference"))

    op.drop_table("introduction")
    with op.batch_alter_table("mandate", schema=None) as batch_op:
        batch_op.drop_index("ix_mandate_principal_state")
        batch_op.drop_index("ix_mandate_broker_state")

    op.drop_table("mandate")
    with op.batch_alter_table("broker_credential", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_broker_credential_state"))

    op.drop_table("broker_credential")
    op.drop_table("broker_profile")
    with op.batch_alter_table("broker_conflict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_broker_conflict_seller_id"))
        batch_op.drop_index(batch_op.f("ix_broker_conflict_buyer_id"))

    op.drop_table("broker_conflict")
