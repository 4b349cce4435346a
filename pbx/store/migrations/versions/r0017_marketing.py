"""Marketing calls: who wants none, who was screened, who has agreed, and who was called.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
# In the place that nobody goes around: an opt-out never expires.
_GUARDS = {
    "suppressions_stay": "BEFORE DELETE ON suppressions",
    "suppressions_are_final": "BEFORE UPDATE ON suppressions",
}


def upgrade() -> None:
    """Make the tables, and note of each call why it left."""
    op.add_column("calls", sa.Column("purpose", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "suppressions",
        _id(),
        sa.Column("tag", sa.LargeBinary(), nullable=False, unique=True),
        *(_text(name) for name in ("controller", "how", "call", "campaign", "actor")),
        _time("since_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "screenings",
        _id(),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        *(_text(name) for name in ("controller", "name")),
        sa.Column("registered", sa.Boolean(), nullable=False),
        _time("screened_at"),
        sa.UniqueConstraint("tag", "name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "specific_consents",
        _id(),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        *(_text(name) for name in ("controller", "proof", "actor")),
        _time("given_at"),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_specific_consents_tag", "specific_consents", ["tag"])
    op.create_table(
        "marketing_contacts",
        _id(),
        sa.Column("contact", sa.String(), nullable=False, unique=True),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        *(_text(name) for name in ("controller", "what")),
        _time("at"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_marketing_contacts_tag", "marketing_contacts", ["tag"])
    op.create_index("ix_marketing_contacts_at", "marketing_contacts", ["at"])
    for name, when in _GUARDS.items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{name}'); END")


def downgrade() -> None:
    """Drop them; who wanted no calls is lost, so take a copy before."""
    for name in _GUARDS:
        op.execute(f"DROP TRIGGER {name}")
    for table in ("marketing_contacts", "specific_consents", "screenings", "suppressions"):
        op.drop_table(table)
    op.drop_column("calls", "purpose")


def _id() -> "sa.Column[int]":
    return sa.Column("id", sa.Integer(), primary_key=True)


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=False)


def _time(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(), nullable=False)
