"""The tables of policy texts and of complaints."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class PolicyRow(Base):
    """A version of a tenant's privacy policy; never changed, never deleted."""

    __tablename__ = "policies"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]
    effective_at: Mapped[datetime]


class ComplaintRow(Base):
    """A complaint about how personal data are used; what it says and whose it is are sealed."""

    __tablename__ = "complaints"

    complaint: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    channel: Mapped[str]
    call: Mapped[str]
    recording: Mapped[str]
    hold: Mapped[str]
    actor: Mapped[str]
    about: Mapped[bytes]
    contact: Mapped[bytes]
    received_at: Mapped[datetime]
    at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str]
    outcome: Mapped[bytes | None]

    __table_args__ = (Index("ix_complaints_tenant", "tenant", "closed_at"),)
