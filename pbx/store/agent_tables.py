"""The table of what agents of queues have said of themselves, which outlives a restart."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class AgentRow(Base):
    """One agent; `pause` is the reason of his pause, None = he has none, "" = he has not said why."""

    __tablename__ = "queue_agents"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    extension: Mapped[str] = mapped_column(primary_key=True)
    is_in: Mapped[bool]
    pause: Mapped[str | None]
    since_at: Mapped[datetime]
