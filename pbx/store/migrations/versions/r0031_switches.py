"""Schedules that somebody has switched by hand.

Revision ID: 0031
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "schedule_switches",
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("tenant", "schedule")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("position", "by")),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=True),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("schedule_switches")
