"""What is kept of one person besides recordings: for whoever asks for his own data (UK GDPR 15, 20).

Nothing of anybody else is in it: of a call what he did himself, and of a number that several share only what
is his, or nobody's by name.
"""

import builtins
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbx.call.record import CallRecord, LegRecord
from pbx.call.recorded_room import DIRECTION
from pbx.lifecycle.subject import Party, Subject, told_as
from pbx.store.calls import CallStore
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.store.fields import FieldCipher, phone_tag, tag
from pbx.store.grant_tables import GrantRow
from pbx.store.kept import RETENTION
from pbx.store.keys import StoreKeys
from pbx.store.person_tables import Customer, Delegate, Identifier, Rectification
from pbx.store.register import TABLES
from pbx.store.snapshots import customer_place
from pbx.store.tables import AuditEvent, Message, Refusal, VerifyAttempt

VERSION = 1
_TABLES = (
    *("customers", "identifiers", "delegates", "rectifications", "verify_attempts"),
    *("calls", "legs", "grants", "consents", "refusals", "messages", "recordings", "audit_events"),
)
_CALL = ("direction", "offered_at", "answered_at", "ended_at", "ended_by", "recording", "recording_state")
_AS_CALLER = ("called", "verification", "verstat", "attestation")
_LEG = ("role", "number", "offered_at", "answered_at", "ended_at", "cause", "heard", "sent")
_CONSENT = ("state", "act", "prompt", "prompt_sha256", "language", "played_ms", "key", "purposes")
_GRANT = ("call", "level", "methods", "scopes", "risk", "iat", "exp", "revoked_at", "revoked_why")
_OF_OTHERS = ("actor", "customer", "by")  # in the details of a fact: staff, and references
Value = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks: by an E.164 number or an extension; `customer` where several have the number."""

    tenant: str
    number: str
    region: str
    customer: str = ""


class PersonData:
    """Reads, and writes nothing."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database, self._keys = database, keys
        self._cipher = FieldCipher(keys.fields)
        self._calls, self._consents = CallStore(database, keys), ConsentStore(database)

    async def customers(self, who: Asking) -> builtins.list[str]:
        """Return whom the number belongs, or belonged to; with `customer` him alone, if it is his."""
        index = phone_tag(self._keys.phone, who.tenant, who.number)
        query = select(Customer.ref).where(Customer.tenant == who.tenant, Customer.phone_tag == index)
        if who.customer:
            query = query.where(Customer.ref == who.customer)
        async with self._database.reading() as session:
            return [*(await session.scalars(query.order_by(Customer.ref))).all()]

    async def collect(self, who: Asking) -> Value:
        """Return all of it; `customer` has to be named where `customers` returns several."""
        refs = await self.customers(who)
        ref = refs[0] if len(refs) == 1 else ""
        legs = await self._own_legs(who, ref)
        calls = [record.call for record, _ in legs]
        async with self._database.reading() as session:
            found: Value = {
                "v": VERSION,
                "controller": who.tenant,
                "number": who.number,
                "customer": await self._customer(session, ref),
                "failed_verifications": await self._attempts(session, who, ref),
                "refuses_recording_since": await self._refusal(session, who),
                "verifications": await self._events(session, calls),
                "grants": await self._grants(session, legs, ref),
                "voicemail": await self._messages(session, [one for one, _ in legs]),
            }
        found["calls"] = [_call(record, own) for record, own in legs]
        found["consents"] = [told for record, own in legs for told in await self._told(record, own)]
        found["why_and_until_when"] = {
            name: {"purpose": one.purpose, "basis": one.basis, "kept": RETENTION[one.retention]}
            for name, one in TABLES.items()
            if name in _TABLES
        }
        return found

    async def _own_legs(
        self, who: Asking, ref: str
    ) -> builtins.list[tuple[CallRecord, builtins.list[LegRecord]]]:
        """His calls, the oldest first; those of another customer of his number are not his."""
        subject, after = Subject(number=who.number, region=who.region), ""
        found: builtins.list[tuple[CallRecord, builtins.list[LegRecord]]] = []
        while page := await self._calls.every(who.tenant, after):
            after = page[-1].call
            for record in page:
                mine = subject.legs(_parties(record))
                is_anothers = record.customer not in ("", ref) and _has_called(record, mine)
                if mine and record.direction != DIRECTION and not is_anothers:
                    found.append((record, [leg for leg in record.legs if leg.leg in mine]))
        return sorted(found, key=lambda one: (one[0].offered_at, one[0].call))

    async def _customer(self, session: AsyncSession, ref: str) -> Value | None:
        row = await session.get(Customer, ref) if ref else None
        if row is None:
            return None
        sealed = {"name": row.name, "phone": row.phone, "date_of_birth": row.date_of_birth}
        sealed |= {"email": row.email}
        said: Value = {
            name: self._cipher.open(value, customer_place(row.tenant, ref, name)) if value else ""
            for name, value in sealed.items()
        }
        said |= {
            name: getattr(row, name)
            for name in ("ref", "entity_type", "source", "language", "flags", "place")
        }
        said |= {"fetched_at": row.fetched_at, "gone_at": row.gone_at}
        said |= {"phone_since_at": row.phone_since_at, "email_since_at": row.email_since_at}
        kinds = select(Identifier.kind).where(Identifier.customer == ref).order_by(Identifier.kind)
        said["also_proved_by"] = [*(await session.scalars(kinds)).all()]
        for word, column in (("delegates", Delegate.principal), ("delegate_of", Delegate.delegate)):
            number = select(func.count()).select_from(Delegate).where(column == ref)
            said[word] = await session.scalar(number)
        wrong = select(Rectification).where(Rectification.customer == ref).order_by(Rectification.at)
        said["corrections"] = [
            {"reason": one.reason, "at": one.at} for one in (await session.scalars(wrong)).all()
        ]
        return said

    async def _attempts(self, session: AsyncSession, who: Asking, ref: str) -> Value:
        """Failures that are counted against him, and against his number."""
        found: Value = {}
        for word, kind, name in (("of_customer", "record", ref), ("from_number", "cli", who.number)):
            subject = tag(self._keys.verify, "counter:v1", kind, who.tenant, name)
            query = select(VerifyAttempt.at).where(
                VerifyAttempt.kind == kind, VerifyAttempt.subject == subject
            )
            found[word] = [*(await session.scalars(query.order_by(VerifyAttempt.at))).all()] if name else []
        return found

    async def _refusal(self, session: AsyncSession, who: Asking) -> object:
        index = phone_tag(self._keys.phone, who.tenant, who.number)
        return await session.scalar(select(Refusal.since_at).where(Refusal.phone_tag == index))

    async def _events(self, session: AsyncSession, calls: Sequence[str]) -> builtins.list[Value]:
        found: builtins.list[Value] = []
        for begin in range(0, len(calls), 500):
            page = calls[begin : begin + 500]
            his = AuditEvent.call.in_(page) & AuditEvent.kind.startswith("verification.")
            query = select(AuditEvent).where(his)
            for row in (await session.scalars(query.order_by(AuditEvent.id))).all():
                said = {name: value for name, value in row.details.items() if name not in _OF_OTHERS}
                found.append({"call": row.call, "at": row.at, "kind": row.kind, **said})
        return found

    async def _grants(
        self,
        session: AsyncSession,
        legs: Sequence[tuple[CallRecord, Sequence[LegRecord]]],
        ref: str,
    ) -> builtins.list[Value]:
        """What others might do for him because he was verified; not who they were."""
        calls, his = [record.call for record, _ in legs], {leg.leg for _, own in legs for leg in own}
        found: builtins.list[Value] = []
        for begin in range(0, len(calls), 500):
            query = select(GrantRow).where(GrantRow.call.in_(calls[begin : begin + 500]))
            query = query.where(GrantRow.customer.in_({"", ref})).order_by(GrantRow.iat, GrantRow.jti)
            rows = [row for row in (await session.scalars(query)).all() if row.leg in his]
            found += [{name: getattr(row, name) for name in _GRANT} for row in rows]
        return found

    async def _messages(self, session: AsyncSession, records: Sequence[CallRecord]) -> builtins.list[Value]:
        """Messages that he left: they are recordings too, and his to hear there."""
        recordings = sorted({one.recording for one in records if one.recording})
        found: builtins.list[Value] = []
        for begin in range(0, len(recordings), 500):
            query = select(Message).where(Message.recording.in_(recordings[begin : begin + 500]))
            rows = (await session.scalars(query.order_by(Message.recording))).all()
            found += [{"recording": row.recording, "heard_at": row.heard_at} for row in rows]
        return found

    async def _told(self, record: CallRecord, own: Sequence[LegRecord]) -> builtins.list[Value]:
        names = told_as(_parties(record), {leg.leg for leg in own})
        return [
            {"consent": one.consent, "call": record.call, "at": one.at, "mode": one.proof.decision.mode}
            | {name: value for name, value in asdict(one.proof).items() if name in _CONSENT}
            for one in await self._consents.of_call(record.call)
            if one.proof.party in names
        ]


def _call(record: CallRecord, own: Sequence[LegRecord]) -> Value:
    """A call as his: whom he called, and how he proved himself, only if it was he who called."""
    is_caller = any(leg.role == "caller" for leg in own)
    names = (*_CALL, *_AS_CALLER) if is_caller else _CALL
    legs = [
        {name: asdict(value) if hasattr(value := getattr(leg, name), "loss") else value for name in _LEG}
        for leg in own
    ]
    return {"call": record.call, **{name: getattr(record, name) for name in names}, "legs": legs}


def _has_called(record: CallRecord, legs: frozenset[str]) -> bool:
    return any(leg.leg in legs and leg.role == "caller" for leg in record.legs)


def _parties(record: CallRecord) -> builtins.list[Party]:
    return [
        Party(
            leg=leg.leg,
            role=leg.role,
            party=leg.party,
            number=leg.number,
            took_part=leg.answered_at is not None,
        )
        for leg in record.legs
    ]
