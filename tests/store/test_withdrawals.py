"""Which withdrawals reach back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pbx.call.effects import SaveConsent
from pbx.consent.effects import ConsentState, Withdrawal
from pbx.core.ids import CallId
from pbx.store.database import Database
from pbx.store.facts import FactStore
from pbx.store.keys import StoreKeys
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.withdrawals import REACH, Reached, WithdrawalStore
from tests.store.test_consents import RECORD
from tests.store.test_recordings import FINISHED


@pytest.mark.requirement("C-06")
@pytest.mark.parametrize(
    ("state", "policy", "reaches"),
    [
        ("withdrawn", "stop_delete", True),
        ("withdrawn", "stop_review", True),
        ("withdrawn", "stop_keep", False),
        ("declined", "stop_delete", False),  # nothing of him was kept
        ("granted", "stop_delete", False),
    ],
)
async def test_only_what_was_withdrawn_reaches_back(
    database: Database, keys: StoreKeys, state: ConsentState, policy: Withdrawal, reaches: bool
) -> None:
    await SqlRecordingLedger(database).commit(FINISHED)
    said = replace(RECORD.proof, state=state, decision=replace(RECORD.proof.decision, withdrawal=policy))
    at = FINISHED.started_at + timedelta(minutes=1)
    record = replace(RECORD, call=CallId(FINISHED.call), tenant=FINISHED.tenant, at=at, proof=said)
    for _ in range(2):  # a ledger that was killed writes it once more
        await FactStore(database, keys).write([(SaveConsent(record=record), at)])
    store = WithdrawalStore(database)
    one = Reached(recording=FINISHED.recording, consent=record.consent, policy=policy)
    assert await store.open(at) == ([one] if reaches else [])
    assert await store.open(at + REACH) == []
    await store.done(one, "", at)
    await store.done(one, "hold", at)
    assert await store.open(at) == []
