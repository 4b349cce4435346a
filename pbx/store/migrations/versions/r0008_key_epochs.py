"""Which suite and which epoch of the tenant's identity a recording's key header belongs to.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
_COLUMNS = {"suite": "1", "epoch": "0"}  # all that exist are age v1, of an epoch nobody has looked up


def upgrade() -> None:
    """Add the columns."""
    for name, default in _COLUMNS.items():
        column = sa.Column(name, sa.Integer(), nullable=False, server_default=default)
        op.add_column("recording_keys", column)


def downgrade() -> None:
    """Drop the columns."""
    for name in _COLUMNS:
        op.drop_column("recording_keys", name)
