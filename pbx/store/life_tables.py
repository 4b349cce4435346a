"""The tables of what becomes of a recording that is kept."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class HoldRow(Base):
    """A legal hold of one recording; never deleted, it is released."""

    __tablename__ = "legal_holds"

    hold: Mapped[str] = mapped_column(primary_key=True)
    recording: Mapped[str] = mapped_column(index=True)
    tenant: Mapped[str]
    case_reference: Mapped[str]
    reason: Mapped[str]
    actor: Mapped[str]
    object_hold: Mapped[str]
    released_by: Mapped[str]
    release_reason: Mapped[str]
    since_at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class RestrictionRow(Base):
    """A recording that nobody may play or take out, but for a disclosure."""

    __tablename__ = "restrictions"

    restriction: Mapped[str] = mapped_column(primary_key=True)
    recording: Mapped[str] = mapped_column(index=True)
    tenant: Mapped[str]
    reason: Mapped[str]
    actor: Mapped[str]
    lifted_by: Mapped[str]
    lift_reason: Mapped[str]
    since_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class DisclosureRow(Base):
    """One line of the register: what was given to a third party, by which law; written before it is given."""

    __tablename__ = "disclosures"

    disclosure: Mapped[str] = mapped_column(primary_key=True)
    recording: Mapped[str] = mapped_column(index=True)
    tenant: Mapped[str]
    recipient: Mapped[str]
    basis: Mapped[str]
    reference: Mapped[str]
    purpose: Mapped[str]
    document_sha256: Mapped[str]
    approver: Mapped[str]
    actor: Mapped[str]
    form: Mapped[str]
    sha256: Mapped[str]
    at: Mapped[datetime]
    served_at: Mapped[datetime | None]
    subject_told: Mapped[bool]
    size: Mapped[int | None]
    span: Mapped[str] = mapped_column(server_default="")
    scope_asked: Mapped[str] = mapped_column(server_default="")
    scope_granted: Mapped[str] = mapped_column(server_default="")


class NoticeRow(Base):
    """Since when it is known that a recording falls due."""

    __tablename__ = "due_notices"

    recording: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    since_at: Mapped[datetime]


class ErasureRow(Base):
    """The way of one recording out of every store; at its end the tombstone with the signed receipt."""

    __tablename__ = "erasures"

    recording: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    call: Mapped[str]
    kind: Mapped[str]
    object_key: Mapped[str]
    sha256_cipher: Mapped[str]
    manifest_sha256: Mapped[str]
    ground: Mapped[str]
    extent: Mapped[str]
    reason: Mapped[str]
    actor: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    blocked_by: Mapped[str]
    object: Mapped[str]
    copy_key: Mapped[str] = mapped_column(server_default="")
    started_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    key_gone_at: Mapped[datetime | None]
    scrubbed_at: Mapped[datetime | None]
    object_gone_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    receipt: Mapped[bytes | None]
    signature: Mapped[bytes | None]


class PlaybackCopyRow(Base):
    """The playback copy of a recording; without `made_at` its object may be there, and is no copy yet."""

    __tablename__ = "playback_copies"

    recording: Mapped[str] = mapped_column(ForeignKey("recordings.recording"), primary_key=True)
    object_key: Mapped[str]
    size: Mapped[int] = mapped_column(server_default="0")
    sha256_cipher: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[datetime | None]


class PlaybackKeyRow(Base):
    """The age header of a playback copy; `suite` and `epoch` as in `recording_keys`."""

    __tablename__ = "playback_keys"

    recording: Mapped[str] = mapped_column(ForeignKey("playback_copies.recording"), primary_key=True)
    header: Mapped[bytes]
    suite: Mapped[int] = mapped_column(server_default="1")
    epoch: Mapped[int] = mapped_column(server_default="0")
