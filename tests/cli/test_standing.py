"""`pbx status` says what is wrong now and since when, whichever process has seen it."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbx.cli.standing import stale_rules
from pbx.config.places import Places
from pbx.consent.io.shipped import shipped_rules
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.core.io.alarms import AlarmFolder
from pbx.core.io.clock import utc_now
from pbx.store.approvals import ApprovalStore
from pbx.store.audit import AuditStore
from pbx.store.audit_log import AuditLog
from pbx.store.calls import CallStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.overrides import OverrideStore
from pbx.store.recordings import SqlRecordingLedger
from tests.cli.conftest import Pbx
from tests.lifecycle.test_approval import WISH
from tests.lifecycle.test_override import WISH as LOWER
from tests.store.test_recordings import CALL
from tests.store.test_tolls import BURST, FRANCE, write


@pytest.fixture
def serving(places: Places) -> None:
    """A ready file with a process that lives."""
    places.ready.parent.mkdir(exist_ok=True)
    places.ready.write_text(str(os.getpid()))


def state(file: Path, **said: object) -> None:
    file.write_text(json.dumps(said | {"since_at": "2026-11-28 10:00:00+00:00"}))


@pytest.mark.usefixtures("serving", "database")
async def test_all_is_well(pbx: Pbx) -> None:
    said = await pbx("status", "--alarms", "--json")
    old = [
        one.alarm for one in stale_rules(shipped_rules(), utc_now())
    ]  # a year after the last review of the law
    assert (said.code, [one["alarm"] for one in said.json]) == (len(old), old)
    assert len((await pbx("status", "--json")).json["alarms"]) == len(old)


@pytest.mark.requirement("C-18")
def test_rules_that_nobody_has_checked_for_a_year_are_an_alarm() -> None:
    assert stale_rules(shipped_rules(), datetime(2027, 11, 23, 23, 59, tzinfo=UTC)) == []
    (alarm,) = stale_rules(shipped_rules(), datetime(2027, 11, 24, tzinfo=UTC))
    assert (alarm.alarm, alarm.since_at) == ("stale_rules", datetime(2027, 11, 24, tzinfo=UTC))
    assert "pbx consents rules --stale" in alarm.text


@pytest.mark.usefixtures("database")
async def test_a_pbx_that_is_down_is_no_success(pbx: Pbx) -> None:
    assert (await pbx("status", "--alarms")).code == 1


@pytest.mark.requirement("R-15")
@pytest.mark.usefixtures("serving")
async def test_orphans_are_an_alarm_until_they_are_reconciled(
    pbx: Pbx, recording: str, places: Places, database: Database
) -> None:
    row = await SqlRecordingLedger(database).get(recording)
    assert row is not None
    call = replace(CALL, call=CallId(row.call), recording=recording)
    await CallStore(database, StoreKeys.load_or_create(places.store_keys)).save(call)
    (file,) = (path for path in (places.var / "objects").rglob("*") if path.is_file())
    octets = file.read_bytes()
    file.unlink()
    assert (await pbx("recordings", "reconcile")).code == 1
    said = await pbx("status")
    assert said.code == 0  # it serves
    assert "ALARM recordings_alone" in said.out and "rows without object: 1" in said.out
    (alarm,) = (await pbx("status", "--json")).json["alarms"]
    assert alarm["alarm"] == "recordings_alone" and alarm["since_at"].endswith("+00:00")
    assert (await pbx("status", "--alarms")).code == 1
    file.write_bytes(octets)
    assert (await pbx("recordings", "reconcile")).code == 0
    assert (await pbx("status", "--alarms")).code == 0


@pytest.mark.requirement("R-15")
@pytest.mark.requirement("R-16")
@pytest.mark.usefixtures("serving", "database")
async def test_one_list_from_every_process(pbx: Pbx, places: Places) -> None:
    state(places.spool_state, level="tight", used_percent=91.5)
    state(places.spare_state, level="room", used_percent=3.0, journals=2, is_there=True)
    AlarmFolder(places.alarms).settle("webhook", "7 reports wait")
    found = (await pbx("status", "--alarms", "--json")).json
    assert [(one["alarm"], one["text"]) for one in found] == [
        ("spare_spool", "2 recordings lie in it"),
        ("spool", "tight: 91.5 % is used"),
        ("webhook", "7 reports wait"),
    ]
    assert found[0]["since_at"] == "2026-11-28T10:00:00+00:00"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"level": "room", "used_percent": 1.0, "journals": 0, "is_there": False}, "away"),
        (
            {"level": "full", "used_percent": 97.0, "journals": 1, "is_there": True},
            "1 recordings lie in it, full: 97.0 % is used",
        ),
    ],
)
@pytest.mark.usefixtures("serving", "database")
async def test_the_spare_spool(pbx: Pbx, places: Places, said: dict[str, object], text: str) -> None:
    state(places.spare_state, **said)
    assert [one["text"] for one in (await pbx("status", "--alarms", "--json")).json] == [text]


@pytest.mark.requirement("E-14")
@pytest.mark.usefixtures("serving")
async def test_a_log_that_nobody_signs_is_an_alarm(pbx: Pbx, database: Database) -> None:
    now = utc_now()
    for minutes in (30, 5):
        await AuditStore(database).append(AuditFact(kind="call.ended"), now - timedelta(minutes=minutes))
    (alarm,) = (await pbx("status", "--alarms", "--json")).json
    assert (alarm["alarm"], alarm["text"]) == ("log_unsigned", "2 entries are not signed, 0 are")
    assert alarm["since_at"] == (now - timedelta(minutes=30)).isoformat()
    await AuditLog(database).keep_note(1, b"note", now)
    assert (await pbx("status", "--alarms", "--json")).json == []  # the other is young


@pytest.mark.requirement("REC-17")
@pytest.mark.usefixtures("serving")
async def test_the_last_self_check(pbx: Pbx, database: Database) -> None:
    now = utc_now()

    async def checked(failed: int, *, hours_ago: int) -> list[str]:
        fact = AuditFact(kind="self_check.done", details={"checked": 20, "octets": 1, "failed": failed})
        await AuditStore(database).append(fact, now - timedelta(hours=hours_ago))
        found = (await pbx("status", "--alarms", "--json")).json
        return [one["text"] for one in found if one["alarm"] == "self_check"]

    assert await checked(0, hours_ago=49) == ["no check since then"]
    assert await checked(1, hours_ago=2) == ["1 recordings do not verify"]
    assert await checked(0, hours_ago=1) == []


@pytest.mark.requirement("D-11")
@pytest.mark.usefixtures("serving")
async def test_a_broken_glass_is_an_alarm_until_somebody_has_looked_into_it(
    pbx: Pbx, database: Database
) -> None:
    store, now = ApprovalStore(database), utc_now()
    for days, name in ((31, "old"), (2, "first"), (1, "second")):
        at = now - timedelta(days=days)
        broken = replace(WISH, request=name, decision="broken_glass", decided_by="ada", asked_at=at)
        await store.break_glass(replace(broken, decided_uid=1001, decided_at=at))

    async def told() -> list[dict[str, str]]:
        found = (await pbx("status", "--alarms", "--json")).json
        return [one for one in found if one["alarm"] == "glass_broken"]

    (alarm,) = await told()
    assert alarm["text"] == "2 broken, nobody has looked into it: `pbx access seen first`"
    assert alarm["since_at"] == (now - timedelta(days=2)).isoformat()
    for name in ("first", "second"):
        assert await store.see_glass(replace(WISH, request=name), ("eve", 1002), now)
    assert await told() == []


@pytest.mark.requirement("C-10")
@pytest.mark.usefixtures("serving")
async def test_an_override_that_has_run_out_is_an_alarm(pbx: Pbx, database: Database) -> None:
    store, now = OverrideStore(database), utc_now()
    began, over = now - timedelta(days=3), now - timedelta(days=1)
    wish = replace(LOWER, asked_at=began, expires_at=over)
    await store.ask(wish)
    await store.decide(wish, "approved", ("eve", 1002), began)
    found = (await pbx("status", "--alarms", "--json")).json
    (alarm,) = [one for one in found if one["alarm"] == "override_expired"]
    assert alarm["text"] == "1 have run out, and the law holds again: acme DE"
    assert alarm["since_at"] == over.isoformat()


@pytest.mark.requirement("FRD-01")
@pytest.mark.usefixtures("serving")
async def test_a_suspended_account_is_an_alarm_until_somebody_releases_it(
    pbx: Pbx, database: Database
) -> None:
    await write(database, [FRANCE], [])
    assert (await pbx("status", "--alarms", "--json")).json == [], "a country that waits is no alarm"
    await write(database, [BURST], [])
    (alarm,) = (await pbx("status", "--alarms", "--json")).json
    assert alarm["alarm"] == "toll_suspended" and alarm["since_at"] == BURST.since_at.isoformat()
    assert alarm["text"] == "acme 1001 (spend_per_hour): `pbx fraud release`"
    assert (await pbx("fraud", "release", "1001", "--reason", "he was on holiday")).code == 0
    assert (await pbx("status", "--alarms", "--json")).json == []


@pytest.mark.requirement("C-05")
@pytest.mark.usefixtures("serving")
async def test_who_could_not_be_told_in_his_language_is_an_alarm_for_a_day(
    pbx: Pbx, database: Database
) -> None:
    now = utc_now()
    fact = AuditFact(kind="consent.unspoken", tenant="acme", details={"consent": "k", "language": "fr-FR"})
    await AuditStore(database).append(fact, now - timedelta(hours=25))

    async def unspoken() -> list[dict[str, str]]:
        found = (await pbx("status", "--alarms", "--json")).json
        return [one for one in found if one["alarm"] == "consent_unspoken"]

    assert await unspoken() == []
    await AuditStore(database).append(fact, now - timedelta(hours=23))
    (alarm,) = await unspoken()
    assert alarm["text"] == "acme: no words in fr-FR, so such calls are not recorded"


@pytest.mark.requirement("C-13")
@pytest.mark.usefixtures("serving")
async def test_a_beep_that_did_not_sound_is_an_alarm_for_a_day(pbx: Pbx, database: Database) -> None:
    details = {"leg": "l", "role": "caller", "detail": "no beep for 31 s while it is recorded"}
    fact = AuditFact(kind="audio.no_beep", tenant="acme", call=CallId("c1"), details=dict(details))
    await AuditStore(database).append(fact, utc_now() - timedelta(hours=23))
    found = (await pbx("status", "--alarms", "--json")).json
    (alarm,) = [one for one in found if one["alarm"] == "beep_missing"]
    assert alarm["text"] == "acme: no beep for 31 s while it is recorded: `pbx calls show c1`"
