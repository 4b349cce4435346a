"""The tables of the throttles: what was guessed, how tries fare, and tenants whose breaker has opened."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class VerifyGuess(Base):
    """A date that was tried from a trunk, and for which number; kept for an hour.

    Both are keyed tags. That of the date is another one each hour, that of the number another one for each
    date: two copies of the database do not tell which guesses were the same, or whose.
    """

    __tablename__ = "verify_guesses"

    guess: Mapped[bytes] = mapped_column(primary_key=True)
    record: Mapped[bytes] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class VerifyTry(Base):
    """One try of a tenant's callers, while it is younger than the breaker's window."""

    __tablename__ = "verify_tries"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    at: Mapped[datetime]
    failed: Mapped[bool]

    __table_args__ = (Index("ix_verify_tries_tenant", "tenant", "at"),)


class VerifyRate(Base):
    """How a tenant's tries fared in ten minutes without an open breaker: what is usual there."""

    __tablename__ = "verify_rates"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    slot_at: Mapped[datetime] = mapped_column(primary_key=True)
    attempts: Mapped[int]
    failures: Mapped[int]


class VerifyBreaker(Base):
    """A tenant's date of birth was switched off; `hot_at` = when tries last looked like an attack.

    Never deleted. `reopened_by` is empty when it went by time.
    """

    __tablename__ = "verify_breakers"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(index=True)
    opened_at: Mapped[datetime]
    hot_at: Mapped[datetime]
    cause: Mapped[str]
    reopened_at: Mapped[datetime | None]
    reopened_by: Mapped[str]
    reason: Mapped[str]
