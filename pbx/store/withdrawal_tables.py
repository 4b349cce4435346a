"""The tables of what a withdrawal leaves to do with what was recorded before."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class WithdrawalOrder(Base):
    """A consent that was withdrawn where the rules want more than that nothing more is kept."""

    __tablename__ = "withdrawal_orders"

    consent: Mapped[str] = mapped_column(primary_key=True)
    call: Mapped[str] = mapped_column(index=True)
    tenant: Mapped[str]
    policy: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


class WithdrawalOutcome(Base):
    """What was asked of one recording because of it; a recording has one, of the strictest order."""

    __tablename__ = "withdrawal_outcomes"

    recording: Mapped[str] = mapped_column(primary_key=True)
    consent: Mapped[str]
    policy: Mapped[str]
    blocked_by: Mapped[str]
    at: Mapped[datetime]
