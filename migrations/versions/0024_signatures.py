"""documents, deals: signatures in the PDF, their evidence, signing on paper

Revision: 0024, after 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ON_POSTGRESQL = """
CREATE FUNCTION signing_evidence_in_ink() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'signing_evidence is append only'; END $$;
CREATE TRIGGER signing_evidence_row BEFORE UPDATE OR DELETE ON signing_evidence
    FOR EACH ROW EXECUTE FUNCTION signing_evidence_in_ink();
CREATE TRIGGER signing_evidence_all BEFORE TRUNCATE ON signing_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION signing_evidence_in_ink();
"""
ON_SQLITE = """
CREATE TRIGGER signing_evidence_{verb} BEFORE {verb} ON signing_evidence
BEGIN SELECT RAISE(ABORT, 'signing_evidence is append only'); END
"""


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    table = "signing_certificate"
    op.create_table(
        table,
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("certificate", sa.String(), nullable=False),
        sa.Column("locked_key", sa.String(), nullable=False),
        sa.Column("above_id", KEY, nullable=True),
        sa.Column("organisation_id", KEY, nullable=True),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("retired_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _key(table, "above_id", "signing_certificate"),
        _key(table, "organisation_id", "organisation"),
        _key(table, "user_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_certificate")),
        sa.UniqueConstraint("serial", name=op.f("uq_signing_certificate_serial")),
    )
    op.create_index(op.f("ix_signing_certificate_role"), table, ["role"], unique=False)
    op.create_index("ix_signing_certificate_person", table, ["user_id", "organisation_id"])
    table = "signing_evidence"
    op.create_table(
        table,
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", KEY, nullable=True),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("signer", sa.String(length=80), nullable=False),
        sa.Column("on_behalf_of", sa.String(length=200), nullable=False),
        sa.Column("authority", sa.String(length=40), nullable=False),
        sa.Column("method", sa.String(length=12), nullable=False),
        sa.Column("password", sa.Boolean(), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=False),
        sa.Column("signed_sha256", sa.String(length=64), nullable=False),
        sa.Column("certificate_serial", sa.String(length=40), nullable=False),
        sa.Column("certificate_sha256", sa.String(length=64), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _key(table, "organisation_id", "organisation"),
        _key(table, "user_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_evidence")),
    )
    op.create_index("ix_signing_evidence_subject", table, ["subject_kind", "subject_id"])
    for column in ("document_sha256", "signed_sha256"):
        op.create_index(op.f(f"ix_signing_evidence_{column}"), table, [column], unique=False)
    table = "paper_signing"
    op.create_table(
        table,
        sa.Column("deal_id", KEY, nullable=False),
        sa.Column("contract_sha256", sa.String(length=64), nullable=False),
        sa.Column("asked_by_id", KEY, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("seller_scan_id", KEY, nullable=True),
        sa.Column("buyer_scan_id", KEY, nullable=True),
        sa.Column("checked_by_id", KEY, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _key(table, "deal_id", "deal"),
        _key(table, "asked_by_id", "organisation"),
        _key(table, "seller_scan_id", "document"),
        _key(table, "buyer_scan_id", "document"),
        _key(table, "checked_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_signing")),
    )
    op.create_index(op.f("ix_paper_signing_deal_id"), table, ["deal_id"], unique=False)
    op.create_index(op.f("ix_paper_signing_state"), table, ["state"], unique=False)
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signed_id", KEY, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_signature_signed_id_document"), "document", ["signed_id"], ["id"]
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(ON_POSTGRESQL)
        return
    for verb in ("update", "delete"):
        op.execute(ON_SQLITE.format(verb=verb))


def downgrade() -> None:
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_signature_signed_id_document"), type_="foreignkey")
        batch_op.drop_column("signed_id")
    op.drop_table("paper_signing")
    op.drop_table("signing_evidence")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION signing_evidence_in_ink()")
    op.drop_table("signing_certificate")
