"""`pbx calls`, `consents`, `customers` and `status` over a real database."""

import os
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pbx.call.effects import KeepRefusal
from pbx.call.record import CallRecord, ConsentRecord, LegRecord
from pbx.config.places import Places
from pbx.consent.effects import ConsentDecision, ConsentProof
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.lifecycle.self_check import DONE
from pbx.media.events import StreamQuality
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.store.facts import FactStore
from pbx.store.keys import StoreKeys

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


def call_record(name: str, at: datetime = AT, ended: bool = True) -> CallRecord:
    leg = LegRecord(
        leg=LegId("leg-1"),
        role="caller",
        party="trunk/carrier",
        number="+447700900123",
        offered_at=at,
        heard=StreamQuality(loss=0.012, jitter_ms=4.2, round_trip_ms=41.0, r=89.0, mos=4.3),
        sent=StreamQuality(loss=0.0, jitter_ms=1.0, round_trip_ms=None, r=93.0, mos=4.4),
    )
    return CallRecord(
        call=CallId(name),
        tenant="acme",
        direction="inbound",
        called="01632960100",
        caller_number="+447700900123",
        offered_at=at,
        answered_at=at + timedelta(seconds=2),
        ended_at=at + timedelta(seconds=67) if ended else None,
        cause="bye",
        recording_state="recorded",
        legs=(leg,),
    )


def consent_record() -> ConsentRecord:
    decision = ConsentDecision(
        mode="notify_optout", regions=("GB",), rules=("GB: notify",), rules_version="1", rules_sha256="0" * 64
    )
    proof = ConsentProof(
        party="caller",
        decision=decision,
        state="informed",
        prompt="notify",
        prompt_sha256="1" * 64,
        language="en-GB",
        played_ms=4000,
    )
    return ConsentRecord(consent="con-1", call=CallId("call-1"), tenant="acme", at=AT, proof=proof)


@pytest.fixture
async def calls(places: Places, database: Database) -> CallStore:
    store = CallStore(database, StoreKeys.load_or_create(places.store_keys))
    await store.save(call_record("call-1"))
    await store.save(call_record("call-2", AT + timedelta(hours=1), ended=False))
    return store


async def test_calls_newest_first(pbx: Pbx, calls: CallStore) -> None:
    said = await pbx("calls", "list")
    assert (said.code, said.err) == (0, "")
    head, *rows = (line.split() for line in said.out.splitlines())
    assert head[:3] == ["call", "offered_at", "caller_number"]
    assert [row[0] for row in rows] == ["call-2", "call-1"]
    assert rows[1] == [
        *("call-1", "2026-01-02", "03:04:05", "+447700900123", "01632960100", "1:05", "bye", "recorded")
    ]


async def test_calls_as_json(pbx: Pbx, calls: CallStore) -> None:
    said = await pbx("calls", "list", "--json", "--limit", "1")
    (row,) = said.json
    assert (row["call"], row["ended_at"], row["offered_at"]) == ("call-2", None, "2026-01-02T04:04:05+00:00")
    assert row["legs"][0]["party"] == "trunk/carrier"
    assert row["legs"][0]["heard"]["round_trip_ms"] == 41.0


async def test_one_call_and_its_legs(pbx: Pbx, calls: CallStore) -> None:
    said = await pbx("calls", "show", "call-1")
    assert said.code == 0
    assert "trunk/carrier" in said.out
    assert "MOS 4.3 (1.2% lost, jitter 4 ms, round trip 41 ms)" in said.out
    assert "MOS 4.4 (0.0% lost, jitter 1 ms)" in said.out
    assert (await pbx("calls", "show", "call-1", "--json")).json["legs"][0]["number"] == "+447700900123"


@pytest.mark.parametrize("noun", ["call", "consent", "recording"])
async def test_an_unknown_name_is_one_line(pbx: Pbx, database: Database, noun: str) -> None:
    said = await pbx(f"{noun}s", "show", "nope")
    assert (said.code, said.out, said.err) == (1, "", f"pbx: no {noun} nope\n")


@pytest.mark.parametrize("noun", ["calls", "consents", "recordings"])
async def test_empty_listings(pbx: Pbx, database: Database, noun: str) -> None:
    assert (await pbx(noun, "list", "--json")).json == []
    said = await pbx(noun, "list")
    assert (said.code, len(said.out.splitlines())) == (0, 1)


async def test_a_noun_alone_lists(pbx: Pbx, calls: CallStore) -> None:
    for noun in ("calls", "consents", "recordings"):
        assert (await pbx(noun, "--json", "--limit", "1")).json == (
            await pbx(noun, "list", "--json", "--limit", "1")
        ).json
        assert (await pbx(noun)).out == (await pbx(noun, "list")).out


