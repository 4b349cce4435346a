"""The tables of plans: which was in force from when, and what was in it."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class PlanVersion(Base):
    """A change of the plan; never changed, never deleted. `restored` = the version that it went back to."""

    __tablename__ = "plan_versions"

    version: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str]
    cause: Mapped[str]
    author: Mapped[str]
    comment: Mapped[str]
    restored: Mapped[int | None]
    at: Mapped[datetime]


class PlanContent(Base):
    """The files of a plan, sealed: PINs and addresses of bots may be in them."""

    __tablename__ = "plan_contents"

    digest: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]
