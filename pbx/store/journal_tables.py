"""The table of the sealed journal of facts: how far each journal has been written."""

from sqlalchemy.orm import Mapped, mapped_column

from pbx.store.base import Base


class JournalMark(Base):
    """Facts up to `serial` of this journal are in the database; moved in the transaction that writes them."""

    __tablename__ = "journal_marks"

    journal: Mapped[str] = mapped_column(primary_key=True)
    serial: Mapped[int]
