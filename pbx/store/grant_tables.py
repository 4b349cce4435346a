"""The table of grants; a row is also what says that its grant is revoked."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class GrantRow(Base):
    """A grant as it was signed, and how it ended; `revoked_at` None = not before its time."""

    __tablename__ = "grants"

    jti: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    call: Mapped[str] = mapped_column(index=True)
    leg: Mapped[str]
    dialog: Mapped[list[str]]
    customer: Mapped[str]
    level: Mapped[str]
    methods: Mapped[list[str]]
    scopes: Mapped[list[str]]
    risk: Mapped[list[str]]
    iat: Mapped[datetime]
    exp: Mapped[datetime]
    audience: Mapped[str]
    policy: Mapped[str]
    signature: Mapped[bytes]
    revoked_at: Mapped[datetime | None]
    revoked_why: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (Index("ix_grants_alive", "revoked_at", "exp"),)
