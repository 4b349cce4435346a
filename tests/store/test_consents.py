"""Consent records through the database."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import insert

from pbx.call.record import ConsentRecord
from pbx.consent.effects import ConsentDecision, ConsentProof, RuleTrace
from pbx.core.errors import MisuseError
from pbx.core.ids import CallId
from pbx.recording.effects import ConsentMark
from pbx.store.consents import ConsentStore, document, mark
from pbx.store.database import Database
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.tables import Base, Consent

CONSENTS = Base.metadata.tables[Consent.__tablename__]
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


BEFORE = {
    "mode": "optin_all",
    "regions": ["DE", "GB"],
    "rules": ["DE: optin_all", "GB: notify"],
    "rules_version": "2026-11-23",
    "rules_sha256": "00" * 32,
}


@pytest.mark.requirement("C-08")
async def test_a_consent_of_an_older_version_is_read_and_keeps_its_hash(database: Database) -> None:
    """The row that a version without traces has written: its manifest names the hash of exactly that."""
    row = {"consent": "k1", "call": "c1", "tenant": "acme", "at": AT}
    proof = {**asdict(RECORD.proof), "decision": BEFORE}
    for later in ("missing", "policy_version", "policy_sha256", "act"):
        del proof[later]  # a later version says so
    await database.write(lambda connection: connection.execute(insert(CONSENTS), [row | {"proof": proof}]))
    found = await ConsentStore(database).get("k1")
    assert found == RECORD
    written = {**row, "at": AT.isoformat(), "proof": proof}
    canonical = json.dumps(written, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert mark(found).sha256 == sha256(canonical.encode()).hexdigest()


async def test_a_decision_is_kept_with_all_its_reasons(database: Database) -> None:
    reason = RuleTrace(
        role="agent", region="GB", source="work", rule="GB+fca", mode="notify", mandatory=True, cite=("SYSC",)
    )
    told = replace(RECORD.proof.decision, mandatory=True, withdrawal="stop_delete", trace=(reason,))
    record = replace(RECORD, proof=replace(RECORD.proof, decision=told))
    consents = ConsentStore(database)
    await consents.save(record)
    assert await consents.get("k1") == record
    (kept,) = document(record)["proof"]["decision"]["trace"]
    assert (kept["rule"], kept["mandatory"]) == ("GB+fca", True)


@pytest.mark.requirement("D-17")
def test_a_document_names_the_policy_and_one_of_old_is_as_it_was() -> None:
    assert not [name for name in document(RECORD)["proof"] if name.startswith("policy")]
    told = replace(RECORD, proof=replace(RECORD.proof, policy_version="2", policy_sha256="cd" * 32))
    assert document(told)["proof"]["policy_version"] == "2"
    assert mark(told) != mark(RECORD)
