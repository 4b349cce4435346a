"""The tables of marketing calls: no number stands in them, only keyed tags of controller and number.

Their ids never come twice and grow with each write, so that whoever follows them asks for what is newer.
"""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class SuppressionRow(Base):
    """Somebody wants no marketing calls; a trigger keeps the row as it is, for good."""

    __tablename__ = "suppressions"

    id: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[bytes] = mapped_column(unique=True)
    controller: Mapped[str]
    how: Mapped[str]
    call: Mapped[str]
    campaign: Mapped[str]
    actor: Mapped[str]
    since_at: Mapped[datetime]

    __table_args__ = ({"sqlite_autoincrement": True},)


class ScreeningRow(Base):
    """A number held against a register; the newest result takes the place of the one before."""

    __tablename__ = "screenings"

    id: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[bytes]
    controller: Mapped[str]
    name: Mapped[str]
    registered: Mapped[bool]
    screened_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("tag", "name"), {"sqlite_autoincrement": True})


class AgreementRow(Base):
    """A person has agreed to be called by this controller; `proof` says where that is written."""

    __tablename__ = "specific_consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[bytes] = mapped_column(index=True)
    controller: Mapped[str]
    proof: Mapped[str]
    actor: Mapped[str]
    given_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]

    __table_args__ = ({"sqlite_autoincrement": True},)


class ContactRow(Base):
    """A marketing call that a rule counts, or what came of one; kept as long as rules look back."""

    __tablename__ = "marketing_contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact: Mapped[str] = mapped_column(unique=True)
    tag: Mapped[bytes] = mapped_column(index=True)
    controller: Mapped[str]
    what: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = ({"sqlite_autoincrement": True},)
