"""Does this number with what the caller knows belong to one customer? And how often was it asked."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Row, select

from pbx.call.effects import CheckCaller
from pbx.core.audit import AuditFact
from pbx.store.audit_log import insert_facts
from pbx.store.breakers import BreakerStore, Tried
from pbx.store.database import Database
from pbx.store.fields import TAG_BYTES, account_tag, dob_tag, phone_tag, pin_tag
from pbx.store.keys import StoreKeys
from pbx.store.person_tables import PIN, Identifier
from pbx.store.tables import Base, Customer
from pbx.store.throttles import Counted, Standing, Throttles
from pbx.verify import facts
from pbx.verify.facts import Reason
from pbx.verify.levels import KNOWN, Method
from pbx.verify.pin import NONE
from pbx.verify.throttles import Subject

MIN_COMPARED = 4  # dummy rows fill up to this, so that one customer costs as much as none
MAX_COMPARED = 64  # customers behind one number, a shared house or a switchboard
_DUMMY, _NO_TAG = "0" * 32, bytes(TAG_BYTES)
_CUSTOMERS = Base.metadata.tables[Customer.__tablename__]
_IDENTIFIERS = Base.metadata.tables[Identifier.__tablename__]
_COLUMNS = (_CUSTOMERS.c.ref, _CUSTOMERS.c.entity_type, _CUSTOMERS.c.dob_tag, _CUSTOMERS.c.flags)
_Person = Row[tuple[str, str, bytes | None, list[str]]]
_Tags = dict[tuple[str, str], bytes]  # of customer and kind


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityResult:
    """`customer` is empty unless matched. `reason` is for the audit log, never for the caller.

    `told` are facts that this check has put on the record beside its own: somebody may have to look.
    `by_pin` = the customer has a PIN, and it was right.
    """

    matched: bool
    customer: str
    reason: Reason
    told: tuple[AuditFact, ...] = field(default=(), compare=False)
    by_pin: bool = False


class IdentityStore:
    """Compares and counts in one transaction that holds the write lock, so that limits are exact.

    Whatever is found and whatever is locked, a check makes the same statements and is committed with a fact:
    how long it takes says nothing (V-01).
    """

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database = database
        self._keys = keys
        self._throttles = Throttles(keys)
        self._breakers = BreakerStore(database)

    async def check(self, asked: CheckCaller, now: datetime) -> IdentityResult:
        """Compare a caller's number, and his date of birth when there is one, with the customers.

        An account number is compared and counted like the date of birth. Whoever has a PIN is verified only
        with it; whoever has none, whatever is typed for it. Every failure is counted against the number, else
        the trunk, and against each individual of the number that is compared. A check while locked is not
        counted: the lock ends when the window has passed. Once it has begun, it is counted even if nobody
        waits for the answer any more.
        """
        if asked.date_of_birth is None and asked.account_number is None:
            return await self._known(asked)
        return await self._database.write(lambda connection: self._decide(connection, asked, now))

    async def forgive(self, tenant: str, customer: str, now: datetime, who: tuple[str, str]) -> int:
        """Forget the failures of one customer who proved himself another way; returns how many.

        `who` = the name of who decided it, and why; it is put on the record if there were any.
        """

        def forget(connection: Connection) -> int:
            failures = self._throttles.forgive(connection, tenant, customer)
            told = [(facts.forgiven(tenant, customer, failures, who), now)] if failures else []
            insert_facts(connection, told)
            return failures

        return await self._database.write(forget)

    def _decide(self, connection: Connection, asked: CheckCaller, now: datetime) -> IdentityResult:
        throttles = self._throttles
        rows = self._candidates(connection, asked.tenant, asked.wanted)
        throttles.forget_old(connection, now)
        self._breakers.forget_old(connection, now)
        people = _individuals(rows)
        tags = self._identifiers(connection, people)
        matches = self._matches(people, tags, asked)
        source = throttles.source(asked)
        records = {row.ref: throttles.record(asked.tenant, row.ref) for row in people}
        standing = throttles.look(connection, asked, (source, *records.values()), now)
        is_wave, waved = throttles.guessed(connection, asked, now)
        is_open, closed = self._breakers.look(connection, asked.tenant, now)
        blocked = [records[row.ref] for row in matches] if matches else list(records.values())
        locked = standing.locks((source, *blocked))
        found = _reason(rows, people, matches)
        reason = _ruled(found, is_open=is_open, is_wave=is_wave, is_locked=bool(locked))
        told = [*waved, *closed]
        winner = records[matches[0].ref] if reason == "matched" else None
        told += self._count(connection, asked, (source, *records.values()), (standing, winner, reason), now)
        counts = not locked and not is_wave
        tried = Tried(failed=found not in ("matched", "company"), is_open=is_open, counts=counts)
        told += self._breakers.count(connection, asked.tenant, now, tried)
        by_pin = winner is not None and (winner.customer, PIN) in tags
        attempt = _attempt(asked, reason, locked, by_pin=by_pin)
        insert_facts(connection, [(fact, now) for fact in (attempt, *told)])
        customer = winner.customer if winner is not None else ""
        return IdentityResult(
            matched=winner is not None, customer=customer, reason=reason, told=tuple(told), by_pin=by_pin
        )

    def _count(
        self,
        connection: Connection,
        asked: CheckCaller,
        those: Sequence[Counted],
        ruling: tuple[Standing, Counted | None, Reason],
        now: datetime,
    ) -> list[AuditFact]:
        standing, winner, reason = ruling
        if winner is not None:
            self._throttles.succeed(connection, winner, those[0])
        elif reason in _SILENT or reason == "company":  # of a switchboard: nothing was guessed
            self._throttles.leave(connection, those[0])
        else:
            return self._throttles.fail(connection, asked, those, standing, now)
        return []

    async def _known(self, asked: CheckCaller) -> IdentityResult:
        """Level V1 (§4.4): the number is one individual's and nobody else's.

        Nothing was guessed, so nothing is counted, and a lock of the date of birth does not matter.
        """
        async with self._database.reading() as session:
            rows, tags = await (await session.connection()).run_sync(self._those, asked)
        if len(rows) == 1 and rows[0].entity_type == "individual" and not _wants_more(rows[0], tags):
            return IdentityResult(matched=True, customer=rows[0].ref, reason="matched")
        people = _individuals(rows)
        reason = "ambiguous" if people and len(rows) > 1 else _reason(rows, people, [])
        return IdentityResult(matched=False, customer="", reason=reason)

    def _those(self, connection: Connection, asked: CheckCaller) -> tuple[list[_Person], _Tags]:
        rows = self._candidates(connection, asked.tenant, asked.wanted)
        return rows, self._identifiers(connection, rows)

    def _candidates(self, connection: Connection, tenant: str, number: str | None) -> list[_Person]:
        wanted = phone_tag(self._keys.phone, tenant, number or "withheld")
        query = select(*_COLUMNS).where(
            _CUSTOMERS.c.tenant == tenant, _CUSTOMERS.c.phone_tag == wanted, _CUSTOMERS.c.gone_at.is_(None)
        )
        return list(connection.execute(query.order_by(_CUSTOMERS.c.ref).limit(MAX_COMPARED)))

    def _matches(self, people: Sequence[_Person], tags: _Tags, asked: CheckCaller) -> list[_Person]:
        """Those who fit in all that was typed."""
        those = [
            (
                row.ref,
                row.dob_tag or b"",
                *(tags.get((row.ref, kind), b"") for kind in ("account_number", PIN)),
            )
            for row in people
        ]
        dummies = [(_DUMMY, _NO_TAG, _NO_TAG, _NO_TAG)] * (MIN_COMPARED - len(people))
        found = {ref for ref, *stored in (*those, *dummies) if self._fits(ref, stored, asked)}
        return [row for row in people if row.ref in found and not _lacks_pin(row, tags)]

    def _identifiers(self, connection: Connection, people: Sequence[_Person]) -> _Tags:
        refs = [row.ref for row in people] or [_DUMMY]
        query = select(_IDENTIFIERS.c.customer, _IDENTIFIERS.c.kind, _IDENTIFIERS.c.tag)
        found = connection.execute(query.where(_IDENTIFIERS.c.customer.in_(refs)))
        return {(str(customer), str(kind)): bytes(value) for customer, kind, value in found}

    def _fits(self, ref: str, stored: Sequence[bytes], asked: CheckCaller) -> bool:
        born, account = asked.date_of_birth, asked.account_number
        is_born = born is None or hmac.compare_digest(stored[0], dob_tag(self._keys.verify, ref, born))
        has_account = account is None or hmac.compare_digest(
            stored[1], account_tag(self._keys.verify, ref, account)
        )
        pin = NONE if asked.pin is None else asked.pin
        has_pin = hmac.compare_digest(stored[2], pin_tag(self._keys.verify, ref, pin)) or not stored[2]
        return is_born and has_account and has_pin


_SILENT: tuple[Reason, ...] = ("breaker", "guess_wave", "locked")


def _ruled(found: Reason, *, is_open: bool, is_wave: bool, is_locked: bool) -> Reason:
    """What comes of what was found: of several reasons for silence, the one that concerns most people."""
    for reason, holds in zip(_SILENT, (is_open, is_wave, is_locked), strict=True):
        if holds:
            return reason
    return found


def _attempt(asked: CheckCaller, reason: Reason, locked: Sequence[Subject], *, by_pin: bool) -> AuditFact:
    given = {"date_of_birth": asked.date_of_birth, "account_number": asked.account_number}
    known: list[Method] = [method for method in KNOWN if given.get(method) is not None]
    known += ["pin"] if by_pin else []
    number: Method = "phone_number" if asked.typed_number is None else "typed_number"
    field: facts.Field = "account_number" if asked.date_of_birth is None else "date_of_birth"
    return facts.attempt((asked.tenant, asked.call), field, reason, locked, (number, *known))


def _individuals(rows: Sequence[_Person]) -> list[_Person]:
    return [
        row for row in rows if row.entity_type == "individual" and row.dob_tag
    ]  # the others are companies


def _wants_more(row: _Person, tags: _Tags) -> bool:
    """Whether number and date of birth are not enough for this customer."""
    return "extra_security" in row.flags or (row.ref, PIN) in tags


def _lacks_pin(row: _Person, tags: _Tags) -> bool:
    """Whether he wants more, and there is nothing more that he could know."""
    return "extra_security" in row.flags and (row.ref, PIN) not in tags


def _reason(rows: Sequence[_Person], people: Sequence[_Person], matches: Sequence[_Person]) -> Reason:
    if matches:
        return "matched" if len(matches) == 1 else "ambiguous"
    if people:
        return "wrong"
    return "company" if rows else "unknown"
