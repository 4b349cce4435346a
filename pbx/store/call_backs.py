"""What came of call-backs, which stand among the proofs of possession that were sent: `one_time_codes`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, update

from pbx.call.effects import KeepCallBack
from pbx.store.base import Base
from pbx.store.code_tables import OneTimeCode

_CODES = Base.metadata.tables[OneTimeCode.__tablename__]


def save_all(connection: Connection, entries: Sequence[tuple[KeepCallBack, datetime]]) -> None:
    """Note how each ended; one that was erased meanwhile is nowhere to be noted."""
    for entry, at in entries:
        was_right = entry.outcome == "confirmed"
        values = {"sent_at": at, "used_at": at} if was_right else {"reason": entry.outcome}
        query = update(_CODES).where(_CODES.c.code == entry.call_back, _CODES.c.way == "call_back")
        connection.execute(query.values(values))
