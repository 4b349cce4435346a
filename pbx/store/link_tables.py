"""The tables of playback links, and of accesses that a second person has to approve."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class LinkRow(Base):
    """A playback link; never deleted, it is revoked or runs out."""

    __tablename__ = "playback_links"

    link: Mapped[str] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    recording: Mapped[str] = mapped_column(index=True)
    call: Mapped[str]
    tenant: Mapped[str]
    actor: Mapped[str]
    uid: Mapped[int]
    purpose: Mapped[str]
    ticket: Mapped[str]
    start_ms: Mapped[int]
    length_ms: Mapped[int]
    uses: Mapped[int]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str]


class LinkSessionRow(Base):
    """A browser that has opened a link."""

    __tablename__ = "playback_sessions"

    session_sha256: Mapped[str] = mapped_column(primary_key=True)
    link: Mapped[str] = mapped_column(ForeignKey("playback_links.link"), index=True)
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class AccessRequestRow(Base):
    """A wish to hear a recording that a second person decides on."""

    __tablename__ = "access_requests"

    request: Mapped[str] = mapped_column(primary_key=True)
    recording: Mapped[str] = mapped_column(index=True)
    tenant: Mapped[str]
    actor: Mapped[str]
    uid: Mapped[int]
    purpose: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    decision: Mapped[str]
    decided_by: Mapped[str]
    decided_uid: Mapped[int | None]
    decided_at: Mapped[datetime | None]
