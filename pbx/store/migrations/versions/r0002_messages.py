"""Which recording is a message for which box.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; messages of earlier versions have no box and are in no count."""
    op.create_table(
        "messages",
        sa.Column("recording", sa.String(), primary_key=True),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("box", sa.String(), nullable=False),
        sa.Column("heard_at", sa.DateTime(), nullable=True),
    )
    op.create_index("ix_messages_box", "messages", ["tenant", "box"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("messages")
