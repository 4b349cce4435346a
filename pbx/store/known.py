"""What customers have said of themselves that recording goes by: of all of them, by the tag of a number."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, or_, select

from pbx.consent.known import Known
from pbx.store.database import Database
from pbx.store.fields import phone_tag
from pbx.store.keys import StoreKeys
from pbx.store.person_tables import Customer, CustomerChanges

MAX_KNOWN = 1_000_000  # numbers, as of refusals
PAGE = 500  # 7 ms of a signalling process
_VULNERABLE = {"vulnerable", "minor"}


_QUERY = (
    select(Customer.ref, Customer.phone_tag, Customer.language, Customer.place, Customer.flags)
    .where(or_(Customer.language != "", Customer.place != "", Customer.flags != []))
    .where(Customer.gone_at.is_(None), Customer.phone_tag != b"")
    .order_by(Customer.ref)
    .limit(PAGE)
)


class _Said(NamedTuple):
    language: str
    place: str
    flags: list[str]


class KnownStore:
    """Reads; who writes customers does not know of it."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database, self._keys = database, keys

    def tag(self, tenant: str, number: str) -> bytes:
        """The tag of an E.164 number within one tenant."""
        return phone_tag(self._keys.phone, tenant, number)

    async def version(self) -> int:
        """What is another one after each change of a customer."""
        async with self._database.reading() as session:
            return int(await session.scalar(select(func.max(CustomerChanges.n))) or 0)

    async def known(self) -> dict[bytes, Known]:
        """Return what is known by number; of numbers whose customers have said nothing there is nothing.

        In pages, between which whoever shares the thread has his turn.
        """
        found: dict[bytes, list[_Said]] = {}
        behind, n_read = "", PAGE
        while n_read == PAGE and len(found) < MAX_KNOWN:
            async with self._database.reading() as session:
                page = (await session.execute(_QUERY.where(Customer.ref > behind))).all()
            for row in page:
                behind = row.ref
                found.setdefault(row.phone_tag, []).append(_Said(row.language, row.place, row.flags))
            n_read = len(page)
        return await asyncio.to_thread(lambda: {tag: _together(rows) for tag, rows in found.items()})


def _together(rows: Sequence[_Said]) -> Known:
    languages = {row.language for row in rows if row.language}
    return Known(
        language=min(languages) if len(languages) == 1 else "",
        places=tuple(sorted({row.place for row in rows if row.place})),
        is_vulnerable=any(_VULNERABLE.intersection(row.flags) for row in rows),
    )
