"""The table of rules of recording that two people lower."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class OverrideRow(Base):
    """A wish to lower the rule of a region, and what came of it."""

    __tablename__ = "consent_overrides"

    override: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(index=True)
    region: Mapped[str]
    mode: Mapped[str]
    reason: Mapped[str]
    actor: Mapped[str]
    uid: Mapped[int]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decision: Mapped[str]
    decided_by: Mapped[str]
    decided_uid: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
