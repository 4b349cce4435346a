"""The table of schedules that somebody has switched by hand."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class SwitchRow(Base):
    """How a schedule is switched; one without a row goes by its hours."""

    __tablename__ = "schedule_switches"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    schedule: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    until: Mapped[datetime | None]
