"""trust: ratings, complaints, sanctions, cases about grades; mandates: suspensions

Revision: 0033, after 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0035"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INT = sa.BigInteger()
CODE = sa.String(length=40)


def _table(name: str, *columns: sa.Column, keys: dict[str, str], **constraints: str) -> None:
    """A table with its own number and moment, foreign keys by column, and checks by name."""
    op.create_table(
        name,
        *columns,
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_{name}_{column}_{table}")
            for column, table in keys.items()
        ),
        *(sa.CheckConstraint(rule, name=f"ck_{name}_{at}") for at, rule in constraints.items()),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )


def _unique(name: str, *columns: str) -> None:
    with op.batch_alter_table(name) as batch:
        batch.create_unique_constraint(f"uq_{name}_{'_'.join(columns)}", list(columns))


def _index(name: str, *columns: str) -> None:
    op.create_index(f"ix_{name}_{'_'.join(columns)}", name, list(columns))


def _key(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, KEY, nullable=nullable)


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False)


def upgrade() -> None:
    _table(
        "broker_suspension",
        _key("organisation_id"),
        _key("credential_id", nullable=True),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        keys={"organisation_id": "organisation", "credential_id": "broker_credential"},
    )
    _unique("broker_suspension", "cause")
    _index("broker_suspension", "organisation_id")
    _ratings()
    _complaints()
    _sanctions()
    _cases()


def _ratings() -> None:
    _table(
        "broker_rating",
        _key("deal_id"),
        _key("broker_id"),
        _key("rater_id"),
        _key("user_id"),
        sa.Column("side", CODE, nullable=False),
        *(
            sa.Column(name, INT, nullable=False)
            for name in ("expertise", "diligence", "disclosure", "fees")
        ),
        _text("comment"),
        sa.Column("fixed_at", sa.DateTime(), nullable=False),
        _text("answer"),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        _text("hiding_reason"),
        _key("proposed_by_id", nullable=True),
        _key("hidden_by_id", nullable=True),
        sa.Column("state", CODE, nullable=False),
        keys={
            "deal_id": "deal", "broker_id": "organisation", "rater_id": "organisation",
            "user_id": "user", "proposed_by_id": "user", "hidden_by_id": "user",
        },
        one_to_five="expertise BETWEEN 1 AND 5 AND diligence BETWEEN 1 AND 5 "
        "AND disclosure BETWEEN 1 AND 5 AND fees BETWEEN 1 AND 5",
    )  # fmt: skip
    _unique("broker_rating", "deal_id", "broker_id", "rater_id")
    for column in ("broker_id", "rater_id", "state"):
        _index("broker_rating", column)


def _complaints() -> None:
    _table(
        "complaint",
        sa.Column("reference", sa.String(length=20), nullable=False),
        _key("complainant_id"),
        _key("broker_id"),
        _key("credential_id", nullable=True),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        _text("text"),
        _key("filed_by_id"),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("overdue_on", sa.Date(), nullable=True),
        _text("answer"),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("outcome", CODE, nullable=True),
        sa.Column("gravity", CODE, nullable=True),
        _text("decision"),
        _text("measures"),
        _key("decided_by_id", nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("object_by", sa.Date(), nullable=True),
        _key("objected_by_id", nullable=True),
        _text("objection"),
        _text("review"),
        _key("reviewed_by_id", nullable=True),
        sa.Column("final_on", sa.Date(), nullable=True),
        sa.Column("state", CODE, nullable=False),
        keys={
            "complainant_id": "organisation", "broker_id": "organisation",
            "credential_id": "broker_credential", "filed_by_id": "user", "decided_by_id": "user",
            "objected_by_id": "organisation", "reviewed_by_id": "user",
        },
        two_parties="complainant_id <> broker_id",
    )  # fmt: skip
    _unique("complaint", "reference")
    _index("complaint", "complainant_id")
    _index("complaint", "state")
    op.create_index("ix_complaint_broker_state", "complaint", ["broker_id", "state"])
    _table(
        "complaint_statement",
        _key("complaint_id"),
        _key("organisation_id"),
        _key("user_id"),
        _text("text"),
        keys={
            "complaint_id": "complaint", "organisation_id": "organisation", "user_id": "user",
        },
    )  # fmt: skip
    _index("complaint_statement", "complaint_id")
    _table(
        "complaint_paper",
        _key("complaint_id"),
        _key("organisation_id"),
        _key("document_id"),
        keys={
            "complaint_id": "complaint", "organisation_id": "organisation",
            "document_id": "document",
        },
    )  # fmt: skip
    _unique("complaint_paper", "complaint_id", "document_id")


def _sanctions() -> None:
    _table(
        "sanction",
        sa.Column("reference", sa.String(length=20), nullable=False),
        _key("broker_id"),
        _key("credential_id", nullable=True),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("article", sa.String(length=200), nullable=False),
        _text("reason"),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        _key("authority_id"),
        _key("entered_by_id"),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        _text("revoke_reason"),
        sa.Column("state", CODE, nullable=False),
        keys={
            "broker_id": "organisation", "credential_id": "broker_credential",
            "authority_id": "organisation", "entered_by_id": "user",
        },
        ends_after_start="ends_on IS NULL OR ends_on >= starts_on",
    )  # fmt: skip
    _unique("sanction", "reference")
    _index("sanction", "broker_id")
    _index("sanction", "state")


def _cases() -> None:
    _table(
        "grade_case",
        sa.Column("reference", sa.String(length=20), nullable=False),
        _key("broker_id"),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        _text("text"),
        _key("document_id", nullable=True),
        _key("filed_by_id"),
        sa.Column("to_grant", sa.Boolean(), nullable=True),
        _text("because"),
        _key("proposed_by_id", nullable=True),
        _key("decided_by_id", nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("state", CODE, nullable=False),
        keys={
            "broker_id": "organisation", "document_id": "document", "filed_by_id": "user",
            "proposed_by_id": "user", "decided_by_id": "user",
        },
    )  # fmt: skip
    _unique("grade_case", "reference")
    op.create_index("ix_grade_case_broker_item", "grade_case", ["broker_id", "item"])
    _index("grade_case", "state")


def downgrade() -> None:
    for name in (
        "grade_case", "sanction", "complaint_paper", "complaint_statement", "complaint",
        "broker_rating", "broker_suspension",
    ):  # fmt: skip
        op.drop_table(name)
