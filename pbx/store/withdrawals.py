"""Withdrawals that reach back: which recordings are to go or to be looked at, and what was done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from pbx.call.record import ConsentRecord
from pbx.consent.effects import Withdrawal
from pbx.consent.rule_rows import KEPT
from pbx.lifecycle.retention import CALL
from pbx.store.database import Database
from pbx.store.tables import Base, Recording
from pbx.store.withdrawal_tables import WithdrawalOrder, WithdrawalOutcome

REACH = timedelta(days=90)  # a journal that has waited longer in a spool is not looked for any more
PAGE = 200
NOTHING_MORE: Withdrawal = "stop_keep"
_ORDERS = Base.metadata.tables[WithdrawalOrder.__tablename__]
_OUTCOMES = Base.metadata.tables[WithdrawalOutcome.__tablename__]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A recording with what a party said before it withdrew; `policy` is the strictest of all who did."""

    recording: str
    consent: str
    policy: Withdrawal


class WithdrawalStore:
    """Notes the orders of calls, and what came of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_all(self, connection: Connection, records: Sequence[ConsentRecord]) -> None:
        """Note which of these are withdrawals that reach back, as a part of the caller's transaction."""
        for one in records:
            policy = one.proof.decision.withdrawal
            if one.proof.state != "withdrawn" or policy == NOTHING_MORE:
                continue
            row = {"consent": one.consent, "call": one.call, "tenant": one.tenant, "at": one.at}
            connection.execute(insert(_ORDERS).on_conflict_do_nothing(), row | {"policy": policy})

    async def open(self, now: datetime) -> list[Reached]:
        """Return the recordings that are stored and began before the withdrawal, once each.

        Whatever is stored later of the same call, after an outage or a crash, is found by another look.
        """
        query = (
            select(Recording.recording, _ORDERS.c.consent, _ORDERS.c.policy)
            .join(_ORDERS, _ORDERS.c.call == Recording.call)
            .outerjoin(_OUTCOMES, _OUTCOMES.c.recording == Recording.recording)
            .where(_OUTCOMES.c.recording.is_(None), _ORDERS.c.at > now - REACH, Recording.kind == CALL)
            .where(Recording.started_at <= _ORDERS.c.at)
            .order_by(_ORDERS.c.at, _ORDERS.c.consent)
            .limit(PAGE)
        )
        found: dict[str, Reached] = {}
        async with self._database.reading() as session:
            for recording, consent, policy in await session.execute(query):
                one = Reached(recording=recording, consent=consent, policy=policy)
                before = found.get(recording)
                if before is None or KEPT.index(one.policy) > KEPT.index(before.policy):
                    found[recording] = one
        return list(found.values())

    async def done(self, one: Reached, blocked_by: str, at: datetime) -> None:
        """Note that it was asked for; `blocked_by` is the rule that keeps the recording, "" = none."""
        row = {"recording": one.recording, "consent": one.consent, "policy": one.policy}
        row |= {"blocked_by": blocked_by}
        statement = insert(_OUTCOMES).on_conflict_do_nothing()
        await self._database.write(lambda connection: connection.execute(statement, row | {"at": at}))