async def test_before_the_first_run_there_is_no_database(pbx: Pbx, places: Places) -> None:
    said = await pbx("calls", "list")
    assert said.code == 1
    assert said.err.endswith("pbx.sqlite3: no database yet, start `pbx run` or import customers\n")
    assert not (places.var / "pbx.sqlite3").exists()


async def test_consents(pbx: Pbx, database: Database) -> None:
    await ConsentStore(database).save(consent_record())
    said = await pbx("consents", "list")
    assert said.out.splitlines()[1].split() == [
        *("con-1", "2026-01-02", "03:04:05", "call-1", "caller", "notify_optout", "informed", "-")
    ]
    shown = (await pbx("consents", "show", "con-1", "--json")).json
    assert (shown["played_ms"], shown["decision"]["rules"]) == (4000, ["GB: notify"])
    assert shown["recordings"] == []


async def test_customers_are_imported_and_found(pbx: Pbx, places: Places) -> None:
    file = places.base / "config" / "acme" / "customers.csv"
    said = await pbx("customers", "import", str(file))
    assert (said.code, said.out, said.err) == (0, "imported 3, left out 0, ended 0\n", "")
    (found,) = (await pbx("customers", "find", "07700 900123", "--json")).json
    assert (found["name"], found["entity_type"]) == ("Ada Example", "individual")
    assert set(found) == {"ref", "name", "entity_type", "language", "flags", "place", "acts_for"}
    said = await pbx("customers", "find", "+447700900199")
    assert (said.code, said.err) == (1, "pbx: no customer of acme has this number\n")
    said = await pbx("customers", "find", "hello")
    assert (said.code, said.err) == (1, "pbx: hello is not a telephone number in GB\n")


async def test_wrong_customers_are_named_without_their_content(pbx: Pbx, places: Places) -> None:
    file = places.base / "new.csv"
    file.write_text("name,entity_type,phone,date_of_birth\nEve,individual,07700900125,1980-13-45\n")
    said = await pbx("customers", "import", str(file), "--tenant", "acme")
    assert (said.code, said.out) == (1, "imported 0, left out 1, ended 0\n")
    assert said.err.startswith(f"{file}:2: date_of_birth: ")
    assert "1980-13-45" not in said.err
    file.write_text("who,what\n")
    said = await pbx("customers", "import", str(file))
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert said.err.startswith(f"pbx: {file}:1:1:")


async def test_customers_who_are_not_in_the_file_any_more_end(pbx: Pbx, places: Places) -> None:
    file = places.base / "config" / "acme" / "customers.csv"
    await pbx("customers", "import", str(file))
    header, _ada, *others = file.read_text().splitlines()
    file.write_text("\n".join((header, *others)) + "\n")
    said = await pbx("customers", "import", str(file))
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        f"pbx: {file}: 1 customers are not in it any more, more than a fifth: nothing was changed;"
        " --accept-removals if that is right\n"
    )
    assert (await pbx("customers", "find", "07700 900123")).code == 0
    said = await pbx("customers", "import", str(file), "--accept-removals")
    assert (said.code, said.out) == (0, "imported 2, left out 0, ended 1\n")
    assert (await pbx("customers", "find", "07700 900123")).code == 1


async def test_status_of_a_pbx_that_serves(pbx: Pbx, places: Places, calls: CallStore) -> None:
    places.ready.write_text(f"{os.getpid()}\n")
    (places.spool / "rec-9.jrn").touch()
    places.spool_state.write_text('{"level": "tight", "used_percent": 91.5}')
    places.spare_state.write_text(
        '{"level": "filling", "used_percent": 82.5, "journals": 3, "is_there": true}'
    )
    said = await pbx("status", "--json")
    assert said.code == 0
    expected = {"serving": True, "pid": os.getpid(), "sip": "127.0.0.1:5060"}
    expected |= {"vault_socket": False, "media_sockets": "0 of 1"}
    expected |= {"sip_listeners": "udp 127.0.0.1:5060, tcp 127.0.0.1:5060"}
    expected |= {"calls": 2, "calls_open": 1, "recordings": 0, "registered": 0}
    expected |= {"journals": 1, "quarantined": 0, "spool": "tight", "spool_used_percent": 91.5}
    expected |= {"spare_spool": "filling", "spare_spool_used_percent": 82.5, "spare_spool_journals": 3}
    expected |= {"self_check": "not yet", "checkpoint_outside": "none yet", "checkpoints_waiting": 0}
    found = said.json
    assert [one["alarm"] for one in found.pop("alarms")] == ["spool", "spare_spool"]
    assert found == expected
    places.spare_state.write_text('{"level": "room", "used_percent": 0, "journals": 0, "is_there": false}')
    assert (await pbx("status", "--json")).json["spare_spool"] == "away"


