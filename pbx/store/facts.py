"""Call records, consents and audit facts together: many of them in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import sqlite

from pbx.call.effects import (
    Audit,
    EndGrant,
    KeepAgent,
    KeepCallBack,
    KeepGrant,
    KeepRefusal,
    SaveCall,
    SaveConsent,
    SaveMessage,
)
from pbx.fraud.effects import KeepCharge, KeepHold
from pbx.marketing.effects import KeepContact, KeepStop
from pbx.store import agents, call_backs
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.store.grants import GrantStore
from pbx.store.journal_tables import JournalMark
from pbx.store.keys import StoreKeys
from pbx.store.messages import MessageStore
from pbx.store.refusals import RefusalStore
from pbx.store.suppressions import SuppressionStore
from pbx.store.tables import Base
from pbx.store.tolls import TollStore
from pbx.store.withdrawals import WithdrawalStore

Entry = (
    SaveCall
    | SaveConsent
    | KeepRefusal
    | SaveMessage
    | Audit
    | KeepHold
    | KeepCharge
    | KeepStop
    | KeepContact
    | KeepGrant
    | EndGrant
    | KeepCallBack
    | KeepAgent
)
Stamped = tuple[Entry, datetime]
_MARKS = Base.metadata.tables[JournalMark.__tablename__]
_NEW = sqlite.insert(_MARKS)
_MOVE = _NEW.on_conflict_do_update(index_elements=["journal"], set_={"serial": _NEW.excluded.serial})


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A fact, when it became one, and its number within its journal: later facts have higher ones."""

    serial: int
    entry: Entry
    at: datetime


class FactStore:
    """Writes what a call wants kept."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database = database
        self._calls = CallStore(database, keys)
        self._consents = ConsentStore(database)
        self._withdrawals = WithdrawalStore(database)
        self._audit = AuditStore(database)
        self._messages = MessageStore(database)
        self._tolls = TollStore(database)
        self._refusals = RefusalStore(database, keys)
        self._suppressions = SuppressionStore(database, keys)
        self._grants = GrantStore(database, keys)

    async def write(self, entries: Sequence[Stamped]) -> None:
        """Write all of them or, with StorageError or MisuseError, none; of each call one record at most."""
        await self._database.write(lambda connection: self._write_all(connection, entries))

    async def write_once(self, journal: str, facts: Sequence[Numbered]) -> None:
        """Write like `write` those that are not written yet, whichever process has tried before.

        `facts` are in the order of their serials, and so are these calls for a journal.
        """
        await self._database.write(lambda connection: self._write_new(connection, journal, facts))

    async def forget(self) -> None:
        """Forget how far journals have been written. Call when there is none."""
        await self._database.write(lambda connection: connection.execute(delete(_MARKS)))

    def _write_new(self, connection: Connection, journal: str, facts: Sequence[Numbered]) -> None:
        query = select(_MARKS.c.serial).where(_MARKS.c.journal == journal)
        done = connection.execute(query).scalar() or 0
        new = [fact for fact in facts if fact.serial > done]
        if new:
            self._write_all(connection, [(fact.entry, fact.at) for fact in new])
            connection.execute(_MOVE, {"journal": journal, "serial": new[-1].serial})

    def _write_all(self, connection: Connection, entries: Sequence[Stamped]) -> None:
        # Between the tables there is no order that anybody could see: they are committed at once.
        self._calls.save_all(
            connection, [entry.record for entry, _ in entries if isinstance(entry, SaveCall)]
        )
        consents = [entry.record for entry, _ in entries if isinstance(entry, SaveConsent)]
        self._consents.save_all(connection, consents)
        self._withdrawals.save_all(connection, consents)
        self._refusals.save_all(
            connection, [(entry, at) for entry, at in entries if isinstance(entry, KeepRefusal)]
        )
        self._messages.save_all(
            connection, [entry.message for entry, _ in entries if isinstance(entry, SaveMessage)]
        )
        self._tolls.save_all(
            connection,
            [entry.hold for entry, _ in entries if isinstance(entry, KeepHold)],
            [entry.charge for entry, _ in entries if isinstance(entry, KeepCharge)],
        )
        call_backs.save_all(
            connection, [(entry, at) for entry, at in entries if isinstance(entry, KeepCallBack)]
        )
        agents.save_all(connection, [(entry, at) for entry, at in entries if isinstance(entry, KeepAgent)])
        self._suppressions.save_all(
            connection, [(entry, at) for entry, at in entries if isinstance(entry, KeepStop | KeepContact)]
        )
        self._grants.save_all(
            connection,
            [entry.grant for entry, _ in entries if isinstance(entry, KeepGrant)],
            [entry for entry, _ in entries if isinstance(entry, EndGrant)],
        )
        self._audit.append_all(
            connection, [(entry.fact, at) for entry, at in entries if isinstance(entry, Audit)]
        )
