"""Playback copies of recordings, and their keys.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; an erasure remembers which copy went with it."""
    op.create_table(
        "playback_copies",
        sa.Column("recording", sa.String(), sa.ForeignKey("recordings.recording"), primary_key=True),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("sha256_cipher", sa.String(), nullable=False, server_default=""),
        sa.Column("made_at", sa.DateTime(), nullable=True),
    )
    op.create_table(
        "playback_keys",
        sa.Column("recording", sa.String(), sa.ForeignKey("playback_copies.recording"), primary_key=True),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("suite", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("epoch", sa.Integer(), nullable=False, server_default="0"),
    )
    op.add_column("erasures", sa.Column("copy_key", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("erasures", "copy_key")
    for table in ("playback_keys", "playback_copies"):
        op.drop_table(table)
