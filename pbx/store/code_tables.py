"""The tables of one-time codes: what was sent in which call, and how often to one number or address."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class OneTimeCode(Base):
    """A code that was made for one leg of a call and one purpose; of itself only a keyed tag is kept.

    `sent_at` None = whoever carries it has not taken it: it is void. `reason` says why, if that is known.
    """

    __tablename__ = "one_time_codes"

    code: Mapped[str] = mapped_column(primary_key=True)  # random, says nothing
    tenant: Mapped[str]
    customer: Mapped[str]
    call: Mapped[str]
    leg: Mapped[str]
    purpose: Mapped[str]
    way: Mapped[str]
    code_tag: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    tries: Mapped[int]
    used_at: Mapped[datetime | None]
    reason: Mapped[str]

    __table_args__ = (Index("ix_one_time_codes_call", "call", "leg", "purpose"),)


class CodeSend(Base):
    """A code went to a number or address, as a keyed tag; kept for as long as a limit looks back."""

    __tablename__ = "code_sends"

    id: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (Index("ix_code_sends_tag", "tag", "at"),)
