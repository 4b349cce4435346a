"""The tables of the first release.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False, primary_key: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=nullable, primary_key=primary_key)


def _octets(name: str, *, nullable: bool = False) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(), nullable=nullable)


def _customers() -> None:
    op.create_table(
        "customers",
        _text("ref", primary_key=True),
        _text("tenant"),
        _text("entity_type"),
        _octets("row_tag"),
        _octets("phone_tag"),
        _octets("dob_tag", nullable=True),
        _octets("name"),
        _octets("phone"),
        _octets("date_of_birth", nullable=True),
        sa.UniqueConstraint("row_tag"),
    )
    op.create_index("ix_customers_tenant_phone", "customers", ["tenant", "phone_tag"])
    op.create_table(
        "verify_attempts",
        sa.Column("id", sa.Integer(), primary_key=True),
        _text("kind"),
        _octets("subject"),
        _octets("source"),
        _text("call"),
        _time("at"),
    )
    op.create_index("ix_verify_attempts_subject", "verify_attempts", ["kind", "subject", "at"])
    op.create_index("ix_verify_attempts_age", "verify_attempts", ["kind", "at"])


def _calls() -> None:
    texts = ("ended_by", "cause", "route", "recording", "recording_state", "recording_reason")
    op.create_table(
        "calls",
        _text("call", primary_key=True),
        _text("tenant"),
        _text("direction"),
        _octets("called"),
        _octets("caller_number", nullable=True),
        _octets("caller_tag", nullable=True),
        _time("offered_at"),
        _time("answered_at", nullable=True),
        _time("ended_at", nullable=True),
        *(_text(name) for name in texts),
        sa.Column("consents", sa.JSON(), nullable=False),
        _text("verification"),
        _text("customer"),
    )
    op.create_index("ix_calls_caller_tag", "calls", ["caller_tag"])
    op.create_index("ix_calls_offered_at", "calls", ["offered_at"])
    op.create_table(
        "legs",
        sa.Column("call", sa.String(), sa.ForeignKey("calls.call"), primary_key=True),
        _text("leg", primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        _text("role"),
        _text("party"),
        _octets("number", nullable=True),
        _time("offered_at"),
        _time("answered_at", nullable=True),
        _time("ended_at", nullable=True),
        _text("cause"),
    )


def _proofs() -> None:
    op.create_table(
        "consents",
        _text("consent", primary_key=True),
        _text("call"),
        _text("tenant"),
        _time("at"),
        sa.Column("proof", sa.JSON(), nullable=False),
    )
    op.create_index("ix_consents_call", "consents", ["call"])
    op.create_table(
        "recordings",
        _text("recording", primary_key=True),
        _text("call"),
        _text("tenant"),
        _text("kind"),
        _text("object_key"),
        sa.Column("size", sa.Integer(), nullable=False),
        _text("sha256_cipher"),
        _octets("manifest"),
        _octets("signature"),
        _time("started_at"),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("recovered", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_recordings_call", "recordings", ["call"])
    op.create_index("ix_recordings_started_at", "recordings", ["started_at"])
    op.create_table(
        "recording_keys",
        sa.Column("recording", sa.String(), sa.ForeignKey("recordings.recording"), primary_key=True),
        _octets("header"),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Integer(), primary_key=True),
        _time("at"),
        _text("kind"),
        _text("call", nullable=True),
        _text("tenant"),
        sa.Column("details", sa.JSON(), nullable=False),
    )
    op.create_index("ix_audit_events_call", "audit_events", ["call"])


def upgrade() -> None:
    _customers()
    _calls()
    _proofs()


def downgrade() -> None:
    tables = "audit_events recording_keys recordings consents legs calls verify_attempts customers"
    for table in tables.split():
        op.drop_table(table)
