"""Throttles of a try: what was counted of whoever it concerns, kept as keyed tags, beyond a restart.

All of it is a part of the writing transaction of one try: whoever comes at the same moment, in whichever
process, finds it counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Delete, delete, insert, select

from pbx.call.effects import CheckCaller
from pbx.core.audit import AuditFact
from pbx.store.fields import TAG_BYTES, tag
from pbx.store.keys import StoreKeys
from pbx.store.tables import Base, VerifyAttempt
from pbx.store.throttle_tables import VerifyGuess
from pbx.verify import facts
from pbx.verify.throttles import KEPT, MAX_NUMBERS, WAVE, Subject, limits_of, locked_until

MIN_LOOKED_UP = 5  # subjects: one customer costs as much as none
_FAILURES = Base.metadata.tables[VerifyAttempt.__tablename__]
_GUESSES = Base.metadata.tables[VerifyGuess.__tablename__]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Somebody whose failures are counted: a record, the calling number, or else the trunk."""

    subject: Subject
    tag: bytes
    customer: str = ""  # of a record


NOBODY = Counted(subject="record", tag=bytes(TAG_BYTES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How those whom a try concerns stand before it."""

    failed_at: dict[bytes, list[datetime]]
    locked: frozenset[bytes]

    def locks(self, those: Iterable[Counted]) -> list[Subject]:
        """Whose limits are reached."""
        return [one.subject for one in those if one.tag in self.locked]


class Throttles:
    """Reads and counts; decides nothing."""

    def __init__(self, keys: StoreKeys) -> None:
        self._key = keys.verify

    def source(self, asked: CheckCaller) -> Counted:
        """Where a try comes from."""
        if asked.number is None:
            return self.trunk(asked.tenant, asked.trunk)
        return Counted(subject="cli", tag=self._tag("cli", asked.tenant, asked.number))

    def trunk(self, tenant: str, trunk: str) -> Counted:
        """Whoever comes by a trunk and shows no number that counts."""
        return Counted(subject="trunk", tag=self._tag("trunk", tenant, trunk))

    def record(self, tenant: str, customer: str) -> Counted:
        """One customer."""
        return Counted(subject="record", tag=self._tag("record", tenant, customer), customer=customer)

    def look(
        self, connection: Connection, asked: CheckCaller, those: Sequence[Counted], now: datetime
    ) -> Standing:
        """Read how `those` stand."""
        tags = [one.tag for one in those]
        tags += [bytes([n]) * TAG_BYTES for n in range(MIN_LOOKED_UP - len(tags))]
        query = select(_FAILURES.c.subject, _FAILURES.c.at).where(
            _FAILURES.c.kind.in_(("record", "cli", "trunk")), _FAILURES.c.subject.in_(tags)
        )
        failed_at: dict[bytes, list[datetime]] = {}
        for subject, at in connection.execute(query):
            failed_at.setdefault(subject, []).append(at)
        limits = limits_of(asked.lock)
        locked = [
            one.tag for one in those if locked_until(one.subject, limits, failed_at.get(one.tag, ()), now)
        ]
        return Standing(failed_at=failed_at, locked=frozenset(locked))

    def guessed(
        self, connection: Connection, asked: CheckCaller, now: datetime
    ) -> tuple[bool, list[AuditFact]]:
        """Count what is tried from a trunk; whether that was for too many numbers, and the alarm.

        Numbers and not records, for a house of six people has one number, and one guess there is one guess.
        Of each date only as many numbers are kept as it takes to know.
        """
        guess = _guess(asked)
        at = int(now.timestamp() // WAVE.total_seconds())
        where = (asked.tenant, asked.trunk)
        now_tag, last_tag = (tag(self._key, "guess:v1", *where, str(hour), guess) for hour in (at, at - 1))
        mine = tag(self._key, "guessed:v1", *where, guess, asked.wanted or "withheld")
        both = _GUESSES.c.guess.in_((now_tag, last_tag))
        found = connection.execute(select(_GUESSES.c.record, _GUESSES.c.at).where(both)).all()
        newest = {record: when for record, when in sorted(found, key=lambda row: row.at) if record != mine}
        kept = sorted(newest, key=lambda record: newest[record])[-MAX_NUMBERS:]
        connection.execute(delete(_GUESSES).where(both, _GUESSES.c.record.not_in(kept)))
        connection.execute(insert(_GUESSES), [{"guess": now_tag, "record": mine, "at": now}])
        is_wave = len(newest) >= MAX_NUMBERS
        if not is_wave or len({record for record, _ in found}) > MAX_NUMBERS:
            return is_wave, []
        whose = (asked.tenant, asked.call)
        return True, [facts.guess_wave(whose, asked.trunk, len(newest) + 1)]

    def fail(
        self,
        connection: Connection,
        asked: CheckCaller,
        those: Sequence[Counted],
        before: Standing,
        now: datetime,
    ) -> list[AuditFact]:
        """Count a failure of each of `those`, the first one being where it came from; whom that locks."""
        source, limits = those[0].tag, limits_of(asked.lock)
        shared = {"source": source, "call": asked.call, "at": now, "tenant": asked.tenant}
        rows = [{"kind": one.subject, "subject": one.tag, **shared} for one in those]
        connection.execute(insert(_FAILURES), rows)
        told = []
        for one in those:
            until = locked_until(one.subject, limits, [*before.failed_at.get(one.tag, ()), now], now)
            if until is not None and one.tag not in before.locked:
                told.append(facts.locked((asked.tenant, asked.call), one.subject, until, one.customer))
        return told

    def succeed(self, connection: Connection, record: Counted, source: Counted) -> None:
        """Forget the failures of a record from here.

        "Success resets only the record counter of that CLI": an attacker's failures from elsewhere stay.
        """
        connection.execute(_of(record).where(_FAILURES.c.source == source.tag))

    def leave(self, connection: Connection, source: Counted) -> None:
        """Do as much as `succeed` and change nothing: a silent lock costs the database the same."""
        self.succeed(connection, NOBODY, source)

    def forgive(self, connection: Connection, tenant: str, customer: str) -> int:
        """Forget all failures of a record; how many there were."""
        return connection.execute(_of(self.record(tenant, customer))).rowcount

    def forget_old(self, connection: Connection, now: datetime) -> None:
        """Delete what no limit needs any more."""
        for kind, window in KEPT.items():
            old = (_FAILURES.c.kind == kind) & (_FAILURES.c.at <= now - window)
            connection.execute(delete(_FAILURES).where(old))
        connection.execute(delete(_GUESSES).where(_GUESSES.c.at <= now - WAVE))

    def _tag(self, subject: Subject, tenant: str, name: str) -> bytes:
        return tag(self._key, "counter:v1", subject, tenant, name)


def _guess(asked: CheckCaller) -> str:
    """What was typed, the account number first: that one is tried for many is rarer than a birthday."""
    account, born = asked.account_number, asked.date_of_birth
    if account is not None:
        return f"account:{account.reveal()}"
    return born.reveal() if born is not None else ""


def _of(counted: Counted) -> Delete:
    return delete(_FAILURES).where(_FAILURES.c.kind == counted.subject, _FAILURES.c.subject == counted.tag)
