"""Consent records: written once, never changed."""

import builtins
from collections.abc import Sequence
from dataclasses import MISSING, asdict, fields
from hashlib import sha256
from typing import Any

import rfc8785
from cattrs import Converter
from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.sqlite import insert

from pbx.call.record import ConsentRecord
from pbx.consent.effects import ConsentDecision, ConsentProof
from pbx.core.errors import MisuseError
from pbx.core.ids import CallId
from pbx.recording.effects import ConsentMark
from pbx.store.database import Database
from pbx.store.tables import Base, Consent

MAX_LISTED = 10_000
_TABLE = Base.metadata.tables[Consent.__tablename__]
_INSERT = insert(_TABLE).on_conflict_do_nothing()
_CONVERTER = Converter(forbid_extra_keys=True)
_LATER = {field.name: field.default for field in fields(ConsentDecision) if field.default is not MISSING}
_LATER_OF_PROOF = {"missing": "", "policy_version": "", "policy_sha256": "", "act": ""}


class ConsentStore:
    """Saves and reads what each party was told and answered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, record: ConsentRecord) -> None:
        """Insert; the same record again is ignored, another one under its name is a MisuseError (C-08)."""
        await self._database.write(lambda connection: self.save_all(connection, [record]))

    def save_all(self, connection: Connection, records: Sequence[ConsentRecord]) -> None:
        """Insert like `save`, as a part of the caller's transaction."""
        for record in records:
            row = {
                "consent": record.consent,
                "call": record.call,
                "tenant": record.tenant,
                "at": record.at,
                "proof": asdict(record.proof),
            }
            if connection.execute(_INSERT, row).rowcount:
                continue
            stored = connection.execute(select(_TABLE).where(_TABLE.c.consent == record.consent)).one()
            if _record(stored) != record:
                raise MisuseError(f"consent {record.consent} is immutable")

    async def get(self, consent: str) -> ConsentRecord | None:
        """Return one consent."""
        async with self._database.reading() as session:
            row = await session.get(Consent, consent)
        return None if row is None else _record(row)

    async def of_call(self, call: str) -> builtins.list[ConsentRecord]:
        """Return the consents of one call, oldest first."""
        query = select(Consent).where(Consent.call == call).order_by(Consent.at, Consent.consent)
        async with self._database.reading() as session:
            return [_record(row) for row in (await session.scalars(query.limit(MAX_LISTED))).all()]

    async def list(self, limit: int = 100) -> builtins.list[ConsentRecord]:
        """Return the newest consents, newest first."""
        query = select(Consent).order_by(Consent.at.desc(), Consent.consent)
        async with self._database.reading() as session:
            rows = (await session.scalars(query.limit(min(limit, MAX_LISTED)))).all()
        return [_record(row) for row in rows]


def document(record: ConsentRecord) -> dict[str, Any]:
    """Return a consent as it stands in an evidence pack.

    What decision and proof may say since a later version is there only where it says something: manifests
    that were sealed before name the hash of the document without it.
    """
    written: dict[str, Any] = asdict(record) | {"at": record.at.isoformat()}
    proof = written["proof"]
    for part, later in ((proof["decision"], _LATER), (proof, _LATER_OF_PROOF)):
        for name in [name for name, empty in later.items() if part[name] == empty]:
            del part[name]
    return written


def mark(record: ConsentRecord) -> ConsentMark:
    """Return what a manifest says of a consent: the hash is that of its document, as RFC 8785 writes it."""
    return ConsentMark(consent=record.consent, sha256=sha256(rfc8785.dumps(document(record))).hexdigest())


def _record(row: Consent | Row[Any]) -> ConsentRecord:
    return ConsentRecord(
        consent=row.consent,
        call=CallId(row.call),
        tenant=row.tenant,
        at=row.at,
        proof=_CONVERTER.structure(row.proof, ConsentProof),
    )
