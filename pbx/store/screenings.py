"""Screenings and agreements: who is in a register against marketing calls, and who has agreed to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, bindparam, delete, insert
from sqlalchemy.dialects import sqlite

from pbx.core.audit import AuditFact
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.marketing_tables import AgreementRow, ScreeningRow
from pbx.store.suppressions import stop_tag
from pbx.store.tables import Base

BATCH = 5_000  # numbers of one transaction: calls that are written meanwhile wait for a part of a second
_SCREENINGS = Base.metadata.tables[ScreeningRow.__tablename__]
_AGREEMENTS = Base.metadata.tables[AgreementRow.__tablename__]
# A new row, not a changed one: whoever follows the table looks for ids that are newer.
_OLDER = delete(_SCREENINGS).where(
    _SCREENINGS.c.tag == bindparam("of_tag"),
    _SCREENINGS.c.name == bindparam("of_name"),
    _SCREENINGS.c.screened_at <= bindparam("until"),
)
_NEW = sqlite.insert(_SCREENINGS).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a register says of an E.164 number."""

    number: str
    registered: bool


class ScreeningStore:
    """Writes both; the follower of the suppressions reads them."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database, self._keys = database, keys

    async def screened(self, controller: str, name: str, results: Sequence[Result], at: datetime) -> None:
        """Keep what the register `name` says as of `at`; what is known of a later time stays."""
        for first in range(0, len(results), BATCH):
            batch = results[first : first + BATCH]
            rows = [
                {
                    "tag": stop_tag(self._keys, controller, one.number),
                    "controller": controller,
                    "name": name,
                    "registered": one.registered,
                    "screened_at": at,
                }
                for one in batch
            ]
            await self._database.write(partial(_replace, rows))

    async def agreed(
        self,
        whom: tuple[str, str],
        by: tuple[str, str],
        between: tuple[datetime, datetime | None],
        fact: AuditFact,
    ) -> None:
        """Keep that a person agreed: controller and number, proof and actor, since and until when."""
        controller, number = whom
        row = {
            "tag": stop_tag(self._keys, controller, number),
            "controller": controller,
            "proof": by[0],
            "actor": by[1],
            "given_at": between[0],
            "expires_at": between[1],
        }

        def keep(connection: Connection) -> None:
            connection.execute(insert(_AGREEMENTS), row)
            insert_facts(connection, [(fact, between[0])])

        await self._database.write(keep)


def _replace(rows: Sequence[dict[str, object]], connection: Connection) -> None:
    wanted = [{"of_tag": one["tag"], "of_name": one["name"], "until": one["screened_at"]} for one in rows]
    connection.execute(_OLDER, wanted)
    connection.execute(_NEW, rows)
