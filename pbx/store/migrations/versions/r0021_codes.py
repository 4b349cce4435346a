"""One-time codes, how often they are sent, and since when a number or address is on file.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
_COLUMNS: dict[str, type[sa.DateTime | sa.LargeBinary]] = {
    "phone_since_at": sa.DateTime,
    "email": sa.LargeBinary,
    "email_tag": sa.LargeBinary,
    "email_since_at": sa.DateTime,
}


def upgrade() -> None:
    """Make the tables and columns; numbers that are there count as on file from now on."""
    for name, kind in _COLUMNS.items():
        op.add_column("customers", sa.Column(name, kind(), nullable=True))
    op.execute("UPDATE customers SET phone_since_at = strftime('%Y-%m-%d %H:%M:%f000', 'now')")
    op.create_table(
        "one_time_codes",
        sa.Column("code", sa.String(), primary_key=True),
        *(_text(name) for name in ("tenant", "customer", "call", "leg", "purpose", "way")),
        sa.Column("code_tag", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        _text("reason"),
    )
    op.create_index("ix_one_time_codes_made_at", "one_time_codes", ["made_at"])
    op.create_index("ix_one_time_codes_call", "one_time_codes", ["call", "leg", "purpose"])
    op.create_table(
        "code_sends",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_code_sends_at", "code_sends", ["at"])
    op.create_index("ix_code_sends_tag", "code_sends", ["tag", "at"])


def downgrade() -> None:
    """Drop them."""
    for table in ("code_sends", "one_time_codes"):
        op.drop_table(table)
    for name in _COLUMNS:
        op.drop_column("customers", name)


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=False)
