"""Playback links, the browsers that opened them, and accesses that a second person decides on.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
# As in the revision before. The second one is the rule of four eyes, in the place that nobody goes around.
_GUARDS = {
    "playback_links_stay": "BEFORE DELETE ON playback_links",
    "access_requests_stay": "BEFORE DELETE ON access_requests",
    "access_requests_need_two": (
        "BEFORE UPDATE ON access_requests WHEN OLD.decision != '' OR NEW.decided_uid = OLD.uid"
    ),
}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "playback_links",
        sa.Column("link", sa.String(), primary_key=True),
        sa.Column("token_sha256", sa.String(), nullable=False, unique=True),
        *(_text(name) for name in ("recording", "call", "tenant", "actor", "purpose", "ticket")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("uid", "start_ms", "length_ms", "uses")),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        _text("revoked_by"),
    )
    op.create_index("ix_playback_links_recording", "playback_links", ["recording"])
    op.create_table(
        "playback_sessions",
        sa.Column("session_sha256", sa.String(), primary_key=True),
        sa.Column("link", sa.String(), sa.ForeignKey("playback_links.link"), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_playback_sessions_link", "playback_sessions", ["link"])
    op.create_table(
        "access_requests",
        sa.Column("request", sa.String(), primary_key=True),
        *(_text(name) for name in ("recording", "tenant", "actor", "purpose", "reason")),
        sa.Column("uid", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        *(_text(name) for name in ("decision", "decided_by")),
        sa.Column("decided_uid", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
    )
    op.create_index("ix_access_requests_recording", "access_requests", ["recording"])
    for name, when in _GUARDS.items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{name}'); END")


def downgrade() -> None:
    """Drop them."""
    for name in _GUARDS:
        op.execute(f"DROP TRIGGER {name}")
    for table in ("playback_sessions", "playback_links", "access_requests"):
        op.drop_table(table)


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=False)
