"""Does this number with this date of birth belong to one customer? And how often was it asked."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbx.call.effects import CheckCaller
from pbx.core.secret import Secret
from pbx.store.database import Database
from pbx.store.fields import dob_tag, phone_tag, tag
from pbx.store.keys import StoreKeys
from pbx.store.tables import Customer, VerifyAttempt
from pbx.verify.throttles import KEPT, Limit, limits_of

MIN_COMPARED = 4  # dummy rows fill up to this, so that one customer costs as much as none
MAX_COMPARED = 64  # customers behind one number, a shared house or a switchboard
_DUMMY = "0" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityResult:
    """`customer` is empty unless matched. `reason` is for the audit log, never for the caller:

    matched, unknown (no such number), company, wrong, ambiguous (two customers of one number share the
    date), locked.
    """

    matched: bool
    customer: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Subject:
    kind: str
    tag: bytes


class IdentityStore:
    """Compares and counts in one transaction that holds the write lock, so that limits are exact."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database = database
        self._keys = keys

    async def check(self, asked: CheckCaller, now: datetime) -> IdentityResult:
        """Compare a caller's number, and his date of birth when there is one, with the customers.

        Every failure is counted against the number, else the trunk, and against each individual of that
        number. A check while locked is not counted: the lock ends when the window has passed.
        """
        if asked.date_of_birth is None:
            return await self._known(asked)
        tenant, number = asked.tenant, asked.number
        async with self._database.writing() as session:
            rows = await self._candidates(session, tenant, number)
            await _forget_old(session, now)
            people = [row for row in rows if row.entity_type == "individual" and row.dob_tag]
            matches = self._matches(people, asked.date_of_birth)
            source = self._source(tenant, number, asked.trunk)
            records = {row.ref: self._subject("record", tenant, row.ref) for row in people}
            limits = limits_of(asked.lock)
            locked = {
                subject: await _is_locked(session, subject, limits, now)
                for subject in (source, *records.values())
            }
            reason = _reason(rows, people, matches)
            blocked = [records[row.ref] for row in matches] if matches else list(records.values())
            if locked[source] or any(locked[subject] for subject in blocked):
                reason = "locked"
            elif reason == "matched":
                await _clear(session, records[matches[0].ref], source)
            else:
                _count(session, (source, *records.values()), asked.call, now)
        matched = reason == "matched"
        return IdentityResult(matched=matched, customer=matches[0].ref if matched else "", reason=reason)

    async def forgive(self, tenant: str, customer: str) -> int:
        """Forget the failures of one customer after it proved itself another way; returns how many."""
        subject = self._subject("record", tenant, customer)
        async with self._database.writing() as session:
            gone = await session.scalars(
                delete(VerifyAttempt)
                .where(VerifyAttempt.kind == subject.kind, VerifyAttempt.subject == subject.tag)
                .returning(VerifyAttempt.id)
            )
            return len(gone.all())

    async def _known(self, asked: CheckCaller) -> IdentityResult:
        """Level V1 (§4.4): the number is one individual's and nobody else's.

        Nothing was guessed, so nothing is counted, and a lock of the date of birth does not matter.
        """
        async with self._database.reading() as session:
            rows = await self._candidates(session, asked.tenant, asked.number)
        if len(rows) == 1 and rows[0].entity_type == "individual":
            return IdentityResult(matched=True, customer=rows[0].ref, reason="matched")
        reason = "ambiguous" if len(rows) > 1 else _reason(rows, [], [])
        return IdentityResult(matched=False, customer="", reason=reason)

    async def _candidates(self, session: AsyncSession, tenant: str, number: str | None) -> list[Customer]:
        wanted = phone_tag(self._keys.phone, tenant, number or "withheld")
        query = select(Customer).where(Customer.tenant == tenant, Customer.phone_tag == wanted)
        return list((await session.scalars(query.order_by(Customer.ref).limit(MAX_COMPARED))).all())

    def _matches(self, people: list[Customer], date_of_birth: Secret[str]) -> list[Customer]:
        found = [row for row in people if self._is_born(row.ref, row.dob_tag or b"", date_of_birth)]
        for _ in range(MIN_COMPARED - len(people)):
            self._is_born(_DUMMY, b"\0" * 16, date_of_birth)
        return found

    def _is_born(self, ref: str, stored: bytes, date_of_birth: Secret[str]) -> bool:
        return hmac.compare_digest(stored, dob_tag(self._keys.verify, ref, date_of_birth))

    def _source(self, tenant: str, number: str | None, trunk: str) -> _Subject:
        return self._subject("cli", tenant, number) if number else self._subject("trunk", tenant, trunk)

    def _subject(self, kind: str, tenant: str, name: str) -> _Subject:
        return _Subject(kind, tag(self._keys.verify, "counter:v1", kind, tenant, name))


def _reason(rows: list[Customer], people: list[Customer], matches: list[Customer]) -> str:
    if matches:
        return "matched" if len(matches) == 1 else "ambiguous"
    if people:
        return "wrong"
    return "company" if rows else "unknown"


async def _is_locked(
    session: AsyncSession, subject: _Subject, limits: tuple[Limit, ...], now: datetime
) -> bool:
    for limit in limits:
        if limit.subject != subject.kind:
            continue
        query = select(func.count()).where(
            VerifyAttempt.kind == subject.kind, VerifyAttempt.subject == subject.tag
        )
        if limit.window is not None:
            query = query.where(VerifyAttempt.at > now - limit.window)
        if (await session.scalar(query) or 0) >= limit.failures:
            return True
    return False


def _count(session: AsyncSession, subjects: tuple[_Subject, ...], call: str, now: datetime) -> None:
    """Add a failure of each subject; the first one is where it came from."""
    source = subjects[0].tag
    for subject in subjects:
        session.add(VerifyAttempt(kind=subject.kind, subject=subject.tag, source=source, call=call, at=now))


async def _forget_old(session: AsyncSession, now: datetime) -> None:
    for kind, window in KEPT.items():
        await session.execute(
            delete(VerifyAttempt).where(VerifyAttempt.kind == kind, VerifyAttempt.at <= now - window)
        )


async def _clear(session: AsyncSession, record: _Subject, source: _Subject) -> None:
    # "Success resets only the record counter of that CLI": an attacker's failures from elsewhere stay.
    await session.execute(
        delete(VerifyAttempt).where(
            VerifyAttempt.kind == record.kind,
            VerifyAttempt.subject == record.tag,
            VerifyAttempt.source == source.tag,
        )
    )