@pytest.mark.requirement("REC-17")
async def test_status_tells_of_the_last_self_check(pbx: Pbx, database: Database) -> None:
    audit = AuditStore(database)
    for day, failed in ((1, 0), (2, 1)):
        fact = AuditFact(kind=DONE, details={"checked": 20, "octets": 9, "failed": failed})
        await audit.append(fact, datetime(2026, 11, day, 3, 0, tzinfo=UTC))
    status = (await pbx("status", "--json")).json
    assert (status["self_check"], status["self_check_failed"]) == ("2026-11-02 03:00 UTC, 20 recordings", 1)


@pytest.mark.requirement("SIP-20")
async def test_status_of_the_trunks(pbx: Pbx, places: Places, database: Database, calls: CallStore) -> None:
    trunks = places.base / "config" / "acme" / "trunks.yaml"
    trunks.write_text(trunks.read_text() + "    health: {}\n")
    places.started.write_text("{}")
    name = "trunk acme/carrier health"
    assert (await pbx("status", "--json")).json[name] == "not known yet"
    fact = AuditFact(kind="trunk.down", tenant="acme", details={"trunk": "carrier", "reason": "no answer"})
    await AuditStore(database).append(fact, datetime.now(UTC))
    assert (await pbx("status", "--json")).json[name] == "down (no answer)"


@pytest.mark.requirement("MED-10")
async def test_status_counts_what_happened_to_audio(pbx: Pbx, places: Places, database: Database) -> None:
    audit, now = AuditStore(database), datetime.now(UTC)
    await audit.append(AuditFact(kind="audio.high_loss"), now - timedelta(hours=1))  # of an earlier run
    assert "audio_high_loss" not in (await pbx("status", "--json")).json, "it was never started"
    places.started.write_text("{}")
    for kind in ("audio.one_way_audio", "audio.one_way_audio", "media.refused", "fax.began"):
        await audit.append(AuditFact(kind=kind), now)
    said = (await pbx("status", "--json")).json
    assert {name: said[name] for name in said if name.startswith(("audio_", "media_refused", "fax_"))} == {
        "audio_one_way_audio": 2,
        "audio_codec_mismatch": 0,
        "audio_ptime_mismatch": 0,
        "audio_dtmf_mismatch": 0,
        "audio_high_loss": 0,
        "audio_high_jitter": 0,
        "audio_nat_rebind": 0,
        "audio_no_beep": 0,
        "audio_second_stream": 0,
        "audio_strange_source": 0,
        "media_refused": 1,
        "fax_began": 1,
        "fax_ended": 0,
        "fax_refused": 0,
    }
    lines = (await pbx("status")).out.splitlines()
    assert any(line.split() == ["audio_one_way_audio", "2"] for line in lines)


@pytest.mark.requirement("S-01")
@pytest.mark.parametrize(
    "content", ['{"flood": 7, "sweep": 1}', '{"flood": 7, "x": "y"}', "[1]", "rubbish", ""]
)
async def test_status_shows_what_was_stopped(pbx: Pbx, places: Places, content: str) -> None:
    places.stopped.write_text(content)
    shown = {name: value for name, value in (await pbx("status", "--json")).json.items() if "stopped" in name}
    assert shown.get("stopped_flood", 0) == (7 if "flood" in content else 0)
    assert "stopped_x" not in shown


@pytest.mark.parametrize("content", [None, "", "rubbish", "0", "999999999", "²", "-1"])
async def test_status_of_a_pbx_that_is_down(pbx: Pbx, places: Places, content: str | None) -> None:
    if content is not None:
        places.ready.write_text(content)
    said = await pbx("status", "--json")
    assert (said.code, said.json["serving"], said.json["pid"]) == (1, False, None)


@pytest.mark.requirement("REC-06")
async def test_numbers_that_refuse_are_listed_as_tags_and_forgotten(
    pbx: Pbx, database: Database, places: Places
) -> None:
    keys = StoreKeys.load_or_create(places.store_keys)
    numbers = ("+447700900123", "+447700900124")
    kept = [
        KeepRefusal(tenant="acme", number=number, call=CallId("c1"), consent="k1", refuses=True)
        for number in numbers
    ]
    await FactStore(database, keys).write([(one, AT) for one in kept])
    listed = await pbx("consents", "refusals", "--json")
    assert [one["consent"] for one in listed.json] == ["k1", "k1"]
    assert not any(number[1:] in listed.out for number in numbers)
    gone = await pbx("consents", "forget", "07700 900123", "--reason", "he asked")
    assert (gone.code, gone.err) == (0, "")
    (left,) = (await pbx("consents", "refusals", "--json")).json
    assert (await pbx("consents", "forget", left["tag"], "--reason", "he asked")).code == 0
    for word, part in (("07700 900123", "does not refuse"), ("x", "not a telephone number")):
        said = await pbx("consents", "forget", word, "--reason", "again")
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
        assert part in said.err
