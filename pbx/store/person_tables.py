"""The tables of customers, and of who may act for them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base

PIN = "pin"  # a kind of identifiers
CSV = "csv"  # the source that every row had before there were others


class Customer(Base):
    """A person or company that callers are compared with; once `gone_at` is set they are not any more.

    `phone_tag` b"" = the number was found not to be his. `fetched_at` = a copy of an answer, which grows old.
    """

    __tablename__ = "customers"

    ref: Mapped[str] = mapped_column(primary_key=True)  # random, says nothing
    tenant: Mapped[str]
    entity_type: Mapped[str]
    row_tag: Mapped[bytes] = mapped_column(unique=True)  # finds the row again on the next import
    phone_tag: Mapped[bytes]
    dob_tag: Mapped[bytes | None]
    name: Mapped[bytes]
    phone: Mapped[bytes]
    date_of_birth: Mapped[bytes | None]
    source: Mapped[str] = mapped_column(server_default=CSV)
    language: Mapped[str] = mapped_column(server_default="")
    flags: Mapped[list[str]] = mapped_column(server_default="[]")
    place: Mapped[str] = mapped_column(server_default="")
    fetched_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    phone_since_at: Mapped[datetime | None]  # on file; None = nobody knows, which is not long enough
    email: Mapped[bytes | None]
    email_tag: Mapped[bytes | None]
    email_since_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_customers_tenant_phone", "tenant", "phone_tag"),
        Index("ix_customers_source", "tenant", "source", "gone_at"),
    )


class CustomerChanges(Base):
    """One row: how often a customer was changed; the database counts by itself."""

    __tablename__ = "customer_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    n: Mapped[int]


class Identifier(Base):
    """What a customer knows or has besides his date of birth, as a keyed tag of his own.

    `kind` is account_number or pin.
    """

    __tablename__ = "identifiers"

    customer: Mapped[str] = mapped_column(ForeignKey("customers.ref"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    tag: Mapped[bytes]
    at: Mapped[datetime]


class Delegate(Base):
    """`delegate` may act for `principal` in what `scopes` names, until the end of the day `until_at`."""

    __tablename__ = "delegates"

    principal: Mapped[str] = mapped_column(ForeignKey("customers.ref"), primary_key=True)
    delegate: Mapped[str] = mapped_column(ForeignKey("customers.ref"), primary_key=True)
    tenant: Mapped[str]
    scopes: Mapped[list[str]]
    until_at: Mapped[datetime | None]


class Rectification(Base):
    """A number that is not this customer's, whatever a source goes on saying (UK GDPR 16)."""

    __tablename__ = "rectifications"

    rectification: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    customer: Mapped[str]
    phone_tag: Mapped[bytes]
    reason: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (Index("ix_rectifications_customer", "customer", "phone_tag"),)
