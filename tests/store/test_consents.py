"""Consent records through the database."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from pbx.call.record import ConsentRecord
from pbx.consent.effects import ConsentDecision, ConsentProof
from pbx.core.errors import MisuseError
from pbx.core.ids import CallId
from pbx.recording.effects import ConsentMark
from pbx.store.consents import ConsentStore, document, mark
from pbx.store.database import Database
from pbx.store.recordings import SqlRecordingLedger

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RECORD = ConsentRecord(
    consent="k1",
    call=CallId("c1"),
    tenant="acme",
    at=AT,
    proof=ConsentProof(
        party="caller",
        decision=ConsentDecision(
            mode="optin_all",
            regions=("DE", "GB"),
            rules=("DE: optin_all", "GB: notify"),
            rules_version="2026-11-23",
            rules_sha256="00" * 32,
        ),
        state="granted",
        prompt="Wir möchten dieses Gespräch aufzeichnen.",
        prompt_sha256="ab" * 32,
        language="de-DE",
        played_ms=7_420,
        key="1",
        purposes=("quality", "evidence"),
    ),
)


@pytest.mark.requirement("C-08")
async def test_saved_once_and_immutable(database: Database) -> None:
    consents = ConsentStore(database)
    await consents.save(RECORD)
    await consents.save(RECORD)
    with pytest.raises(MisuseError):
        await consents.save(replace(RECORD, proof=replace(RECORD.proof, state="declined")))
    assert await consents.get("k1") == RECORD
    assert await consents.get("k2") is None


async def test_newest_first(database: Database) -> None:
    consents = ConsentStore(database)
    newer = replace(RECORD, consent="k2", at=AT + timedelta(seconds=1))
    await consents.save(RECORD)
    await consents.save(newer)
    assert await consents.list() == [newer, RECORD]
    assert await consents.list(limit=1) == [newer]


@pytest.mark.requirement("R-28")
@pytest.mark.requirement("REC-05")
async def test_a_manifest_names_the_consents_of_its_call_by_hash(database: Database) -> None:
    consents, ledger = ConsentStore(database), SqlRecordingLedger(database)
    await consents.save(RECORD)
    await consents.save(replace(RECORD, consent="k2", call=CallId("c2")))
    stored = json.loads(json.dumps(document(RECORD)))
    canonical = json.dumps(stored, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    marked = ConsentMark(consent="k1", sha256=sha256(canonical.encode()).hexdigest())
    assert await ledger.consents("c1") == [marked] == [mark(RECORD)]
    assert await ledger.consents("c3") == []
