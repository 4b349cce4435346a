"""Consent records: written once, never changed."""

import builtins
from dataclasses import asdict

from cattrs import Converter
from sqlalchemy import select

from pbx.call.record import ConsentRecord
from pbx.consent.effects import ConsentProof
from pbx.core.errors import MisuseError
from pbx.core.ids import CallId
from pbx.store.database import Database
from pbx.store.tables import Consent

MAX_LISTED = 10_000
_CONVERTER = Converter(forbid_extra_keys=True)


class ConsentStore:
    """Saves and reads what each party was told and answered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, record: ConsentRecord) -> None:
        """Insert; the same record again is ignored, another one under its name is a MisuseError (C-08)."""
        async with self._database.writing() as session:
            stored = await session.get(Consent, record.consent)
            if stored is not None:
                if _record(stored) != record:
                    raise MisuseError(f"consent {record.consent} is immutable")
                return
            session.add(
                Consent(
                    consent=record.consent,
                    call=record.call,
                    tenant=record.tenant,
                    at=record.at,
                    proof=asdict(record.proof),
                )
            )

    async def get(self, consent: str) -> ConsentRecord | None:
        """Return one consent."""
        async with self._database.reading() as session:
            row = await session.get(Consent, consent)
        return None if row is None else _record(row)

    async def list(self, limit: int = 100) -> builtins.list[ConsentRecord]:
        """Return the newest consents, newest first."""
        query = select(Consent).order_by(Consent.at.desc(), Consent.consent)
        async with self._database.reading() as session:
            rows = (await session.scalars(query.limit(min(limit, MAX_LISTED)))).all()
        return [_record(row) for row in rows]


def _record(row: Consent) -> ConsentRecord:
    return ConsentRecord(
        consent=row.consent,
        call=CallId(row.call),
        tenant=row.tenant,
        at=row.at,
        proof=_CONVERTER.structure(row.proof, ConsentProof),
    )
