"""The tables as typed classes; migrations/versions holds the same as steps."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from pbx.store import agent_tables as agent_tables
from pbx.store import code_tables as code_tables  # whoever asks for all tables gets those too
from pbx.store import grant_tables as grant_tables  # whoever asks for all tables gets those too
from pbx.store import journal_tables as journal_tables
from pbx.store import life_tables as life_tables
from pbx.store import link_tables as link_tables
from pbx.store import marketing_tables as marketing_tables
from pbx.store import override_tables as override_tables
from pbx.store import plan_tables as plan_tables
from pbx.store import policy_tables as policy_tables
from pbx.store import switch_tables as switch_tables
from pbx.store import throttle_tables as throttle_tables
from pbx.store import withdrawal_tables as withdrawal_tables
from pbx.store.base import Base as Base
from pbx.store.person_tables import Customer as Customer
from pbx.store.register import tag_columns


class VerifyAttempt(Base):
    """One failure of one subject (a record, a calling number, a trunk); subjects are keyed tags."""

    __tablename__ = "verify_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[bytes]
    source: Mapped[bytes]  # tag of the calling number
    call: Mapped[str]
    at: Mapped[datetime]
    tenant: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        Index("ix_verify_attempts_subject", "kind", "subject", "at"),
        Index("ix_verify_attempts_age", "kind", "at"),
    )


class Call(Base):
    __tablename__ = "calls"

    call: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    direction: Mapped[str]
    called: Mapped[bytes]
    caller_number: Mapped[bytes | None]
    caller_tag: Mapped[bytes | None] = mapped_column(index=True)
    offered_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str]
    cause: Mapped[str]
    route: Mapped[str]
    recording: Mapped[str]
    recording_state: Mapped[str]
    recording_reason: Mapped[str]
    consents: Mapped[list[str]]
    verification: Mapped[str]
    customer: Mapped[str]
    verstat: Mapped[str] = mapped_column(server_default="")
    attestation: Mapped[str] = mapped_column(server_default="")
    purpose: Mapped[str] = mapped_column(server_default="")


class Leg(Base):
    __tablename__ = "legs"

    call: Mapped[str] = mapped_column(ForeignKey("calls.call"), primary_key=True)
    leg: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    role: Mapped[str]
    party: Mapped[str]
    number: Mapped[bytes | None]
    offered_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cause: Mapped[str]
    heard_loss: Mapped[float | None] = mapped_column(Float)
    heard_jitter_ms: Mapped[float | None] = mapped_column(Float)
    heard_round_trip_ms: Mapped[float | None] = mapped_column(Float)
    heard_r: Mapped[float | None] = mapped_column(Float)
    heard_mos: Mapped[float | None] = mapped_column(Float)
    sent_loss: Mapped[float | None] = mapped_column(Float)
    sent_jitter_ms: Mapped[float | None] = mapped_column(Float)
    sent_round_trip_ms: Mapped[float | None] = mapped_column(Float)
    sent_r: Mapped[float | None] = mapped_column(Float)
    sent_mos: Mapped[float | None] = mapped_column(Float)


class Consent(Base):
    __tablename__ = "consents"

    consent: Mapped[str] = mapped_column(primary_key=True)
    call: Mapped[str] = mapped_column(index=True)  # may be written before the call's own row
    tenant: Mapped[str]
    at: Mapped[datetime]
    proof: Mapped[dict[str, Any]]


class Refusal(Base):
    """A number that does not want to be recorded, until it says yes again."""

    __tablename__ = "refusals"

    phone_tag: Mapped[bytes] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    call: Mapped[str]
    consent: Mapped[str]
    since_at: Mapped[datetime] = mapped_column(index=True)


class Recording(Base):
    __tablename__ = "recordings"

    recording: Mapped[str] = mapped_column(primary_key=True)
    call: Mapped[str] = mapped_column(index=True)
    tenant: Mapped[str]
    kind: Mapped[str]
    object_key: Mapped[str]
    size: Mapped[int]
    sha256_cipher: Mapped[str]
    manifest: Mapped[bytes]
    signature: Mapped[bytes]
    started_at: Mapped[datetime] = mapped_column(index=True)
    duration_ms: Mapped[int]
    recovered: Mapped[bool]


class RecordingKey(Base):
    """The age header of one recording: without it the stored object cannot be opened by anybody.

    `suite` 1 = age v1. `epoch` = that of the tenant's identity which opens it, as far as a rotation has found
    out; 0 = not looked at yet.
    """

    __tablename__ = "recording_keys"

    recording: Mapped[str] = mapped_column(ForeignKey("recordings.recording"), primary_key=True)
    header: Mapped[bytes]
    suite: Mapped[int] = mapped_column(server_default="1")
    epoch: Mapped[int] = mapped_column(server_default="0")


class Message(Base):
    """A recording that was left in a box; there may be no row of the recording yet."""

    __tablename__ = "messages"

    recording: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    box: Mapped[str]
    heard_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_messages_box", "tenant", "box"),)


class AuditEvent(Base):
    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(index=True)
    call: Mapped[str | None] = mapped_column(index=True)
    tenant: Mapped[str]
    details: Mapped[dict[str, Any]]


class AuditLeaf(Base):
    """One entry of the log: what it commits to is the audit event; rows are never changed but for `salt`.

    `salt` is NULL once the event was erased; then nothing leads from the entry back to what was said.
    """

    __tablename__ = "audit_leaves"

    position: Mapped[int] = mapped_column(primary_key=True)
    entry: Mapped[bytes]
    event: Mapped[int] = mapped_column(unique=True)
    salt: Mapped[bytes | None]


class AuditCheckpoint(Base):
    """A signed note: the vault has vouched for the first `size` entries."""

    __tablename__ = "audit_checkpoints"

    size: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[bytes]
    at: Mapped[datetime]


class CheckpointCopy(Base):
    """A signed note that was read back from a store outside; `place` names the store."""

    __tablename__ = "checkpoint_copies"

    place: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class WebhookReport(Base):
    """A status that the receiver of the webhook has not taken yet; `report` is its id in every try."""

    __tablename__ = "webhook_outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    report: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[bytes]
    tries: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime | None]


class Binding(Base):
    """One contact of a registered telephone; all of one user are written together."""

    __tablename__ = "bindings"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    uri: Mapped[str]
    transport: Mapped[str]
    host: Mapped[str]
    port: Mapped[int]
    call_id: Mapped[str]
    cseq: Mapped[int]
    expires_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    q: Mapped[int]
    instance: Mapped[str]
    reg_id: Mapped[int]
    path: Mapped[list[str]]
    user_agent: Mapped[str]
    is_reachable: Mapped[bool | None]
    rtt_ms: Mapped[int | None]


class TollHold(Base):
    """An account that may not call the network, or one country, until somebody releases it."""

    __tablename__ = "toll_holds"

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    account: Mapped[str]
    what: Mapped[str]
    cause: Mapped[str]
    since_at: Mapped[datetime]
    released_at: Mapped[datetime | None] = mapped_column(index=True)


class TollCharge(Base):
    """What one call to the network cost; `spend` is decimal digits, a float would lose money."""

    __tablename__ = "toll_charges"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    account: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    seconds: Mapped[float] = mapped_column(Float)
    spend: Mapped[str]


tag_columns(Base.metadata)
