"""The disclosure register in a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.disclosures import DisclosureStore
from pbx.store.recordings import SqlRecordingLedger
from tests.lifecycle.test_disclosure import AT, DISCLOSURE
from tests.store.test_recordings import FINISHED

LATER = AT + timedelta(minutes=1)


@pytest.fixture
async def disclosures(database: Database) -> DisclosureStore:
    await SqlRecordingLedger(database).commit(FINISHED)
    return DisclosureStore(database)


@pytest.mark.requirement("D-12")
async def test_a_line_is_written_and_completed_once(disclosures: DisclosureStore, database: Database) -> None:
    assert await disclosures.begin(DISCLOSURE)
    assert await disclosures.list(9) == [DISCLOSURE]
    given = replace(DISCLOSURE, sha256="b" * 64, size=7, span="0.000 s to 4.093 s")
    assert await disclosures.serve(given, LATER)
    assert not await disclosures.serve(replace(given, sha256="c" * 64), LATER)
    assert await disclosures.list(9, "r1") == [replace(given, served_at=LATER)]
    assert await disclosures.list(9, "r2") == []
    facts = [fact for _, fact in await AuditStore(database).list(2)]
    assert [fact.kind for fact in facts] == ["recording.disclosure_served", "recording.disclosed"]
    assert facts[0].details["sha256"] == "b" * 64


async def test_without_a_recording_there_is_nothing_to_disclose(
    disclosures: DisclosureStore, database: Database
) -> None:
    assert not await disclosures.begin(replace(DISCLOSURE, recording="r9"))
    assert await disclosures.list(9) == []


async def test_the_newest_is_first(disclosures: DisclosureStore) -> None:
    await disclosures.begin(DISCLOSURE)
    await disclosures.begin(replace(DISCLOSURE, disclosure="d2", at=LATER))
    assert [one.disclosure for one in await disclosures.list(9)] == ["d2", "d1"]
    assert [one.disclosure for one in await disclosures.list(1)] == ["d2"]
