"""deals: taxes withheld, deposits paid out, payoff letters, repayments, fees owed, rewards

Revision: 0035b, after 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0035b"
down_revision = "0036"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "withheld_tax", "deposit_payment", "payoff_letter", "repayment", "receivable", "reward_plan",
)  # fmt: skip


def _table(
    name: str,
    *columns: sa.Column,
    refers: dict[str, str],
    unique: tuple[str, ...] = (),
    index: tuple[str, ...] = ("deal_id",),
    checks: dict[str, str] | None = None,
) -> None:
    """A table with its keys and constraints by the names that the models give them."""
    op.create_table(
        name,
        *columns,
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        *(
            sa.CheckConstraint(said, name=op.f(f"ck_{name}_{what}"))
            for what, said in (checks or {}).items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{other}.id"], name=op.f(f"fk_{name}_{column}_{other}")
            )
            for column, other in refers.items()
        ),
        *(sa.UniqueConstraint(column, name=op.f(f"uq_{name}_{column}")) for column in unique),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for column in index:
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])


def _key(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, KEY, nullable=nullable)


def _minor(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _day(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=nullable)


POSITIVE = {"amount_positive": "amount_minor > 0"}


def upgrade() -> None:
    _table(
        "withheld_tax",
        _key("deal_id"), _text("name", 40), _minor("amount_minor"), _minor("withheld_minor"),
        _text("basis", 300), _key("instructed_by_id"), _text("form_number", 80),
        _key("payout_id", nullable=True), _text("receipt_number", 80),
        _key("receipt_id", nullable=True), _text("state", 40),
        refers={"deal_id": "deal", "instructed_by_id": "organisation", "payout_id": "payout", "receipt_id": "document"},
        unique=("payout_id",),
        index=("deal_id", "state"),
        checks=POSITIVE | {"withheld_in_range": "withheld_minor >= 0 AND withheld_minor <= amount_minor"},
    )  # fmt: skip
    _table(
        "deposit_payment",
        _key("deal_id"), _key("pledge_id"), _key("payee_id"), _text("key", 120), _minor("amount_minor"),
        _text("because", 2000), _key("document_id"), _key("ordered_by_id", nullable=True),
        refers={
            "deal_id": "deal", "pledge_id": "pledge", "payee_id": "organisation", "document_id": "document",
            "ordered_by_id": "user",
        },
        unique=("key",),
        checks=POSITIVE,
    )  # fmt: skip
    _table(
        "payoff_letter",
        _key("deal_id"), _key("pledge_id"), _key("lender_id"), _minor("amount_minor"), _minor("per_day_minor"),
        _day("as_of"), _day("valid_until"), _key("document_id"),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        refers={"deal_id": "deal", "pledge_id": "pledge", "lender_id": "organisation", "document_id": "document"},
        index=("deal_id", "pledge_id"),
        checks={"not_negative": "amount_minor >= 0 AND per_day_minor >= 0"},
    )  # fmt: skip
    _table(
        "repayment",
        _key("deal_id"), _minor("amount_minor"), _text("because", 2000), _key("document_id"),
        _key("payment_id", nullable=True), _key("proposed_by_id"), _text("state", 40),
        refers={"deal_id": "deal", "document_id": "document", "payment_id": "payment", "proposed_by_id": "user"},
        unique=("payment_id",),
        index=("deal_id", "state"),
        checks=POSITIVE,
    )  # fmt: skip
    _table(
        "receivable",
        _key("deal_id"), _key("debtor_id"), _text("key", 120), _minor("amount_minor"),
        _key("payment_id", nullable=True), _text("state", 40),
        refers={"deal_id": "deal", "debtor_id": "organisation", "payment_id": "payment"},
        unique=("key", "payment_id"),
        index=("deal_id", "debtor_id", "state"),
        checks=POSITIVE,
    )  # fmt: skip
    _table(
        "reward_plan",
        _key("deal_id"), _minor("costs_minor"), _minor("share_bps"),
        sa.Column("inventors_data", sa.JSON(), nullable=False),
        _day("announced_from", nullable=True), _day("announced_until", nullable=True),
        refers={"deal_id": "deal"},
        unique=("deal_id",),
        index=(),
        checks={
            "costs_not_negative": "costs_minor >= 0", "share_in_range": "share_bps >= 0 AND share_bps <= 10000",
        },
    )  # fmt: skip


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
