"""What the signature under a calling number was worth.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
_COLUMNS = ("verstat", "attestation")


def upgrade() -> None:
    """Add the columns; of earlier calls nothing is known, which is the empty text."""
    for name in _COLUMNS:
        op.add_column("calls", sa.Column(name, sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop the columns."""
    for name in _COLUMNS:
        op.drop_column("calls", name)
