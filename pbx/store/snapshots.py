"""An import: the rows of one source as they are now; who is not among them any more is compared no more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbx.core.ids import Ids, hex_id
from pbx.core.io.entropy import SystemIds
from pbx.store.database import Database
from pbx.store.fields import FieldCipher, Place, account_tag, dob_tag, phone_tag, pin_tag, tag
from pbx.store.keys import StoreKeys
from pbx.store.person_tables import CSV, PIN, Customer, Delegate, Identifier, Rectification
from pbx.verify.people import Person

BATCH = 200  # customers per transaction: a verification never waits longer than that for the write lock
MOST_ENDED = 0.2  # of a source's customers: more is more often an export broken off than people gone
KEPT_GONE = timedelta(days=400)  # 13 months, like the verification events that name the customer
UNBOUND = b""  # in place of a number's tag, which has 16 octets


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`ended` customers are compared no more; `refused` = so many would be that nothing was changed.

    `unbound` rows name a number that was found not to be theirs.
    """

    ended: int
    refused: bool = False
    unbound: int = 0


def customer_place(tenant: str, ref: str, column: str) -> Place:
    """Where a customer's encrypted field stands."""
    return Place(tenant=tenant, table="customers", column=column, row=ref)


class Snapshots:
    """Writes what a source says."""

    def __init__(self, database: Database, keys: StoreKeys, ids: Ids | None = None) -> None:
        self._database, self._keys = database, keys
        self._ids = ids or SystemIds()
        self._cipher = FieldCipher(keys.fields, self._ids)

    async def apply(
        self, where: tuple[str, str], people: Sequence[Person], now: datetime, *, accept_removals: bool
    ) -> Outcome:
        """Make the rows of `where` (tenant, source) what `people` are, in batches that may be repeated.

        Those that are not among `people` end last: a break in between leaves nobody out, and the next import
        ends them.
        """
        tags = {self._row_tag(where, person): person for person in people}
        gone, n_live = await self._missing(where, tags.values(), tags.keys())
        if len(gone) > n_live * MOST_ENDED and not accept_removals:
            return Outcome(ended=len(gone), refused=True)
        wrong, rows, unbound = await self._wrong(where[0]), list(tags.items()), 0
        for begin in range(0, len(rows), BATCH):
            async with self._database.writing() as session:
                stored = await self._store_all(session, where, rows[begin : begin + BATCH], now)
                unbound += sum(self._unbind(row, wrong) for row, _ in stored)
                await session.flush()
                await self._identify(session, stored, now)
        await self._delegate(where, [(known_by, one) for known_by, one in rows if one.delegates])
        await self._end(where, gone, now)
        return Outcome(ended=len(gone), unbound=unbound)

    async def _missing(
        self, where: tuple[str, str], people: Iterable[Person], tags: Iterable[bytes]
    ) -> tuple[list[str], int]:
        """Return who is compared now and will not be any more, and how many are compared now."""
        known = {*tags, *(old for one in people if (old := self._first_tag(where, one)) is not None)}
        query = select(Customer.ref, Customer.row_tag).where(*_of(where), Customer.gone_at.is_(None))
        async with self._database.reading() as session:
            live = (await session.execute(query)).all()
        return [ref for ref, row_tag in live if row_tag not in known], len(live)

    def _row_tag(self, where: tuple[str, str], person: Person) -> bytes:
        tenant, source = where
        if source == CSV and not person.key:
            return self._old_tag(tenant, person)
        return tag(self._keys.phone, "row:v2", tenant, source, *person.identity)

    def _first_tag(self, where: tuple[str, str], person: Person) -> bytes | None:
        """How a row was known before its file had a column `id`; None = it never was."""
        return self._old_tag(where[0], person) if where[1] == CSV and person.key else None

    def _old_tag(self, tenant: str, person: Person) -> bytes:
        words = (tenant, person.e164, person.entity_type, person.folded_name)
        return tag(self._keys.phone, "row:v1", *words)

    async def _wrong(self, tenant: str) -> set[tuple[str, bytes]]:
        """Return the numbers of customers that were found not to be theirs."""
        query = select(Rectification.customer, Rectification.phone_tag).where(Rectification.tenant == tenant)
        async with self._database.reading() as session:
            return {(customer, number) for customer, number in (await session.execute(query)).all()}

    async def _store_all(
        self,
        session: AsyncSession,
        where: tuple[str, str],
        people: Sequence[tuple[bytes, Person]],
        now: datetime,
    ) -> list[tuple[Customer, Person]]:
        """Make or change the row of each, by the tag that it is known by."""
        first = {known_by: self._first_tag(where, person) for known_by, person in people}
        tags = {*first, *(old for old in first.values() if old is not None)}
        found = (await session.scalars(select(Customer).where(Customer.row_tag.in_(tags)))).all()
        known = {row.row_tag: row for row in found}
        stored = []
        for known_by, person in people:
            row = known.get(known_by) or known.pop(first[known_by] or known_by, None)
            if row is None:
                row = Customer(ref=hex_id(self._ids), tenant=where[0], source=where[1])
                session.add(row)
            self._write(row, person, (known_by, now))
            stored.append((row, person))
        return stored

    def _write(self, row: Customer, person: Person, row_at: tuple[bytes, datetime]) -> None:
        known_by, now = row_at
        tenant, ref, born = row.tenant, row.ref, person.date_of_birth
        row.row_tag, row.entity_type, row.gone_at = known_by, person.entity_type, None
        self._reach(row, person, now)
        row.dob_tag = dob_tag(self._keys.verify, ref, born) if born else None
        row.name = self._seal(tenant, ref, "name", person.name)
        row.phone = self._seal(tenant, ref, "phone", person.phone)
        row.date_of_birth = self._seal(tenant, ref, "date_of_birth", born.reveal()) if born else None
        row.language, row.flags, row.place = person.language, sorted(person.flags), person.place

    def _reach(self, row: Customer, person: Person, now: datetime) -> None:
        """Write where he is reached, and since when: what has changed is on file from now on."""
        number, mail = phone_tag(self._keys.phone, row.tenant, person.e164), person.email
        known_at = row.phone_since_at if row.phone_tag == number else None
        row.phone_tag, row.phone_since_at = number, person.phone_since or known_at or now
        if mail is None:
            row.email = row.email_tag = row.email_since_at = None
            return
        address = tag(self._keys.verify, "mail:v1", row.ref, mail.reveal())
        known_at = row.email_since_at if row.email_tag == address else None
        row.email = self._seal(row.tenant, row.ref, "email", mail.reveal())
        row.email_tag, row.email_since_at = address, person.email_since or known_at or now

    async def _identify(
        self, session: AsyncSession, stored: Sequence[tuple[Customer, Person]], now: datetime
    ) -> None:
        """Write the account numbers and PINs, and remove those that are none any more."""
        of_these = Identifier.customer.in_([row.ref for row, _ in stored])
        rows = await session.scalars(select(Identifier).where(of_these))
        known = {(one.customer, one.kind): one for one in rows}
        for row, person in stored:
            for kind, value in self._tags(row.ref, person).items():
                one = known.get((row.ref, kind))
                if value is None:
                    if one is not None:
                        await session.delete(one)
                elif one is None:
                    session.add(Identifier(customer=row.ref, kind=kind, tenant=row.tenant, tag=value, at=now))
                elif one.tag != value:
                    one.tag, one.at = value, now

    def _tags(self, ref: str, person: Person) -> dict[str, bytes | None]:
        key, account, pin = self._keys.verify, person.account_number, person.pin
        return {
            "account_number": account_tag(key, ref, account) if account is not None else None,
            PIN: pin_tag(key, ref, pin) if pin is not None else None,
        }

    async def _delegate(self, where: tuple[str, str], rows: Sequence[tuple[bytes, Person]]) -> None:
        """Write who acts for whom, once all rows are there; an `id` that is not there acts for nobody."""
        own = select(Customer.ref).where(*_of(where))
        async with self._database.writing() as session:
            await session.execute(delete(Delegate).where(Delegate.principal.in_(own)))
        for begin in range(0, len(rows), BATCH):
            async with self._database.writing() as session:
                for known_by, person in rows[begin : begin + BATCH]:
                    await self._add_delegates(session, where, known_by, person)

    async def _add_delegates(
        self, session: AsyncSession, where: tuple[str, str], known_by: bytes, person: Person
    ) -> None:
        principal = await session.scalar(select(Customer.ref).where(Customer.row_tag == known_by))
        for one in person.delegates:
            acting = tag(self._keys.phone, "row:v2", *where, "id", one.delegate)
            there = select(Customer.ref).where(Customer.row_tag == acting, Customer.gone_at.is_(None))
            delegate = await session.scalar(there)
            if delegate is None or delegate == principal:
                continue
            new = Delegate(principal=principal, delegate=delegate, tenant=where[0])
            new.scopes = list(one.scopes)
            new.until_at = datetime.combine(one.until, time.max, UTC) if one.until else None
            await session.merge(new)

    async def _end(self, where: tuple[str, str], gone: Sequence[str], now: datetime) -> None:
        """End those; what only the comparison needed goes at once, the rest 13 months later."""
        ended = {"gone_at": now, "dob_tag": None, "date_of_birth": None}
        ended |= {"email": None, "email_tag": None, "email_since_at": None}
        for begin in range(0, len(gone), BATCH):
            refs = gone[begin : begin + BATCH]
            async with self._database.writing() as session:
                await session.execute(update(Customer).where(Customer.ref.in_(refs)).values(ended))
                await session.execute(delete(Identifier).where(Identifier.customer.in_(refs)))
                await session.execute(
                    delete(Delegate).where(Delegate.principal.in_(refs) | Delegate.delegate.in_(refs))
                )
        async with self._database.writing() as session:
            await session.execute(delete(Customer).where(*_of(where), Customer.gone_at <= now - KEPT_GONE))

    def _seal(self, tenant: str, ref: str, column: str, text: str) -> bytes:
        return self._cipher.seal(text, customer_place(tenant, ref, column))

    def _unbind(self, row: Customer, wrong: set[tuple[str, bytes]]) -> bool:
        """Take a number away again that was found not to be this customer's; return whether it was."""
        if (row.ref, row.phone_tag) not in wrong:
            return False
        row.phone_tag, row.phone = UNBOUND, self._seal(row.tenant, row.ref, "phone", "")
        return True


def _of(where: tuple[str, str]) -> tuple[ColumnElement[bool], ...]:
    return Customer.tenant == where[0], Customer.source == where[1]
