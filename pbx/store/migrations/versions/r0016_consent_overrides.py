"""Rules of recording that two people lower for a while.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
_DECIDED = ("decision", "decided_by", "decided_uid", "decided_at")
_WISH = ("override", "tenant", "region", "mode", "reason", "actor", "uid", "asked_at", "expires_at")
# The rule of four eyes, in the place that nobody goes around: one decision, by another user; then one end.
_GUARDS = {
    "consent_overrides_stay": "BEFORE DELETE ON consent_overrides",
    "consent_overrides_are_as_asked": f"BEFORE UPDATE OF {', '.join(_WISH)} ON consent_overrides",
    "consent_overrides_need_two": (
        f"BEFORE UPDATE OF {', '.join(_DECIDED)} ON consent_overrides "
        "WHEN OLD.decision != '' OR NEW.decided_uid IS NULL OR NEW.decided_uid = OLD.uid"
    ),
    "consent_overrides_begin_undecided": (
        "BEFORE INSERT ON consent_overrides WHEN NEW.decision != '' OR NEW.ended_at IS NOT NULL"
    ),
    "consent_overrides_end_once": (
        "BEFORE UPDATE OF ended_at ON consent_overrides "
        "WHEN OLD.ended_at IS NOT NULL OR OLD.decision != 'approved'"
    ),
}


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "consent_overrides",
        sa.Column("override", sa.String(), primary_key=True),
        *(_text(name) for name in ("tenant", "region", "mode", "reason", "actor")),
        sa.Column("uid", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.DateTime(), nullable=False) for name in ("asked_at", "expires_at")),
        *(_text(name) for name in ("decision", "decided_by")),
        sa.Column("decided_uid", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.DateTime(), nullable=True) for name in ("decided_at", "ended_at")),
    )
    op.create_index("ix_consent_overrides_tenant", "consent_overrides", ["tenant"])
    for name, when in _GUARDS.items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{name}'); END")


def downgrade() -> None:
    """Drop it."""
    for name in _GUARDS:
        op.execute(f"DROP TRIGGER {name}")
    op.drop_table("consent_overrides")


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=False)
