"""The customers a caller can be verified against, imported from a CSV file."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from pbx.core.ids import Ids
from pbx.core.io.clock import utc_now
from pbx.store.customer_file import Problems, read_customers
from pbx.store.database import Database
from pbx.store.fields import FieldCipher, phone_tag
from pbx.store.keys import StoreKeys
from pbx.store.person_tables import CSV, Customer, Delegate
from pbx.store.snapshots import Snapshots, customer_place


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """`problems` are (line number, what is wrong); those lines were left out, all others are stored.

    `ended` customers are not in the file any more. `refused` = so many would be that nothing was changed.
    `unbound` rows name a number that was found not to be theirs, and are not bound to it again.
    """

    imported: int
    problems: Problems = ()
    ended: int = 0
    refused: bool = False
    unbound: int = 0

    @property
    def refusal(self) -> str:
        """Why nothing was changed, and the way on; "" = it was."""
        if not self.refused:
            return ""
        return f"{self.ended} customers are not in it any more, more than a fifth: nothing was changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerView:
    """What an agent may see once the caller is verified; never the date of birth.

    `acts_for` are the customers whose delegate this one is. `name` is empty where a source was asked.
    """

    ref: str
    name: str
    entity_type: str
    language: str = ""
    flags: tuple[str, ...] = ()
    place: str = ""
    acts_for: tuple[str, ...] = ()


class CustomerStore:
    """Reads and writes customers; the only holder of their names and numbers in clear."""

    def __init__(self, database: Database, keys: StoreKeys, ids: Ids | None = None) -> None:
        self._database = database
        self._keys = keys
        self._snapshots = Snapshots(database, keys, ids)
        self._cipher = FieldCipher(keys.fields)

    async def import_csv(
        self, tenant: str, region: str, path: Path, *, source: str = CSV, accept_removals: bool = False
    ) -> ImportReport:
        """Make the customers of a source what a CSV file says; an interrupted import may be repeated.

        Numbers are read as dialled in `region`. A customer is known again by the column `id`, else by name,
        type and number. Whoever is not in the file any more, or on a line that cannot be read, is compared
        no more. ConfigError when the header is wrong.
        """
        people, problems = await asyncio.to_thread(read_customers, path, region)
        outcome = await self._snapshots.apply(
            (tenant, source), people, utc_now(), accept_removals=accept_removals
        )
        return ImportReport(
            imported=0 if outcome.refused else len(people),
            problems=problems,
            ended=outcome.ended,
            refused=outcome.refused,
            unbound=outcome.unbound,
        )

    async def find(self, tenant: str, number_e164: str) -> list[CustomerView]:
        """Return the customers with this number, in a stable order."""
        wanted = phone_tag(self._keys.phone, tenant, number_e164)
        query = select(Customer).where(
            Customer.tenant == tenant, Customer.phone_tag == wanted, Customer.gone_at.is_(None)
        )
        async with self._database.reading() as session:
            rows = (await session.scalars(query.order_by(Customer.ref))).all()
            acting = select(Delegate).where(Delegate.delegate.in_([row.ref for row in rows]))
            delegates = (await session.scalars(acting.order_by(Delegate.principal))).all()
        now = utc_now()
        acts_for = {
            row.ref: tuple(
                one.principal
                for one in delegates
                if one.delegate == row.ref and (one.until_at is None or one.until_at > now)
            )
            for row in rows
        }
        return [self._view(row, acts_for[row.ref]) for row in rows]

    def _view(self, row: Customer, acts_for: tuple[str, ...]) -> CustomerView:
        return CustomerView(
            ref=row.ref,
            name=self._cipher.open(row.name, customer_place(row.tenant, row.ref, "name")) if row.name else "",
            entity_type=row.entity_type,
            language=row.language,
            flags=tuple(row.flags),
            place=row.place,
            acts_for=acts_for,
        )
